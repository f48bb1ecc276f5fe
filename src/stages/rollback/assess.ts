import type { LineCommit } from "../../github/port.ts";
import { type Deployed, deployedAs } from "./deployed.ts";
import { type Before, before, evidenceIn } from "./evidence.ts";
import type { Commit, Facts } from "./facts.ts";
import { type Line, mainlineOf, positionOf, saysItIsARollback, takenBackBy } from "./line.ts";
import type { Policy } from "./policy.ts";

/** What goes: the difference from one state of the default branch to a later one. */
export interface Span {
  /** The newest commit of it. */
  readonly sha: string;
  /** The state to go back to. */
  readonly base: string;
  /** The tree of that state; null where it was not read. */
  readonly tree: string | null;
  /** Newest first; `mainline` is the parent, from 1, that a merge is taken back to. */
  readonly commits: readonly { readonly sha: string; readonly message: string; readonly parents: number; readonly mainline: number }[];
}

/** What the facts say about a commit that is to be taken back. */
export interface Assessment {
  readonly deployed: Deployed;
  /** What is known of production before the commit. */
  readonly before: Before;
  /** null: its mainline cannot be told. */
  readonly span: Span | null;
  /** Other changes that may be to blame as well: since the last known good state, or served together with it. Newest first. */
  readonly others: readonly LineCommit[];
  /** Those of them that are newer than the commit. */
  readonly newer: readonly LineCommit[];
}

/** Pure: the same facts give the same assessment. */
export function assess(facts: Facts, policy: Policy, commit: Commit): Assessment {
  const { line, served, count } = facts;
  const at = positionOf(line, commit.sha);
  const evidence = evidenceIn(facts, policy);
  const state = at < 0 ? ({ kind: "unknown" } as const) : before(line, at + count - 1, evidence);
  const shown = served.kind === "read" && served.contains === true ? positionOf(line, served.sha) : -1;
  const newer = at > 0 && shown >= 0 ? line.slice(shown, at).filter((one) => isSuspect(line, one)) : [];
  const good = state.kind === "good" ? positionOf(line, state.commit.sha) : -1;
  const older = good > at ? line.slice(at + count, good).filter((one) => isSuspect(line, one)) : [];
  const mainline = mainlineOf(commit, facts.pull, facts.defaultBranch);
  const one = mainline === null ? null : count > 1 ? several(line, at, at + count) : single(commit, mainline);
  const all = policy.suspects === "all" && state.kind === "good" ? several(line, line.slice(shown < 0 ? at : shown, at).some(saysItIsARollback) || shown < 0 ? at : shown, good) : null;
  return { deployed: deployedAs(facts, policy), before: state, span: all ?? one, others: [...newer, ...older], newer };
}

function isSuspect(line: Line, commit: LineCommit): boolean {
  return !saysItIsARollback(commit) && takenBackBy(line, commit.sha, null) === null;
}

function single(commit: Commit, mainline: number): Span | null {
  const [base, tree] = [commit.parents[mainline - 1], commit.parentTrees[mainline - 1]];
  return base === undefined ? null : { sha: commit.sha, base, tree: tree ?? null, commits: [{ sha: commit.sha, message: commit.message, parents: commit.parents.length, mainline }] };
}

/** From one place of the line to another that is older and stays. */
function several(line: Line, newest: number, stays: number): Span | null {
  const commits = newest < 0 ? [] : line.slice(newest, stays);
  const base = commits.at(-1)?.parents[0];
  if (commits[0] === undefined || base === undefined) return null;
  // The line goes by first parents.
  return { sha: commits[0].sha, base, tree: line[stays]?.tree ?? null, commits: commits.map(({ sha, message, parents }) => ({ sha, message, parents: parents.length, mainline: 1 })) };
}
