import type { CommitFacts, LineCommit, PullSummary } from "../../github/port.ts";
import { rollsBackIn } from "./text.ts";

/** The default branch as a line of states, newest first, and what can be told from it without asking anybody. */
export type Line = readonly LineCommit[];

/** Where a commit stands in the line, 0 being the newest; -1 when it is not in it. A version may be a short SHA. */
export function positionOf(line: Line, sha: string): number {
  return sha === "" ? -1 : line.findIndex((commit) => commit.sha.startsWith(sha));
}

/** A rollback by its own words, title and trailer both: a question's text cannot hold both by accident. */
export function saysItIsARollback({ message }: Pick<LineCommit, "message">): boolean {
  const [title = "", ...rest] = message.split("\n");
  return title.startsWith("Rollback: ") && rollsBackIn(rest.join("\n")) !== undefined;
}

/** Commits that a rollback says it took back together with the one in question. */
export function rollsBackToo(message: string): readonly string[] {
  return [...message.matchAll(/^rolls-back-too:[ \t]*([0-9a-f]{40,64})[ \t]*$/gim)].map(([, sha = ""]) => sha);
}

/**
 * The newest commit that says it took another one back (git revert's words, GitHub's `Revert` button's, a rollback's) and was not
 * taken back itself. Anybody may write such words: they explain, and never decide.
 */
export function takenBackBy(history: Line, sha: string, pullNumber: number | null): LineCommit | null {
  const at = positionOf(history, sha);
  const newer = at < 0 ? history : history.slice(0, at);
  const claims = newer.filter((commit) => commit.sha !== sha && revertsIn(commit.message, pullNumber).some((one) => one === "pull" || one === sha));
  return claims.find((claim) => takenBackBy(newer, claim.sha, null) === null) ?? null;
}

/** SHAs of reverted commits in a message; `pull` when it says to revert the pull request of this number. */
function revertsIn(message: string, pullNumber: number | null): readonly string[] {
  const shas = [...message.matchAll(/\breverts commit ([0-9a-f]{40,64})\b/gi)].map(([, sha = ""]) => sha);
  const rollback = saysItIsARollback({ message }) ? [rollsBackIn(message) ?? "", ...rollsBackToo(message)] : [];
  const pull = pullNumber !== null && [...message.matchAll(/^reverts [\w.-]+\/[\w.-]+#(\d+)\s*$/gim)].some(([, number]) => Number(number) === pullNumber);
  return [...shas, ...rollback, ...(pull ? ["pull"] : [])];
}

/** Rollbacks of other commits that came after a commit, newest first. */
export function rollbacksAfter(line: Line, sha: string): readonly LineCommit[] {
  const at = positionOf(line, sha);
  return at < 0 ? [] : line.slice(0, at).filter((commit) => saysItIsARollback(commit) && rollsBackIn(commit.message) !== sha);
}

/**
 * The parent, from 1, that was the default branch before a commit; null when nothing tells. GitHub merges a pull request into the first
 * parent. A merge that somebody pushed may be either way round: who pulls the default branch into work of their own has it second
 * (git-merge(1) and git-fmt-merge-msg(1) give the message).
 */
export function mainlineOf(commit: Pick<CommitFacts, "sha" | "message" | "parents">, pull: PullSummary | null, defaultBranch: string): number | null {
  if (commit.parents.length < 2 || pull?.mergeSha === commit.sha) return 1;
  const found = /^Merge (?:remote-tracking )?branch '(?:origin\/)?([^']+)'(?: of \S+)?(?: into (\S+))?$/.exec(commit.message.split("\n", 1)[0] ?? "");
  if (found === null || commit.parents.length > 2) return null;
  const [, from, into = defaultBranch] = found;
  if (from === defaultBranch) return 2;
  return into === defaultBranch ? 1 : null;
}

/**
 * How many commits of the line a merged pull request became: 1, unless its commits were put onto the branch one by one (`rebase`),
 * with their messages as they were.
 * @param messages of the pull request's commits, newest last.
 */
export function commitsOf(line: Line, merged: { readonly sha: string; readonly messages: readonly string[]; readonly count: number }): number {
  const at = positionOf(line, merged.sha);
  const { count, messages } = merged;
  if (at < 0 || count < 2 || messages.length === 0) return 1;
  const same = messages.toReversed().every((message, back) => line[at + back]?.message.trim() === message.trim() && line[at + back]?.parents.length === 1);
  return same ? count : 1;
}
