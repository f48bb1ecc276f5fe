import { describe, expect, test } from "@jest/globals";
import type { Report } from "../../../src/kit/report.ts";
import { rollback } from "../../../src/stages/rollback/index.ts";
import { BASE, HEAD, SHA, policyOf, withEntry } from "./facts.ts";
import { BRANCH, World } from "./world.ts";

const context = { runUrl: "https://github.example/runs/1", runAttempt: 1 };
const run = (world: World, given: Record<string, string> = {}, options: Parameters<World["ports"]>[0] = {}): Promise<Report> => rollback(policyOf(given), world.ports(options), context);

/** A run whose runner dies right after its n-th call took effect: nothing of it runs on. */
const killedRun = (world: World, killAfter: number) => new Promise<void>((resolve, reject) => void run(world, { "smoke-command": "true" }, { killAfter, onKill: resolve }).then(() => reject(new Error("it ended before it was killed")), reject));

describe("the newest commit", () => {
  test("is taken back in seven requests, merge and issue included, and verified", async () => {
    const world = new World();
    const report = await run(world, { "detected-at": new Date(world.clock.now() - 10_000).toISOString() });
    expect(world.calls.filter((call) => !call.startsWith("verify"))).toEqual(["read", "commit", "open", "label", "merge", "issue", `delete ${BRANCH}`, "tell"]);
    expect(report.failed).toBeUndefined();
    expect(report.outputs).toMatchObject({ status: "rolled-back", phase: "rolled_back", verdict: "healthy", "rollback-sha": world.head, "deployed-sha": world.head, "trb-ms": "15000", reasons: "[]" });
    expect(report.outputs).toMatchObject({ "pr-number": "2", "issue-number": "100" });
    expect(world.labels.get(2)).toEqual(["P0", "auto-rollback", "hotfix"]);
    expect(world.issues).toMatchObject([{ title: "Production Rollback: Health failed", labels: ["P0", "incident", "auto-rollback"], open: false }]);
    expect(world.messages[0]).toMatch(new RegExp(`^Rollback: Health failed\\n\\nThis reverts commit ${SHA}[\\s\\S]*Rolls-Back: ${SHA}\\nTrace-Id: [0-9a-f-]{36}\\n$`));
    expect(world.comments).toEqual([expect.stringContaining("healthy since")]);
  });

  test("without a deployment ends at the merge and says so: seven requests in all", async () => {
    const world = new World();
    const report = await run(world, {}, { verify: false });
    expect(world.calls).toHaveLength(7);
    expect(report.outputs).toMatchObject({ status: "rolled-back", verdict: "", "trb-ms": "", "api-requests": "7" });
    expect(report.summary).toContain("no deployment is configured");
    expect(world.issues[0]?.body).toContain("nobody looked");
  });

  test("after a smoke check on the reverted tree", async () => {
    const world = new World();
    await run(world, { "smoke-command": "true" });
    expect(world.calls.indexOf("smoke")).toBeGreaterThan(world.calls.indexOf("open"));
    expect(world.calls.indexOf("smoke")).toBeLessThan(world.calls.indexOf("merge"));
  });
});

describe("a commit with others after it", () => {
  test("is reverted by git", async () => {
    const world = new World();
    world.land(HEAD);
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "rolled-back", verdict: "healthy" });
    expect(world.calls.slice(0, 4)).toEqual(["read", "git revert", "open", "label"]);
  });

  test("that others build on is a conflict: nothing is changed, people are called", async () => {
    const world = new World();
    world.land(HEAD);
    world.revertAnswer = { kind: "conflict", files: ["docs/FAQ.md"] };
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "conflict", phase: "blocked", "issue-number": "100", "pr-number": "" });
    expect(report.failed).toContain("docs/FAQ.md");
    expect(world.pulls).toEqual([]);
    expect(world.issues[0]?.body).toContain("revert --continue");
    // Once more changes nothing: the issue is there.
    expect((await run(world)).outputs).toMatchObject({ status: "conflict", "issue-number": "100" });
    expect(world.issues).toHaveLength(1);
  });

  test("that a person took back already only has to be deployed and verified", async () => {
    const world = new World();
    world.land(HEAD);
    world.revertAnswer = { kind: "empty" };
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "already-rolled-back", "rollback-sha": "", "deployed-sha": HEAD, "issue-number": "" });
    expect(world.verified).toEqual([HEAD]);
    expect(world.issues).toEqual([]);
  });
});

