import type { BranchFacts, CommitFacts, PullSummary } from "../../github/port.ts";
import { traceIdIn } from "../../kit/ids.ts";
import type { Facts } from "./facts.ts";
import { type Policy, SAME_TASK_MS } from "./policy.ts";
import { isListed, mayWrite } from "./requester.ts";

/** What to do about a question; each carries why. */
export type Decision =
  | { readonly kind: "paused"; readonly reasons: readonly string[] }
  | { readonly kind: "refused"; readonly reasons: readonly string[] }
  | { readonly kind: "duplicate"; readonly pull: PullSummary; readonly branch: string; readonly traceId: string | undefined; readonly reasons: readonly string[] }
  | { readonly kind: "handed-over"; readonly branch: string; readonly headSha: string; readonly pull: PullSummary | null; readonly traceId: string | undefined; readonly reasons: readonly string[] }
  /** The commit is there, its pull request is not: a run was killed in between, or another is about to open it. */
  | { readonly kind: "open"; readonly branch: string; readonly headSha: string; readonly traceId: string | undefined; readonly reasons: readonly string[] }
  /** An answer has to be written and committed on top of `onto`; `pull` is the open pull request that it updates. */
  | {
      readonly kind: "write";
      readonly branch: string;
      readonly create: boolean;
      readonly onto: string;
      readonly faqText: string | null;
      readonly pull: PullSummary | null;
      readonly traceId: string | undefined;
      readonly reasons: readonly string[];
    }
  | { readonly kind: "exhausted"; readonly reasons: readonly string[] };

/** Pure: the same facts give the same decision. `now` is epoch milliseconds. */
export function decide(facts: Facts, policy: Pick<Policy, "allowedRequesters">, now: number): Decision {
  const { pause, requester, permission } = facts;
  if (pause !== null) return { kind: "paused", reasons: [`issue #${pause.number} pauses INSTANT in this repository (${pause.url})`] };
  if (requester.kind === "person" && !isListed(requester, policy) && (permission === null || !mayWrite(permission))) {
    return { kind: "refused", reasons: [`${requester.login} may not start this: it takes write permission in this repository, and theirs is \`${permission ?? "unknown"}\``] };
  }
  for (const branch of facts.branches) {
    const decision = forBranch(branch, facts, now);
    if (decision !== undefined) return decision;
  }
  const names = facts.branches.map(({ name }) => name).join(", ");
  return { kind: "exhausted", reasons: [`every pull request for this question was closed (${names})`] };
}

/** What the branch of a question asks for; undefined when its name was used up by a closed pull request. */
function forBranch(branch: BranchFacts, facts: Facts, now: number): Decision | undefined {
  const open = branch.pulls.find(({ state }) => state === "open");
  if (open) return forOpenPull(branch, open, facts, now);
  const [newest] = branch.pulls;
  if (newest?.state === "merged" && newest.mergedAt !== null && now - newest.mergedAt <= SAME_TASK_MS) {
    return { kind: "duplicate", pull: newest, branch: branch.name, traceId: traceOf(newest), reasons: [`the same question was answered and merged within the hour, in #${newest.number}`] };
  }
  // A name is free again once its branch is gone, unless somebody closed what it was used for.
  if (newest && (newest.state === "closed" || branch.sha !== null)) return undefined;
  if (branch.sha === null) return write(branch.name, true, facts.base.sha, facts.faq?.text ?? null, [`${branch.name} is free`]);
  if (branch.commits.length === 0) return write(branch.name, false, branch.sha, branch.faqText, [`${branch.name} is there without a commit: an earlier run ended before it, or another is at work`]);
  return forCommits(branch, branch.sha, facts);
}

function forOpenPull(branch: BranchFacts, pull: PullSummary, facts: Facts, now: number): Decision {
  const traceId = traceOf(pull);
  const people = pull.commits.filter((commit) => !isOurs(commit, facts.viewer));
  if (people.length > 0) return { kind: "handed-over", branch: branch.name, headSha: pull.headSha, pull, traceId, reasons: people.map(takenOver) };
  const same = { kind: "duplicate", pull, branch: branch.name, traceId } as const;
  if (now - pull.createdAt <= SAME_TASK_MS) return { ...same, reasons: [`the same question is being answered in #${pull.number}`] };
  if (branch.sha === null || branch.sha !== pull.headSha) return { ...same, reasons: [`#${pull.number} is open for the same question and was pushed to just now`] };
  const reasons = [`#${pull.number} has been open for the same question for more than an hour: it gets today's answer`];
  return { kind: "write", branch: branch.name, create: false, onto: branch.sha, faqText: branch.faqText, pull, traceId, reasons };
}

function forCommits(branch: BranchFacts, sha: string, facts: Facts): Decision {
  const traceId = branch.commits.map(({ message }) => traceIdIn(message)).findLast((found) => found !== undefined);
  const people = branch.commits.filter((commit) => !isOurs(commit, facts.viewer));
  if (people.length > 0) return { kind: "handed-over", branch: branch.name, headSha: sha, pull: null, traceId, reasons: people.map(takenOver) };
  return { kind: "open", branch: branch.name, headSha: sha, traceId, reasons: [`${branch.name} has its commit but no pull request: an earlier run ended before it, or another is at work`] };
}

function write(branch: string, create: boolean, onto: string, faqText: string | null, reasons: readonly string[]): Decision {
  return { kind: "write", branch, create, onto, faqText, pull: null, traceId: undefined, reasons };
}

/**
 * Commits of the loop carry a trace id and were made by the token's own account or a bot. It is no proof, which the gate asks for:
 * here it only keeps a person's work from being touched.
 */
function isOurs(commit: CommitFacts, viewer: string): boolean {
  if (traceIdIn(commit.message) === undefined) return false;
  return commit.author === null || commit.author === viewer || commit.author.endsWith("[bot]");
}

function takenOver(commit: CommitFacts): string {
  return `${commit.author ?? "somebody"} committed ${commit.sha.slice(0, 7)} to the branch, so it is theirs now`;
}

function traceOf(pull: PullSummary): string | undefined {
  return traceIdIn(pull.body) ?? pull.commits.map(({ message }) => traceIdIn(message)).findLast((found) => found !== undefined);
}
