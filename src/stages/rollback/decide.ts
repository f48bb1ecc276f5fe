import type { PullSummary } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Commit, Facts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { rollsBackIn } from "./text.ts";

/** One reason of a decision: a stable code for programs, a sentence for people. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** How the tree without the commit is made. */
export type How =
  /** Nothing came after it: the tree is that of its parent, and no file has to be fetched. */
  | { readonly kind: "tree"; readonly tree: string }
  /** By git, so that everything that came after it is kept. */
  | { readonly kind: "git"; readonly mainline: number | null };

export type Plan =
  /** `alarm`: people have to do it, so an incident is opened. */
  | { readonly kind: "refuse"; readonly reasons: readonly Reason[]; readonly alarm: boolean; readonly handedOver: boolean }
  | { readonly kind: "revert"; readonly how: How; readonly commit: Commit; readonly reasons: readonly Reason[] }
  /** The branch is there, its pull request is not. */
  | { readonly kind: "open"; readonly sha: string; readonly commit: Commit; readonly reasons: readonly Reason[] }
  | { readonly kind: "merge"; readonly pull: PullSummary; readonly commit: Commit; readonly reasons: readonly Reason[] }
  /** It is merged: what is missing is made sure of. */
  | { readonly kind: "finish"; readonly pull: PullSummary; readonly commit: Commit; readonly reasons: readonly Reason[] };

/**
 * Plans a rollback before anything is written. It goes on from whatever an earlier run left, never touches what a person made,
 * and names every reason against it at once.
 */
export function decide(facts: Facts, policy: Policy): Plan {
  const { commit, hotfix } = facts;
  if (commit === null) return refuse([because("unknown", `${policy.commitSha} is not in this repository`)]);
  const against = refusals(facts, commit);
  if (against.length > 0) return refuse(against);
  const merged = ours(hotfix.pulls, commit.sha, "merged");
  if (merged) return { kind: "finish", pull: merged, commit, reasons: [because("already-merged", `${merged.url} took it back already`)] };
  const late = lateRefusals(facts, commit);
  if (late.length > 0) return refuse(late, { handedOver: late.some(({ code }) => code === "handed-over") });
  const open = ours(hotfix.pulls, commit.sha, "open");
  if (open) return { kind: "merge", pull: open, commit, reasons: [because("continued", `${open.url} is open already`)] };
  if (facts.hotfix.sha !== null) return { kind: "open", sha: facts.hotfix.sha, commit, reasons: [because("continued", `the branch ${facts.branch} is there already`)] };
  // A workflow's own token may not put a commit on a branch that changes workflow files (PLATFORM, Tokens).
  if (commit.touchesWorkflows && facts.viewer === "github-actions[bot]") {
    const message = "it changes files in .github/workflows, which a workflow's own token may not; pass the token of a GitHub App with `workflows: write`, or do it by hand";
    return refuse([because("touches-workflows", message)], { alarm: true });
  }
  return { kind: "revert", how: howTo(facts, commit), commit, reasons: [] };
}

/** What stands against it whatever has been done so far. */
function refusals(facts: Facts, commit: Commit): Reason[] {
  const reasons: Reason[] = [];
  if (facts.pause) reasons.push(because("paused", `paused by issue #${facts.pause.number}: ${facts.pause.url}`));
  if (isRollback(facts, commit)) reasons.push(because("is-a-rollback", `${shortSha(commit.sha)} is a rollback itself; to bring its change back, revert it in a pull request of your own`));
  if (!facts.onDefault) reasons.push(because("not-on-default", `${shortSha(commit.sha)} is not on ${facts.defaultBranch}`));
  return reasons;
}

/** What stands against it as long as it is not merged. */
function lateRefusals(facts: Facts, commit: Commit): Reason[] {
  const { hotfix, branch } = facts;
  const reasons: Reason[] = [];
  if (commit.parents.length === 0) reasons.push(because("first-commit", "it is the first commit of the repository, with nothing before it to go back to"));
  else if (commit.parentTrees[0] === commit.tree) reasons.push(because("changes-nothing", `${shortSha(commit.sha)} changes no file, so taking it back would mend nothing`));
  const open = hotfix.pulls.find(({ state }) => state === "open");
  const closed = open ? undefined : hotfix.pulls.find(({ state }) => state === "closed");
  if (closed) reasons.push(because("given-up", `somebody closed ${closed.url} without merging it; reopen it to let this rollback go on`));
  if (open && rollsBackIn(open.body) !== commit.sha) reasons.push(because("branch-taken", `${open.url} uses the branch ${branch} for something else`));
  const strangers = open ? open.commits.filter(({ message }) => rollsBackIn(message) !== commit.sha) : [];
  for (const { sha, author } of strangers) reasons.push(because("handed-over", `${author ?? "somebody"} committed ${shortSha(sha)} to ${branch}: it is theirs to finish`));
  const stray = !open && !closed && hotfix.sha !== null && rollsBackIn(hotfix.commit?.message ?? "") !== commit.sha;
  if (stray) reasons.push(because("branch-taken", `the branch ${branch} exists and does not take back ${shortSha(commit.sha)}`));
  return reasons;
}

/**
 * Its own pull request or message says so, title and trailer both: a question's text cannot hold both by accident. What came by the
 * pull request of somebody else is none, whatever it says: its author writes title, text and commits, also after the merge, and could
 * make a bad change one that is never taken back.
 */
function isRollback({ pull, viewer }: Facts, commit: Commit): boolean {
  const claims = (title: string, body: string) => title.startsWith("Rollback: ") && rollsBackIn(body) !== undefined;
  const [title = "", ...rest] = commit.message.split("\n");
  if (pull === null) return claims(title, rest.join("\n"));
  // No person's login ends so: GitHub allows letters, digits and hyphens.
  const isLoops = pull.author === viewer || pull.author.endsWith("[bot]");
  return isLoops && (claims(title, rest.join("\n")) || claims(pull.title, pull.body));
}

function ours(pulls: readonly PullSummary[], sha: string, state: PullSummary["state"]): PullSummary | undefined {
  return pulls.find((pull) => pull.state === state && rollsBackIn(pull.body) === sha);
}

function howTo(facts: Facts, commit: Commit): How {
  const tree = commit.parentTrees[0];
  if (facts.head.sha === commit.sha && tree !== undefined) return { kind: "tree", tree };
  // The first parent of a merge is the branch that was merged into.
  return { kind: "git", mainline: commit.parents.length > 1 ? 1 : null };
}

function refuse(reasons: readonly Reason[], options: { alarm?: boolean; handedOver?: boolean } = {}): Plan {
  return { kind: "refuse", reasons, alarm: options.alarm ?? false, handedOver: options.handedOver ?? false };
}

export function because(code: string, message: string): Reason {
  return { code, message };
}
