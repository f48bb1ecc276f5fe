import { describe, expect, test } from "@jest/globals";
import { checkAlert } from "../../../src/notify/message.ts";
import { alertsOf } from "../../../src/stages/post-deploy-health/alerts.ts";
import type { Watched } from "../../../src/stages/post-deploy-health/watch.ts";
import { alertsOf as alertsOfRollback } from "../../../src/stages/rollback/alerts.ts";
import { storyOf, TRACE } from "../rollback/facts.ts";
import { OTHER, policyOf, SHA } from "./fakes.ts";

const WATCHED = { "health-urls": "https://product.example/healthz\nhttps://product.example/faq", "version-url": "https://product.example/version" };
const policy = { ...policyOf(WATCHED), traceId: TRACE };
const reasons = [{ code: "unhealthy", message: "3 of 5 answers were 500" }];
const watched = (verdict: Watched["verdict"], more: Partial<Watched> = {}): Watched => ({ verdict, reasons: verdict === "healthy" ? [] : reasons, notes: [], traffic: [], latency: [], lastGood: null, arrived: true, deployedSha: SHA, runUrl: "https://github.example/runs/9", series: [], effects: [], startedAt: 0, arrivedAt: 1, decidedAt: 2, ...more });

function told(verdict: Watched["verdict"], more: Partial<Watched> = {}, change: Partial<typeof policy> = {}) {
  const alerts = alertsOf({ kind: "watched", watched: watched(verdict, more) }, { ...policy, ...change });
  for (const alert of alerts) checkAlert(alert);
  return alerts;
}

describe("a verdict", () => {
  test("of unhealthy fires for this commit, and leaves the issue to the incident that rollback opens, where anything else tells it", () => {
    expect(told("unhealthy")).toEqual([{
      key: expect.stringMatching(/^deployment:production:[0-9a-f]{8}$/), state: "firing", severity: "P0", title: "a1b2c3d is deployed and unhealthy", text: "3 of 5 answers were 500", traceId: TRACE, occasions: [SHA], expectsIssue: true,
      fields: [{ name: "environment", value: "production" }, { name: "commit", value: "a1b2c3d" }, { name: "serving", value: "a1b2c3d" }], links: [{ label: "deployment", url: "https://github.example/runs/9" }],
    }]);
    expect(told("unhealthy", { arrived: false })[0]?.title).toBe("a1b2c3d could not be deployed");
  });

  test("that could not be reached fires once, whatever the commit, and is not called P0", () => {
    const [alert, ...more] = told("inconclusive");
    expect([alert, more]).toEqual([expect.objectContaining({ key: expect.stringMatching(/^deployment-unknown:production:/), severity: "P1", title: "Whether a1b2c3d, which is deployed, is healthy could not be told" }), []]);
    expect(alert).not.toHaveProperty("occasions");
    expect(told("inconclusive", {}, { commitSha: OTHER })[0]?.key).toBe(alert?.key);
  });

  test("of healthy ends both, whichever commit they were about", () => {
    const firing = [...told("unhealthy", {}, { commitSha: OTHER }), ...told("inconclusive")].map(({ key }) => key);
    expect(told("healthy").map(({ key, state }) => [key, state])).toEqual(firing.map((key) => [key, "resolved"]));
  });

  test("that there is none tells nobody: a dry run, a pause, what is taken back already", () => {
    expect(told(null)).toEqual([]);
    expect(alertsOf({ kind: "paused", reasons }, policy)).toEqual([]);
    expect(alertsOf({ kind: "taken-back", reasons, at: 0 }, policy)).toEqual([]);
  });
});

test("the deployment is the same for both stages that look at it, and another one for other addresses and environments", () => {
  const story = storyOf({ ...WATCHED, "health-urls": "https://product.example/faq, https://product.example/healthz" });
  const [ofRollback] = alertsOfRollback({ kind: "done", story, sha: OTHER, pull: null, now: true, incident: { number: 1, url: "https://x.example/1", isNew: true }, verified: null, also: [], trbMs: null });
  const key = told("unhealthy")[0]?.key;
  expect(ofRollback?.key).toBe(key);
  expect(told("unhealthy", {}, { healthUrls: ["https://other.example/healthz"] })[0]?.key).not.toBe(key);
  expect(told("unhealthy", {}, { environment: "staging / eu" })[0]?.key).toMatch(/^deployment:staging-eu:/);
});
