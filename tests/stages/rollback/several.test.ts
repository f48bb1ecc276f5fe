import { describe, expect, test } from "@jest/globals";
import type { Report } from "../../../src/kit/report.ts";
import { rollback } from "../../../src/stages/rollback/index.ts";
import { BASE, HEAD, SHA, TRACE, policyOf } from "./facts.ts";
import { World } from "./world.ts";

const context = { runUrl: "https://github.example/runs/1", runAttempt: 1 };
const NEWER = TRACE.replace("1111", "2222");
const TASK = `Update FAQ - When?\n\nTrace-Id: ${TRACE}`;

/** One clock for all runs: while one sleeps the others get on. */
function shared(world: World) {
  return { now: () => world.clock.now(), sleep: async (ms: number) => { await new Promise((resolve) => setImmediate(resolve)); await world.clock.sleep(ms); } };
}

const auto = (world: World, sha: string, given: Record<string, string> = {}): Promise<Report> =>
  rollback(policyOf({ "commit-sha": sha, "detected-at": new Date(world.clock.now() - 5_000).toISOString(), ...given }), world.ports({ clock: shared(world) }), context);

/** SHA, and HEAD on top of it, are served together. */
function together(sick: readonly string[], message = TASK): World {
  const world = new World();
  world.land(HEAD, { message });
  for (const one of sick) world.sick.add(one);
  world.version = { sha: HEAD };
  return world;
}

const incidents = (world: World) => world.issues.map(({ title, body, open }) => [/^rolls-back: (.{7})/m.exec(body)?.[1], /^state: (\w+)/m.exec(body)?.[1], open, title.length > 0]);

