import type { CheckFacts, CommitFacts, PullFacts, PullFile } from "../../../src/github/port.ts";
import { parseInputs } from "../../../src/kit/inputs.ts";
import { type GateFacts, nothingYet } from "../../../src/stages/auto-merge-gate/facts.ts";
import { inputs, type Policy } from "../../../src/stages/auto-merge-gate/policy.ts";

export const TRACE = "0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11";
export const HEAD = "a".repeat(40);
export const BASE = "b".repeat(40);
export const FIRST = "c".repeat(40);
export const NOW = Date.UTC(2026, 8, 1, 12);

/** The defaults of action.yml, with what a test changes. */
export function policyOf(change: Readonly<Record<string, string>> = {}): Policy {
  const given: Record<string, string> = { token: "t", "pr-number": "12", "trace-id": TRACE, ...change };
  return parseInputs(inputs, (name) => given[name] ?? "");
}

export function aCommit(change: Partial<CommitFacts> = {}): CommitFacts {
  return { sha: HEAD, message: `Update FAQ\n\nTrace-Id: ${TRACE}`, author: "github-actions[bot]", parents: [BASE], signature: "valid", signedByGitHub: true, ...change };
}

export function aCheck(change: Partial<CheckFacts> = {}): CheckFacts {
  return { name: "instant/fast-ci", app: "github-actions", kind: "check", state: "success", at: NOW - 5_000, url: "https://github.test/o/r/runs/7", ...change };
}

export function aFile(change: Partial<PullFile> = {}): PullFile {
  return { path: "docs/FAQ.md", previousPath: null, status: "modified", additions: 3, deletions: 0, ...change };
}

/** A pull request of the loop that nothing stands in the way of. */
export function aPull(change: Partial<PullFacts> = {}): PullFacts {
  const commits = change.commits ?? [aCommit()];
  const files = change.files ?? [aFile()];
  return {
    number: 12,
    id: "PR_12",
    url: "https://github.test/o/r/pull/12",
    title: "Update FAQ - How do I start?",
    body: `trace-id: ${TRACE}\n`,
    state: "open",
    draft: false,
    author: "github-actions[bot]",
    mergeable: "mergeable",
    defaultBranch: "main",
    base: { branch: "main", sha: BASE },
    head: { branch: "instant/faq-1234", sha: HEAD, repository: "o/r", exists: true },
    mergeBase: BASE,
    merge: null,
    mergedBy: null,
    labels: [],
    createdAt: NOW - 60_000,
    commits,
    commitCount: commits.length,
    files,
    fileCount: files.length,
    checks: [aCheck()],
    checksComplete: true,
    requiredChecks: [],
    requiredApprovals: 0,
    approvals: 0,
    changesRequestedBy: [],
    reviews: [],
    viewer: "github-actions[bot]",
    pause: null,
    siblings: [],
    faqMode: "100644",
    faq: { head: "# FAQ\n", base: "# FAQ\n", mergeBase: "# FAQ\n" },
    ...change,
  };
}

export function factsOf(change: Partial<PullFacts> = {}, more: Partial<GateFacts> = {}): GateFacts {
  const pull = aPull(change);
  return { repository: "o/r", runId: "99", pull, files: pull.files, modes: new Map((more.files ?? pull.files).map(({ path }) => [path, "100644"])), memory: nothingYet, ...more };
}