describe("a run that is killed after any of its calls and started again finishes and does nothing twice", () => {
  const settled = async (world: World) => {
    const report = await run(world, { "smoke-command": "true" });
    expect(report.failed).toBeUndefined();
    expect(["rolled-back", "already-rolled-back"]).toContain(report.outputs["status"]);
    expect(world.pulls.map(({ state }) => state)).toEqual(["merged"]);
    expect(world.issues).toMatchObject([{ open: false }]);
    expect(world.hotfix).toBeNull();
    expect(world.calls.filter((call) => call === "merge")).toHaveLength(1);
    expect(world.verified.at(-1)).toBe(world.head);
    expect(world.comments).toEqual([expect.stringContaining("healthy since")]);
    // And a third one finds nothing left to do but to look.
    const before = world.calls.length;
    expect((await run(world)).outputs).toMatchObject({ status: "already-rolled-back", verdict: "healthy" });
    expect(world.calls.slice(before).filter((call) => !/^(read|verify)/.test(call))).toEqual([]);
  };

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("newest commit, killed after call %i", async (killAfter) => {
    const world = new World();
    await killedRun(world, killAfter);
    await settled(world);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("older commit, killed after call %i", async (killAfter) => {
    const world = new World();
    world.land(HEAD);
    await killedRun(world, killAfter);
    await settled(world);
  });
});

describe("what stands in the way", () => {
  test("a failing smoke check: no merge, people are called, and the next run tries again", async () => {
    const world = new World();
    world.smoke = { exitCode: 3, output: "Error: still broken\n```" };
    const report = await run(world, { "smoke-command": "npm test" });
    expect(report.outputs).toMatchObject({ status: "refused", phase: "blocked", "pr-number": "2", "issue-number": "100" });
    expect(report.failed).toContain("exit status 3");
    expect(world.calls).not.toContain("merge");
    expect(world.issues[0]?.body).toContain("Error: still broken");
    world.smoke = { exitCode: 0, output: "" };
    expect((await run(world, { "smoke-command": "npm test" })).outputs).toMatchObject({ status: "rolled-back", "pr-number": "2", "issue-number": "100" });
  });

  test("a branch that moves in the same moment is tried again", async () => {
    const world = new World();
    world.mergeAnswers = [{ kind: "base-moved" }, { kind: "base-moved" }];
    expect((await run(world)).outputs["status"]).toBe("rolled-back");
    expect(world.clock.pauses).toHaveLength(2);
  });

  test("required checks are waited for, within the limit", async () => {
    const world = new World();
    world.mergeAnswers = Array(4).fill({ kind: "not-mergeable", reason: "Required status check \"e2e\" is expected." });
    expect((await run(world)).outputs["status"]).toBe("rolled-back");
    const stuck = new World();
    stuck.mergeAnswers = Array(500).fill({ kind: "not-mergeable", reason: "At least 1 approving review is required." });
    const report = await run(stuck, { "wait-seconds": "60" });
    expect(report.outputs).toMatchObject({ status: "refused", phase: "blocked", "issue-number": "100" });
    expect(report.failed).toContain("approving review");
    expect(stuck.calls.filter((call) => call === "merge").length).toBeLessThan(25);
  });

  test("a forbidden merge method is not waited for", async () => {
    const world = new World();
    world.mergeAnswers = Array(9).fill({ kind: "not-mergeable", reason: "Squash merges are not allowed on this repository." });
    expect((await run(world)).outputs["status"]).toBe("refused");
    expect(world.calls.filter((call) => call === "merge")).toHaveLength(1);
  });

  test("a change that conflicts after the plan: the files are named", async () => {
    const world = new World();
    world.mergeAnswers = [{ kind: "not-mergeable", reason: "Merge conflict" }];
    world.conflicting = true;
    world.revertAnswer = { kind: "conflict", files: ["a.md"] };
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "conflict", "pr-number": "2" });
    expect(world.calls).toContain("git revert, no push");
  });

  test("an entry that was merged next to it meanwhile is kept: the hotfix is joined with it, checked again and merged", async () => {
    const world = new World();
    const before = "# FAQ\n\n## Old?\n\nYes.\n";
    const bad = withEntry(before, "What is bad?");
    world.mergeAnswers = [{ kind: "not-mergeable", reason: "Merge conflict" }];
    world.conflicting = true;
    world.changed = ["docs/FAQ.md"];
    world.files.set(`${BASE}:docs/FAQ.md`, before).set(`${SHA}:docs/FAQ.md`, bad);
    // What was merged after the plan.
    world.before = (call) => {
      if (call !== "merge" || world.head !== SHA) return;
      world.land("4".repeat(40));
      world.files.set(`${world.head}:docs/FAQ.md`, withEntry(bad, "What is good?"));
    };
    const report = await run(world, { "smoke-command": "true" });
    expect([report.outputs["status"], report.failed]).toEqual(["rolled-back", undefined]);
    expect(world.joined).toEqual([{ path: "docs/FAQ.md", text: withEntry(before, "What is good?") }]);
    expect(world.calls.filter((call) => call === "smoke")).toHaveLength(2);
    expect(world.pulls).toMatchObject([{ state: "merged" }]);
  });

  test("somebody's push to the hotfix branch hands it over", async () => {
    const world = new World();
    world.before = (call) => {
      const [pull] = world.pulls;
      if (call !== "merge" || !pull) return;
      world.pulls[0] = { ...pull, headSha: HEAD, commits: [...pull.commits, { ...pull.commits[0]!, sha: HEAD, message: "mine", author: "ada" }] };
    };
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "refused", phase: "handed_over" });
    expect(report.failed).toContain("ada committed");
  });

  test("a repository that never stands still ends with an error to try again", async () => {
    const world = new World();
    world.mergeAnswers = Array(9).fill({ kind: "head-moved" });
    await expect(run(world)).rejects.toMatchObject({ blame: "service", message: expect.stringContaining("kept moving") });
    expect(world.pulls).toHaveLength(1);
  });

  test("workflow files and a workflow's own token: people are called with the commands", async () => {
    const world = new World();
    world.touchesWorkflows = true;
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "refused", "issue-number": "100" });
    expect(world.issues[0]?.body).toContain(`git revert --no-edit ${SHA}`);
    expect(world.pulls).toEqual([]);
  });
});

