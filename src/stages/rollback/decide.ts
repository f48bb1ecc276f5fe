import type { PullSummary } from "../../github/port.ts";
import { shortSha, traceIdIn } from "../../kit/ids.ts";
import { type Assessment, assess, type Span } from "./assess.ts";
import type { Commit, Facts } from "./facts.ts";
import { underWay } from "./lease.ts";
import { takenBackBy } from "./line.ts";
import { type Policy, YIELD_MS, isAutomatic } from "./policy.ts";
import { type Reason, because } from "./reasons.ts";
import { refusedAgain, refusedAlways, refusedBeginning, refusedForNow, refusedUnmerged, staleSince } from "./refusals.ts";
import { rollsBackIn } from "./text.ts";

/** How the tree without the commit is made. */
export type How =
  /** Nothing came after it: the tree is that of its parent, and no file has to be fetched. */
  | { readonly kind: "tree"; readonly tree: string }
  /** By git, so that everything that came after it is kept. */
  | { readonly kind: "git" };

export type Plan =
  /** `alarm`: people have to do it, so an incident is opened. */
  | { readonly kind: "refuse"; readonly reasons: readonly Reason[]; readonly alarm: boolean; readonly handedOver: boolean }
  /** Others go first. */
  | { readonly kind: "wait"; readonly reasons: readonly Reason[] }
  /** Production has changed since the verdict: it is judged once more before anything is taken back. */
  | { readonly kind: "judge"; readonly reasons: readonly Reason[] }
  | { readonly kind: "revert"; readonly how: How; readonly span: Span; readonly commit: Commit; readonly reasons: readonly Reason[] }
  /** The branch is there, its pull request is not. */
  | { readonly kind: "open"; readonly sha: string; readonly commit: Commit; readonly reasons: readonly Reason[] }
  | { readonly kind: "merge"; readonly pull: PullSummary; readonly commit: Commit; readonly reasons: readonly Reason[] }
  /** It is merged: what is missing is made sure of. */
  | { readonly kind: "finish"; readonly pull: PullSummary; readonly commit: Commit; readonly reasons: readonly Reason[] };

/** What a run knows beside the facts. Times are epoch milliseconds. */
export interface Situation {
  readonly startedAt: number;
  /** Which attempt of its job this is, from 1; people start the others. */
  readonly attempt: number;
  /** Whether a deployment can be judged here. */
  readonly canJudge: boolean;
  /** It was judged again in this run. */
  readonly judged: boolean;
}

/**
 * Plans a rollback before anything is written. It goes on from whatever an earlier run left, never touches what a person made,
 * and names every reason against it at once.
 */
export function decide(facts: Facts, policy: Policy, situation: Situation): Plan {
  const { commit, hotfix } = facts;
  if (commit === null) return refuse([because("unknown", `${policy.commitSha} is not in this repository`)]);
  const merged = ours(hotfix.pulls, commit.sha, "merged");
  const always = refusedAlways(facts, commit);
  if (merged) return always.length > 0 ? refuse(always) : afterMerge(facts, commit, merged);
  const assessment = assess(facts, policy, commit);
  const open = ours(hotfix.pulls, commit.sha, "open");
  const begun = open !== undefined || (hotfix.sha !== null && rollsBackIn(hotfix.commit?.message ?? "") === commit.sha);
  const unmerged = refusedUnmerged(facts, commit, assessment);
  const firm = [...always, ...unmerged, ...(begun ? [] : refusedBeginning(facts, commit, assessment, policy)), ...refusedAgain(facts, policy, situation.attempt)];
  const fleeting = begun ? [] : refusedForNow(facts, commit, assessment, policy);
  if (firm.length > 0) return refuse([...firm, ...fleeting], { alarm: calls([...firm, ...fleeting], facts, policy), handedOver: firm.some(({ code }) => code === "handed-over") });
  const patience = others({ facts, policy, commit, assessment, begun }, situation);
  if (patience) return patience;
  if (fleeting.length > 0) return refuse(fleeting, { alarm: calls(fleeting, facts, policy) });
  if (open) return { kind: "merge", pull: open, commit, reasons: [because("continued", `${open.url} is open already`)] };
  if (hotfix.sha !== null) return { kind: "open", sha: hotfix.sha, commit, reasons: [because("continued", `the branch ${facts.branch} is there already`)] };
  const { span } = assessment;
  // Without one it was refused above.
  return span === null ? refuse([]) : { kind: "revert", how: howTo(facts, span), span, commit, reasons: [] };
}

