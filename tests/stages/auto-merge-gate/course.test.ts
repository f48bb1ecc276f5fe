import { describe, expect, test } from "@jest/globals";
import type { PullFacts } from "../../../src/github/port.ts";
import { sign } from "../../../src/stages/signature.ts";
import { aCheck, aCommit, aFile, aPull, BASE, FIRST, HEAD, NOW, policyOf, TRACE } from "./a-pull.ts";
import { gated } from "./a-repository.ts";

const NEW = "d".repeat(40);
const LANDED = "f".repeat(40);
const ENTRY = (question: string) => `## ${question}\n\nYes.\n\n`;
const FAQ = { mergeBase: `# FAQ\n\n${ENTRY("A?")}`, base: `# FAQ\n\n${ENTRY("A?")}${ENTRY("B?")}`, head: `# FAQ\n\n${ENTRY("A?")}${ENTRY("C?")}` };
const CONFLICT = { mergeable: "conflicting", faq: FAQ } as const;
const REBUILT = { commits: [aCommit(), aCommit({ sha: NEW, parents: [HEAD, BASE] })], head: { ...aPull().head, sha: NEW } };

describe("merging", () => {
  test("a green pull request costs one look, the merge and the branch", async () => {
    const { calls, outputs, report } = await gated(policyOf(), { looks: [{}] });
    expect(calls).toEqual(["look", "merge aaaa", `as squash "Update FAQ - How do I start? (#12)" / "Trace-Id: ${TRACE}"`, "delete instant/faq-1234"]);
    expect(outputs).toMatchObject({ decision: "merged", merged: "true", "merged-sha": LANDED, "head-sha": HEAD, phase: "merged", rounds: "0", reasons: "[]", "trace-id": TRACE });
    expect(report.failed).toBeUndefined();
    expect(report.annotations).toBeUndefined();
  });

  test("the trace id comes from the pull request's body where the input gives none", async () => {
    const { outputs } = await gated(policyOf({ "trace-id": "" }), { looks: [{}] });
    expect(outputs["trace-id"]).toBe(TRACE);
  });

  test("a moved head is judged anew; the stale sha is never sent again", async () => {
    const moved = { commits: [aCommit({ sha: FIRST }), aCommit({ sha: NEW })], head: { ...aPull().head, sha: NEW } };
    const { calls } = await gated(policyOf(), { looks: [{}, moved], merges: [{ kind: "head-moved" }, { kind: "merged", sha: LANDED }] });
    expect(calls.filter((call) => /^(look|merge)/.test(call))).toEqual(["look", "merge aaaa", "look", "merge dddd"]);
  });

  test("a head moved by a person is left alone", async () => {
    const taken = { commits: [aCommit(), aCommit({ sha: NEW, author: "ada", signedByGitHub: false })], head: { ...aPull().head, sha: NEW } };
    const { calls, outputs, report } = await gated(policyOf(), { looks: [{}, taken], merges: [{ kind: "head-moved" }] });
    expect(calls.filter((call) => call.startsWith("merge"))).toEqual(["merge aaaa"]);
    expect(outputs).toMatchObject({ decision: "handed-over", merged: "false", phase: "handed_over" });
    expect(report.failed).toBeUndefined();
    expect(report.annotations?.[0]).toMatchObject({ level: "notice" });
  });

  test("a head that GitHub refuses and still shows is not sent again, whatever it shows", async () => {
    const { calls, outputs, report } = await gated(policyOf(), { looks: [{}], merges: [{ kind: "head-moved" }] });
    expect(calls.filter((call) => call.startsWith("merge"))).toEqual(["merge aaaa"]);
    expect(outputs).toMatchObject({ decision: "stuck", merged: "false" });
    expect(report.failed).toContain("still shows no other");
  });

  test("a moved base means a short pause and another look", async () => {
    const { calls, clock } = await gated(policyOf(), { looks: [{}], merges: [{ kind: "base-moved" }, { kind: "base-moved" }, { kind: "merged", sha: LANDED }] });
    expect(calls.filter((call) => /^(look|merge)/.test(call))).toEqual(["look", "merge aaaa", "look", "merge aaaa", "look", "merge aaaa"]);
    expect(clock.slept.every((ms) => ms > 0 && ms <= 400)).toBe(true);
  });

  test("a base that never rests ends in a timeout, not in a loop", async () => {
    const { calls, outputs, report } = await gated(policyOf({ "max-rounds": "1" }), { looks: [{}], merges: [{ kind: "base-moved" }] });
    expect(calls.filter((call) => call.startsWith("merge"))).toHaveLength(12);
    expect(outputs).toMatchObject({ decision: "timeout", phase: "timeout" });
    expect(report.failed).toContain("kept moving");
  });

  test("what GitHub refuses is asked once and told in its words", async () => {
    const { calls, outputs, report } = await gated(policyOf(), { looks: [{}], merges: [{ kind: "not-mergeable", reason: "Waiting on code owner review" }] });
    expect(calls.filter((call) => call.startsWith("merge"))).toHaveLength(1);
    expect(outputs).toMatchObject({ decision: "blocked", phase: "blocked" });
    expect(report.failed).toContain("Waiting on code owner review");
  });

  test("what GitHub only waits for is waited for within the time, and asked again as GitHub shows it", async () => {
    const refused = { kind: "not-mergeable", reason: 'Repository rule violations found\n\nRequired workflow "audit" is expected.\n\n' } as const;
    const soon = await gated(policyOf(), { looks: [{}], merges: [refused, refused, { kind: "merged", sha: LANDED }] });
    expect([soon.outputs["decision"], soon.calls.filter((call) => call.startsWith("merge")).length]).toEqual(["merged", 3]);
    const never = await gated(policyOf({ "wait-seconds": "700", "max-rounds": "0" }), { looks: [{ mergeState: "blocked" }], merges: [refused] });
    expect([never.outputs["decision"], never.calls.filter((call) => call.startsWith("merge")).length]).toEqual(["stuck", 3]);
    expect(never.report.failed).toContain('GitHub does not merge it yet: Repository rule violations found Required workflow "audit" is expected.');
  });

  test("a refusal without a reason is asked again, but not for ever", async () => {
    const { calls, report, clock } = await gated(policyOf(), { looks: [{}], merges: [{ kind: "not-mergeable", reason: "Pull Request is not mergeable" }] });
    expect(calls.filter((call) => call.startsWith("merge"))).toHaveLength(4);
    expect(clock.slept.slice(0, 3)).toEqual([125, 250, 500]);
    expect(report.failed).toContain("GitHub refused to merge it");
  });

  test("what somebody else pushed and merged in the last moment is theirs: told with a warning, and not as what was judged", async () => {
    const theirs = { state: "merged", merge: { sha: LANDED, at: 1 }, mergedBy: "ada", head: { ...aPull().head, sha: FIRST } } as const;
    const { outputs, warnings, report } = await gated(policyOf({ "delete-branch": "false" }), { looks: [{}, theirs], merges: [{ kind: "head-moved" }] });
    expect([outputs["decision"], outputs["merged-sha"], report.failed]).toEqual(["already-merged", LANDED, undefined]);
    expect(warnings).toEqual(["#12 was merged by ada at ccccccc, which was not judged here: aaaaaaa was"]);
  });

  test("a branch that cannot be deleted is a warning: the merge stands", async () => {
    const { outputs, warnings } = await gated(policyOf(), { looks: [{}], deleteFails: true });
    expect(outputs.decision).toBe("merged");
    expect(warnings).toEqual(["The branch instant/faq-1234 could not be deleted: no"]);
  });

  test("a run that died after the merge finishes what is left", async () => {
    const merged = { state: "merged", merge: { sha: LANDED, at: 1 } } as const;
    const first = await gated(policyOf(), { looks: [merged] });
    expect(first.calls).toEqual(["look", "delete instant/faq-1234"]);
    expect(first.outputs).toMatchObject({ decision: "already-merged", merged: "true", "merged-sha": LANDED, phase: "merged" });
    const second = await gated(policyOf(), { looks: [{ ...merged, head: { ...aPull().head, exists: false } }] });
    expect(second.calls).toEqual(["look"]);
    const kept = await gated(policyOf({ "delete-branch": "false" }), { looks: [merged] });
    expect(kept.calls).toEqual(["look"]);
  });

  test("a merged branch of somebody else is not deleted", async () => {
    const { calls } = await gated(policyOf(), { looks: [{ state: "merged", merge: { sha: LANDED, at: 1 }, author: "ada", commits: [aCommit({ author: "ada" })] }] });
    expect(calls).toEqual(["look"]);
  });

  test("a rename makes it ask for the old names, and judges them", async () => {
    const { calls, outputs } = await gated(policyOf(), { looks: [{ files: [aFile({ status: "renamed" })] }] });
    expect(calls).toEqual(["look", "list files"]);
    expect(outputs.reasons).toContain("docs/OLD.md");
  });

  test("removed files that are listed have to be those of the head that is judged, because they do not say whose they are", async () => {
    const [renamed, removed] = [aFile({ path: "docs/b.md", previousPath: "docs/a.md", status: "renamed" }), aFile({ path: "docs/c.md", status: "removed" })];
    const files = [{ ...renamed, previousPath: null }, removed];
    for (const [listed, decision] of [[[renamed, removed], "merged"], [[renamed, { ...removed, path: "docs/d.md" }], "stuck"], [[renamed], "stuck"], [[renamed, removed, aFile()], "stuck"], ["moved", "stuck"]] as const) {
      const { outputs } = await gated(policyOf({ "allowed-paths": "docs/*", "wait-seconds": "0" }), { looks: [{ files }], listed });
      expect([listed, outputs["decision"], outputs["reasons"]]).toEqual([listed, decision, decision === "merged" ? "[]" : expect.stringContaining("changed while they were read")]);
    }
  });
});

