import type { CommitFacts, PermissionLevel } from "../../github/port.ts";
import { shortSha, traceIdIn } from "../../kit/ids.ts";
import { isSigned } from "../signature.ts";
import type { GateFacts } from "./facts.ts";
import type { Policy } from "./policy.ts";

/** Where a pull request's commits come from, as far as it can be proved. */
export type Origin =
  /** `own`: the branch is the loop's, and not a person's. */
  | { readonly kind: "proved"; readonly by: string; readonly own: boolean }
  /** Someone else committed to a branch of the loop. */
  | { readonly kind: "person"; readonly who: string }
  | { readonly kind: "unproved"; readonly why: string }
  /** GitHub lists the commits of a push a moment after the head has moved. */
  | { readonly kind: "unread"; readonly why: string };

type Trust = Pick<Policy, "trustedAuthors" | "trustedPeople" | "signingKey" | "traceId">;

/**
 * Proof of origin: INSTANT's own signature over the head; every commit made and signed by GitHub for an allow-listed bot; or an
 * allow-listed person who may write here. Titles, labels, branch names and the names in a commit prove nothing: anyone may write
 * them (PLATFORM, Security). In a fork GitHub signs for bots too, whatever their owner lets them commit: there no commit proves anything.
 */
export function originOf(facts: GateFacts, policy: Trust): Origin {
  const { pull } = facts;
  if (pull.commits.length === 0 || pull.commits.length < pull.commitCount) {
    return { kind: "unproved", why: `only ${pull.commits.length} of ${pull.commitCount} commits could be read` };
  }
  if (pull.commits.at(-1)?.sha !== pull.head.sha) return { kind: "unread", why: `the list of commits does not end with ${shortSha(pull.head.sha)} yet` };
  const signed = signedHeads(facts, policy);
  const vouched = standsFor(facts, policy, (sha) => signed.has(sha));
  if (vouched !== null) return { kind: "proved", by: `INSTANT's signature over ${shortSha(vouched)}`, own: true };
  const here = isHere(facts);
  const others = here ? pull.commits.filter((commit) => !isOurs(commit, facts, policy)) : pull.commits;
  if (others.length === 0) return { kind: "proved", by: `${pull.commits.length} of ${pull.commits.length} commits signed by GitHub, by ${authors(pull.commits)}`, own: true };
  const author = authorOf(facts, policy, others);
  if (author.proves) return { kind: "proved", by: author.evidence, own: false };
  const people = others.filter((commit) => commit.author === null || !isListed(commit.author, policy.trustedAuthors));
  const loops = here && (isListed(pull.author, policy.trustedAuthors) || others.length < pull.commits.length);
  if (people.length > 0 && loops) return { kind: "person", who: people.map(described).join(", ") };
  return { kind: "unproved", why: [...author.evidence === "" ? [] : [author.evidence], ...others.map((commit) => `${described(commit)}${flaw(commit, here, policy)}`)].join(", ") };
}

/**
 * An author in `trusted-people` whose write permission the API confirms vouches for commits of such people. Their names in commits are
 * claims; but in this repository only those who may write can push, and a fork's author has to own the fork.
 * @param others the commits that nothing else vouches for.
 */
function authorOf(facts: GateFacts, policy: Trust, others: readonly CommitFacts[]): { readonly proves: boolean; readonly evidence: string } {
  const { pull, permissions } = facts;
  if (!isListed(pull.author, policy.trustedPeople)) return { proves: false, evidence: "" };
  const level = permissions.get(pull.author.toLowerCase());
  if (!mayWrite(level)) return { proves: false, evidence: `its author ${pull.author} is in trusted-people, but may not write here (${level ?? "unknown"})` };
  const owner = pull.head.repository?.split("/")[0]?.toLowerCase();
  if (!isHere(facts) && owner !== pull.author.toLowerCase()) return { proves: false, evidence: `its author ${pull.author} does not own the fork` };
  const strangers = others.filter(({ author, signature }) => author === null || signature === "invalid" || !isListed(author, policy.trustedPeople) || !mayWrite(permissions.get(author.toLowerCase())));
  if (strangers.length > 0) return { proves: false, evidence: "" };
  return { proves: true, evidence: `its author ${pull.author}, who may write here (${level})` };
}

