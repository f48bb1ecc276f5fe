import { describe, expect, test } from "@jest/globals";
import { type Ending, report } from "../../../src/stages/fast-ci/report.ts";

const TRACE = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SHA = "a1b2c3d".padEnd(40, "0");

function endingOf(change: Partial<Ending> = {}): Ending {
  return {
    facts: { prNumber: 7, prUrl: "https://github.test/o/r/pull/7", body: "", sha: SHA, fork: false, changes: [], outcomes: [], notes: [], startedAt: 1_000, completedAt: 1_400 },
    decision: { kind: "success", failedChecks: [], reasons: [], headline: "markdown is fine" },
    published: { kind: "published", url: "https://github.test/o/r/runs/3" }, checkName: "instant/fast-ci", traceId: TRACE, apiRequests: 2, mayWrite: true, isTask: true, ...change,
  };
}

const RED = { kind: "failure", failedChecks: ["faq"], reasons: ["docs/FAQ.md:3: a question twice"], headline: "1 finding in faq" } as const;

describe("the record of the checks", () => {
  test("green leaves the task running, red fails it with the reasons", () => {
    expect(report(endingOf()).record).toEqual({
      traceId: TRACE, task: { phase: "pr_open", status: "running", prUrl: "https://github.test/o/r/pull/7", state: "open" },
      events: [{ kind: "decision", text: "checks of a1b2c3d: markdown is fine", url: "https://github.test/o/r/runs/3", data: { conclusion: "success", head_sha: SHA, findings: 0, elapsed_ms: 400 } }],
    });
    expect(report(endingOf({ decision: RED })).record?.task).toMatchObject({ phase: "ci_failed", status: "error", errorType: "ci", errorMsg: "docs/FAQ.md:3: a question twice" });
    expect(report(endingOf({ decision: { ...RED, kind: "error" } })).record?.task).toMatchObject({ phase: "ci_failed", status: "error", errorType: "ci" });
  });

  test("green that nobody can see is a missing permission", () => {
    expect(report(endingOf({ published: { kind: "read-only" } })).record?.task).toMatchObject({ phase: "ci_failed", status: "error", errorType: "permission", errorMsg: expect.stringContaining("checks: write") });
  });

  test("of a pull request that is nobody's task, and of a dry run, there is none", () => {
    expect(report(endingOf({ isTask: false })).record).toBeUndefined();
    expect(report(endingOf({ published: { kind: "dry-run" } })).record).toBeUndefined();
  });
});