test("a long wait looks ever less often, and never less often than promised while auto-merge is armed", async () => {
  const { clock, calls } = await gated(policyOf({ "wait-seconds": "7200" }), { looks: [{ checks: [] }] });
  const pauses = (from: number, to: number) => Math.max(...clock.slept.filter((_, i) => { const at = clock.slept.slice(0, i).reduce((sum, ms) => sum + ms, 0); return at >= from && at < to; }));
  expect([pauses(0, 290_000), pauses(400_000, 1_700_000), pauses(2_000_000, 7_100_000)]).toEqual([10_000, 30_000, 60_000]);
  expect(calls.length).toBeLessThan(190);
  const watched = await gated(policyOf({ "merge-mode": "auto", "wait-seconds": "3600" }), { looks: [{ requiredChecks: [{ name: "build", appId: null }], checks: [aCheck()] }, { requiredChecks: [{ name: "build", appId: null }], checks: [aCheck()], autoMerge: { allowed: true, armedBy: "github-actions[bot]" } }] });
  expect([watched.calls.filter((call) => /arm/.test(call)), Math.max(...watched.clock.slept)]).toEqual([["arm aaaa", "disarm"], 10_000]);
});

describe("auto-merge", () => {
  const auto = policyOf({ "merge-mode": "auto", "wait-seconds": "60" });
  const PENDING = { requiredChecks: [{ name: "build", appId: null }], checks: [aCheck(), aCheck({ name: "build", state: "pending" })] } as const;
  const armed = { ...PENDING, autoMerge: { allowed: true, armedBy: "github-actions[bot]" } };
  const MERGED = { state: "merged", merge: { sha: LANDED, at: 1 } } as const;
  const acts = (calls: readonly string[]) => calls.filter((call) => !/^(look|as )/.test(call));

  test("is armed at the judged head, and GitHub merges it", async () => {
    const { calls, outputs } = await gated(auto, { looks: [PENDING, armed, armed, MERGED] });
    expect(acts(calls)).toEqual(["arm aaaa", "delete instant/faq-1234"]);
    expect(outputs).toMatchObject({ decision: "merged", "merged-sha": LANDED, "head-sha": HEAD });
  });

  test("of a clean pull request is a merge", async () => {
    expect(acts((await gated(auto, { looks: [{}] })).calls)).toEqual(["merge aaaa", "delete instant/faq-1234"]);
    const late = await gated(auto, { looks: [PENDING, PENDING, {}], arms: [{ kind: "clean" }] });
    expect(acts(late.calls)).toEqual(["arm aaaa", "merge aaaa", "delete instant/faq-1234"]);
  });

  test("is disarmed when the head moves, and armed anew at the next", async () => {
    const moved = { commits: [aCommit(), aCommit({ sha: NEW })], head: { ...aPull().head, sha: NEW } };
    const { calls } = await gated(auto, { looks: [PENDING, armed, { ...armed, ...moved }, { ...PENDING, ...moved }, { ...armed, ...moved }, { ...MERGED, ...moved }] });
    expect(acts(calls)).toEqual(["arm aaaa", "disarm", "arm dddd", "delete instant/faq-1234"]);
  });

  test("is disarmed when the judgement turns, when the time is out, and when an earlier run left it", async () => {
    const turned = await gated(auto, { looks: [PENDING, armed, { ...armed, labels: ["hold"] }, { ...PENDING, labels: ["hold"] }] });
    expect([acts(turned.calls), turned.outputs.decision]).toEqual([["arm aaaa", "disarm"], "blocked"]);
    const waited = await gated(auto, { looks: [PENDING, armed] });
    expect([acts(waited.calls), waited.outputs.decision]).toEqual([["arm aaaa", "disarm"], "stuck"]);
    const left = await gated(policyOf(), { looks: [armed, { ...PENDING, draft: true }] });
    expect([acts(left.calls), left.outputs.decision]).toEqual([["disarm"], "blocked"]);
  });

  test("that GitHub refuses is waited for as if it did not exist", async () => {
    const { calls, outputs } = await gated(auto, { looks: [PENDING, PENDING, PENDING, {}], arms: [{ kind: "refused", reason: "Protected branch rules not configured" }] });
    expect([acts(calls), outputs.decision]).toEqual([["arm aaaa", "merge aaaa", "delete instant/faq-1234"], "merged"]);
  });

  test("of a head that was not judged is told of, and fails the job", async () => {
    const moved = { commits: [aCommit(), aCommit({ sha: NEW })], head: { ...aPull().head, sha: NEW } };
    const { outputs, report } = await gated(auto, { looks: [PENDING, armed, { ...MERGED, ...moved }] });
    expect(outputs).toMatchObject({ decision: "already-merged", merged: "true" });
    expect(report.failed).toContain("merged #12 at ddddddd, which was pushed after aaaaaaa had been judged");
  });
});

