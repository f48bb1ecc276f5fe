import { describe, expect, test } from "@jest/globals";
import type { DeploymentFacts, RunFacts } from "../../../src/github/port.ts";
import { type Look, type Origin, type VersionSeen, adopt, decideArrival } from "../../../src/stages/post-deploy-health/arrival.ts";

const SHA = "a1b2c3d4".repeat(5);
const OTHER = "0f1e2d3c".repeat(5);

function run(status: RunFacts["status"], conclusion: string | null = null, more: Partial<RunFacts> = {}): RunFacts {
  return { id: 7, url: "https://github.example/runs/7", headSha: SHA, title: "Deploy", status, conclusion, createdAt: 1_000, ...more };
}

const shown: VersionSeen = { sha: SHA, contains: true, reason: "" };
const later: VersionSeen = { sha: OTHER, contains: true, reason: "" };
const other: VersionSeen = { sha: OTHER, contains: false, reason: "" };
const unread: VersionSeen = { sha: null, contains: false, reason: "connection refused" };

function look(version: VersionSeen, one: RunFacts | null, origin: Origin = "dispatched", more: Partial<Look> = {}): Look {
  return { sha: SHA, version, run: one && { facts: one, origin }, hasWorkflow: true, dispatched: one !== null && origin === "dispatched", darkMs: 0, wasLit: false, hasEnvironment: false, deployment: null, delayLeftMs: 0, ...more };
}

const decided = (of: Look) => {
  const { kind, reasons } = decideArrival(of, 60_000);
  return [kind, ...reasons.map(({ code }) => code)].join(" ");
};

describe("what is served counts most", () => {
  test.each<[string, Look, string]>([
    ["the commit, with no run known", look(shown, null), "arrived"],
    ["a descendant", look(later, null), "arrived later-version"],
    ["the commit, though its run failed afterwards", look(shown, run("completed", "failure")), "arrived"],
    ["a descendant, though the run was cancelled for it", look(later, run("completed", "cancelled")), "arrived later-version"],
  ])("%s", (_, of, expected) => expect(decided(of)).toBe(expected));

  test("the deployed commit is the one that is served", () => {
    expect(decideArrival(look(later, null), 60_000)).toMatchObject({ sha: OTHER, how: "version" });
  });
});

test.each<[string, Look, string]>([
  ["nothing known of it is dispatched", look(other, null), "dispatch"],
  ["nor is it dispatched twice", look(other, null, "dispatched", { dispatched: true }), "wait run-unknown version-other"],
  ["a running one is waited for", look(other, run("in_progress")), "wait run-pending version-other"],
  ["one that succeeded is waited for until it shows", look(unread, run("completed", "success")), "wait run-succeeded version-unread"],
  ["without a version its success is the arrival", look(null, run("completed", "success")), "arrived"],
  ["one that failed is a verdict of its own", look(other, run("completed", "failure")), "failed deploy-failed"],
  ["one that was stopped at its time limit is none, and the version may tell", look(other, run("completed", "timed_out")), "wait run-cancelled version-other"],
  ["nor does it say anything where no version tells", look(null, run("completed", "timed_out")), "lost deploy-cancelled"],
  ["nor does one that could not start", look(other, run("completed", "startup_failure")), "lost deploy-not-started"],
  ["one that was stopped half-way, and took the version away, is probed", look(unread, run("completed", "timed_out"), "dispatched", { darkMs: 60_000, wasLit: true }), "dark version-unread"],
  ["but not where none could be read before", look(unread, run("completed", "timed_out"), "dispatched", { darkMs: 60_000 }), "wait run-cancelled version-unread"],
  ["a cancelled one may have been superseded", look(other, run("completed", "cancelled")), "wait run-cancelled version-other"],
  ["a cancelled one without a version is lost", look(null, run("completed", "cancelled")), "lost deploy-cancelled"],
  ["somebody else's run is waited for", look(other, run("in_progress"), "assumed"), "wait run-pending version-other"],
  ["and when it did not bring the commit, it is dispatched", look(other, run("completed", "success"), "assumed"), "dispatch run-was-anothers"],
  ["somebody else's failure is not ours", look(null, run("completed", "failure"), "assumed"), "dispatch run-was-anothers"],
  ["a platform is waited for", look(other, null, "dispatched", { hasWorkflow: false }), "wait awaiting-platform version-other"],
  ["one whose version went dark is given time", look(unread, run("completed", "success"), "dispatched", { darkMs: 59_999 }), "wait run-succeeded version-unread"],
  ["and is probed when that is up", look(unread, run("completed", "success"), "dispatched", { darkMs: 60_000 }), "dark version-unread"],
  ["not before its run has ended", look(unread, run("in_progress"), "dispatched", { darkMs: 60_000 }), "wait run-pending version-unread"],
  ["nor when an older version is served", look(other, run("completed", "success"), "dispatched", { darkMs: 0 }), "wait run-succeeded version-other"],
  ["a platform's too, when a version could be read before", look(unread, null, "dispatched", { hasWorkflow: false, darkMs: 60_000, wasLit: true }), "dark version-unread"],
  ["an address that never told a version may be the wrong one", look(unread, null, "dispatched", { hasWorkflow: false, darkMs: 60_000 }), "wait awaiting-platform version-unread"],
  ["nothing to ask is said", look(null, null, "dispatched", { hasWorkflow: false }), "arrived commit-unknown"],
])("%s", (_, of, expected) => expect(decided(of)).toBe(expected));

