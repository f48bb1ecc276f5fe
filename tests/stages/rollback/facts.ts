import { upsertEntry } from "../../../src/faq/index.ts";
import type { CommitFacts, PullSummary } from "../../../src/github/port.ts";
import { parseInputs } from "../../../src/kit/inputs.ts";
import type { Commit, Facts } from "../../../src/stages/rollback/facts.ts";
import { type Policy, inputs } from "../../../src/stages/rollback/policy.ts";

export const SHA = "a1b2c3d4".repeat(5);
export const HEAD = "0f1e2d3c".repeat(5);
export const HOTFIX = "5a5a5a5a".repeat(5);
export const BRANCH = "hotfix/rollback-a1b2c3d";
export const TRACE = "11111111-2222-4333-8444-555555555555";
export const MARKERS = `trace-id: ${TRACE}\nrolls-back: ${SHA}`;

export function policyOf(given: Record<string, string> = {}): Policy {
  const all: Record<string, string> = { token: "t", "commit-sha": SHA, reason: "Health failed", "health-json": "status=ok", "deploy-input": "commit_sha", ...given };
  return parseInputs(inputs, (name) => all[name] ?? "");
}

export function commitFacts(more: Partial<CommitFacts> = {}): CommitFacts {
  return { sha: SHA, message: "Update FAQ - Why?", author: "octo", parents: [HEAD], signature: "valid", signedByGitHub: true, ...more };
}

export function pull(more: Partial<PullSummary> = {}): PullSummary {
  return {
    number: 4, url: "https://github.example/pull/4", title: "Rollback: Health failed", body: MARKERS, state: "open", author: "github-actions[bot]",
    headSha: HOTFIX, mergeSha: null, createdAt: 0, mergedAt: null, commits: [commitFacts({ sha: HOTFIX, message: `Rollback: x\n\nRolls-Back: ${SHA}` })], ...more,
  };
}

/** The newest commit of the default branch, with nothing done yet. */
export function factsOf(more: Partial<Facts> = {}, commit: Partial<Commit> = {}): Facts {
  const reverted: Commit = { ...commitFacts(), tree: "tree", parentTrees: ["tree before"], at: 1_000, touchesWorkflows: false, ...commit };
  return {
    defaultBranch: "main", head: { ...commitFacts(), tree: "tree" }, commit: reverted, pull: null, hotfix: { sha: null, commit: null, pulls: [] }, incidents: [],
    repositoryId: "R_1", labelIds: {}, pause: null, viewer: "github-actions[bot]", branch: BRANCH, onDefault: true, incident: null, ...more,
  };
}

/** The same with newer commits after it. */
export function olderOf(more: Partial<Facts> = {}, commit: Partial<Commit> = {}): Facts {
  return factsOf({ head: { ...commitFacts({ sha: HEAD, parents: [SHA] }), tree: "newer tree" }, ...more }, commit);
}

/** A FAQ with one entry more, as faq-generate writes it. */
export function withEntry(text: string, question: string, answer = "This is the answer."): string {
  return upsertEntry(text, { question, answer, record: { traceId: TRACE, model: "m", sources: ["docs/guide.md"], date: "2026-11-20" } }).text;
}
