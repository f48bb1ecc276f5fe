import type { MergeConflict } from "../../faq/index.ts";
import type { Repository } from "../../github/port.ts";
import { shortSha, traceIdIn } from "../../kit/ids.ts";
import { addSignature, sign } from "../signature.ts";
import type { Reason } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import { signedHeads, standsFor } from "./origin.ts";
import type { Policy } from "./policy.ts";

/** fast-ci at a commit that no event starts CI for; it publishes its check run there (DESIGN 5). */
export type Recheck = (commit: { readonly sha: string; readonly prNumber: number; readonly traceId: string }) => Promise<{
  readonly conclusion: "success" | "failure" | "error";
  readonly failedChecks: readonly string[];
  readonly url: string | null;
}>;

export type Rebuilt =
  | { readonly kind: "rebuilt"; readonly sha: string }
  /** Somebody else was quicker: look again. */
  | { readonly kind: "moved" }
  | { readonly kind: "obstacle"; readonly reason: Reason };

/**
 * Joins the newer base into the branch by FAQ entries: a commit with two parents, put on the branch by fast-forward only.
 * The FAQ's code is loaded only here, because a green pull request does not need it.
 */
export async function rebuild(facts: GateFacts, policy: Policy, repo: Pick<Repository, "commitMerge" | "changePullBody">): Promise<Rebuilt> {
  const { mergeFaq } = await import("../../faq/index.ts");
  const { pull } = facts;
  const result = mergeFaq(pull.faq.mergeBase ?? "", pull.faq.base ?? "", pull.faq.head ?? "");
  if (!result.ok) return { kind: "obstacle", reason: entriesConflict(result.conflicts, pull.base.branch) };
  if (result.text === pull.faq.base) return { kind: "obstacle", reason: nothingLeft(pull.base.branch) };
  const commit = await repo.commitMerge({
    branch: pull.head.branch,
    expectedHead: pull.head.sha,
    base: pull.base.sha,
    files: [{ path: policy.faqPath, text: result.text }],
    message: `Merge ${pull.base.branch} at ${shortSha(pull.base.sha)} by FAQ entries\n\nTrace-Id: ${policy.traceId}`,
    beforeMove: (sha) => vouchFor(sha, facts, policy, repo),
  });
  return commit === "moved" ? { kind: "moved" } : { kind: "rebuilt", sha: commit.sha };
}

/**
 * What INSTANT has signed stays signed when it is rebuilt, also for a later run: where GitHub signs nothing, nothing else would prove it.
 * Before the branch stands there, so that a run that dies in between leaves no head that nothing proves.
 */
async function vouchFor(sha: string, facts: GateFacts, policy: Policy, repo: Pick<Repository, "changePullBody">): Promise<void> {
  const { pull, repository } = facts;
  const traceId = traceIdIn(pull.body);
  const signed = signedHeads(facts, policy);
  if (traceId === undefined || standsFor(facts, policy, (head) => signed.has(head)) === null) return;
  const signature = sign(policy.signingKey, { repository, number: pull.number, headSha: sha, traceId });
  await repo.changePullBody(pull.number, (body) => (traceIdIn(body) === traceId ? addSignature(body, signature) : body));
}

/** Checks a rebuilt commit. A red check speaks for itself at the commit; what did not get there is answered as a reason. */
export async function checkRebuilt(sha: string, facts: GateFacts, policy: Policy, recheck: Recheck): Promise<Reason | null> {
  const { conclusion, failedChecks, url } = await recheck({ sha, prNumber: facts.pull.number, traceId: policy.traceId });
  if (conclusion === "success" || (conclusion === "failure" && url !== null)) return null;
  const names = failedChecks.length === 0 ? "" : `: ${failedChecks.join(", ")}`;
  if (conclusion === "failure") {
    return { code: "check-failed", message: `the rebuilt commit ${shortSha(sha)} failed its checks${names}`, fix: "Mend what the checks found, or close the pull request and ask again." };
  }
  return {
    code: "recheck-error",
    message: `the rebuilt commit ${shortSha(sha)} could not be checked${names}`,
    fix: "See the log of this step for the check that could not run, then run the gate again.",
  };
}

function entriesConflict(conflicts: readonly MergeConflict[], base: string): Reason {
  const shown = conflicts.slice(0, 5).map(({ what, reason }) => `"${what}" (${reason.replace(/\.$/, "")})`);
  return {
    code: "entries-conflict",
    message: `its entries cannot be merged with those of \`${base}\`: ${shown.join(", ")}`,
    fix: `Merge \`${base}\` into the branch by hand and keep the answer that is right, or close the pull request and ask again.`,
  };
}

function nothingLeft(base: string): Reason {
  return { code: "no-difference", message: `\`${base}\` already holds everything this pull request would add`, fix: "Close the pull request." };
}
