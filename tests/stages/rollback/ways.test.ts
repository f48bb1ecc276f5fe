// The ways that policy may choose: a fast track that answers for checks, checks that are never skipped, a person's word, a push, a pull request by its number.
import { describe, expect, test } from "@jest/globals";
import type { CheckFacts, PullFacts } from "../../../src/github/port.ts";
import type { Report } from "../../../src/kit/report.ts";
import { clearanceOf } from "../../../src/stages/rollback/clearance.ts";
import { rollback } from "../../../src/stages/rollback/index.ts";
import { checkPolicy } from "../../../src/stages/rollback/policy.ts";
import { BASE, HEAD, SHA, policyOf } from "./facts.ts";
import { BRANCH, World } from "./world.ts";

const context = { runUrl: "https://github.example/runs/1", runAttempt: 1 };
const run = (world: World, given: Record<string, string> = {}, options: Parameters<World["ports"]>[0] = {}): Promise<Report> => rollback(policyOf(given), world.ports(options), context);
const check = (name: string, state: CheckFacts["state"], more: Partial<CheckFacts> = {}): CheckFacts => ({ name, app: "github-actions", kind: "check", appId: null, externalId: "", workflow: null, order: 1, state, at: 1, url: null, ...more });

describe("inputs that contradict each other are one error", () => {
  const problems = (given: Record<string, string>) => {
    try {
      checkPolicy(policyOf(given));
      return [];
    } catch (error) {
      return (error as { problems: { where: string }[] }).problems.map(({ where }) => where);
    }
  };
  test.each<[string, Record<string, string>, string[]]>([
    ["a commit", {}, []],
    ["a pull request", { "commit-sha": "", "pr-number": "7" }, []],
    ["neither", { "commit-sha": "" }, ["commit-sha"]],
    ["both", { "pr-number": "7" }, ["commit-sha"]],
    ["a check that is skipped and never skipped", { "smoke-command": "true", "smoke-checks": "a\nb", "never-skip": "b" }, ["never-skip"]],
    ["checks with nothing to answer for them", { "smoke-checks": "a" }, ["smoke-checks"]],
    ["one by one, and all at once", { suspects: "all", cascade: "true" }, ["cascade"]],
    ["what needs a pull request, and none is made", { "merge-method": "push", "smoke-command": "true", "smoke-checks": "a", "never-skip": "b", confirmation: "pull-request" }, ["confirmation", "never-skip", "smoke-checks"]],
  ])("%s", (_, given, expected) => expect(problems(given)).toEqual(expected));
});

describe("the fast track", () => {
  test("answers for the named checks when it succeeded, before the merge", async () => {
    const world = new World();
    await run(world, { "smoke-command": "true", "smoke-checks": "instant/fast-ci\nbuild (a,b)" });
    expect(world.published).toEqual(["instant/fast-ci", "build (a,b)"].map((name) => `${name} ${world.pulls[0]?.headSha}`));
    expect(world.calls.lastIndexOf("check")).toBeLessThan(world.calls.indexOf("merge"));
  });
  test("reports nothing when it failed", async () => {
    const world = new World();
    world.smoke = { exitCode: 1, output: "" };
    await run(world, { "smoke-command": "false", "smoke-checks": "instant/fast-ci" });
    expect(world.published).toEqual([]);
  });
  test("that may not report is told with the permission", async () => {
    const world = new World();
    const ports = world.ports();
    ports.repo.publishCheck = async () => "read-only";
    const report = await rollback(policyOf({ "smoke-command": "true", "smoke-checks": "instant/fast-ci" }), ports, context);
    expect(report.failed).toContain("checks: write");
    expect(world.calls).not.toContain("merge");
  });
});