function afterMerge(facts: Facts, commit: Commit, pull: PullSummary): Plan {
  const back = pull.mergeSha === null ? null : takenBackBy(facts.history, pull.mergeSha, pull.number);
  if (back === null) return { kind: "finish", pull, commit, reasons: [because("already-merged", `${pull.url} took it back already`)] };
  return refuse([because("brought-back", `${pull.url} took it back, and ${shortSha(back.sha)} brought it back; if that is bad, take ${shortSha(back.sha)} back`)]);
}

interface Weighed {
  readonly facts: Facts;
  readonly policy: Policy;
  readonly commit: Commit;
  readonly assessment: Assessment;
  readonly begun: boolean;
}

/** Whether other rollbacks go first, or have changed what is known. */
function others({ facts, policy, commit, assessment, begun }: Weighed, { startedAt, canJudge, judged }: Situation): Plan | null {
  const busy = underWay(facts, commit.sha);
  if (busy.length > 0) return { kind: "wait", reasons: busy.map((one) => because("another-under-way", `${one.commit} is being taken back: ${one.url}`)) };
  const since = staleSince(facts, commit, policy);
  if (since !== null && canJudge && !judged) return { kind: "judge", reasons: [because("evidence-is-old", `${shortSha(since)}, a rollback, has changed production since the verdict`)] };
  // The newest goes first: it is the one that changed production last. Nobody judges what is no task.
  const first = assessment.newer.filter(({ message }) => traceIdIn(message) !== undefined);
  const yields = isAutomatic(policy) && policy.suspects === "one" && canJudge && !judged && !begun && first.length > 0 && facts.now - startedAt < Math.min(YIELD_MS, policy.waitSeconds * 500);
  if (!yields) return null;
  return { kind: "wait", reasons: first.map(({ sha }) => because("newer-goes-first", `${shortSha(sha)} is newer and was served together with it, so it is the first to go if it is found to be unhealthy`)) };
}

/** Nobody may be looking when a verdict is not followed; who asks for it by hand reads why it was refused. */
function calls(reasons: readonly Reason[], facts: Facts, policy: Policy): boolean {
  const codes = reasons.map(({ code }) => code);
  if (codes.some((code) => QUIET.has(code))) return false;
  const called = codes.includes("is-a-rollback") && facts.incidents.some(({ open, body }) => open && rollsBackIn(body) === rollsBackIn(facts.commit?.message ?? ""));
  return !called && (codes.some((code) => BY_HAND.has(code)) || isAutomatic(policy));
}

/** Only people can do it. */
const BY_HAND = new Set(["touches-workflows", "unclear-mainline", "too-many-commits"]);
/** Where people stopped it themselves, have been called, or nothing is wrong with the commit. */
const QUIET = new Set(["paused", "handed-over", "given-up", "attempted", "not-on-default"]);

function ours(pulls: readonly PullSummary[], sha: string, state: PullSummary["state"]): PullSummary | undefined {
  return pulls.find((pull) => pull.state === state && rollsBackIn(pull.body) === sha);
}

function howTo(facts: Facts, { sha, tree }: Span): How {
  return facts.head.sha === sha && tree !== null ? { kind: "tree", tree } : { kind: "git" };
}

function refuse(reasons: readonly Reason[], options: { alarm?: boolean; handedOver?: boolean } = {}): Plan {
  return { kind: "refuse", reasons, alarm: options.alarm ?? false, handedOver: options.handedOver ?? false };
}
