import { upsertEntry } from "../../../src/faq/index.ts";
import type { CommitFacts, IncidentFacts, LineCommit, PullSummary } from "../../../src/github/port.ts";
import { parseInputs } from "../../../src/kit/inputs.ts";
import { assess } from "../../../src/stages/rollback/assess.ts";
import type { Situation } from "../../../src/stages/rollback/decide.ts";
import type { Commit, Facts } from "../../../src/stages/rollback/facts.ts";
import { takenBackBy } from "../../../src/stages/rollback/line.ts";
import { type Policy, inputs } from "../../../src/stages/rollback/policy.ts";
import type { Story } from "../../../src/stages/rollback/texts.ts";

export const SHA = "a1b2c3d4".repeat(5);
export const HEAD = "0f1e2d3c".repeat(5);
/** What the default branch was before `SHA`. */
export const BASE = "b0b0b0b0".repeat(5);
export const HOTFIX = "5a5a5a5a".repeat(5);
export const BRANCH = "hotfix/rollback-a1b2c3d";
export const TRACE = "11111111-2222-4333-8444-555555555555";
export const MARKERS = `trace-id: ${TRACE}\nrolls-back: ${SHA}`;
/** When the facts were read. */
export const NOW = Date.UTC(2026, 10, 20, 10);

export function policyOf(given: Record<string, string> = {}): Policy {
  const all: Record<string, string> = { token: "t", "commit-sha": SHA, reason: "Health failed", "health-json": "status=ok", "deploy-input": "commit_sha", ...given };
  return parseInputs(inputs, (name) => all[name] ?? "");
}

export function commitFacts(more: Partial<CommitFacts> = {}): CommitFacts {
  return { sha: SHA, message: "Update FAQ - Why?", author: "octo", parents: [BASE], signature: "valid", signedByGitHub: true, ...more };
}

export function pull(more: Partial<PullSummary> = {}): PullSummary {
  return {
    number: 4, url: "https://github.example/pull/4", title: "Rollback: Health failed", body: MARKERS, state: "open", author: "github-actions[bot]",
    headSha: HOTFIX, mergeSha: null, createdAt: NOW - 60_000, mergedAt: null, commits: [commitFacts({ sha: HOTFIX, message: `Rollback: x\n\nRolls-Back: ${SHA}` })], commitCount: 1, ...more,
  };
}

/** A commit of the default branch; its parent is the one behind it. */
export function landed(sha: string, more: Partial<LineCommit> = {}): LineCommit {
  return { sha, message: "A change", tree: `tree of ${sha.slice(0, 7)}`, parents: [], at: NOW - 3_600_000, ...more };
}

/** The commits one after the other, newest first. */
export function lineOf(commits: readonly LineCommit[]): readonly LineCommit[] {
  return commits.map((commit, at) => ({ ...commit, parents: commit.parents.length > 0 ? commit.parents : commits.slice(at + 1, at + 2).map(({ sha }) => sha) }));
}

export function incident(body: string, more: Partial<IncidentFacts> = {}): IncidentFacts {
  return { id: "I_9", number: 9, url: "https://github.example/issues/9", title: "Production Rollback: x", body, open: true, createdAt: NOW - 60_000, updatedAt: NOW - 60_000, ...more };
}

/** The newest commit of the default branch, with nothing done yet. */
export function factsOf(more: Partial<Facts> = {}, commit: Partial<Commit> = {}): Facts {
  const reverted: Commit = { ...commitFacts(), tree: "tree", parentTrees: ["tree before"], at: NOW - 600_000, touchesWorkflows: false, ...commit };
  const line = more.line ?? lineOf([landed(SHA, { message: reverted.message, tree: reverted.tree, at: reverted.at, parents: reverted.parents }), landed(BASE, { tree: "tree before" })]);
  return {
    defaultBranch: "main", head: { ...commitFacts({ sha: line[0]?.sha ?? SHA }), tree: line[0]?.tree ?? "tree" }, line, history: line, commit: reverted, pull: null, hotfix: { sha: null, commit: null, pulls: [] },
    hotfixes: [], incidents: [], deployments: null, repositoryId: "R_1", labelIds: {}, pause: null, viewer: "github-actions[bot]", branch: BRANCH, onDefault: true, incident: null,
    served: { kind: "none" }, deployRun: null, records: [], count: 1, now: NOW, ...more,
  };
}

/** The same with a newer commit after it. */
export function olderOf(more: Partial<Facts> = {}, commit: Partial<Commit> = {}): Facts {
  const line = lineOf([landed(HEAD, { tree: "newer tree" }), landed(SHA, { message: commit.message ?? "Update FAQ - Why?", tree: "tree" }), landed(BASE, { tree: "tree before" })]);
  return factsOf({ line, ...more }, commit);
}

export function situation(more: Partial<Situation> = {}): Situation {
  return { startedAt: NOW, attempt: 1, canJudge: true, judged: false, ...more };
}

export function storyOf(given: Record<string, string> = {}, facts: Facts = factsOf({ pull: pull({ url: "https://github.example/pull/2" }) }), more: Partial<Story> = {}): Story {
  const policy = policyOf(given);
  const commit = facts.commit!;
  const assessment = assess(facts, policy, commit);
  return { policy, traceId: TRACE, facts, commit, assessment, span: assessment.span, claim: takenBackBy(facts.history, commit.sha, null), runUrl: "https://github.example/runs/1", startedAt: NOW, ...more };
}

/** A FAQ with one entry more, as faq-generate writes it. */
export function withEntry(text: string, question: string, answer = "This is the answer."): string {
  return upsertEntry(text, { question, answer, record: { traceId: TRACE, model: "m", sources: ["docs/guide.md"], date: "2026-11-20" } }).text;
}
