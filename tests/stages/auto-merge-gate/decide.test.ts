import { describe, expect, test } from "@jest/globals";
import type { PermissionLevel, PullFacts } from "../../../src/github/port.ts";
import { plan } from "../../../src/stages/auto-merge-gate/apply.ts";
import { decide } from "../../../src/stages/auto-merge-gate/decide.ts";
import { type GateFacts, nothingYet } from "../../../src/stages/auto-merge-gate/facts.ts";
import { isAwaited } from "../../../src/stages/auto-merge-gate/rules.ts";
import { sign } from "../../../src/stages/signature.ts";
import { aCheck, aCommit, aFile, aPull, BASE, factsOf, FIRST, HEAD, NOW, policyOf, TRACE } from "./a-pull.ts";

const BUILD = { name: "build", appId: null };
const PERSON = aCommit({ sha: HEAD, author: "ada", signedByGitHub: false, parents: [FIRST] });
const BOT_FIRST = aCommit({ sha: FIRST });
const REBUILD = aCommit({ sha: HEAD, parents: [FIRST, BASE], message: `Merge main\n\nTrace-Id: ${TRACE}` });

/** What a changed pull request, or what else is known, is decided to be, and the codes of all reasons. */
function verdict(change: Partial<PullFacts>, options: { policy?: Record<string, string>; more?: Partial<GateFacts> } = {}) {
  const { kind, reasons } = decide(factsOf(change, options.more), policyOf(options.policy), NOW);
  return [kind, ...reasons.map(({ code }) => code)];
}

describe("a pull request that nothing stands in the way of", () => {
  test("is merged at exactly the judged sha, with every condition met", () => {
    const decision = decide(factsOf(), policyOf({ "head-sha": HEAD }), NOW);
    expect(decision).toMatchObject({ kind: "merge", sha: HEAD, reasons: [] });
    expect(decision.conditions.map(({ standing }) => standing)).toEqual(decision.conditions.map(() => "met"));
    expect(decision.conditions.length).toBeGreaterThanOrEqual(11);
  });

  test("that is merged already is only told of", () => {
    const merged = { state: "merged", merge: { sha: BASE, at: NOW } } as const;
    expect(decide(factsOf({ ...merged, mergeable: "unknown", draft: true }), policyOf(), NOW)).toMatchObject({ kind: "already-merged", sha: BASE });
    expect(verdict({ state: "merged", merge: null })).toEqual(["wait", "merge-unknown"]);
  });
});