describe("what follows the merge", () => {
  test.each(["unhealthy", "inconclusive"] as const)("%s: people are told, once, and it ends there", async (verdict) => {
    const world = new World();
    world.verdict = { verdict, reasons: ["probe-failed: 503 @everyone"] };
    const report = await run(world, { owners: "octo" });
    expect(report.outputs).toMatchObject({ status: "unhealthy", phase: "rolled_back", verdict, "trb-ms": "" });
    expect(report.failed).toBeDefined();
    expect(world.comments).toHaveLength(1);
    expect(world.comments[0]).toContain("@octo");
    expect(world.comments[0]).not.toContain("@everyone");
    expect(world.verified).toHaveLength(1);
  });

  test("a hotfix that cannot be labelled is merged all the same", async () => {
    const world = new World();
    const ports = world.ports();
    ports.repo.addLabels = () => Promise.reject(new Error("no labels today"));
    expect((await rollback(policyOf(), ports, context)).outputs["status"]).toBe("rolled-back");
  });

  test("a deployment that cannot be started fails the job, and those who were called are told, once", async () => {
    const world = new World();
    const ports = { ...world.ports(), verify: () => Promise.reject(new Error("actions: write is missing")) };
    await expect(rollback(policyOf(), ports, context)).rejects.toThrow("actions: write");
    expect(world.issues).toMatchObject([{ open: true, body: expect.stringContaining("state: inconclusive") }]);
    expect(world.comments).toEqual([expect.stringContaining("actions: write is missing")]);
    await expect(rollback(policyOf(), ports, context)).rejects.toThrow("actions: write");
    expect(world.comments).toHaveLength(1);
    // And when it can be, production is healthy.
    expect((await run(world)).outputs).toMatchObject({ status: "already-rolled-back", verdict: "healthy" });
    expect(world.issues).toMatchObject([{ open: false }]);
  });

  test("an incident that was closed is opened again by what happens now, not by a run that only looks", async () => {
    const world = new World();
    world.smoke = { exitCode: 1, output: "red" };
    await run(world, { "smoke-command": "true" });
    world.issues = world.issues.map((issue) => ({ ...issue, open: false }));
    world.smoke = { exitCode: 0, output: "" };
    expect((await run(world, { "smoke-command": "true" })).outputs).toMatchObject({ status: "rolled-back" });
    expect([world.calls.filter((call) => call === "update").length, world.issues[0]?.open, world.comments.length]).toEqual([1, false, 1]);
    await run(world);
    expect([world.calls.filter((call) => call === "update").length, world.issues[0]?.open, world.comments.length]).toEqual([1, false, 1]);
  });

  test("an issue that cannot be opened fails the job, after production was brought back", async () => {
    const world = new World();
    const ports = world.ports();
    ports.repo.openIncident = () => Promise.reject(new Error("issues are switched off"));
    await expect(rollback(policyOf(), ports, context)).rejects.toThrow("issues are switched off");
    expect(world.verified).toHaveLength(1);
    expect(world.hotfix).toBeNull();
  });
});

