import { describe, expect, test } from "@jest/globals";
import { forbidden } from "../../../src/github/errors.ts";
import { failure } from "../../../src/kit/errors.ts";
import { checkAlert } from "../../../src/notify/message.ts";
import { alertsOf, alertsOfError } from "../../../src/stages/auto-merge-gate/alerts.ts";
import type { Ending } from "../../../src/stages/auto-merge-gate/ending.ts";

const TRACE = "11111111-2222-4333-8444-555555555555";
const ending = (outcome: Ending["outcome"], codes: readonly string[] = []): Ending =>
  ({ outcome, facts: { pull: { number: 7 } }, reasons: codes.map((code) => ({ code, message: `the ${code}`, fix: "Mend it." })) }) as unknown as Ending;

describe("a permission that the gate lacks", () => {
  test("fires, with the permission as its occasion, by whatever GitHub refused", () => {
    const alerts = alertsOfError(forbidden("GitHub refused to merge #7 (403: Resource not accessible by integration)", "Resource not accessible by integration", "contents: write"), TRACE);
    expect(alerts).toEqual([expect.objectContaining({ key: "permission:auto-merge-gate", state: "firing", severity: "P1", traceId: TRACE, occasions: ["contents: write"], title: "The gate merges nothing: it lacks `contents: write`", text: expect.stringContaining("permissions:\n  contents: write") })]);
    for (const alert of alerts) checkAlert(alert);
    const setting = forbidden("x", "GitHub Actions is not permitted to create or approve pull requests", "pull-requests: write");
    expect(alertsOfError(setting, "")).toMatchObject([{ occasions: [""], title: "The gate merges nothing: it lacks a permission" }]);
    expect(alertsOf(ending("blocked", ["draft", "rules-unread"]), TRACE)).toMatchObject([{ state: "firing", occasions: ["contents: write, pull-requests: write"], text: "the rules-unread. Mend it." }]);
  });

  test("is over with a merge, and with nothing else", () => {
    expect(alertsOf(ending("merged"), TRACE)).toMatchObject([{ key: "permission:auto-merge-gate", state: "resolved" }]);
    for (const outcome of ["already-merged", "blocked", "handed-over", "timeout", "dry-run"] as const) expect(alertsOf(ending(outcome, ["draft"]), TRACE)).toEqual([]);
    for (const outcome of ["dry-run", "explained"] as const) expect(alertsOf(ending(outcome, ["rules-unread"]), TRACE)).toEqual([]);
    // A base that is gone, or has more rules than anybody reads, is no permission.
    expect(alertsOf(ending("blocked", ["rules-unknown"]), TRACE)).toEqual([]);
  });

  test("is not what other errors are about", () => {
    expect([new TypeError("x"), failure("service", { what: "down", fix: "Wait." }), failure("configuration", { what: "x", fix: "y" }), "text"].flatMap((error) => alertsOfError(error, ""))).toEqual([]);
  });
});
