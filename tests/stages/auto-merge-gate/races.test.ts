import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { attachContract, type Contract } from "../../contract/attach.ts";
import { FAQ, type Place, Scene } from "./a-sandbox.ts";
import { Others } from "./a-trap.ts";

let scene: Scene;
let contract: Contract;
let count = 0;
beforeAll(async () => {
  scene = await Scene.start();
  contract = await attachContract(scene.sandbox);
});
afterAll(async () => {
  await scene.close();
  expect(contract.checked).toBeGreaterThan(20);
  contract.verify();
});

const place = (options: Parameters<Scene["repository"]>[1] = {}): Promise<Place> => {
  count += 1;
  return scene.repository(`race-${count}`, options);
};

const merges = (requests: readonly string[]) => requests.filter((request) => request.startsWith("PUT"));
const entries = async (here: Place) => [...((await here.faq()) ?? "").matchAll(/^## (.+)$/gm)].map((match) => match[1]);

describe("the world moves while the gate works", () => {
  test("a head moved by the loop itself is judged anew, and never merged with the stale sha", async () => {
    const here = await place();
    const pull = await here.pull("Renewed?");
    let renewed = "";
    new Others(here).afterFirstLook(async () => {
      renewed = await here.push(here.loop, pull.branch, `${FAQ}\n## Renewed?\n\nBetter.\n`);
      await here.check(renewed, "success");
    });
    const { outputs, requests } = await here.gate({ "pr-number": String(pull.number) });
    expect(outputs).toMatchObject({ decision: "merged", "head-sha": renewed });
    expect(merges(requests).map((request) => request.slice(-3))).toEqual(["409", "200"]);
    expect(await here.faq()).toContain("Better.");
  });

  test("a branch that cannot be deleted leaves the merge standing, with a warning", async () => {
    const here = await place();
    const pull = await here.pull("Kept?");
    const match = { method: "DELETE", path: "/repos/{owner}/{repo}/git/refs/{ref}" } as const;
    scene.sandbox.faults.add({ match, effect: { type: "answer", status: 403, body: { message: "Resource not accessible by integration" } }, times: 1 });
    const { outputs, exitCode, log } = await here.gate({ "pr-number": String(pull.number) });
    expect([exitCode, outputs.decision]).toEqual([0, "merged"]);
    expect(log).toContain(`::warning::The branch ${pull.branch} could not be deleted`);
  });
});

describe("a pull request that conflicts", () => {
  test("is rebuilt by entries, checked at its new sha and merged with both entries", async () => {
    const here = await place();
    const [first, second] = [await here.pull("First?"), await here.pull("Second?")];
    expect((await here.gate({ "pr-number": String(first.number), "head-sha": first.sha })).outputs.decision).toBe("merged");
    const { outputs, exitCode, log } = await here.gate({ "pr-number": String(second.number), "head-sha": second.sha });
    expect([log, exitCode]).toEqual([expect.not.stringContaining("::error"), 0]);
    expect(outputs).toMatchObject({ decision: "merged", rounds: "1", phase: "merged" });
    expect(outputs["head-sha"]).not.toBe(second.sha);
    expect((await entries(here)).toSorted()).toEqual(["First?", "Second?", "What is this?"]);
    const judged = await here.loop.readPull(second.number, { faqPath: "docs/FAQ.md" });
    expect(judged.checks).toEqual([expect.objectContaining({ name: "instant/fast-ci", state: "success" })]);
  });

  test("is not merged when the rebuilt tree fails the user's own check", async () => {
    const here = await place();
    const [first, second] = [await here.pull("One?"), await here.pull("Two?")];
    await here.gate({ "pr-number": String(first.number) });
    const main = here.ref("main");
    const { outputs, exitCode, reasons } = await here.gate({ "pr-number": String(second.number), "smoke-command": "! grep -q 'One?' docs/FAQ.md" });
    expect([exitCode, outputs.decision, outputs.phase, here.ref("main")]).toEqual([1, "blocked", "ci_failed", main]);
    expect(reasons.join()).toContain("`instant/fast-ci` failed");
  });

  test("in the same entry is left to a person", async () => {
    const here = await place();
    const [first, second] = [await here.pull("Same A?", { text: FAQ.replace("A test.", "One.") }), await here.pull("Same B?", { text: FAQ.replace("A test.", "Two.") })];
    await here.gate({ "pr-number": String(first.number) });
    const { outputs, reasons } = await here.gate({ "pr-number": String(second.number) });
    expect([outputs.decision, outputs.phase]).toEqual(["blocked", "blocked"]);
    expect(reasons.join()).toContain("What is this?");
    expect(here.ref(second.branch)).toBe(second.sha);
  });

  test("whose gate died after the rebuild is finished by the next run", async () => {
    const here = await place();
    const [first, second] = [await here.pull("Early?"), await here.pull("Late?")];
    await here.gate({ "pr-number": String(first.number) });
    // Writing the check fails: the run ends between the rebuild and its check.
    const match = { method: "POST", path: "/repos/{owner}/{repo}/check-runs" } as const;
    const disarm = scene.sandbox.faults.add({ match, effect: { type: "answer", status: 403, body: { message: "Resource not accessible by integration" } } });
    const died = await here.gate({ "pr-number": String(second.number), "head-sha": second.sha });
    disarm();
    expect([died.exitCode, died.log.match(/::error/g)?.length]).toEqual([1, 1]);
    expect(here.ref(second.branch)).not.toBe(second.sha);
    const { outputs } = await here.gate({ "pr-number": String(second.number), "head-sha": second.sha });
    expect(outputs).toMatchObject({ decision: "merged", rounds: "0" });
    expect((await entries(here)).toSorted()).toEqual(["Early?", "Late?", "What is this?"]);
  });

  test("or only fell behind where the branch has to be up to date is rebuilt too", async () => {
    const here = await place({ rules: [{ branch: "main", requiredChecks: ["instant/fast-ci"], strict: true, bypass: ["acme"] }] });
    const pull = await here.pull("Behind?");
    await here.push(here.as(scene.sandbox.tokens.user("acme")), "main", "# Product, renamed\n", "README.md");
    const { outputs } = await here.gate({ "pr-number": String(pull.number) });
    expect(outputs).toMatchObject({ decision: "merged", rounds: "1" });
    expect(await here.loop.readFile(here.ref("main") ?? "", "README.md")).toBe("# Product, renamed\n");
  });

  test("four at the same time, in four processes: all merged, every entry once", async () => {
    const here = await place();
    const questions = Array.from({ length: 4 }, (_, index) => `Question ${index}?`);
    const pulls = [];
    for (const question of questions) pulls.push(await here.pull(question));
    const ends = await Promise.all(pulls.map((pull) => here.gate({ "pr-number": String(pull.number), "head-sha": pull.sha, "wait-seconds": "120" })));
    expect(ends.map(({ outputs, exitCode, log }) => [exitCode, outputs.decision, exitCode === 0 ? "" : log])).toEqual(ends.map(() => [0, "merged", ""]));
    expect((await entries(here)).toSorted()).toEqual([...questions, "What is this?"].toSorted());
    expect(new Set(ends.map(({ outputs }) => outputs["merged-sha"])).size).toBe(4);
    expect(ends.map(({ outputs }) => Number(outputs.rounds)).reduce((most, rounds) => Math.max(most, rounds), 0)).toBeLessThanOrEqual(3);
    // That they take turns, so that no merge undoes everybody's rebuild: drain.test.ts.
  });
});
