import type { MergeMethod } from "./shared.ts";

/** All that brings a pull request into its base; only a stage that merges asks for it. */
export interface Merges {
  /** Merges exactly `sha`. After a 5xx it looks before it answers (PLATFORM, Merging). */
  mergePull(merge: MergeRequest): Promise<MergeAnswer>;
  /** Arms GitHub's own auto-merge, only when the head is `sha`; a pull request that is clean is merged directly instead. */
  armAutoMerge(id: string, merge: MergeRequest): Promise<ArmAnswer>;
  /** Disarming what is not armed is fine. */
  disarmAutoMerge(id: string, number: number): Promise<void>;
  /** Puts it into the merge queue of its base, only when the head is `sha`; being there already is fine. */
  enqueuePull(id: string, pull: { readonly number: number; readonly sha: string }): Promise<QueueAnswer>;
  /** Taking out what is not in the queue is fine. */
  dequeuePull(id: string, number: number): Promise<void>;
}

export interface MergeRequest {
  readonly number: number;
  readonly sha: string;
  readonly method: MergeMethod;
  readonly title: string;
  readonly message: string;
}

export type MergeAnswer =
  | { readonly kind: "merged"; readonly sha: string }
  /** 409: the head is not `sha` any more. */
  | { readonly kind: "head-moved" }
  /** 405 "Base branch was modified": look again and retry. */
  | { readonly kind: "base-moved" }
  /** 405: conflicts, rules, drafts; the reason in GitHub's words. */
  | { readonly kind: "not-mergeable"; readonly reason: string };

export type ArmAnswer =
  | { readonly kind: "armed" }
  /** GitHub has nothing to wait for ("clean status", "unstable status"). */
  | { readonly kind: "clean" }
  | { readonly kind: "head-moved" }
  | { readonly kind: "refused"; readonly reason: string };

export type QueueAnswer = { readonly kind: "queued" } | { readonly kind: "head-moved" } | { readonly kind: "refused"; readonly reason: string };
