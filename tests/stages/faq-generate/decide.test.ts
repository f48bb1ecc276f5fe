import { describe, expect, test } from "@jest/globals";
import { decide } from "../../../src/stages/faq-generate/decide.ts";
import type { Facts } from "../../../src/stages/faq-generate/facts.ts";
import { isListed, requesterOf } from "../../../src/stages/faq-generate/requester.ts";
import { aBranch, aCommit, aPull, BASE, BOT, factsOf, HEAD, NAME, NOW, policyOf, TRACE } from "./support.ts";

const HOUR = 3_600_000;
const person = aCommit({ sha: "c".repeat(40), message: "Better words", author: "mona" });
const first = (branch: Parameters<typeof aBranch>[0]) => ({ branches: [aBranch(branch), aBranch({ name: `${NAME}-2` })] });
const commenter = { requester: { kind: "person", login: "mona" } } as const;

const table: readonly (readonly [string, Partial<Facts>, object])[] = [
  ["nothing there yet", {}, { kind: "write", branch: NAME, create: true, onto: BASE, faqText: "# FAQ\n", pull: null }],
  ["no FAQ yet", { faq: null }, { kind: "write", create: true, faqText: null }],
  ["paused", { pause: { number: 3, url: "u", title: "t" } }, { kind: "paused", reasons: ["issue #3 pauses INSTANT in this repository (u)"] }],
  ["an open pull request of the loop", first({ sha: HEAD, pulls: [aPull()] }), { kind: "duplicate", branch: NAME, traceId: TRACE, pull: { number: 7 } }],
  ["its trace id when the body lost it", first({ sha: HEAD, pulls: [aPull({ body: "edited" })] }), { kind: "duplicate", traceId: TRACE }],
  ["an open one that is 59 minutes old", first({ sha: HEAD, pulls: [aPull({ createdAt: NOW - HOUR + 60_000 })] }), { kind: "duplicate" }],
  ["an open one that is older than an hour", first({ sha: HEAD, faqText: "x", pulls: [aPull({ createdAt: NOW - HOUR - 1 })] }), { kind: "write", create: false, onto: HEAD, faqText: "x", traceId: TRACE, pull: { number: 7 } }],
  ["an older one whose branch has just moved", first({ sha: "d".repeat(40), pulls: [aPull({ createdAt: NOW - 2 * HOUR })] }), { kind: "duplicate" }],
  ["a person's commit on it", first({ sha: HEAD, pulls: [aPull({ commits: [aCommit(), person] })] }), { kind: "handed-over", pull: { number: 7 }, reasons: ["mona committed ccccccc to the branch, so it is theirs now"] }],
  ["a bot's commit without a trace id", first({ sha: HEAD, pulls: [aPull({ commits: [aCommit({ message: "format" })] })] }), { kind: "handed-over" }],
  ["a person's commit with a trace id of their own", first({ sha: HEAD, pulls: [aPull({ commits: [aCommit({ author: "mona" })] })] }), { kind: "handed-over" }],
  ["the same when the token is that person's", { viewer: "mona", ...first({ sha: HEAD, pulls: [aPull({ commits: [aCommit({ author: "mona" })] })] }) }, { kind: "duplicate" }],
  ["a commit without a pull request", first({ sha: HEAD, commits: [aCommit()] }), { kind: "open", branch: NAME, headSha: HEAD, traceId: TRACE }],
  ["a person's commit without a pull request", first({ sha: HEAD, commits: [person] }), { kind: "handed-over", pull: null, headSha: HEAD }],
  ["a branch without a commit", first({ sha: BASE, faqText: "# FAQ\n" }), { kind: "write", create: false, onto: BASE }],
  ["a branch without a commit at an older base", first({ sha: "e".repeat(40), faqText: "old" }), { kind: "write", create: false, onto: "e".repeat(40), faqText: "old" }],
  ["merged within the hour", first({ pulls: [aPull({ state: "merged", mergedAt: NOW - HOUR })] }), { kind: "duplicate", pull: { state: "merged" } }],
  ["merged before that, the branch gone", first({ pulls: [aPull({ state: "merged", mergedAt: NOW - HOUR - 1 })] }), { kind: "write", branch: NAME, create: true }],
  ["merged before that, the branch kept", first({ sha: HEAD, pulls: [aPull({ state: "merged", mergedAt: NOW - 2 * HOUR })] }), { kind: "write", branch: `${NAME}-2` }],
  ["closed", first({ pulls: [aPull({ state: "closed" })] }), { kind: "write", branch: `${NAME}-2`, create: true }],
  ["closed, and another open since", first({ sha: HEAD, pulls: [aPull({ number: 9 }), aPull({ state: "closed" })] }), { kind: "duplicate", pull: { number: 9 } }],
  ["closed, and its follow-up open", { branches: [aBranch({ pulls: [aPull({ state: "closed" })] }), aBranch({ name: `${NAME}-2`, sha: HEAD, pulls: [aPull({ number: 8 })] })] }, { kind: "duplicate", branch: `${NAME}-2`, pull: { number: 8 } }],
  ["all closed", { branches: [aBranch({ pulls: [aPull({ state: "closed" })] })] }, { kind: "exhausted" }],
  ["a comment by someone who may write", { ...commenter, permission: "write" }, { kind: "write" }],
  ["a comment by a maintainer", { ...commenter, permission: "maintain" }, { kind: "write" }],
  ["a comment by someone who may triage", { ...commenter, permission: "triage" }, { kind: "refused" }],
  ["a comment by a reader", { ...commenter, permission: "read" }, { kind: "refused", reasons: [expect.stringContaining("theirs is `read`")] }],
  ["a comment by a stranger, although the answer is there", { ...commenter, permission: "none", ...first({ sha: HEAD, pulls: [aPull()] }) }, { kind: "refused" }],
  ["a permission that is not known", { ...commenter, permission: null }, { kind: "refused", reasons: [expect.stringContaining("unknown")] }],
];

