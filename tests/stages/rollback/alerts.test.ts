import { describe, expect, test } from "@jest/globals";
import { forbidden } from "../../../src/github/errors.ts";
import { checkAlert } from "../../../src/notify/message.ts";
import { alertsOf, alertsOfError, incidentAlert } from "../../../src/stages/rollback/alerts.ts";
import type { Done, Ending } from "../../../src/stages/rollback/ending.ts";
import type { Verified } from "../../../src/stages/rollback/ports.ts";
import { rollback } from "../../../src/stages/rollback/index.ts";
import type { Alert } from "../../../src/kit/alert.ts";
import { HEAD, HOTFIX, policyOf, SHA, storyOf, TRACE } from "./facts.ts";
import { World } from "./world.ts";

const WATCHED = { "health-urls": "https://product.example/healthz", "version-url": "https://product.example/version" };
const story = storyOf(WATCHED);
const incident = { number: 7, url: "https://github.example/issues/7", isNew: true };
const pull = { number: 4, url: "https://github.example/pull/4" };
const PERSON = `rollback-needs-person:${SHA}`;

const verified = (verdict: Verified["verdict"]): Verified => ({ verdict, reasons: ["health: 500"], deployedSha: HOTFIX, runUrl: "", at: 60_000 });
const done = (more: Partial<Done> = {}): Done => ({ kind: "done", story, sha: HOTFIX, pull, now: true, incident, verified: verified("healthy"), also: [], trbMs: 65_000, ...more });

function told(ending: Ending) {
  const alerts = alertsOf(ending);
  for (const alert of alerts) {
    checkAlert(alert);
    expect([alert.traceId, alert.severity]).toEqual([TRACE, "P0"]);
  }
  return alerts.map(({ key, state, title }) => [key.replace(/:[0-9a-f]{8}$/, ""), state, title]);
}

describe("a rollback tells", () => {
  test("its incident, and that production is healthy again; what a person was called for is over too", () => {
    expect(told(done())).toEqual([
      ["deployment:production", "firing", "Production rollback: Health failed"],
      ...["deployment:production", "deployment-unknown:production", PERSON].map((key) => [key, "resolved", "a1b2c3d is taken back, and production is healthy, 1 min 5 s after it was detected"]),
    ]);
    expect(incidentAlert(story, incident, pull.url)).toMatchObject({ occasions: [SHA], hasIssue: true, links: [{ label: "incident #7", url: incident.url }, { label: "hotfix", url: pull.url }] });
  });

  test("nothing that an earlier run has told and ended", () => {
    expect(told(done({ now: false, incident: { ...incident, isNew: false } })).map(([key, state]) => [key, state])).toEqual([["deployment:production", "resolved"], ["deployment-unknown:production", "resolved"], [PERSON, "resolved"]]);
    expect(told(done({ now: false })).map(([, state]) => state)).toEqual(["firing", "resolved", "resolved", "resolved"]);
  });

  test.each([["unhealthy", "production is still unhealthy"], ["inconclusive", "whether production is healthy could not be told"]] as const)("that a person is needed when production is %s without it", (verdict, state) => {
    const ending = done({ verified: verified(verdict), trbMs: null });
    expect(told(ending)).toEqual([["deployment:production", "firing", expect.any(String)], [PERSON, "firing", `A person is needed: a1b2c3d was taken back, but ${state}`]]);
    expect(alertsOf(ending)[1]).toMatchObject({ text: "health: 500\nNo further rollback is tried.", hasIssue: true });
  });

  test("that a person is needed where it cannot do it, and nothing where it refuses", () => {
    expect(told({ kind: "conflict", story, files: ["docs/FAQ.md"], pull: null, incident })).toEqual([[PERSON, "firing", "A person is needed: a1b2c3d could not be taken back"]]);
    expect(alertsOf({ kind: "conflict", story, files: ["docs/FAQ.md"], pull: null, incident })[0]?.text).toContain("in docs/FAQ.md.");
    expect(told({ kind: "blocked", story, reasons: [{ code: "smoke-failed", message: "the smoke command failed" }], evidence: "", pull, incident })).toEqual([[PERSON, "firing", "A person is needed: a1b2c3d was not taken back"]]);
    expect(told({ kind: "refused", story, reasons: [], handedOver: true })).toEqual([]);
    expect(told({ kind: "dry-run", story, reasons: [], effects: [] })).toEqual([]);
  });

  test("that a person is needed when the rollback itself failed, unless a person started it", () => {
    const refused = forbidden("GitHub refused to open the hotfix (403)", "Resource not accessible by integration", "contents: write");
    const automatic = policyOf({ "detected-at": "2026-11-20T10:00:00Z" });
    const alerts = alertsOfError(refused, automatic, TRACE);
    for (const alert of alerts) checkAlert(alert);
    expect(alerts).toMatchObject([{ key: PERSON, state: "firing", severity: "P0", traceId: TRACE, title: "A person is needed: the rollback of a1b2c3d failed", text: expect.stringContaining("contents: write") }]);
    expect(alerts[0]).not.toHaveProperty("hasIssue");
    expect(alertsOfError(new TypeError("x is no function"), { ...automatic, commitSha: "", prNumber: 7 }, "")).toMatchObject([{ key: "rollback-needs-person:pr-7", title: expect.stringContaining("#7"), text: expect.stringContaining("x is no function") }]);
    expect(alertsOfError(refused, policyOf(), TRACE)).toEqual([]);
  });

  test("without anything to look at that it was taken back, and no more", () => {
    expect(told(done({ verified: null, trbMs: null })).map(([key, state]) => [key, state])).toEqual([["deployment:production", "firing"], [PERSON, "resolved"]]);
  });
});

describe("while it works", () => {
  /** Told before its report, with what had been done by then. */
  async function run(world: World, verify = true) {
    const early: { readonly alert: Alert; readonly after: readonly string[] }[] = [];
    const ports = { ...world.ports({ verify }), tell: (alerts: readonly Alert[]) => void early.push(...alerts.map((alert) => ({ alert, after: [...world.calls] }))) };
    const { alerts = [] } = await rollback(policyOf(WATCHED), ports, { runUrl: "https://github.example/runs/1", runAttempt: 1 });
    return { early, alerts: alerts.map(({ key, state }) => [key.replace(/:[0-9a-f]{8}$/, ""), state]) };
  }

  test("it tells of its incident as soon as that is open, and a run that comes later does not tell it again", async () => {
    const world = new World();
    const { early, alerts } = await run(world);
    expect(early.map(({ alert }) => [alert.title, alert.links[0]?.url, alert.occasions])).toEqual([["Production rollback: Health failed", "https://github.example/issues/100", [SHA]]]);
    expect(early[0]?.after).toContain("issue");
    expect(early[0]?.after).not.toContain("comment");
    expect(alerts[0]).toEqual(["deployment:production", "firing"]);
    const again = await run(world);
    expect([again.early, again.alerts.map(([, state]) => state)]).toEqual([[], ["resolved", "resolved", "resolved"]]);
  });

  test("what cannot be taken back is told by its report alone", async () => {
    const world = new World();
    world.land(HEAD);
    world.revertAnswer = { kind: "conflict", files: ["docs/FAQ.md"] };
    const { early, alerts } = await run(world);
    expect([early, alerts]).toEqual([[], [[PERSON, "firing"]]]);
  });
});