test("a run that waits for an approval says so", () => {
  expect(decideArrival(look(other, run("action_required")), 60_000).reasons[0]?.message).toMatch(/waits for someone's approval/);
});

describe("deployments to an environment", () => {
  const deployed = (state: DeploymentFacts["state"], more: Partial<DeploymentFacts> = {}): DeploymentFacts => ({ id: 3, sha: SHA, environment: "production-web", state, url: "https://log.example/3", createdAt: 1_000, ...more });
  const platform = (version: VersionSeen, deployment: DeploymentFacts | null) => look(version, null, "dispatched", { hasWorkflow: false, hasEnvironment: true, deployment });
  const own = (one: RunFacts | null, deployment: DeploymentFacts | null, version: VersionSeen = null) => look(version, one, "dispatched", { hasEnvironment: true, deployment });
  test.each<[string, Look, string]>([
    ["of a platform are waited for", platform(null, null), "wait awaiting-platform"],
    ["while they are made", platform(null, deployed("pending")), "wait deployment-pending"],
    ["have arrived when they succeeded", platform(null, deployed("success")), "arrived"],
    ["of what contains the commit too", platform(null, deployed("success", { sha: OTHER })), "arrived later-version"],
    ["but where a version tells, that has to show", platform(other, deployed("success")), "wait deployment-succeeded version-other"],
    ["and what is served counts most", platform(shown, deployed("failure")), "arrived"],
    ["that failed are a verdict of their own", platform(other, deployed("failure")), "failed deploy-failed"],
    ["of what contains the commit fail for themselves", platform(null, deployed("failure", { sha: OTHER })), "wait deployment-of-another"],
    ["and do not keep it from being started", own(run("completed", "success"), deployed("failure", { sha: OTHER })), "wait run-succeeded"],
    ["that another replaced are waited for", platform(null, deployed("inactive")), "wait deployment-replaced"],
    ["gone dark are given time", platform(unread, deployed("success")), "wait deployment-succeeded version-unread"],
    ["that are under way are not started twice", own(null, deployed("pending")), "wait deployment-pending"],
    ["that failed before are started anew", own(null, deployed("failure")), "dispatch"],
    ["that were replaced too", own(null, deployed("inactive")), "dispatch"],
    ["that are none yet too", own(null, null), "dispatch"],
    ["of the run that fail are told by the run, which knows why", own(run("in_progress"), deployed("failure")), "wait run-pending"],
    ["of a run that failed are failures", own(run("completed", "failure"), deployed("failure")), "failed deploy-failed"],
    ["of a run that was stopped are none", own(run("completed", "timed_out"), deployed("failure")), "wait run-cancelled"],
    ["of the run arrive before the run ends", own(run("in_progress"), deployed("success")), "arrived"],
    ["are waited for after the run, which may have deployed something else", own(run("completed", "success"), null), "wait run-succeeded"],
    ["are none when the run failed", own(run("completed", "failure"), null), "failed deploy-failed"],
    ["may come of a run that replaced ours", own(run("completed", "cancelled"), null), "wait run-cancelled"],
  ])("%s", (_, of, expected) => expect(decided(of)).toBe(expected));

  test("gone dark are probed when their time is up", () => {
    expect(decided({ ...platform(unread, deployed("success")), darkMs: 60_000 })).toBe("dark version-unread");
  });
});

test("where nothing tells, a delay is waited out", () => {
  const nothing = { hasWorkflow: false, delayLeftMs: 4_200 };
  expect(decideArrival(look(null, null, "dispatched", nothing), 60_000)).toMatchObject({ kind: "wait", retryAfterMs: 4_200 });
  expect(decided(look(null, null, "dispatched", { ...nothing, delayLeftMs: 0 }))).toBe("arrived commit-unknown");
});

describe("which run is adopted", () => {
  const wanted = { sha: SHA, takesInput: true, now: 100_000, containing: new Set([SHA]) };
  test.each<[string, RunFacts[], string]>([
    ["none", [], "-"],
    ["one whose title names the commit", [run("queued", null, { title: `Deploy ${SHA}` })], "7 named"],
    ["one whose title names it in short", [run("completed", "success", { title: `Deploy ${SHA.slice(0, 7)}` })], "7 named"],
    ["none whose title names another", [run("in_progress", null, { title: `Deploy ${OTHER}` })], "-"],
    ["one that does not say, while it is going", [run("in_progress")], "7 assumed"],
    ["none that does not say and has ended", [run("completed", "success")], "-"],
    ["none that began before the commit", [run("in_progress", null, { headSha: OTHER })], "-"],
    ["none that failed before: it is deployed again", [run("completed", "failure", { title: `Deploy ${SHA}` })], "-"],
    ["none that succeeded long ago", [run("completed", "success", { title: `Deploy ${SHA}`, createdAt: -600_000 })], "-"],
    ["rather the named than the newest", [run("queued", null, { id: 9 }), run("queued", null, { title: SHA })], "7 named"],
  ])("%s", (_, runs, expected) => {
    const found = adopt(runs, wanted);
    expect(found ? `${found.facts.id} ${found.origin}` : "-").toBe(expected);
  });

  test("without an input a run deploys the commit it stands at", () => {
    expect(adopt([run("completed", "success")], { ...wanted, takesInput: false })).toMatchObject({ origin: "named" });
  });
});
