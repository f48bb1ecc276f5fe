import type { MergeAnswer, MergeRequest, Repository } from "../../github/port.ts";
import { messageOf } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Decision } from "./decide.ts";
import type { GateFacts } from "./facts.ts";
import { isHere, originOf } from "./origin.ts";
import type { Policy } from "./policy.ts";

/** What a decision brings about, as data. */
export type Effect =
  | ({ readonly kind: "merge" } & MergeRequest)
  | ({ readonly kind: "arm" } & MergeRequest)
  | { readonly kind: "enqueue"; readonly number: number; readonly sha: string }
  | { readonly kind: "disarm" | "dequeue"; readonly number: number }
  | { readonly kind: "delete-branch"; readonly branch: string }
  | { readonly kind: "rebuild"; readonly branch: string; readonly expectedHead: string; readonly base: string }
  | { readonly kind: "recheck"; readonly sha: string };

/** The effects of a decision, in their order. */
export function plan(decision: Decision, facts: GateFacts, policy: Policy): readonly Effect[] {
  const { pull } = facts;
  const tidy: readonly Effect[] = mayDelete(facts, policy) ? [{ kind: "delete-branch", branch: pull.head.branch }] : [];
  switch (decision.kind) {
    case "merge":
      // Where the repository deletes merged branches it needs no second request.
      return [{ kind: "merge", ...mergeOf(decision.sha, facts, policy) }, ...(pull.deletesBranches ? [] : tidy)];
    case "arm":
      return [{ kind: "arm", ...mergeOf(decision.sha, facts, policy) }];
    case "enqueue":
      return [{ kind: "enqueue", number: pull.number, sha: decision.sha }];
    case "withdraw":
      return [{ kind: decision.from === "queue" ? "dequeue" : "disarm", number: pull.number }];
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

function mergeOf(sha: string, { pull }: GateFacts, policy: Policy): MergeRequest {
  return { number: pull.number, sha, method: policy.mergeMethod, title: `${oneLine(pull.title)} (#${pull.number})`, message: `Trace-Id: ${policy.traceId}` };
}

/** One line a person reads in a dry run. */
export function described(effect: Effect): string {
  switch (effect.kind) {
    case "arm":
      return `have GitHub merge #${effect.number} at ${shortSha(effect.sha)} (${effect.method}) when the rules of the branch are satisfied`;
    case "enqueue":
      return `put #${effect.number} at ${shortSha(effect.sha)} into the merge queue`;
    case "disarm":
      return `disarm the auto-merge of #${effect.number}`;
    case "dequeue":
      return `take #${effect.number} out of the merge queue`;
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
  const answer = await repo.mergePull(requestOf(merge));
  if (answer.kind === "merged") await tidyUp(effects, repo, log);
  return answer;
}

export function requestOf({ number, sha, method, title, message }: MergeRequest): MergeRequest {
  return { number, sha, method, title, message };
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
  const shared = head.shared || head.branch === defaultBranch || head.branch === base.branch;
  const origin = originOf(facts, policy);
  return policy.deleteBranch && isHere(facts) && !shared && origin.kind === "proved" && origin.own;
}

/** A title from outside, as one line of a commit message. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").replace(/ {2,}/g, " ").trim();
}