describe("each rule alone", () => {
  test.each<[string, Partial<PullFacts>, readonly string[]]>([
    ["closed", { state: "closed" }, ["blocked", "closed"]],
    ["draft", { draft: true }, ["blocked", "draft"]],
    ["another base", { base: { branch: "release", sha: BASE } }, ["blocked", "base-not-allowed"]],
    ["a fork", { head: { ...aPull().head, repository: "stranger/r" } }, ["blocked", "fork", "origin-unproved"]],
    ["a fork that is gone", { head: { ...aPull().head, repository: null } }, ["blocked", "fork", "origin-unproved"]],
    ["paused", { pause: { number: 3, url: "u", title: "stop" } }, ["blocked", "paused"]],
    ["changes requested", { changesRequestedBy: ["ada"], approvals: 1 }, ["blocked", "changes-requested"]],
    ["approvals missing", { requiredApprovals: 2, approvals: 1 }, ["blocked", "approvals-missing"]],
    ["approvals unreadable", { requiredApprovals: null }, ["blocked", "reviews-unread"]],
    ["enough approvals", { requiredApprovals: 1, approvals: 1, reviewDecision: "approved" }, ["merge"]],
    ["enough approvals, but none of a code owner", { requiredApprovals: 1, approvals: 1, reviewDecision: "review-required" }, ["blocked", "review-required"]],
    ["a page of reviews unread", { reviewsComplete: false }, ["wait", "reviews-unread"]],
    ["an open conversation that the rules want resolved", { conversations: { required: true, unresolved: 2, complete: true } }, ["blocked", "conversation-open"]],
    ["an open conversation that nobody wants resolved", { conversations: { required: false, unresolved: 2, complete: true } }, ["merge"]],
    ["resolved conversations", { conversations: { required: true, unresolved: 0, complete: true } }, ["merge"]],
    ["conversations, rules unreadable", { conversations: { required: null, unresolved: 0, complete: true } }, ["blocked", "conversations-unread"]],
    ["a page of conversations unread", { conversations: { required: true, unresolved: 0, complete: false } }, ["wait", "conversations-unread"]],
    ["a label that holds it", { labels: ["docs", "Hold"] }, ["blocked", "label"]],
    ["a harmless label", { labels: ["docs", "holding"] }, ["merge"]],
    ["too many labels to read", { labels: null }, ["blocked", "labels-unread"]],
    ["a way of merging that the repository forbids", { methods: ["merge", "rebase"] }, ["blocked", "method-not-allowed"]],
    ["ways of merging unreadable", { methods: null }, ["blocked", "rules-unread"]],
    ["a branch that is ahead of what GitHub shows", { head: { ...aPull().head, tip: FIRST } }, ["wait", "head-moving"]],
    ["a branch that is where GitHub shows it", { head: { ...aPull().head, tip: HEAD } }, ["merge"]],
    ["files of two heads", { filesComplete: false }, ["wait", "files-unread"]],
    ["too many files", { files: Array.from({ length: 51 }, (_, i) => aFile({ path: `docs/FAQ.md/${i}` })) }, ["blocked", "path-not-allowed", "too-large"]],
    ["too many lines", { files: [aFile({ additions: 1_999, deletions: 2 })] }, ["blocked", "too-large"]],
    ["as many lines as are allowed", { files: [aFile({ additions: 1_999, deletions: 1 })] }, ["merge"]],
    ["the same FAQ as its base", { faq: { head: "# FAQ\n", base: "# FAQ\n", mergeBase: "# Old\n" } }, ["blocked", "no-difference"]],
    ["mergeable not worked out", { mergeable: "unknown" }, ["wait", "mergeable-unknown"]],
    ["conflicts in the FAQ only", { mergeable: "conflicting" }, ["rebuild", "rebuild-needed"]],
    ["conflicts, merge base unknown", { mergeable: "conflicting", mergeBase: null }, ["blocked", "conflict"]],
    ["conflicts, and the base's FAQ is no text", { mergeable: "conflicting", faq: { head: "# FAQ\n", base: null, mergeBase: "# FAQ\n" }, faqFlaw: "`docs/FAQ.md` is a symbolic link, not a file" }, ["blocked", "faq-unreadable"]],
    ["the base's FAQ is no text, which nobody needs here", { faq: { head: "# FAQ\n", base: null, mergeBase: null }, faqFlaw: "`docs/FAQ.md` cannot be read as text" }, ["merge"]],
    ["conflicts, FAQ removed", { mergeable: "conflicting", files: [aFile({ status: "removed" })], faq: { head: null, base: "x", mergeBase: "x" } }, ["blocked", "conflict"]],
    ["no file changed", { files: [] }, ["blocked", "no-difference"]],
    ["more files than were read", { fileCount: 2 }, ["blocked", "files-unread"]],
    ["a path outside", { files: [aFile(), aFile({ path: ".github/workflows/x.yml" })] }, ["blocked", "path-not-allowed"]],
    ["a rename from outside", { files: [aFile({ status: "renamed", previousPath: "src/a.ts" })] }, ["blocked", "path-not-allowed"]],
    ["a rename from nobody knows where", { files: [aFile({ status: "renamed" })] }, ["blocked", "files-unread"]],
  ])("%s", (_, change, expected) => {
    expect(verdict(change)).toEqual(expected);
  });

  test("bases, sizes and labels are the input's to name", () => {
    expect(verdict({ base: { branch: "release/2", sha: BASE } }, { policy: { "base-branches": "main\nrelease/*" } })).toEqual(["merge"]);
    expect(verdict({}, { policy: { "base-branches": "release/*" } })).toEqual(["blocked", "base-not-allowed"]);
    expect(verdict({ labels: ["do-not-merge/work"] }, { policy: { "blocking-labels": "do-not-merge/*" } })).toEqual(["blocked", "label"]);
    expect(verdict({ labels: ["hold"] }, { policy: { "blocking-labels": "stop" } })).toEqual(["merge"]);
    expect(verdict({ files: [aFile({ additions: 10 })] }, { policy: { "max-lines": "9" } })).toEqual(["blocked", "too-large"]);
  });

  test("a head that GitHub refused because it had moved is not sent again", () => {
    expect(verdict({}, { more: { memory: { ...nothingYet, stale: [HEAD] } } })).toEqual(["wait", "head-stale"]);
    expect(verdict({}, { more: { memory: { ...nothingYet, stale: [FIRST] } } })).toEqual(["merge"]);
  });

  test("conflicts in more than the FAQ", () => {
    const change = { mergeable: "conflicting", files: [aFile(), aFile({ path: "docs/GUIDE.md" })] } as const;
    expect(verdict(change, { policy: { "allowed-paths": "docs/*.md" } })).toEqual(["blocked", "conflict"]);
  });
});

