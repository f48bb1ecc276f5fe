import type { BranchFacts, CommitFacts, PullSummary } from "../../../src/github/port.ts";
import { parseInputs } from "../../../src/kit/inputs.ts";
import type { Facts } from "../../../src/stages/faq-generate/facts.ts";
import { inputs, type Policy } from "../../../src/stages/faq-generate/policy.ts";

export const TRACE = "0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11";
export const BASE = "b".repeat(40);
export const HEAD = "a".repeat(40);
export const NOW = Date.UTC(2026, 8, 1, 12);
export const BOT = "github-actions[bot]";
export const NAME = "instant/faq-0123456789abcdef";

export function policyOf(change: Readonly<Record<string, string>> = {}): Policy {
  const given: Record<string, string> = { token: "t", question: "How do I start?", "base-url": "https://llm.test/v1", model: "m-1", ...change };
  return parseInputs(inputs, (name) => given[name] ?? "");
}

export function aCommit(change: Partial<CommitFacts> = {}): CommitFacts {
  return { sha: HEAD, message: `Update FAQ - x\n\nTrace-Id: ${TRACE}`, author: BOT, parents: [BASE], signature: "valid", signedByGitHub: true, ...change };
}

export function aPull(change: Partial<PullSummary> = {}): PullSummary {
  return { number: 7, url: "https://github.test/o/r/pull/7", title: "Update FAQ - x", body: `trace-id: ${TRACE}\n`, state: "open", author: BOT, headSha: HEAD, mergeSha: null, createdAt: NOW - 60_000, mergedAt: null, commits: [aCommit()], commitCount: 1, ...change };
}

export function aBranch(change: Partial<BranchFacts> = {}): BranchFacts {
  return { name: NAME, sha: null, faqText: null, pulls: [], commits: [], ...change };
}

export function factsOf(change: Partial<Facts> = {}): Facts {
  return {
    repositoryId: "R_1",
    base: { branch: "main", sha: BASE },
    faq: { text: "# FAQ\n" },
    sources: [{ path: "docs/start.md", text: "Run start." }],
    branches: [aBranch(), aBranch({ name: `${NAME}-2` })],
    pause: null,
    viewer: BOT,
    requester: { kind: "trusted", by: "workflow_dispatch" },
    permission: null,
    readAt: NOW,
    ...change,
  };
}