describe("what is never skipped", () => {
  const facts = (checks: readonly CheckFacts[], more: Partial<PullFacts> = {}) => ({ number: 2, url: "u", state: "open", head: { sha: "h" }, merge: null, checks, checksComplete: true, approvals: 0, changesRequestedBy: [], ...more }) as unknown as PullFacts;
  const policy = { neverSkip: ["security"], confirmation: "none", waitSeconds: 60 } as const;
  const kind = (checks: readonly CheckFacts[], more: Partial<PullFacts> = {}) => clearanceOf(facts(checks, more), "h", policy).kind;
  test.each<[string, readonly CheckFacts[], string]>([
    ["green", [check("security", "success")], "clear"],
    ["missing", [check("other", "success")], "wait"],
    ["pending", [check("security", "pending")], "wait"],
    ["red", [check("security", "failure")], "blocked"],
    ["skipped after all", [check("security", "skipped")], "blocked"],
    ["neutral", [check("security", "neutral")], "blocked"],
    ["green before, red now", [check("security", "success"), check("security", "failure", { order: 2 })], "blocked"],
    ["red before, green now", [check("security", "failure", { order: 1 }), check("security", "success", { order: 2 })], "clear"],
    ["green by one app and red by another", [check("security", "success"), check("security", "failure", { app: "other" })], "blocked"],
  ])("%s", (_, checks, expected) => expect(kind(checks)).toBe(expected));

  test("is not known to be green while not all could be read", () => {
    expect(kind([check("security", "success")], { checksComplete: false })).toBe("wait");
  });
  test("does not outlive a push, a merge or the end of the pull request", () => {
    expect(clearanceOf(facts([], { head: { sha: "x" } as PullFacts["head"] }), "h", policy).kind).toBe("again");
    expect(clearanceOf(facts([], { state: "closed" }), "h", policy).kind).toBe("again");
    expect(clearanceOf(facts([], { merge: { sha: "m", at: 0 } }), "h", policy)).toEqual({ kind: "merged", sha: "m" });
  });
  test("is waited for, and stops the rollback with its likely cause when it never comes", async () => {
    const world = new World();
    const report = await run(world, { "never-skip": "security", "wait-seconds": "30" });
    expect(report.outputs).toMatchObject({ status: "refused", "issue-number": "100" });
    expect(report.failed).toContain("needs the token of a GitHub App");
    expect(world.calls).not.toContain("merge");
    const green = new World();
    green.before = (call) => {
      if (call === "pull" && green.clock.pauses.length > 1) green.seen = { checks: [check("security", "success")] };
    };
    expect((await run(green, { "never-skip": "security" })).outputs["status"]).toBe("rolled-back");
  });
});

describe("a person's word", () => {
  const given = { confirmation: "pull-request", "wait-seconds": "120" };
  test("is asked for by the incident, and the merge waits for it", async () => {
    const world = new World();
    world.before = (call) => {
      if (call !== "pull" || world.seen.approvals === 1) return;
      expect(world.issues[0]).toMatchObject({ open: true, body: expect.stringMatching(/state: waiting[\s\S]*approve or merge https:\/\/github.example\/pull\/2/) });
      world.seen = { approvals: 1 };
    };
    const report = await run(world, given);
    expect(report.outputs).toMatchObject({ status: "rolled-back", "issue-number": "100" });
    expect(world.issues).toMatchObject([{ open: false, body: expect.stringContaining("state: healthy") }]);
  });
  test("may be the merge itself", async () => {
    const world = new World();
    world.before = (call) => {
      if (call !== "pull" || world.pulls[0]?.state === "merged") return;
      world.land("5".repeat(40), { message: `Rollback: x\n\nRolls-Back: ${SHA}` });
      world.pulls[0] = { ...world.pulls[0]!, state: "merged", mergeSha: "5".repeat(40) };
    };
    const report = await run(world, given);
    expect(report.outputs).toMatchObject({ status: "rolled-back", "rollback-sha": "5".repeat(40), verdict: "healthy" });
    expect(world.calls).not.toContain("merge");
  });
  test("that does not come leaves the hotfix for the next run", async () => {
    const world = new World();
    const report = await run(world, given);
    expect(report.outputs).toMatchObject({ status: "refused", phase: "blocked", "pr-number": "2" });
    expect(report.failed).toContain("unconfirmed");
    world.seen = { approvals: 1 };
    expect((await run(world, given)).outputs).toMatchObject({ status: "rolled-back", "issue-number": "100" });
    expect(world.issues).toHaveLength(1);
  });
  test("may be no", async () => {
    const world = new World();
    world.seen = { approvals: 1, changesRequestedBy: ["ada"] };
    expect((await run(world, { ...given, "wait-seconds": "1" })).failed).toContain("ada requested changes");
  });
});

