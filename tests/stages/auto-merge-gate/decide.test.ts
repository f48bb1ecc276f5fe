import { describe, expect, test } from "@jest/globals";
import type { PullFacts } from "../../../src/github/port.ts";
import { decide } from "../../../src/stages/auto-merge-gate/decide.ts";
import { type GateFacts, nothingYet } from "../../../src/stages/auto-merge-gate/facts.ts";
import { sign } from "../../../src/stages/auto-merge-gate/signature.ts";
import { aCheck, aCommit, aFile, aPull, BASE, factsOf, FIRST, HEAD, NOW, policyOf, TRACE } from "./a-pull.ts";

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
    ["a fork", { head: { ...aPull().head, repository: "stranger/r" } }, ["blocked", "fork"]],
    ["a fork that is gone", { head: { ...aPull().head, repository: null } }, ["blocked", "fork"]],
    ["paused", { pause: { number: 3, url: "u", title: "stop" } }, ["blocked", "paused"]],
    ["changes requested", { changesRequestedBy: ["ada"], approvals: 1 }, ["blocked", "changes-requested"]],
    ["approvals missing", { requiredApprovals: 2, approvals: 1 }, ["blocked", "approvals-missing"]],
    ["approvals unreadable", { requiredApprovals: null }, ["blocked", "reviews-unread"]],
    ["enough approvals", { requiredApprovals: 1, approvals: 1 }, ["merge"]],
    ["mergeable not worked out", { mergeable: "unknown" }, ["wait", "mergeable-unknown"]],
    ["conflicts in the FAQ only", { mergeable: "conflicting" }, ["rebuild", "rebuild-needed"]],
    ["conflicts, merge base unknown", { mergeable: "conflicting", mergeBase: null }, ["blocked", "conflict"]],
    ["conflicts, FAQ removed", { mergeable: "conflicting", files: [aFile({ status: "removed" })], faq: { head: null, base: "x", mergeBase: "x" } }, ["blocked", "conflict"]],
    ["no file changed", { files: [] }, ["blocked", "no-difference"]],
    ["more files than were read", { fileCount: 2 }, ["blocked", "files-unread"]],
    ["a path outside", { files: [aFile(), aFile({ path: ".github/workflows/x.yml" })] }, ["blocked", "path-not-allowed"]],
    ["a rename from outside", { files: [aFile({ status: "renamed", previousPath: "src/a.ts" })] }, ["blocked", "path-not-allowed"]],
    ["a rename from nobody knows where", { files: [aFile({ status: "renamed" })] }, ["blocked", "files-unread"]],
  ])("%s", (_, change, expected) => {
    expect(verdict(change)).toEqual(expected);
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
    ["older success, newer failure", { checks: [aCheck({ at: 1 }), aCheck({ at: 2, state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["older failure, newer success", { checks: [aCheck({ at: 2 }), aCheck({ at: 1, state: "failure" })] }, {}, ["merge"]],
    ["older success, newer pending", { checks: [aCheck({ at: 2, state: "pending" }), aCheck({ at: 1 })] }, {}, ["wait", "check-pending"]],
    ["at the same moment the worse counts", { checks: [aCheck(), aCheck({ state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["the same name from another app", { checks: [aCheck({ at: 2 }), aCheck({ at: 1, app: "other", state: "failure" })] }, {}, ["blocked", "check-failed"]],
    ["our name, reported green by another app only", { checks: [aCheck({ app: "other" })] }, {}, ["wait", "check-missing"]],
    ["our name, reported green by a status only", { checks: [aCheck({ app: null, kind: "status" })] }, {}, ["wait", "check-missing"]],
    ["our name, reported by an app that is trusted", { checks: [aCheck({ app: "my-app" })] }, { "trusted-authors": "github-actions[bot], my-app[bot]" }, ["merge"]],
    ["a status of the same name", { checks: [aCheck({ at: 2 }), aCheck({ at: 1, app: null, kind: "status", state: "pending" })] }, {}, ["wait", "check-pending"]],
    ["required by the branch, missing", { requiredChecks: ["build"] }, {}, ["wait", "check-missing"]],
    ["required by the branch, green", { requiredChecks: ["build"], checks: [aCheck(), aCheck({ name: "build" })] }, {}, ["merge"]],
    ["required by the input, skipped, as GitHub counts it", { checks: [aCheck(), aCheck({ name: "build", state: "skipped" })] }, others, ["merge"]],
    ["all skipped", { checks: [aCheck({ state: "skipped" })] }, {}, ["blocked", "nothing-checked"]],
    ["not required and failed", { checks: [aCheck(), aCheck({ name: "lint", state: "failure" })] }, {}, ["blocked", "other-check-failed"]],
    ["not required and pending", { checks: [aCheck(), aCheck({ name: "lint", state: "pending" })] }, {}, ["merge"]],
    ["a failed job of this very run", { checks: [aCheck(), aCheck({ name: "gate", state: "failure", url: "https://github.test/o/r/actions/runs/99/job/1" })] }, {}, ["merge"]],
    ["a failed job of a run with a longer number", { checks: [aCheck(), aCheck({ name: "gate", state: "failure", url: "https://github.test/o/r/actions/runs/990/job/1" })] }, {}, ["blocked", "other-check-failed"]],
    ["not all pages read", { checksComplete: false }, {}, ["wait", "checks-unread"]],
    ["rules unreadable", { requiredChecks: null }, {}, ["blocked", "rules-unread"]],
  ])("%s", (_, change, policy, expected) => {
    expect(verdict(change, { policy })).toEqual(expected);
  });

  test("a missing check names itself and the likely cause", () => {
    const { reasons } = decide(factsOf({ requiredChecks: ["build / unit"], checks: [aCheck(), aCheck({ name: "build" })] }), policyOf(), NOW);
    expect(reasons[0]?.message).toContain("`build / unit` has not appeared");
    expect(reasons[0]?.fix).toContain("waits for approval");
    expect(reasons[0]?.fix).toContain("`build`");
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
    expect(verdict({ ...rebuilt, checks: [aCheck()], requiredChecks: ["build"] })).toEqual(["wait", "check-missing"]);
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
  const refused = (reason: string, base = BASE) => ({ more: { memory: { ...nothingYet, refusal: { head: HEAD, base, reason, times: 1 } } } });
  test.each([
    ["Pull Request is not mergeable: merge conflict", "rebuild"],
    ["Head branch is out of date", "rebuild"],
    ["The branch must be up-to-date with main", "rebuild"],
    ["At least 1 approving review is required", "blocked"],
  ])("%s: %s", (reason, kind) => {
    expect(verdict({}, refused(reason))[0]).toBe(kind);
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