describe("decide", () => {
  test.each(table)("%s", (_, change, expected) => {
    const facts = factsOf(change);
    const before = JSON.stringify(facts);
    const decision = decide(facts, policyOf(), NOW);
    expect(decision).toMatchObject(expected);
    expect(decision.reasons.length).toBeGreaterThan(0);
    expect(JSON.stringify(facts)).toBe(before);
  });

  test("allowed-requesters widens who may ask", () => {
    expect(decide(factsOf({ ...commenter, permission: null }), policyOf({ "allowed-requesters": "@Mona\nhubot" }), NOW).kind).toBe("write");
    expect(decide(factsOf({ ...commenter, permission: "read" }), policyOf({ "allowed-requesters": "monalisa" }), NOW).kind).toBe("refused");
  });
});

describe("who asks", () => {
  const by = (eventName: string, event: Record<string, unknown>) => requesterOf({ eventName, event, actor: "actor" });

  test.each(["workflow_dispatch", "repository_dispatch", "schedule", "push"])("%s is guarded by GitHub itself", (name) => {
    expect(by(name, { comment: { user: { login: "x" } } })).toEqual({ kind: "trusted", by: name });
  });

  test.each([
    ["issue_comment", { comment: { user: { login: "author" } }, issue: { user: { login: "opener" } }, sender: { login: "sender" } }, "author"],
    ["issues", { issue: { user: { login: "opener" } }, sender: { login: "labeler" } }, "opener"],
    ["discussion", { discussion: { user: { login: "opener" } } }, "opener"],
    ["discussion_comment", { comment: { user: { login: "author" } }, discussion: { user: { login: "opener" } } }, "author"],
    ["pull_request_target", { pull_request: { user: { login: "forker" } }, sender: { login: "sender" } }, "forker"],
    ["workflow_run", { sender: { login: "sender" } }, "sender"],
    ["something_new", {}, "actor"],
    ["issue_comment", { comment: { user: null }, sender: { login: "sender" } }, "ghost"],
  ])("%s: the author of the text", (name, event, login) => {
    expect(by(name, event)).toEqual({ kind: "person", login });
  });

  test("no list allows a login that merely contains another", () => {
    expect(isListed({ kind: "person", login: "bot" }, policyOf({ "allowed-requesters": "robot" }))).toBe(false);
    expect(isListed({ kind: "person", login: BOT }, policyOf({ "allowed-requesters": BOT }))).toBe(true);
  });
});