function mayWrite(level: PermissionLevel | undefined): boolean {
  return level === "write" || level === "maintain" || level === "admin";
}

/** Whether the branch is in this repository, where only those who may write can push. */
export function isHere({ pull, repository }: Pick<GateFacts, "pull" | "repository">): boolean {
  return pull.head.repository !== null && pull.head.repository.toLowerCase() === repository.toLowerCase();
}

/**
 * Whether the head is `wanted`, or grew from it by nothing but this loop's own rebuild commits. Answers the commit it stands
 * for, or null.
 */
export function standsFor(facts: GateFacts, policy: Trust, wanted: (sha: string) => boolean): string | null {
  const { commits, head } = facts.pull;
  if (wanted(head.sha)) return head.sha;
  const newestFirst = commits.toReversed();
  if (newestFirst[0]?.sha !== head.sha) return null;
  for (const [index, commit] of newestFirst.entries()) {
    if (wanted(commit.sha)) return commit.sha;
    // A rebuild continues its branch as first parent; anything else in between is somebody's work.
    const older = newestFirst[index + 1];
    if (!isRebuild(commit, facts, policy) || commit.parents[0] !== older?.sha) return null;
  }
  return null;
}

/** A commit that joined a newer base into the branch, made by this run or by an earlier attempt at the same task. */
export function isRebuild(commit: CommitFacts, facts: GateFacts, policy: Trust): boolean {
  if (facts.memory.rebuilt.includes(commit.sha)) return true;
  const sameTask = policy.traceId !== "" && traceIdIn(commit.message) === policy.traceId;
  return isHere(facts) && commit.parents.length === 2 && sameTask && (isSignedBot(commit, policy) || signedHeads(facts, policy).has(commit.sha));
}

/** Whether the head itself is a rebuild, which no event starts CI for. */
export function isRebuiltHead(facts: GateFacts, policy: Trust): boolean {
  const head = facts.pull.commits.at(-1);
  return head !== undefined && head.sha === facts.pull.head.sha && isRebuild(head, facts, policy);
}

function isOurs(commit: CommitFacts, facts: GateFacts, policy: Trust): boolean {
  return isSignedBot(commit, policy) || facts.memory.rebuilt.includes(commit.sha);
}

function isSignedBot(commit: CommitFacts, policy: Trust): boolean {
  return commit.signature === "valid" && commit.signedByGitHub && commit.author !== null && isListed(commit.author, policy.trustedAuthors);
}

function isListed(login: string, list: readonly string[]): boolean {
  return list.some((trusted) => trusted.toLowerCase() === login.toLowerCase());
}

/** The commits of the pull request that its body carries INSTANT's signature for. */
export function signedHeads(facts: GateFacts, policy: Trust): ReadonlySet<string> {
  const { pull, repository } = facts;
  const traceId = traceIdIn(pull.body);
  if (policy.signingKey === "" || traceId === undefined) return new Set();
  const isSignedFor = (headSha: string) => isSigned(policy.signingKey, { repository, number: pull.number, headSha, traceId }, pull.body);
  return new Set(pull.commits.map((commit) => commit.sha).filter(isSignedFor));
}

function authors(commits: readonly CommitFacts[]): string {
  return [...new Set(commits.map((commit) => commit.author ?? "an unknown account"))].join(", ");
}

function described(commit: CommitFacts): string {
  return `${shortSha(commit.sha)} by ${commit.author ?? "an unknown account"}`;
}

function flaw(commit: CommitFacts, here: boolean, policy: Trust): string {
  if (!here) return " (in a fork, where a bot's commits prove nothing)";
  if (commit.author === null || !isListed(commit.author, policy.trustedAuthors)) return " (not in trusted-authors)";
  if (commit.signature === "none") return " (claims to be, but carries no signature)";
  if (commit.signature === "invalid") return " (its signature is not valid)";
  return " (signed, but not by GitHub)";
}