test("two runs at the same time: one hotfix, one incident, and people are told once", async () => {
  const world = new World();
  // A pause in which the other run gets on.
  const clock = { now: () => world.clock.now(), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const reports = await Promise.all([1, 2].map(() => rollback(policyOf({}), world.ports({ clock }), context)));
  expect(reports.map(({ outputs }) => [outputs.phase, outputs.verdict, outputs["issue-number"]])).toEqual([["rolled_back", "healthy", "100"], ["rolled_back", "healthy", "100"]]);
  expect([world.pulls.length, world.issues.length, world.comments.length]).toEqual([1, 1, 1]);
});

test("whoever goes on with a hotfix that had called people before tells them how it ended", async () => {
  const world = new World();
  world.smoke = { exitCode: 1, output: "still red" };
  await run(world, { "smoke-command": "true" });
  world.smoke = { exitCode: 0, output: "fine" };
  await run(world, { "smoke-command": "true" });
  expect([world.issues.length, world.comments.length]).toEqual([1, 1]);
});

test("a dry run lists what it would do and writes nothing", async () => {
  const world = new World();
  const report = await run(world, { "dry-run": "true", "smoke-command": "npm test", "health-urls": "https://example.org/healthz" });
  expect(report.outputs["status"]).toBe("dry-run");
  expect(world.calls).toEqual(["read"]);
  for (const part of ["reverts a1b2c3d with the tree of its parent", "create the branch", "open the pull request", "run the smoke command", "merge it by squash", "Production Rollback", "delete the branch", "judge its health"]) expect(report.summary).toContain(part);
});

test("bad input is one error that names every problem", () => {
  expect(() => policyOf({ "commit-sha": "main", reason: "", "detected-at": "yesterday", owners: "not a login", "branch-prefix": "../x" })).toThrow(
    expect.objectContaining({ blame: "configuration", problems: ["commit-sha", "reason", "detected-at", "owners", "branch-prefix"].map((where) => expect.objectContaining({ where })) }),
  );
});

describe("the record of a rollback", () => {
  const TRACE = "0f8fad5b-d9cb-469f-a165-70867728950e";

  test("makes the task an error, with the commit, the deployment and who was called", async () => {
    const { record } = await run(new World(), { "trace-id": TRACE });
    expect(record).toMatchObject({ traceId: TRACE, task: { phase: "rolled_back", status: "error", errorType: "rolled_back", errorMsg: "Health failed" } });
    expect(record?.events.map(({ kind }) => kind)).toEqual(["commit", "deployment", "alert"]);
    expect(record?.events[0]).toMatchObject({ data: { sha: expect.stringMatching(/^e/), reverted_sha: SHA } });
  });

  test("of a commit that is nobody's task there is none, nor of a dry run", async () => {
    expect((await run(new World())).record).toBeUndefined();
    expect((await run(new World(), { "trace-id": TRACE, "dry-run": "true" })).record).toBeUndefined();
  });
});