describe("a merge queue", () => {
  const queue = policyOf({ "merge-mode": "queue", "wait-seconds": "60" });
  const READY = { queue: { enabled: true, entry: null } } as const;
  const IN = { queue: { enabled: true, entry: { by: "github-actions[bot]", position: 1, state: "AWAITING_CHECKS" } } } as const;
  const MERGED = { state: "merged", merge: { sha: LANDED, at: 1 } } as const;
  const acts = (calls: readonly string[]) => calls.filter((call) => !/^(look|as )/.test(call));

  test("is joined at the judged head, and merges it", async () => {
    const { calls, outputs } = await gated(queue, { looks: [READY, READY, IN, IN, MERGED] });
    expect([acts(calls), outputs.decision, outputs["merged-sha"]]).toEqual([["enqueue aaaa", "delete instant/faq-1234"], "merged", LANDED]);
  });

  test("that takes it out again says so", async () => {
    const { calls, outputs, report } = await gated(queue, { looks: [READY, IN, READY] });
    expect([acts(calls), outputs.decision]).toEqual([["enqueue aaaa"], "blocked"]);
    expect(report.failed).toContain("the merge queue took it out again");
  });

  test("is left when the judgement turns", async () => {
    const { calls, outputs } = await gated(queue, { looks: [READY, IN, { ...IN, labels: ["hold"] }, { ...READY, labels: ["hold"] }] });
    expect([acts(calls), outputs.decision]).toEqual([["enqueue aaaa", "dequeue"], "blocked"]);
  });

  test("goes on without the gate when the time is out", async () => {
    const { calls, outputs, report } = await gated(queue, { looks: [READY, IN] });
    expect([acts(calls), outputs.decision, outputs.phase, report.failed]).toEqual([["enqueue aaaa"], "queued", "pr_open", undefined]);
    expect(report.record?.task).toMatchObject({ status: "running" });
  });

  test("that refuses it is told of in its words", async () => {
    const { outputs, report } = await gated(queue, { looks: [READY], queues: [{ kind: "refused", reason: "Merge queue is locked" }] });
    expect(outputs.decision).toBe("blocked");
    expect(report.failed).toContain("Merge queue is locked");
  });
});