describe("two changes that were served together, both found unhealthy", () => {
  test("when the newer one is sick only that is taken back, and the older one stays", async () => {
    const world = together([HEAD]);
    const [older, newer] = await Promise.all([auto(world, SHA), auto(world, HEAD)]);
    expect(newer.outputs).toMatchObject({ status: "rolled-back", verdict: "healthy" });
    expect(older.outputs).toMatchObject({ status: "not-needed", phase: "verified", verdict: "healthy", "pr-number": "", "issue-number": "" });
    expect(older.failed).toBeUndefined();
    expect(world.contents(world.head)).toContain(SHA);
    expect(world.pulls.map(({ state }) => state)).toEqual(["merged"]);
    expect(incidents(world)).toEqual([["0f1e2d3", "healthy", false, true]]);
  });

  test("when the older one is sick the newer one is taken back first, then it; nobody has to look any more", async () => {
    const world = together([SHA]);
    const [older, newer] = await Promise.all([auto(world, SHA), auto(world, HEAD)]);
    expect(newer.outputs).toMatchObject({ status: "unhealthy", verdict: "unhealthy" });
    expect(older.outputs).toMatchObject({ status: "rolled-back", verdict: "healthy" });
    expect(incidents(world)).toEqual([["a1b2c3d", "healthy", false, true], ["0f1e2d3", "settled", false, true]]);
    expect(world.comments.filter((comment) => comment.includes("still unhealthy"))).toHaveLength(1);
  });

  test("when both are sick both are taken back, one after the other", async () => {
    const world = together([SHA, HEAD]);
    await Promise.all([auto(world, SHA), auto(world, HEAD)]);
    expect(world.contents(world.head)).toEqual(expect.not.arrayContaining([SHA, HEAD]));
    expect(world.issues.map(({ open }) => open)).toEqual([false, false]);
  });

  test("when nobody takes the newer one back the older one goes before a decision is late", async () => {
    const world = together([SHA]);
    const report = await auto(world, SHA);
    expect(report.outputs).toMatchObject({ status: "rolled-back", verdict: "healthy" });
    expect(world.contents(world.head)).toContain(HEAD);
    expect(world.clock.pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(30_000);
    expect(world.issues[0]?.body).toContain(`Might be to blame as well, and stays: ${HEAD}`);
  });

  test("a newer one that nobody judged, because production was sick before it, goes too when it is sick without the older one, where `cascade` says so", async () => {
    const world = together([SHA, HEAD], TASK.replace(TRACE, NEWER));
    const report = await auto(world, SHA, { "trace-id": TRACE, cascade: "true" });
    expect(report.outputs).toMatchObject({ status: "rolled-back", verdict: "healthy", phase: "rolled_back" });
    expect(report.summary).toContain("0f1e2d3");
    expect(world.contents(world.head)).toEqual(expect.not.arrayContaining([SHA, HEAD]));
    expect(world.pulls.map(({ state }) => state)).toEqual(["merged", "merged"]);
    expect(world.issues.map(({ open }) => open)).toEqual([false, false]);
    expect(report.record?.events.map(({ text }) => text)).toEqual(expect.arrayContaining([expect.stringContaining("was taken back too")]));
    // Its own task is no success any more.
    expect(report.alsoRecorded).toMatchObject([{ traceId: NEWER, task: { phase: "rolled_back", status: "error", errorType: "rolled_back" }, events: [{ kind: "commit", data: { reverted_sha: HEAD, sha: world.head } }] }]);
    expect(world.comments.filter((comment) => comment.includes("taken back next (`cascade`)"))).toHaveLength(1);
    expect(world.comments.join("\n")).not.toContain("No further rollback is tried");
  });

  test("otherwise people are called, once, and that is where it ends", async () => {
    const world = together([SHA, HEAD]);
    const report = await auto(world, SHA, { "trace-id": TRACE });
    expect(report.outputs).toMatchObject({ status: "unhealthy", verdict: "unhealthy" });
    expect([world.pulls.length, world.contents(world.head).includes(HEAD), report.alsoRecorded]).toEqual([1, true, []]);
    expect(world.comments.filter((comment) => comment.includes("No further rollback is tried"))).toHaveLength(1);
  });

  test("and nothing goes further when a person asked, or when no task came on top", async () => {
    const byHand = together([SHA, HEAD]);
    expect((await rollback(policyOf({ "commit-sha": SHA, cascade: "true" }), byHand.ports({ clock: shared(byHand) }), context)).outputs).toMatchObject({ status: "unhealthy", verdict: "unhealthy" });
    expect(byHand.pulls).toHaveLength(1);
    const noTask = together([SHA, HEAD], "Somebody's own change");
    expect((await auto(noTask, SHA, { cascade: "true" })).outputs).toMatchObject({ status: "unhealthy" });
    expect(noTask.pulls).toHaveLength(1);
  });

  test("all at once, where policy says so: production is at the last known good state, and both know", async () => {
    const world = together([SHA]);
    world.deployments = [{ sha: BASE, state: "deployed", at: 0 }];
    world.line = world.line.map((commit) => (commit.sha === SHA ? { ...commit, message: TASK.replace(TRACE, NEWER) } : commit));
    const [older, newer] = await Promise.all([auto(world, SHA, { suspects: "all" }), auto(world, HEAD, { suspects: "all" })]);
    expect([older.outputs["status"], newer.outputs["status"]].toSorted()).toEqual(["already-rolled-back", "rolled-back"]);
    expect(world.contents(world.head)).toEqual(expect.not.arrayContaining([SHA, HEAD]));
    expect(world.pulls.map(({ state }) => state).filter((state) => state !== "closed")).toEqual(["merged"]);
    expect([...world.branches.keys()]).toEqual([]);
    expect([older, newer].flatMap(({ alsoRecorded = [] }) => alsoRecorded)).toMatchObject([{ traceId: expect.stringMatching(/^\d{8}-/), task: { phase: "rolled_back" } }]);
    expect(world.messages.find((message) => message.includes("Too"))).toMatch(/Rolls-Back: .+\nRolls-Back-Too: /);
    expect(world.issues).toHaveLength(1);
    expect(world.issues[0]?.body).toMatch(/- And with it: /);
  });
});

describe("two hotfixes that are opened in the same moment", () => {
  /** HEAD's is there just before SHA's. */
  function opened(world: World): void {
    world.before = (call) => {
      if (call !== "open" || world.pulls.length > 0) return;
      world.branches.set("hotfix/rollback-0f1e2d3", { sha: "7".repeat(40), message: `Rollback: x\n\nRolls-Back: ${HEAD}` });
      world.pulls.unshift({ number: 2, url: "https://github.example/pull/2", title: "Rollback: x", body: `rolls-back: ${HEAD}`, state: "open", author: "github-actions[bot]", headSha: "7".repeat(40), mergeSha: null, createdAt: world.clock.now(), mergedAt: null, commits: [], commitCount: 0, branch: "hotfix/rollback-0f1e2d3" });
      world.pulls.length = 1;
    };
  }

  test("the one with the lower number goes first; the other is withdrawn when it turns out not to be needed", async () => {
    const world = together([HEAD], "Change the colours");
    opened(world);
    const merged = new Promise<void>((resolve) => {
      const { before } = world;
      world.before = (call) => {
        before(call);
        // The other one merges while this one waits.
        if (call === "read" && world.pulls.length === 2 && world.branches.has("hotfix/rollback-0f1e2d3")) {
          world.branches.delete("hotfix/rollback-0f1e2d3");
          world.pulls[1] = { ...world.pulls[1]!, state: "merged" };
          world.land("6".repeat(40), { message: `Rollback: x (#2)\n\nRolls-Back: ${HEAD}` });
          resolve();
        }
      };
    });
    const report = await auto(world, SHA);
    await merged;
    expect(report.outputs).toMatchObject({ status: "not-needed", verdict: "healthy" });
    expect(world.pulls[0]).toMatchObject({ state: "closed", title: expect.stringMatching(/^Withdrawn: Rollback: /) });
    expect([world.hotfix, world.issues, world.calls.includes("merge")]).toEqual([null, [], false]);
  });

  test("one that died holds nobody up for ever, and one that cannot be waited for is told", async () => {
    const world = together([SHA], "Change the colours");
    opened(world);
    const report = await auto(world, SHA, { "wait-seconds": "1200" });
    expect(report.outputs).toMatchObject({ status: "rolled-back" });
    const impatient = together([SHA], "Change the colours");
    opened(impatient);
    const late = await auto(impatient, SHA, { "wait-seconds": "30" });
    expect(late.outputs).toMatchObject({ status: "refused", phase: "blocked" });
    expect(late.failed).toContain("another-under-way: 0f1e2d3 is being taken back: https://github.example/pull/2");
    expect(impatient.calls).not.toContain("merge");
    // Nobody may be looking: people are called, as for anything else that keeps a verdict from being followed.
    expect(late.alerts).toMatchObject([{ state: "firing", title: expect.stringMatching(/^A person is needed: /), hasIssue: true }]);
    expect(impatient.issues).toHaveLength(1);
    // Who asks for it by hand reads it.
    const asked = together([SHA], "Change the colours");
    opened(asked);
    expect([(await rollback(policyOf({ "wait-seconds": "30" }), asked.ports({ clock: shared(asked) }), context)).outputs["status"], asked.issues]).toEqual(["refused", []]);
  });
});

test("what cannot be judged again takes nothing back, and calls people", async () => {
  const world = together([], "Change the colours");
  world.land("6".repeat(40), { message: `Rollback: x (#2)\n\nRolls-Back: ${HEAD}` });
  world.verdict = { verdict: "inconclusive", reasons: ["probe-error: no route"] };
  const report = await auto(world, SHA);
  expect(report.outputs).toMatchObject({ status: "refused", phase: "blocked", "issue-number": "100" });
  expect(report.failed).toContain("no route");
  expect(world.pulls).toEqual([]);
});

describe("runs that go on where another one died", () => {
  const died = async () => {
    const world = new World();
    await new Promise<void>((resolve) => void rollback(policyOf(), world.ports({ killAfter: 5, onKill: resolve }), context));
    expect([world.pulls[0]?.state, world.issues]).toEqual(["merged", []]);
    return world;
  };

  test("two at once open one incident, and tell people once", async () => {
    const world = await died();
    const reports = await Promise.all([1, 2].map(() => rollback(policyOf(), world.ports({ clock: shared(world) }), context)));
    expect(reports.map(({ outputs }) => [outputs.status, outputs["issue-number"]])).toEqual([["already-rolled-back", "100"], ["already-rolled-back", "100"]]);
    expect(incidents(world)).toEqual([["a1b2c3d", "healthy", false, true]]);
    expect([world.comments.length, world.hotfix]).toEqual([1, null]);
  });

  test("of two incidents that are opened in the same moment the second is folded into the first", async () => {
    const world = await died();
    world.before = (call) => {
      if (call === "issue") world.issues.unshift({ id: "I_100", number: 100, url: "u", title: "Production Rollback: x", body: `trace-id: x\nrolls-back: ${SHA}\nstate: verifying\n\nx`, labels: [], open: true, createdAt: 0, updatedAt: 0 });
    };
    const report = await rollback(policyOf(), world.ports(), context);
    expect(report.outputs).toMatchObject({ status: "already-rolled-back", "issue-number": "100" });
    expect(incidents(world)).toEqual([["a1b2c3d", "duplicate", false, true], ["a1b2c3d", "healthy", false, true]]);
    expect(world.comments).toEqual([expect.stringContaining("#100 was opened for the same rollback"), expect.stringContaining("healthy since")]);
    // The duplicate is nobody's incident any more.
    expect((await rollback(policyOf(), world.ports(), context)).outputs["issue-number"]).toBe("100");
  });
});