describe("a push instead of a pull request", () => {
  const push = { "merge-method": "push" };
  test("takes the newest commit back in four requests", async () => {
    const world = new World();
    const report = await run(world, push, { verify: false });
    expect(world.calls).toEqual(["read", "commit", "push", "issue"]);
    expect(report.outputs).toMatchObject({ status: "rolled-back", "pr-number": "", "rollback-sha": world.head, "issue-number": "100" });
    expect(world.issues[0]?.body).toContain("by a push");
  });
  test("of an older one leaves no branch", async () => {
    const world = new World();
    world.land(HEAD);
    expect((await run(world, push)).outputs["status"]).toBe("rolled-back");
    expect(world.calls).toEqual(expect.arrayContaining(["git revert", "push", `delete ${BRANCH}`]));
    expect(world.hotfix).toBeNull();
  });
  test("that comes too late is made anew", async () => {
    const world = new World();
    world.pushAnswers = ["not-a-fast-forward"];
    world.before = (call) => {
      if (call === "push" && world.head === SHA) world.land(HEAD);
    };
    expect((await run(world, push)).outputs["status"]).toBe("rolled-back");
    expect(world.calls).toContain("git revert");
  });
  test("that a rule of the branch forbids calls people", async () => {
    const world = new World();
    world.pushAnswers = [{ refused: "Changes must be made through a pull request." }];
    const report = await run(world, push);
    expect(report.outputs).toMatchObject({ status: "refused", "issue-number": "100" });
    expect(report.failed).toContain("push-refused: GitHub does not take a push to main: Changes must be made through a pull request.");
  });
  test.each([2, 3, 4, 5, 6, 7])("killed after call %i and started again does nothing twice", async (killAfter) => {
    const world = new World();
    world.land(HEAD);
    await new Promise<void>((resolve, reject) => void run(world, push, { killAfter, onKill: resolve }).then(() => reject(new Error("it ended before it was killed")), reject));
    const report = await run(world, push);
    expect(["rolled-back", "already-rolled-back"]).toContain(report.outputs["status"]);
    expect(world.contents(world.head)).toEqual([world.head, HEAD, BASE]);
    expect(world.issues).toMatchObject([{ open: false }]);
    expect([...world.branches.keys()]).toEqual([]);
  });
});

describe("a pull request by its number", () => {
  const given = { "commit-sha": "", "pr-number": "9" };
  test("is the commit it was merged as", async () => {
    const world = new World();
    world.seen = { merge: { sha: SHA, at: 0 }, commitCount: 3, commits: [] };
    const report = await run(world, given);
    expect(report.outputs).toMatchObject({ status: "rolled-back" });
    expect(world.calls[0]).toBe("pull");
    expect(world.messages[0]).toContain(`Rolls-Back: ${SHA}\nTrace-Id`);
  });
  test("is all its commits when they were put on the branch one by one", async () => {
    const world = new World();
    world.line.splice(1, 0, { ...world.line[0]!, sha: "3".repeat(40), message: "The first half", tree: "half" });
    world.seen = { merge: { sha: SHA, at: 0 }, commitCount: 2, commits: ["The first half", "Update FAQ - Why?"].map((message) => ({ message })) as unknown as PullFacts["commits"] };
    await run(world, given);
    expect(world.messages[0]).toContain(`Rolls-Back: ${SHA}\nRolls-Back-Too: ${"3".repeat(40)}\n`);
    expect(world.contents(world.head)).not.toContain("3".repeat(40));
  });
  test("that is not merged is refused", async () => {
    const report = await run(new World(), given);
    expect(report.outputs).toMatchObject({ status: "refused", phase: "blocked" });
    expect(report.failed).toBe("#9 was not taken back: not-merged: #9 is open, not merged, so nothing of it is on main");
  });
});

describe("a commit in conflict that somebody says to have taken back", () => {
  const claimed = () => {
    const world = new World();
    world.land(HEAD, { message: `Revert "Update FAQ"\n\nThis reverts commit ${SHA}.` });
    world.revertAnswer = { kind: "conflict", files: ["docs/FAQ.md"] };
    return world;
  };
  test("is gone, when production is healthy", async () => {
    const world = claimed();
    expect((await run(world)).outputs).toMatchObject({ status: "already-rolled-back", verdict: "healthy", "issue-number": "" });
    expect([world.pulls, world.issues]).toEqual([[], []]);
  });
  test("is in conflict for all that is known where nothing is judged", async () => {
    expect((await run(claimed(), {}, { verify: false })).outputs).toMatchObject({ status: "conflict", "issue-number": "100" });
  });
  test("calls people when it is not, whoever said so", async () => {
    const world = claimed();
    world.sick.add(SHA);
    const report = await run(world);
    expect(report.outputs).toMatchObject({ status: "unhealthy", verdict: "unhealthy", "issue-number": "100" });
    expect(world.comments).toEqual([expect.stringContaining("still unhealthy")]);
  });
});
