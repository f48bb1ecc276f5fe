import type { MergeAnswer, Repository } from "../../github/port.ts";
import { messageOf } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Decision } from "./decide.ts";
import type { GateFacts } from "./facts.ts";
import { originOf } from "./origin.ts";
import type { Policy } from "./policy.ts";

/** What a decision brings about, as data. */
export type Effect =
  | { readonly kind: "merge"; readonly number: number; readonly sha: string; readonly method: Policy["mergeMethod"]; readonly title: string; readonly message: string }
  | { readonly kind: "delete-branch"; readonly branch: string }
  | { readonly kind: "rebuild"; readonly branch: string; readonly expectedHead: string; readonly base: string }
  | { readonly kind: "recheck"; readonly sha: string };

/** The effects of a decision, in their order. */
export function plan(decision: Decision, facts: GateFacts, policy: Policy): readonly Effect[] {
  const { pull } = facts;
  const tidy: readonly Effect[] = mayDelete(facts, policy) ? [{ kind: "delete-branch", branch: pull.head.branch }] : [];
  switch (decision.kind) {
    case "merge": {
      const title = `${oneLine(pull.title)} (#${pull.number})`;
      return [{ kind: "merge", number: pull.number, sha: decision.sha, method: policy.mergeMethod, title, message: `Trace-Id: ${policy.traceId}` }, ...tidy];
    }
    case "already-merged":
      return pull.head.exists ? tidy : [];
    case "rebuild":
      return [{ kind: "rebuild", branch: pull.head.branch, expectedHead: pull.head.sha, base: pull.base.sha }, { kind: "recheck", sha: "" }];
    case "recheck":
      return [{ kind: "recheck", sha: decision.sha }];
    default:
      return [];
  }
}

/** One line a person reads in a dry run. */
export function described(effect: Effect): string {
  switch (effect.kind) {
    case "merge":
      return `merge #${effect.number} at ${shortSha(effect.sha)} (${effect.method}) as "${effect.title}"`;
    case "delete-branch":
      return `delete the branch ${effect.branch}`;
    case "rebuild":
      return `join ${shortSha(effect.base)} into ${effect.branch} at ${shortSha(effect.expectedHead)} by FAQ entries`;
    case "recheck":
      return `check ${effect.sha === "" ? "the rebuilt commit" : shortSha(effect.sha)} and publish the result`;
  }
}

/** Merges exactly the judged commit, then tidies up. What comes after the merge can only warn: the merge stands. */
export async function applyMerge(effects: readonly Effect[], repo: Pick<Repository, "mergePull" | "deleteBranch">, log: Log): Promise<MergeAnswer> {
  const merge = effects.find((effect) => effect.kind === "merge");
  if (!merge) throw new Error("there is nothing to merge among the effects");
  const { kind: _, ...request } = merge;
  const answer = await repo.mergePull(request);
  if (answer.kind === "merged") await tidyUp(effects, repo, log);
  return answer;
}

/** Deletes the branch of a merged pull request; failing to is a warning. */
export async function tidyUp(effects: readonly Effect[], repo: Pick<Repository, "deleteBranch">, log: Log): Promise<void> {
  for (const effect of effects) {
    if (effect.kind !== "delete-branch") continue;
    try {
      await repo.deleteBranch(effect.branch);
    } catch (error) {
      log.warning(`The branch ${effect.branch} could not be deleted: ${messageOf(error)}`, { operation: "delete-branch" });
    }
  }
}

/** Only a branch of this repository that was the loop's own, and never one that others build on. */
function mayDelete(facts: GateFacts, policy: Policy): boolean {
  const { head, base, defaultBranch } = facts.pull;
  const here = head.repository !== null && head.repository.toLowerCase() === facts.repository.toLowerCase();
  const shared = head.branch === defaultBranch || head.branch === base.branch;
  return policy.deleteBranch && here && !shared && originOf(facts, policy).kind === "proved";
}

/** A title from outside, as one line of a commit message. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").replace(/ {2,}/g, " ").trim();
}
