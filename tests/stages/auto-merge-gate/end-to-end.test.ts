import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { attachContract, type Contract } from "../../contract/attach.ts";
import { type Place, Scene } from "./a-sandbox.ts";
import { TRACE } from "./a-pull.ts";

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
  return scene.repository(`product-${count}`, options);
};

describe("a green pull request", () => {
  test("is merged at exactly its sha, squashed, its branch gone, in at most four requests", async () => {
    const here = await place();
    const pull = await here.pull("Does it work?");
    const { exitCode, outputs, requests, summary, log } = await here.gate({ "pr-number": String(pull.number), "head-sha": pull.sha });
    expect([log, exitCode]).toEqual([expect.not.stringContaining("::error"), 0]);
    expect(outputs).toMatchObject({ decision: "merged", merged: "true", "head-sha": pull.sha, phase: "merged", "trace-id": TRACE, reasons: "[]", rounds: "0" });
    expect(outputs["merged-sha"]).toBe(here.ref("main"));
    expect(here.ref(pull.branch)).toBeUndefined();
    expect(requests).toEqual(["POST Pull 200", "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge 200", "DELETE /repos/{owner}/{repo}/git/refs/{ref} 204"]);
    expect(outputs["api-requests"]).toBe("3");
    expect(summary).toContain(`merged at exactly ${pull.sha.slice(0, 7)}`);
    const { commits } = await here.loop.readPull(pull.number, { faqPath: "docs/FAQ.md" });
    expect(commits).toHaveLength(1);
    const landed = await scene.sandbox.repository(`acme/${here.name}`).git.commit(outputs["merged-sha"] ?? "");
    expect(landed.message.trim()).toBe(`Update FAQ - Does it work? (#${pull.number})\n\nTrace-Id: ${TRACE}`);
    expect(landed.parents).toHaveLength(1);
    expect(await here.faq()).toContain("## Does it work?");
  });

  test("that was merged before is told of, and tidied up after", async () => {
    const here = await place();
    const pull = await here.pull("Again?");
    const first = await here.gate({ "pr-number": String(pull.number), "delete-branch": "false" });
    expect(here.ref(pull.branch)).toBe(pull.sha);
    const second = await here.gate({ "pr-number": String(pull.number) });
    expect(second.outputs).toMatchObject({ decision: "already-merged", merged: "true", "merged-sha": first.outputs["merged-sha"], phase: "merged" });
    expect([second.exitCode, second.requests.length]).toEqual([0, 2]);
    expect(here.ref(pull.branch)).toBeUndefined();
  });

  test("is left as it is by a dry run", async () => {
    const here = await place();
    const pull = await here.pull("Dry?");
    const main = here.ref("main");
    const { outputs, exitCode, requests, summary } = await here.gate({ "pr-number": String(pull.number), "dry-run": "true" });
    expect([exitCode, outputs.decision, requests.length, here.ref("main")]).toEqual([0, "dry-run", 1, main]);
    expect(summary).toContain(`merge #${pull.number} at ${pull.sha.slice(0, 7)}`);
  });

  test("is not touched while paused", async () => {
    const here = await place();
    const pull = await here.pull("Paused?");
    const byInput = await here.gate({ "pr-number": String(pull.number), paused: "true" });
    expect([byInput.exitCode, byInput.requests]).toEqual([0, []]);
    await here.ada.openIssue({ title: "Stop", body: "", labels: ["instant-paused"] });
    const byIssue = await here.gate({ "pr-number": String(pull.number) });
    expect([byIssue.exitCode, byIssue.outputs.decision, byIssue.requests.length]).toEqual([1, "blocked", 1]);
    expect(byIssue.reasons[0]).toContain("paused by issue");
  });
});

test("a pull request knows those that stand before it", async () => {
  const here = await place();
  const [first, second] = [await here.pull("A?"), await here.pull("B?")];
  const facts = await here.loop.readPull(second.number, { faqPath: "docs/FAQ.md" });
  expect(facts.siblings).toEqual([{ number: first.number, branch: first.branch, draft: false, createdAt: expect.any(Number) }]);
});

// Every other way not to be merged is a trap: traps.test.ts.
describe("what is not merged", () => {
  test("a draft and a red check, both told at once", async () => {
    const here = await place();
    const pull = await here.pull("Draft?", { check: "failure" });
    const stored = scene.sandbox.repository(`acme/${here.name}`).issues.get(pull.number)?.pull;
    if (stored) stored.draft = true;
    const { exitCode, outputs, reasons, log } = await here.gate({ "pr-number": String(pull.number) });
    expect([exitCode, outputs.decision, outputs.phase, outputs.merged]).toEqual([1, "blocked", "ci_failed", "false"]);
    expect(reasons).toEqual([expect.stringContaining("draft"), expect.stringContaining("`instant/fast-ci` failed")]);
    expect(log).toContain(`::error::#${pull.number} is not merged:`);
    expect(log).toContain("Mark it as ready for review.");
  });

  test("a check that never comes: reported as stuck, by name, without hammering", async () => {
    const here = await place({ rules: [{ branch: "main", requiredChecks: ["product-ci"] }] });
    const pull = await here.pull("Missing?");
    const { exitCode, outputs, reasons, log, requests } = await here.gate({ "pr-number": String(pull.number), "wait-seconds": "2" });
    expect([exitCode, outputs.decision, outputs.phase]).toEqual([1, "stuck", "timeout"]);
    expect(reasons).toEqual([`the check \`product-ci\` has not appeared at ${pull.sha.slice(0, 7)}`]);
    expect(log).toContain("waits for approval");
    expect(requests.filter((request) => request.startsWith("POST Pull ")).length).toBeLessThanOrEqual(7);
  });

  test("every bad input is told at once, before anything is asked", async () => {
    const here = await place();
    const { exitCode, log, requests } = await here.gate({ "pr-number": "twelve", "head-sha": "abc", "allowed-paths": "../x", "merge-method": "push", checks: "nothing" });
    expect([exitCode, requests]).toEqual([1, []]);
    for (const name of ["pr-number", "head-sha", "allowed-paths", "merge-method", "checks"]) expect(log).toContain(`\`${name}\``);
  });
});