describe("what is told on the pull request", () => {
  const RED = { checks: [aCheck({ state: "failure" })] };

  test("is nothing when it is merged, dry, explained or paused", async () => {
    expect((await gated(policyOf(), { looks: [{ pause: { number: 3, url: "u", title: "stop" } }] })).told).toEqual([]);
    for (const policy of [policyOf(), policyOf({ "dry-run": "true" }), policyOf({ explain: "true" })]) expect((await gated(policy, { looks: [{}] })).told).toEqual([]);
    expect((await gated(policyOf({ "dry-run": "true" }), { looks: [RED] })).told).toEqual([]);
    expect((await gated(policyOf({ "report-on-pr": "false" }), { looks: [RED] })).told).toEqual([]);
  });

  test("is one comment and the check `instant/gate`, with the reasons", async () => {
    const { told } = await gated(policyOf(), { looks: [{ ...RED, draft: true }] });
    expect(told.map(({ kind }) => kind)).toEqual(["comment", "check instant/gate aaaa failure"]);
    for (const { body } of told) {
      expect(body).toContain("Not merged at aaaaaaa: 2 reasons");
      expect(body).toContain("Mark it as ready for review.");
      expect(body).toContain("| ❌ | It is not a draft | draft |");
    }
    expect(told[0]?.body).toContain("[this run](https://github.test/o/r/actions/runs/99)");
  });

  test("is edited in place, said once, and only in a comment of our own", async () => {
    const first = (await gated(policyOf(), { looks: [RED] })).told[0]?.body ?? "";
    const standing = { ownComments: [{ id: 7, body: first }] };
    const check = (told: readonly { readonly kind: string }[]) => told.map(({ kind }) => kind);
    expect(check((await gated(policyOf(), { looks: [{ ...RED, ...standing }] })).told)).toEqual(["check instant/gate aaaa failure"]);
    expect(check((await gated(policyOf(), { looks: [{ ...standing, draft: true }] })).told)).toEqual(["edit 7", "check instant/gate aaaa failure"]);
    expect(check((await gated(policyOf(), { looks: [{ ...RED, ownComments: [{ id: 8, body: "something else" }] }] })).told)).toEqual(["comment", "check instant/gate aaaa failure"]);
    const older = await gated(policyOf(), { looks: [{ ...RED, draft: true, commentsComplete: false }], comments: [{ id: 3, body: first }] });
    expect(check(older.told)).toEqual(["edit 3", "check instant/gate aaaa failure"]);
  });

  test("by two gates at once ends in one comment", async () => {
    const both = [3, 9].map((id) => ({ id, body: "<!-- instant-gate -->" }));
    expect((await gated(policyOf(), { looks: [RED], comments: both })).told.map(({ kind }) => kind)).toEqual(["comment", "edit 3", "delete 9", "check instant/gate aaaa failure"]);
  });

  test("is taken back by a later merge, where something was said", async () => {
    const said = (await gated(policyOf(), { looks: [RED] })).told[0]?.body ?? "";
    const gateCheck = aCheck({ name: "instant/gate", state: "failure", externalId: "x" });
    const { told } = await gated(policyOf(), { looks: [{ ownComments: [{ id: 7, body: said }], checks: [aCheck(), gateCheck] }] });
    expect(told.map(({ kind }) => kind)).toEqual(["edit 7", "check instant/gate aaaa success"]);
    expect(told[0]?.body).toContain("✅ Merged at aaaaaaa as fffffff");
    expect(told[0]?.body).not.toContain("failed");
  });

  test("is neutral where nobody knows yet, or a person decides", async () => {
    expect((await gated(policyOf({ "wait-seconds": "0" }), { looks: [{ checks: [] }] })).told.map(({ kind }) => kind)).toEqual(["comment", "check instant/gate aaaa neutral"]);
    const taken = { commits: [aCommit(), aCommit({ sha: NEW, author: "ada", signedByGitHub: false })], head: { ...aPull().head, sha: NEW } };
    expect((await gated(policyOf(), { looks: [taken] })).told.map(({ kind }) => kind)).toEqual(["comment", "check instant/gate dddd neutral"]);
  });

  test("wakes nobody, and is neither markup nor a second marker", async () => {
    const { told } = await gated(policyOf(), { looks: [{ files: [aFile({ path: "docs/@everyone <!-- x --> fixes #1 | a.md" })] }] });
    for (const { body } of told) {
      expect(body).not.toMatch(/@everyone|fixes #1|<!-- x/);
      expect(body).toContain("everyone");
    }
  });

  test("is cut to what a comment holds", async () => {
    const files = Array.from({ length: 12 }, (_, i) => aFile({ path: `docs/${"x".repeat(4_000)}-${i}` }));
    const { told } = await gated(policyOf(), { looks: [{ files }] });
    expect(told[0]?.body.length).toBeLessThan(65_536);
    expect(told[0]?.body).toContain("allowed-paths");
  });

  test("opens one issue for failed checks by option, and closes it after the merge", async () => {
    const on = policyOf({ "issue-on-failure": "true" });
    const { told } = await gated(on, { looks: [{ ...RED, title: "Update FAQ - @all fixes #4" }] });
    expect(told.map(({ kind }) => kind)).toEqual(["comment", "check instant/gate aaaa failure", expect.stringContaining("issue instant-ci-failure: CI failed: pull request 12, Update FAQ - ")]);
    expect(told[2]?.kind).not.toMatch(/@all|fixes #4/);
    const issue = { number: 5, url: "u", body: told[2]?.body ?? "" };
    expect((await gated(on, { looks: [RED], issues: [issue] })).told).toHaveLength(2);
    expect((await gated(on, { looks: [{ draft: true }] })).told).toHaveLength(2);
    expect((await gated(on, { looks: [{ ownComments: [{ id: 7, body: "<!-- instant-gate -->" }] }], issues: [issue] })).told.map(({ kind }) => kind)).toEqual(["edit 7", "close 5"]);
    expect((await gated(on, { looks: [{}], issues: [issue] })).told).toEqual([]);
  });

  test("and cannot be is a warning: the judgement stands", async () => {
    const { outputs, warnings } = await gated(policyOf(), { looks: [RED], tellingFails: true });
    expect(outputs.decision).toBe("blocked");
    expect(warnings).toEqual(["#12 could not be told why: no"]);
  });
});

describe("explain", () => {
  const explain = policyOf({ explain: "true" });
  test("shows every condition and writes nothing", async () => {
    const { calls, outputs, report } = await gated(explain, { looks: [{ draft: true, checks: [] }] });
    expect([calls, outputs.decision, outputs.phase, report.failed, report.record]).toEqual([["look"], "explained", "pr_open", undefined, undefined]);
    expect(report.summary).toContain("| ❌ | It is not a draft | draft |");
    expect(report.summary).toContain("| ⏳ | Check <code>instant/fast-ci</code> |");
    expect(JSON.parse(outputs.reasons ?? "")).toHaveLength(2);
  });
  test("knows long merged ones, and closed ones, too", async () => {
    const merged = await gated(explain, { looks: [{ state: "merged", merge: { sha: LANDED, at: 1 }, mergeable: "unknown", checks: [aCheck({ state: "failure" })] }] });
    expect(merged.outputs).toMatchObject({ decision: "explained", merged: "true", "merged-sha": LANDED, phase: "merged" });
    expect(merged.report.summary).toContain("merged as fffffff");
    expect(merged.report.summary).toContain("| ❌ | Check <code>instant/fast-ci</code> | failed");
    expect(merged.report.summary).toContain("| ✅ | It merges without conflicts | it was merged |");
    const closed = await gated(explain, { looks: [{ state: "closed" }] });
    expect(closed.report.summary).toContain("| ❌ | The pull request is open | closed |");
    expect(closed.report.summary).toContain("| ✅ | Its origin is proved |");
  });
});

describe("what the gate reads besides", () => {
  test("is the kind of files other than the FAQ, at both commits and under both names, in one request", async () => {
    const files = [aFile(), aFile({ path: "docs/b.md", previousPath: "docs/a.md", status: "renamed" }), aFile({ path: "docs/new.md", status: "added" }), aFile({ path: "docs/old.md", status: "removed" }), aFile({ path: "src/x.ts" })];
    const { calls } = await gated(policyOf({ "allowed-paths": "docs/**" }), { looks: [{ files }] });
    expect(calls).toEqual(["look", "entries of docs/b.md,docs/new.md,docs/a.md,docs/old.md"]);
  });
  test("is the permission of an author who is named, and of no other", async () => {
    const theirs = { author: "ada", commits: [aCommit({ author: "ada", signature: "none", signedByGitHub: false })] };
    const named = await gated(policyOf({ "trusted-people": "ada" }), { looks: [theirs], permissions: { ada: "write" } });
    expect(named.calls.slice(0, 3)).toEqual(["look", "permission of ada", "merge aaaa"]);
    expect((await gated(policyOf({ "trusted-people": "ada" }), { looks: [theirs], permissions: { ada: "read" } })).outputs.decision).toBe("blocked");
    expect((await gated(policyOf({ "trusted-people": "bob" }), { looks: [theirs] })).calls).toEqual(["look"]);
  });
});

describe("waiting", () => {
  test("ends when the check is green", async () => {
    const { calls, outputs } = await gated(policyOf(), { looks: [{ checks: [] }, { checks: [aCheck({ state: "pending" })] }, {}] });
    expect(calls.slice(0, 4)).toEqual(["look", "look", "look", "merge aaaa"]);
    expect(outputs.decision).toBe("merged");
  });

  test("for ever is reported as stuck, with the missing check and the likely cause, without hammering", async () => {
    const { calls, outputs, report, clock } = await gated(policyOf({ "wait-seconds": "600", "required-checks": "build" }), { looks: [{}] });
    expect(outputs).toMatchObject({ decision: "stuck", merged: "false", phase: "timeout" });
    expect(report.failed).toBe("#12 is stuck: the check `build` has not appeared at aaaaaaa");
    expect(report.annotations?.[0]?.message).toContain("waits for approval");
    expect(calls.length).toBeLessThan(80);
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(600_000);
  });

  test("zero seconds look once, and a green one is merged all the same", async () => {
    expect((await gated(policyOf({ "wait-seconds": "0" }), { looks: [{ checks: [] }] })).calls).toEqual(["look"]);
    expect((await gated(policyOf({ "wait-seconds": "0" }), { looks: [{}] })).outputs.decision).toBe("merged");
  });
});

describe("rebuilding", () => {
  test("joins the base by entries, checks the new commit and merges it", async () => {
    const { calls, outputs } = await gated(policyOf({ "head-sha": HEAD }), { looks: [CONFLICT, REBUILT], rebuilds: [{ sha: NEW }] });
    expect(calls.filter((call) => !call.startsWith("as "))).toEqual(["look", "rebuild instant/faq-1234 aaaa on bbbb: docs/FAQ.md", "recheck dddd", "look", "merge dddd", "delete instant/faq-1234"]);
    expect(outputs).toMatchObject({ decision: "merged", rounds: "1", "head-sha": NEW });
  });

  test("keeps INSTANT's signature valid, where GitHub signs nothing, also for the run after this", async () => {
    const claim = (headSha: string) => `instant-signature: ${sign("k", { repository: "o/r", number: 12, headSha, traceId: TRACE })}`;
    const unsigned = { signature: "none", signedByGitHub: false } as const;
    const policy = policyOf({ "signing-key": "k" });
    const body = `trace-id: ${TRACE}\n${claim(HEAD)}\nText.\n`;
    const first = await gated(policy, { looks: [{ ...CONFLICT, commits: [aCommit(unsigned)], body }, { ...REBUILT, commits: [aCommit(unsigned), aCommit({ sha: NEW, parents: [HEAD, BASE], ...unsigned })], body }], rebuilds: [{ sha: NEW }] });
    expect([first.outputs["decision"], first.told]).toEqual(["merged", [{ kind: "sign", body: `trace-id: ${TRACE}\n${claim(NEW)}\n${claim(HEAD)}\nText.\n` }]]);
    // A run that died after the rebuild: the next one knows the rebuilt commit by its signature, and checks it.
    const rebuilt = { ...REBUILT, commits: [aCommit(unsigned), aCommit({ sha: NEW, parents: [HEAD, BASE], ...unsigned })], body: first.told[0]?.body ?? "" };
    const next = await gated(policy, { looks: [{ ...rebuilt, checks: [] }, rebuilt] });
    expect([next.outputs["decision"], next.calls.filter((call) => call.startsWith("recheck"))]).toEqual(["merged", ["recheck dddd"]]);
    // What a person wrote meanwhile stays, and what they made another task's is not signed.
    const edited = await gated(policy, { looks: [{ ...CONFLICT, commits: [aCommit(unsigned)], body }], rebuilds: ["moved"], editedBody: `Mind this.\n${body}` });
    expect(edited.told[0]).toEqual({ kind: "sign", body: expect.stringMatching(/^Mind this\.\n/) });
    const other = await gated(policy, { looks: [{ ...CONFLICT, commits: [aCommit(unsigned)], body }, {}], rebuilds: ["moved"], editedBody: body.replaceAll(TRACE, TRACE.replace("0b", "0c")) });
    expect(other.told.filter(({ kind }) => kind === "sign")).toEqual([]);
    const without = await gated(policy, { looks: [CONFLICT, REBUILT], rebuilds: [{ sha: NEW }] });
    expect(without.told).toEqual([]);
  });

  test("somebody quicker makes it look again", async () => {
    const { calls } = await gated(policyOf(), { looks: [CONFLICT, {}], rebuilds: ["moved"] });
    expect(calls.filter((call) => !call.startsWith("as "))).toEqual(["look", "rebuild instant/faq-1234 aaaa on bbbb: docs/FAQ.md", "look", "merge aaaa", "delete instant/faq-1234"]);
  });

  test("a run that died between the rebuild and its check finishes it", async () => {
    const { calls, outputs } = await gated(policyOf({ "head-sha": HEAD }), { looks: [{ ...REBUILT, checks: [] }, REBUILT] });
    expect(calls.slice(0, 4)).toEqual(["look", "recheck dddd", "look", "merge dddd"]);
    expect(outputs.decision).toBe("merged");
  });

  test("entries that both sides changed are for a person", async () => {
    const faq = { mergeBase: ENTRY("A?"), base: ENTRY("A?").replace("Yes", "No"), head: ENTRY("A?").replace("Yes", "Perhaps") };
    const { calls, outputs, report } = await gated(policyOf(), { looks: [{ ...CONFLICT, faq }] });
    expect(calls).toEqual(["look", "look"]);
    expect(outputs).toMatchObject({ decision: "blocked", phase: "blocked" });
    expect(report.failed).toContain('"A?"');
  });

  test("entries that the base holds already leave nothing to merge", async () => {
    const { outputs } = await gated(policyOf(), { looks: [{ ...CONFLICT, faq: { ...FAQ, head: FAQ.mergeBase } }] });
    expect(outputs.reasons).toContain("already holds everything");
  });

  test("a rebuilt commit that fails its checks is not merged", async () => {
    const looks = [CONFLICT, { ...REBUILT, checks: [aCheck({ state: "failure" })] }];
    const { calls, outputs } = await gated(policyOf(), { looks, rebuilds: [{ sha: NEW }], recheck: async () => ({ conclusion: "failure", failedChecks: ["smoke"], url: "u" }) });
    expect(calls.some((call) => call.startsWith("merge"))).toBe(false);
    expect(outputs).toMatchObject({ decision: "blocked", phase: "ci_failed", "head-sha": NEW });
  });

  test("a check that could not run, or not be published, is never a pass", async () => {
    for (const [result, text] of [
      [{ conclusion: "error", failedChecks: ["links"], url: "u" }, "could not be checked: links"],
      [{ conclusion: "failure", failedChecks: ["smoke"], url: null }, "failed its checks: smoke"],
    ] as const) {
      const { calls, outputs } = await gated(policyOf(), { looks: [CONFLICT, REBUILT], rebuilds: [{ sha: NEW }], recheck: async () => result });
      expect(calls.some((call) => call.startsWith("merge"))).toBe(false);
      expect(outputs.reasons).toContain(text);
    }
  });

  test("those that came first go first, as long as their number falls, and for a while when it does not", async () => {
    const siblings = [3, 4].map((number) => ({ number, branch: `instant/faq-${number}`, draft: false, createdAt: 1_000 }));
    const stuck = { ...CONFLICT, siblings: siblings.slice(1) };
    const { calls, clock, outputs } = await gated(policyOf(), { looks: [{ ...CONFLICT, siblings }, ...Array.from({ length: 11 }, () => stuck), REBUILT], rebuilds: [{ sha: NEW }] });
    const acts = calls.filter((call) => /^(look|rebuild|merge)/.test(call)).map((call) => call.split(" ")[0]);
    expect([acts.indexOf("rebuild"), acts.slice(-2)]).toEqual([12, ["look", "merge"]]);
    // Half a second a round is the least that is guessed, and what the first one took.
    expect([clock.slept[0], clock.slept[1]]).toEqual([500, 150]);
    expect(clock.slept.slice(1, 11).reduce((sum, ms) => sum + ms, 0)).toBe(1_500);
    expect(outputs).toMatchObject({ decision: "merged", rounds: "1" });
  });

  test("one of many looks once more before it asks to be merged, and one of very many lets the others go first", async () => {
    const siblings = (count: number) => Array.from({ length: count }, (_, i) => ({ number: 11 - i, branch: `instant/faq-${i}`, draft: false, createdAt: 1_000 }));
    const acts = async (...looks: readonly Partial<PullFacts>[]) => {
      const { calls, clock } = await gated(policyOf(), { looks });
      return [calls.filter((call) => /^(look|merge)/.test(call)).length, clock.slept.length];
    };
    expect(await acts({ siblings: siblings(2) })).toEqual([2, 0]);
    expect(await acts({ siblings: siblings(3) })).toEqual([3, 1]);
    expect(await acts({ siblings: siblings(13) }, { siblings: siblings(12) })).toEqual([3, 1]);
    expect((await acts({ siblings: siblings(13) }))[0]).toBeGreaterThan(2);
    const once = await gated(policyOf({ "wait-seconds": "0" }), { looks: [{ siblings: siblings(13) }] });
    expect([once.outputs["decision"], once.clock.slept]).toEqual(["merged", []]);
  });

  test("nobody goes first any more when the time to wait is over: what may be merged then is merged", async () => {
    const siblings = (count: number) => Array.from({ length: count }, (_, i) => ({ number: 11 - i, branch: `instant/faq-${i}`, draft: false, createdAt: 1_000 }));
    // Each of those ahead takes seven seconds; the line would take minutes.
    const { outputs, clock } = await gated(policyOf({ "wait-seconds": "10" }), { looks: [{ siblings: siblings(20) }, { siblings: siblings(19) }] });
    expect([outputs["decision"], clock.now() - 1_000]).toEqual(["merged", 10_001]);
  });

  test("rounds are bounded", async () => {
    const { calls, outputs, report } = await gated(policyOf({ "max-rounds": "3" }), { looks: [CONFLICT], rebuilds: ["1", "2", "3", "4"].map((digit) => ({ sha: digit.repeat(40) })) });
    expect(calls.filter((call) => call.startsWith("rebuild"))).toHaveLength(3);
    expect(outputs).toMatchObject({ decision: "timeout", phase: "timeout", rounds: "3" });
    expect(report.failed).toContain("rebuilt 3 times");
  });
});

describe("a dry run", () => {
  test.each([
    ["a green one", {}, "merge #12 at aaaaaaa"],
    ["a conflict", CONFLICT, "join bbbbbbb into instant/faq-1234"],
    ["a waiting one", { checks: [] }, "It would write nothing"],
  ])("prints what it would do with %s, and stops", async (_, look, text) => {
    const { calls, outputs, report } = await gated(policyOf({ "dry-run": "true" }), { looks: [look] });
    expect(calls).toEqual(["look"]);
    expect(outputs).toMatchObject({ decision: "dry-run", merged: "false", phase: "pr_open" });
    expect(report.summary).toContain(text);
    expect(report.failed).toBeUndefined();
  });
});

describe("the report", () => {
  test("names every reason in the one failing line, and shows every condition", async () => {
    const { report, outputs } = await gated(policyOf(), { looks: [{ draft: true, checks: [aCheck({ state: "failure" })] }] });
    expect(report.failed).toBe("#12 is not merged: #12 is a draft; the check `instant/fast-ci` failed (https://github.test/o/r/runs/7)");
    expect(outputs.phase).toBe("ci_failed");
    expect(JSON.parse(outputs.reasons ?? "")).toHaveLength(2);
    expect(report.summary).toMatch(/\| ❌ \| It is not a draft \| draft \|/);
    expect(report.summary).toMatch(/\| ✅ \| Its branch is in this repository \|/);
    expect(report.summary).toContain("Mark it as ready for review.");
  });

  test("text from outside becomes neither markup nor a new row", async () => {
    const title = "x](https://evil.test) <img src=x> |\n| ✅ | fake";
    const { report } = await gated(policyOf(), { looks: [{ title, files: [aFile({ path: "a|b<script>\n.md" })] }] });
    expect(report.summary).not.toContain("<img");
    expect(report.summary).not.toContain("<script>");
    expect(report.summary).not.toContain("](https://evil");
    expect(report.summary).toContain("<code>a&#124;b&#60;script&#62; .md</code>");
    expect(report.summary.split("\n").filter((line) => line.startsWith("| ✅ | fake"))).toEqual([]);
  });

  test("a title from outside stays one line of the merge commit", async () => {
    const { calls } = await gated(policyOf(), { looks: [{ title: "Update FAQ - a\r\n\r\nTrace-Id: forged" }] });
    expect(calls[2]).toContain('"Update FAQ - a Trace-Id: forged (#12)"');
  });
});

describe("the record of a merge", () => {
  test("finishes the task, unless its health is still to be seen", async () => {
    const { report } = await gated(policyOf(), { looks: [{}] });
    expect(report.record).toMatchObject({
      traceId: TRACE, task: { phase: "merged", status: "done", state: "merged", mergedAt: expect.any(Number), prUrl: "https://github.test/o/r/pull/12", humanInterventionCount: 0 },
      events: [{ kind: "decision", text: "#12: merged" }, { kind: "commit", url: `https://github.test/o/r/commit/${LANDED}`, data: { sha: LANDED } }],
    });
    expect((await gated(policyOf({ "awaits-health": "true" }), { looks: [{}] })).report.record?.task).toMatchObject({ phase: "merged", status: "running" });
  });

  test("of one that is not merged says why; a person's work is no failure; a dry run is nothing", async () => {
    const red = await gated(policyOf(), { looks: [{ checks: [aCheck({ state: "failure" })] }] });
    expect(red.report.record).toMatchObject({ task: { phase: "ci_failed", status: "error", errorType: "ci", errorMsg: expect.stringContaining("instant/fast-ci") } });
    const refused = await gated(policyOf(), { looks: [{}], merges: [{ kind: "not-mergeable", reason: "Waiting on code owner review" }] });
    expect(refused.report.record).toMatchObject({ task: { phase: "blocked", status: "error", errorType: "blocked", errorMsg: expect.stringContaining("code owner") } });
    const taken = { commits: [aCommit(), aCommit({ sha: NEW, author: "ada", signedByGitHub: false })], head: { ...aPull().head, sha: NEW } };
    expect((await gated(policyOf(), { looks: [taken] })).report.record?.task).toMatchObject({ phase: "handed_over", status: "running", humanInterventionCount: 1 });
    expect((await gated(policyOf({ "dry-run": "true" }), { looks: [{}] })).report.record).toBeUndefined();
  });

  test("counts how often people took a hand before the merge, and leaves the loop's own account out", async () => {
    const reviews = [{ author: "ada", at: NOW - 1 }, { author: "copilot[bot]", at: NOW - 1 }, { author: "loop-robot", at: NOW - 1 }];
    const byHand = { state: "merged", merge: { sha: LANDED, at: NOW }, mergedBy: "ada", reviews, viewer: "loop-robot" } as const;
    expect((await gated(policyOf(), { looks: [byHand] })).report.record?.task).toMatchObject({ phase: "merged", humanInterventionCount: 2 });
  });

  test("is not written under a trace id that a fork's pull request claims for itself", async () => {
    const fork = { head: { ...aPull().head, repository: "mallory/r" } };
    expect((await gated(policyOf({ "trace-id": "" }), { looks: [fork] })).report.record).toBeUndefined();
    expect((await gated(policyOf({ "trace-id": "" }), { looks: [{}] })).report.record?.traceId).toBe(TRACE);
    expect((await gated(policyOf({ "trace-id": "" }), { looks: [{ body: "none" }] })).report.record).toBeUndefined();
  });
});
