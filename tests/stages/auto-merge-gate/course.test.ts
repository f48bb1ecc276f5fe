import { describe, expect, test } from "@jest/globals";
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

  test("a refusal without a reason is asked again, but not for ever", async () => {
    const { calls, report, clock } = await gated(policyOf(), { looks: [{}], merges: [{ kind: "not-mergeable", reason: "Pull Request is not mergeable" }] });
    expect(calls.filter((call) => call.startsWith("merge"))).toHaveLength(4);
    expect(clock.slept.slice(0, 3)).toEqual([125, 250, 500]);
    expect(report.failed).toContain("GitHub refused to merge it");
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
});

describe("waiting", () => {
  test("ends when the check is green", async () => {
    const { calls, outputs } = await gated(policyOf(), { looks: [{ checks: [] }, { checks: [aCheck({ state: "pending" })] }, {}] });
    expect(calls.slice(0, 4)).toEqual(["look", "look", "look", "merge aaaa"]);
    expect(outputs.decision).toBe("merged");
  });

  test("for ever is reported as stuck, with the missing check and the likely cause, without hammering", async () => {
    const { calls, outputs, report, clock } = await gated(policyOf({ "wait-seconds": "600", "required-checks": "build" }), { looks: [{}] });
    expect(outputs).toMatchObject({ decision: "timeout", merged: "false", phase: "timeout" });
    expect(report.failed).toBe("#12 was not merged in time: the check `build` has not appeared at aaaaaaa");
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

  test("those that came first go first, as long as their number falls", async () => {
    const siblings = [3, 4].map((number) => ({ number, branch: `instant/faq-${number}`, draft: false, createdAt: 1_000 }));
    const looks = [{ ...CONFLICT, siblings }, { ...CONFLICT, siblings: siblings.slice(1) }, { ...CONFLICT, siblings: siblings.slice(1) }, REBUILT];
    const { calls, clock, outputs } = await gated(policyOf(), { looks, rebuilds: [{ sha: NEW }] });
    expect(calls.filter((call) => /^(look|rebuild|merge)/.test(call)).map((call) => call.split(" ")[0])).toEqual(["look", "look", "look", "rebuild", "look", "merge"]);
    expect(clock.slept.slice(0, 2)).toEqual([600, 300]);
    expect(outputs).toMatchObject({ decision: "merged", rounds: "1" });
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
