import type { CheckFacts, CommitFacts, Entry, PullFacts, PullFile } from "../../../src/github/port.ts";
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
  return { name: "instant/fast-ci", app: "github-actions", appId: 15_368, externalId: "", workflow: null, kind: "check", state: "success", order: 10, at: NOW - 5_000, url: "https://github.test/o/r/runs/7", ...change };
}

export function aFile(change: Partial<PullFile> = {}): PullFile {
  return { path: "docs/FAQ.md", previousPath: null, status: "modified", additions: 3, deletions: 0, ...change };
}

/** An ordinary file of text. */
export const TEXT: Entry = { mode: "100644", binary: false };

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
    mergeState: "clean",
    defaultBranch: "main",
    base: { branch: "main", sha: BASE },
    head: { branch: "instant/faq-1234", sha: HEAD, repository: "o/r", exists: true, tip: null, shared: false },
    mergeBase: BASE,
    merge: null,
    mergedBy: null,
    labels: [],
    createdAt: NOW - 60_000,
    commits,
    commitCount: commits.length,
    files,
    fileCount: files.length,
    filesComplete: true,
    checks: [aCheck()],
    checksComplete: true,
    runsAwaitingApproval: 0,
    rulesUnread: null,
    otherRules: [],
    requiredChecks: [],
    requiredApprovals: 0,
    approvals: 0,
    changesRequestedBy: [],
    reviews: [],
    reviewsComplete: true,
    reviewDecision: null,
    conversations: { required: false, unresolved: 0, complete: true },
    methods: ["squash", "merge", "rebase"],
    autoMerge: { allowed: true, armedBy: null },
    queue: { enabled: false, entry: null },
    deletesBranches: false,
    ownComments: [],
    commentsComplete: true,
    viewer: "github-actions[bot]",
    pause: null,
    siblings: [],
    faqEntry: { head: TEXT, mergeBase: TEXT },
    faq: { head: "# FAQ\n\n## How do I start?\n\nSo.\n", base: "# FAQ\n", mergeBase: "# FAQ\n" },
    faqFlaw: null,
    ...change,
  };
}

export function factsOf(change: Partial<PullFacts> = {}, more: Partial<GateFacts> = {}): GateFacts {
  const pull = aPull(change);
  const files = more.files ?? pull.files;
  const entries = { head: new Map(files.map(({ path }) => [path, TEXT])), base: new Map(files.map(({ path, previousPath }) => [previousPath ?? path, TEXT])) };
  return { repository: "o/r", runId: "99", job: "gate", pull, files, filesComplete: pull.filesComplete, entries, permissions: new Map(), memory: nothingYet, ...more };
}