describe("checks", () => {
  const others = { "required-checks": "instant/fast-ci\nbuild" };
  test.each<[string, Partial<PullFacts>, Record<string, string>, readonly string[]]>([
    ["missing is pending, never green", { checks: [] }, {}, ["wait", "check-missing"]],
    ["pending", { checks: [aCheck({ state: "pending" })] }, {}, ["wait", "check-pending"]],
    ["failed", { checks: [aCheck({ state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["waits for approval", { checks: [aCheck({ state: "action_required" })] }, {}, ["blocked", "approval-of-run"]],
    ["older success, newer failure", { checks: [aCheck({ order: 1 }), aCheck({ order: 2, state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["older failure, newer success", { checks: [aCheck({ order: 2 }), aCheck({ order: 1, state: "failure" })] }, {}, ["merge"]],
    ["older success, newer pending", { checks: [aCheck({ order: 2, state: "pending" }), aCheck({ order: 1 })] }, {}, ["wait", "check-pending"]],
    ["older success that ended after the newer began", { checks: [aCheck({ order: 1, at: NOW }), aCheck({ order: 2, at: NOW - 9_000, state: "pending" })] }, {}, ["wait", "check-pending"]],
    ["older success, newer one waits for a runner", { checks: [aCheck({ order: 1 }), aCheck({ order: 2, at: 0, state: "pending" })] }, {}, ["wait", "check-pending"]],
    ["at the same moment the worse counts", { checks: [aCheck(), aCheck({ state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["the same name from another app", { checks: [aCheck({ order: 2 }), aCheck({ order: 1, app: "other", state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["our name, reported green by another app only", { checks: [aCheck({ app: "other" })] }, {}, ["wait", "check-missing"]],
    ["our name, reported green by a status only", { checks: [aCheck({ app: null, kind: "status" })] }, {}, ["wait", "check-missing"]],
    ["our name, reported by an app that is trusted", { checks: [aCheck({ app: "my-app" })] }, { "trusted-authors": "github-actions[bot], my-app[bot]" }, ["merge"]],
    ["a status of the same name", { checks: [aCheck({ order: 2 }), aCheck({ order: 1, app: null, kind: "status", state: "pending" })] }, {}, ["wait", "check-pending"]],
    ["required by the branch, missing", { requiredChecks: [BUILD] }, {}, ["wait", "check-missing"]],
    ["required by the branch, green", { requiredChecks: [BUILD], checks: [aCheck(), aCheck({ name: "build" })] }, {}, ["merge"]],
    ["required by the input, skipped, as GitHub counts it", { checks: [aCheck(), aCheck({ name: "build", state: "skipped" })] }, others, ["merge"]],
    ["all skipped", { checks: [aCheck({ state: "skipped" })] }, {}, ["blocked", "nothing-checked"]],
    ["not required and failed", { checks: [aCheck(), aCheck({ name: "lint", state: "failure" })] }, {}, ["blocked", "other-check-failed"]],
    ["not required and pending", { checks: [aCheck(), aCheck({ name: "lint", state: "pending" })] }, {}, ["merge"]],
    ["its own job of an earlier attempt, failed", { checks: [aCheck(), aCheck({ name: "gate", state: "failure", url: "https://github.test/o/r/actions/runs/99/job/1" })] }, {}, ["merge"]],
    ["its own job in a matrix, or called by another workflow", { checks: [aCheck(), ...["Gate (1)", "ci / gate"].map((name) => aCheck({ name, state: "failure", url: "https://github.test/o/r/actions/runs/99/job/1" }))] }, {}, ["merge"]],
    ["another failed job of its own run", { checks: [aCheck(), aCheck({ name: "lint", state: "failure", url: "https://github.test/o/r/actions/runs/99/job/2" })] }, {}, ["blocked", "other-check-failed"]],
    ["two workflows with a job of one name, the older red", { checks: [aCheck(), aCheck({ name: "build", workflow: 1, state: "failure", order: 20 }), aCheck({ name: "build", workflow: 2, order: 21 })] }, {}, ["blocked", "other-check-failed"]],
    ["two workflows with a required job of one name, the older red", { requiredChecks: [BUILD], checks: [aCheck(), aCheck({ name: "build", workflow: 1, state: "failure", order: 20 }), aCheck({ name: "build", workflow: 2, order: 21 })] }, {}, ["blocked", "check-failed"]],
    ["one workflow that ran twice, the older red", { checks: [aCheck(), aCheck({ name: "build", workflow: 1, state: "failure", order: 20 }), aCheck({ name: "build", workflow: 1, order: 21 })] }, {}, ["merge"]],
    ["a failed job of a run with a longer number", { checks: [aCheck(), aCheck({ name: "gate", state: "failure", url: "https://github.test/o/r/actions/runs/990/job/1" })] }, {}, ["blocked", "other-check-failed"]],
    ["not all pages read", { checksComplete: false }, {}, ["wait", "checks-unread"]],
    ["rules unreadable", { requiredChecks: null, rulesUnread: "not-shown" }, {}, ["blocked", "rules-unread"]],
    ["rules of a base that is gone", { requiredChecks: null, rulesUnread: "base-gone" }, {}, ["blocked", "rules-unknown"]],
    ["more rules than are read", { requiredChecks: null, rulesUnread: "too-many" }, {}, ["blocked", "rules-unknown"]],
    ["rules that only GitHub can judge, satisfied", { otherRules: ["WORKFLOWS"], mergeState: "unstable" }, {}, ["merge"]],
    ["rules that only GitHub can judge, not satisfied", { otherRules: ["WORKFLOWS", "CODE_SCANNING"], mergeState: "blocked" }, {}, ["wait", "rules-pending"]],
    ["rules that only GitHub can judge, not known", { otherRules: ["REQUIRED_DEPLOYMENTS"], mergeState: "unknown" }, {}, ["wait", "rules-pending"]],
    ["GitHub's word where no such rule is", { mergeState: "blocked" }, {}, ["merge"]],
  ])("%s", (_, change, policy, expected) => {
    expect(verdict(change, { policy })).toEqual(expected);
  });

  test.each<[string, Partial<PullFacts>, readonly string[]]>([
    ["nothing else is known", { checks: [aCheck(), aCheck({ name: "lint" })] }, ["waits for approval", "path filter", "no check has this name", "`lint`"]],
    ["a run waits for approval", { runsAwaitingApproval: 1 }, ["A run of a workflow waits for approval"]],
    ["several do", { runsAwaitingApproval: 3 }, ["3 runs of workflows wait for approval"]],
    ["the name is nearly that of another", { checks: [aCheck(), aCheck({ name: "Build" })] }, ["did you mean `Build`"]],
    ["the name is that of a job without its workflow", { checks: [aCheck(), aCheck({ name: "CI / build / unit (20)" })] }, ["did you mean `CI / build / unit (20)`"]],
    ["nothing at all is there", { checks: [] }, ["none at all"]],
  ])("a missing check names itself and the likely cause: %s", (_, change, parts) => {
    const { reasons } = decide(factsOf({ requiredChecks: [{ name: "build / unit", appId: null }], ...change }), policyOf(), NOW);
    const missing = reasons.find(({ message }) => message.includes("`build / unit` has not appeared"));
    for (const part of parts) expect(missing?.fix).toContain(part);
  });

  test("one that a rule wants from an App is missing until that App reports it, and says who did", () => {
    const wanted = { requiredChecks: [{ name: "build", appId: 77 }], checks: [aCheck(), aCheck({ name: "build", app: "other", appId: 5 })] };
    expect(verdict(wanted)).toEqual(["wait", "check-missing"]);
    expect(decide(factsOf(wanted), policyOf(), NOW).reasons[0]?.fix).toContain("the App with the id 77 counts: the App other");
    expect(verdict({ ...wanted, checks: [...wanted.checks, aCheck({ name: "build", app: "right", appId: 77 })] })).toEqual(["merge"]);
    expect(verdict({ ...wanted, checks: [...wanted.checks, aCheck({ name: "build", app: "right", appId: 77, state: "failure" })] })).toEqual(["blocked", "check-failed"]);
  });

  test("what the gate itself said before is no reason, a check of its name by others is", () => {
    expect(verdict({ checks: [aCheck(), aCheck({ name: "instant/gate", state: "failure" })] })).toEqual(["merge"]);
    expect(verdict({ checks: [aCheck(), aCheck({ name: "instant/gate", state: "failure", app: "other" })] })).toEqual(["blocked", "other-check-failed"]);
    expect(verdict({ requiredChecks: [{ name: "instant/gate", appId: null }] })).toEqual(["blocked", "gate-required"]);
  });

  test("a red check is named with its page", () => {
    const { reasons } = decide(factsOf({ checks: [aCheck({ state: "failure" })] }), policyOf(), NOW);
    expect(reasons[0]?.message).toBe("the check `instant/fast-ci` failed (https://github.test/o/r/runs/7)");
  });
});

describe("origin", () => {
  const signed = (headSha: string) => `trace-id: ${TRACE}\ninstant-signature: ${sign("k", { repository: "o/r", number: 12, headSha, traceId: TRACE })}\n`;
  const key = { "signing-key": "k" };
  test.each<[string, Partial<PullFacts>, Record<string, string>, readonly string[]]>([
    ["a person's whole pull request, whatever its title says", { author: "ada", commits: [PERSON], title: `Update FAQ - trace-id: ${TRACE}`, labels: ["instant"] }, {}, ["blocked", "origin-unproved"]],
    ["a person's commit on the loop's branch", { commits: [BOT_FIRST, PERSON] }, {}, ["handed-over", "person-committed"]],
    ["an unknown account's commit on the loop's branch", { commits: [BOT_FIRST, aCommit({ author: null, signature: "none", signedByGitHub: false })] }, {}, ["handed-over", "person-committed"]],
    ["a person's edit in GitHub's editor", { commits: [BOT_FIRST, { ...PERSON, signedByGitHub: true }] }, {}, ["handed-over", "person-committed"]],
    ["the bot's name without a signature", { commits: [aCommit({ signature: "none", signedByGitHub: false })] }, {}, ["blocked", "origin-unproved"]],
    ["an unverified second commit in the bot's name", { commits: [BOT_FIRST, aCommit({ signature: "none", signedByGitHub: false })] }, {}, ["blocked", "origin-unproved"]],
    ["the bot's name with a broken signature", { commits: [aCommit({ signature: "invalid" })] }, {}, ["blocked", "origin-unproved"]],
    ["the bot's name with somebody's own signature", { commits: [aCommit({ signedByGitHub: false })] }, {}, ["blocked", "origin-unproved"]],
    ["another bot", { author: "evil[bot]", commits: [aCommit({ author: "evil[bot]" })] }, {}, ["blocked", "origin-unproved"]],
    ["another bot that is allowed", { commits: [aCommit({ author: "Helper[bot]" })] }, { "trusted-authors": "helper[bot]" }, ["merge"]],
    ["a login that only contains an allowed one", { author: "x", commits: [aCommit({ author: "github-actions" })] }, {}, ["blocked", "origin-unproved"]],
    ["not all commits read", { commitCount: 2 }, {}, ["blocked", "origin-unproved"]],
    ["no commits read", { commits: [], commitCount: 1 }, {}, ["blocked", "origin-unproved"]],
    ["a push whose commits are not listed yet", { commits: [aCommit({ sha: FIRST })] }, {}, ["wait", "commits-unread"]],
    ["INSTANT's signature over the head", { author: "ada", commits: [PERSON], body: signed(HEAD) }, key, ["merge"]],
    ["the same without the key", { author: "ada", commits: [PERSON], body: signed(HEAD) }, {}, ["blocked", "origin-unproved"]],
    ["a signature over an older head", { commits: [BOT_FIRST, PERSON], body: signed(FIRST) }, key, ["handed-over", "person-committed"]],
    ["a signature over the head before our own rebuild", { author: "ada", commits: [{ ...PERSON, sha: FIRST }, REBUILD], body: signed(FIRST) }, key, ["merge"]],
  ])("%s", (_, change, policy, expected) => {
    expect(verdict(change, { policy })).toEqual(expected);
  });
});

describe("an author who may write, and is named", () => {
  const ada = { author: "ada", commits: [aCommit({ sha: FIRST, author: "Ada", signature: "none", signedByGitHub: false }), { ...PERSON, signature: "none" as const }] };
  const people = { "trusted-people": "ada\nbob" };
  const asked = (levels: Readonly<Record<string, PermissionLevel>>) => ({ more: { permissions: new Map(Object.entries(levels)) } });
  test.each<[string, Partial<PullFacts>, Record<string, string>, Readonly<Record<string, PermissionLevel>>, readonly string[]]>([
    ["with write permission", ada, people, { ada: "write" }, ["merge"]],
    ["with more than that", ada, people, { ada: "admin" }, ["merge"]],
    ["who may only read", ada, people, { ada: "read" }, ["blocked", "origin-unproved"]],
    ["whose permission was not told", ada, people, {}, ["blocked", "origin-unproved"]],
    ["who is not named", ada, {}, { ada: "admin" }, ["blocked", "origin-unproved"]],
    ["with another named person's commit", { ...ada, commits: [aCommit({ sha: FIRST, author: "bob", signature: "none" }), PERSON] }, people, { ada: "write", bob: "write" }, ["merge"]],
    ["with the commit of a named person who may not write", { ...ada, commits: [aCommit({ sha: FIRST, author: "bob", signature: "none" }), PERSON] }, people, { ada: "write", bob: "read" }, ["blocked", "origin-unproved"]],
    ["with a stranger's commit", { ...ada, commits: [aCommit({ sha: FIRST, author: "eve", signature: "none" }), PERSON] }, people, { ada: "write" }, ["blocked", "origin-unproved"]],
    ["with a commit of nobody", { ...ada, commits: [aCommit({ sha: FIRST, author: null, signature: "none" }), PERSON] }, people, { ada: "write" }, ["blocked", "origin-unproved"]],
    ["with a commit whose signature is broken", { ...ada, commits: [{ ...PERSON, signature: "invalid" }] }, people, { ada: "write" }, ["blocked", "origin-unproved"]],
    ["and the loop's own commit beside theirs", { ...ada, commits: [BOT_FIRST, PERSON] }, people, { ada: "write" }, ["merge"]],
    ["on a branch of the loop, which they take over", { commits: [BOT_FIRST, PERSON] }, people, { ada: "write" }, ["handed-over", "person-committed"]],
  ])("%s", (_, change, policy, levels, expected) => {
    expect(verdict(change, { policy, ...asked(levels) })).toEqual(expected);
  });

  test("keeps their branch: no rebuild, no deletion", () => {
    const { more } = asked({ ada: "write" });
    expect(verdict({ ...ada, mergeable: "conflicting" }, { policy: people, more })).toEqual(["blocked", "conflict"]);
    const facts = factsOf(ada, more);
    expect(plan(decide(facts, policyOf(people), NOW), facts, policyOf(people)).map(({ kind }) => kind)).toEqual(["merge"]);
  });
});

describe("a fork", () => {
  const from = (repository: string | null) => ({ head: { ...aPull().head, repository } });
  const allowed = { "allow-forks": "true" };
  const signed = `trace-id: ${TRACE}\ninstant-signature: ${sign("k", { repository: "o/r", number: 12, headSha: HEAD, traceId: TRACE })}\n`;
  const ada = { author: "ada", commits: [{ ...PERSON, signature: "none" as const }] };
  const people = { ...allowed, "trusted-people": "ada" };
  const more = { permissions: new Map([["ada", "write"]] as const) };

  test("is looked at only where that is allowed, and never when it is gone", () => {
    expect(verdict({ ...ada, ...from("ada/r") }, { policy: { "trusted-people": "ada" }, more })).toEqual(["blocked", "fork"]);
    expect(verdict({ ...ada, ...from(null) }, { policy: people, more })).toEqual(["blocked", "fork", "origin-unproved"]);
  });
  test("is proved by INSTANT's signature, or by its owner who may write here", () => {
    expect(verdict({ ...ada, ...from("eve/r"), body: signed }, { policy: { ...allowed, "signing-key": "k" } })).toEqual(["merge"]);
    expect(verdict({ ...ada, ...from("Ada/r") }, { policy: people, more })).toEqual(["merge"]);
    expect(verdict({ ...ada, ...from("eve/r") }, { policy: people, more })).toEqual(["blocked", "origin-unproved"]);
  });
  test("is not proved by a bot's commits, which GitHub signs for whoever owns the fork", () => {
    expect(verdict({ ...from("eve/r") }, { policy: allowed })).toEqual(["blocked", "origin-unproved"]);
    const rebuilt = { commits: [{ ...PERSON, sha: FIRST }, REBUILD], body: `trace-id: ${TRACE}\ninstant-signature: ${sign("k", { repository: "o/r", number: 12, headSha: FIRST, traceId: TRACE })}\n` };
    expect(verdict({ ...rebuilt, ...from("eve/r") }, { policy: { ...allowed, "signing-key": "k" } })[0]).toBe("blocked");
  });
  test("is neither rebuilt nor deleted", () => {
    const policy = { ...allowed, "signing-key": "k" };
    expect(verdict({ ...from("eve/r"), body: signed, mergeable: "conflicting" }, { policy })).toEqual(["blocked", "conflict"]);
    const facts = factsOf({ ...from("eve/r"), body: signed });
    expect(plan(decide(facts, policyOf(policy), NOW), facts, policyOf(policy)).map(({ kind }) => kind)).toEqual(["merge"]);
  });
});

describe("the branch of a merged pull request", () => {
  const planned = (change: Partial<PullFacts>, policy: Record<string, string> = {}) => {
    const facts = factsOf(change);
    return plan(decide(facts, policyOf(policy), NOW), facts, policyOf(policy)).map(({ kind }) => kind);
  };
  test("goes, unless the repository deletes it by itself or others need it", () => {
    expect(planned({})).toEqual(["merge", "delete-branch"]);
    expect(planned({ deletesBranches: true })).toEqual(["merge"]);
    expect(planned({ head: { ...aPull().head, shared: true } })).toEqual(["merge"]);
    expect(planned({ head: { ...aPull().head, branch: "main" } })).toEqual(["merge"]);
    expect(planned({}, { "delete-branch": "false" })).toEqual(["merge"]);
  });
});

describe("a merge that is left to GitHub", () => {
  const auto = { "merge-mode": "auto" };
  const ruled = { requiredChecks: [BUILD], checks: [aCheck(), aCheck({ name: "build", state: "pending" })] };
  const armed = { autoMerge: { allowed: true, armedBy: "github-actions[bot]" } };
  const at = (sha: string) => ({ more: { memory: { ...nothingYet, armed: sha, left: [sha] } } });

  test.each<[string, Partial<PullFacts>, Partial<GateFacts>, readonly string[]]>([
    ["is armed when only the branch's rules are waited for", ruled, {}, ["arm", "check-pending"]],
    ["is not armed when everything is met", {}, {}, ["merge"]],
    ["is not armed for what only the gate waits for", { checks: [] }, {}, ["wait", "check-missing"]],
    ["is not armed when both are waited for", { ...ruled, mergeable: "unknown" }, {}, ["wait", "mergeable-unknown", "check-pending"]],
    ["is not armed where a rule would take our check from anybody", { requiredChecks: [{ name: "instant/fast-ci", appId: null }], checks: [] }, {}, ["wait", "check-missing"]],
    ["is armed where the rule names the App of our check", { requiredChecks: [{ name: "instant/fast-ci", appId: 15_368 }], checks: [] }, {}, ["arm", "check-missing"]],
    ["is not armed where the repository does not allow it", { ...ruled, autoMerge: { allowed: false, armedBy: null } }, {}, ["wait", "check-pending"]],
    ["is not armed twice at a head where GitHub said no", ruled, { memory: { ...nothingYet, unarmable: [HEAD] } }, ["wait", "check-pending"]],
    ["is left to whoever armed it before", { ...ruled, autoMerge: { allowed: true, armedBy: "ada" } }, {}, ["wait", "check-pending"]],
    ["waits when armed at this head", { ...ruled, ...armed }, at(HEAD).more, ["wait", "check-pending"]],
    ["merges by itself when all is met meanwhile", armed, at(HEAD).more, ["merge"]],
    ["is taken back when the head is another", { ...ruled, ...armed }, at(FIRST).more, ["withdraw", "check-pending"]],
    ["is taken back when an earlier run armed it", { ...ruled, ...armed }, {}, ["withdraw", "check-pending"]],
    ["is taken back when the judgement turns", { ...ruled, ...armed, labels: ["hold"] }, at(HEAD).more, ["withdraw", "label", "check-pending"]],
  ])("%s", (_, change, more, expected) => {
    expect(verdict(change, { policy: auto, more })).toEqual(expected);
  });

  test("by an earlier run is taken back in any mode", () => {
    expect(verdict({ ...armed, checks: [] })).toEqual(["withdraw", "check-missing"]);
  });

  test("and merged at another head than was judged is told of", () => {
    const merged = { state: "merged", merge: { sha: BASE, at: NOW } } as const;
    expect(verdict(merged, at(HEAD))).toEqual(["already-merged"]);
    expect(verdict(merged, at(FIRST))).toEqual(["already-merged", "merged-unjudged"]);
  });

  const queue = { "merge-mode": "queue" };
  const enabled = (entry: PullFacts["queue"]["entry"]) => ({ queue: { enabled: true, entry } });
  const own = { by: "github-actions[bot]", position: 2, state: "AWAITING_CHECKS" };
  const queued = (seen: boolean, ago = 60_000) => ({ memory: { ...nothingYet, left: [HEAD], queued: { head: HEAD, seen, at: NOW - ago } } });
  test.each<[string, Partial<PullFacts>, Partial<GateFacts>, readonly string[]]>([
    ["joins the queue when all is met", enabled(null), {}, ["enqueue"]],
    ["joins it whatever method the repository allows", { ...enabled(null), methods: [] }, {}, ["enqueue"]],
    ["does not join it while something is open", { ...enabled(null), checks: [] }, {}, ["wait", "check-missing"]],
    ["waits in it", enabled(own), queued(true), ["wait", "queued"]],
    ["waits in it when somebody else put it there", enabled({ ...own, by: "ada" }), {}, ["wait", "queued"]],
    ["waits until the queue shows it", enabled(null), queued(false, 5_000), ["wait", "queued"]],
    ["is told of when the queue took it out", enabled(null), queued(true), ["blocked", "queue-removed"]],
    ["is told of when the queue never showed it", enabled(null), queued(false), ["blocked", "queue-removed"]],
    ["leaves it when the judgement turns", { ...enabled(own), draft: true }, queued(true), ["withdraw", "draft", "queued"]],
    ["leaves another's place alone", { ...enabled({ ...own, by: "ada" }), draft: true }, {}, ["blocked", "draft", "queued"]],
    ["needs a queue", {}, {}, ["blocked", "no-queue"]],
  ])("%s", (_, change, more, expected) => {
    expect(verdict(change, { policy: queue, more })).toEqual(expected);
  });
});

describe("the head to be judged", () => {
  const given = { "head-sha": FIRST };
  test("another one blocks", () => {
    expect(verdict({}, { policy: given })).toEqual(["blocked", "head-moved"]);
  });
  test("a rebuild of the same task stands for it", () => {
    expect(verdict({ commits: [BOT_FIRST, REBUILD] }, { policy: given })).toEqual(["merge"]);
  });
  test.each([
    ["of another task", { message: "Merge\n\nTrace-Id: 1b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11" }],
    ["with one parent", { parents: [FIRST] }],
    ["that continues something else", { parents: [BASE, FIRST] }],
  ])("a commit %s does not", (_, change) => {
    expect(verdict({ commits: [BOT_FIRST, { ...REBUILD, ...change }] }, { policy: given })).toEqual(["blocked", "head-moved"]);
  });
  test("what this run built itself does, even when GitHub did not sign it", () => {
    const built = { ...REBUILD, author: "ada", signature: "none", signedByGitHub: false } as const;
    const more = { memory: { ...nothingYet, rebuilt: [HEAD] } };
    expect(verdict({ commits: [BOT_FIRST, built] }, { policy: given, more })).toEqual(["merge"]);
    expect(verdict({ commits: [BOT_FIRST, built] }, { policy: given })).toEqual(["handed-over", "person-committed", "head-moved"]);
  });
});

describe("a rebuilt head", () => {
  const rebuilt = { commits: [BOT_FIRST, REBUILD], checks: [] };
  test("that nobody checked is checked by the gate", () => {
    expect(verdict(rebuilt)).toEqual(["recheck", "recheck-needed"]);
    expect(verdict({ ...rebuilt, checks: [aCheck({ name: "build" })] }, { policy: { "required-checks": "build" } })).toEqual(["recheck", "recheck-needed"]);
  });
  test("that this run checked is waited for", () => {
    expect(verdict(rebuilt, { more: { memory: { ...nothingYet, rechecked: [HEAD] } } })).toEqual(["wait", "check-missing"]);
  });
  test("that failed its check is not merged", () => {
    expect(verdict({ ...rebuilt, checks: [aCheck({ state: "failure" })] })).toEqual(["blocked", "check-failed"]);
  });
  test("waits for the required checks of others", () => {
    expect(verdict({ ...rebuilt, checks: [aCheck()], requiredChecks: [BUILD] })).toEqual(["wait", "check-missing"]);
  });
  test("whose rebuild met an obstacle says so, until the head or the base is another", () => {
    const reason = { code: "entries-conflict", message: "m", fix: "f" };
    const obstacle = (head: string, base: string | null) => ({ more: { memory: { ...nothingYet, obstacles: [{ head, base, reason }] } } });
    expect(verdict({ mergeable: "conflicting" }, obstacle(HEAD, BASE))).toEqual(["blocked", "entries-conflict"]);
    expect(verdict({ mergeable: "conflicting" }, obstacle(HEAD, null))).toEqual(["blocked", "entries-conflict"]);
    expect(verdict({ mergeable: "conflicting" }, obstacle(HEAD, FIRST))).toEqual(["rebuild", "rebuild-needed"]);
    expect(verdict({ mergeable: "conflicting" }, obstacle(FIRST, BASE))).toEqual(["rebuild", "rebuild-needed"]);
  });
});

describe("what GitHub answered to the merge", () => {
  const refused = (reason: string, base = BASE) => ({ more: { memory: { ...nothingYet, refusal: { head: HEAD, base, reason, times: 1, at: NOW } } } });
  test.each([
    ["Pull Request is not mergeable: merge conflict", "rebuild"],
    ["Head branch is out of date", "rebuild"],
    ["The branch must be up-to-date with main", "rebuild"],
    ["At least 1 approving review is required", "blocked"],
  ])("%s: %s", (reason, kind) => {
    expect(verdict({}, refused(reason))[0]).toBe(kind);
  });
  test.each([
    ['Repository rule violations found\n\nRequired workflow "audit" is expected.\n\n', true],
    ['Repository rule violations found\n\nRequired status check "a" is in progress.\n\nCode scanning is waiting for results from CodeQL for the commits abc or def.\n\n', true],
    ["2 of 2 required status checks are pending.", true],
    ["3 of 3 required status checks have not succeeded: 1 expected.", true],
    ["3 of 3 required status checks have not succeeded: 1 expected, and 1 failing.", false],
    ['Repository rule violations found\n\nRequired status check "a" is expected.\n\nChanges have been requested.\n\n', false],
    ['Required status check "a" is failing.', false],
    ["Waiting on code owner review from acme/docs.", false],
    ["Pull Request is not mergeable", false],
    ["", false],
  ])("%j is waited for: %s", (reason, awaited) => {
    expect(isAwaited(reason)).toBe(awaited);
  });
  test("is asked again after a moment when it is only awaited, and seldom while GitHub shows it as blocked", () => {
    const at = (secondsAgo: number, change: Parameters<typeof verdict>[0] = {}) => {
      const memory = { ...nothingYet, refusal: { head: HEAD, base: BASE, reason: 'Required workflow "audit" is expected.', times: 1, at: NOW - secondsAgo * 1_000 } };
      return verdict(change, { more: { memory } });
    };
    expect([at(9), at(10)]).toEqual([["wait", "awaited-by-github"], ["merge"]]);
    expect([at(299, { mergeState: "blocked" })[0], at(300, { mergeState: "blocked" })[0]]).toEqual(["wait", "merge"]);
    expect(at(1, { mergeable: "conflicting" })[0]).toBe("rebuild");
  });
  test("no longer counts when the base is another", () => {
    expect(verdict({}, refused("At least 1 approving review is required", FIRST))).toEqual(["merge"]);
  });
});

describe("several reasons at once", () => {
  test("are all listed, what cannot be cured by waiting first", () => {
    const change = { draft: true, checks: [], mergeable: "unknown", files: [aFile({ path: "package.json" })], pause: { number: 3, url: "u", title: "t" } } as const;
    expect(verdict(change)).toEqual(["blocked", "draft", "path-not-allowed", "paused", "mergeable-unknown", "check-missing"]);
  });
  test("a red check is not rebuilt away", () => {
    expect(verdict({ mergeable: "conflicting", checks: [aCheck({ state: "failure" })] })).toEqual(["blocked", "check-failed", "rebuild-needed"]);
  });
  test("a conflict is not waited for", () => {
    expect(verdict({ mergeable: "conflicting", checks: [] })).toEqual(["rebuild", "rebuild-needed", "check-missing"]);
  });
  test("a person's work comes before all else", () => {
    expect(verdict({ commits: [BOT_FIRST, PERSON], mergeable: "conflicting", checks: [] })[0]).toBe("handed-over");
  });
  test("each says what to do", () => {
    const { reasons } = decide(factsOf({ draft: true, checks: [], commits: [PERSON], author: "ada" }), policyOf(), NOW);
    expect(reasons).toHaveLength(3);
    for (const { message, fix } of reasons) expect([message.length > 10, fix.length > 10]).toEqual([true, true]);
  });
});
