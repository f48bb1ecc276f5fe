import type { CommitFacts, LineCommit, PullSummary } from "../../github/port.ts";
import { positionOf, rollsBackIn, saysItIsARollback } from "../taken-back.ts";

export { positionOf, rollsBackToo, saysItIsARollback, takenBackBy } from "../taken-back.ts";

/** The default branch as a line of states, newest first, and what can be told from it without asking anybody. */
export type Line = readonly LineCommit[];

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
