// Jobs that end before they know: the real process, ended as a runner does it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { program } from "../../../src/cli/programs.ts";
import { ask, type Slots, startSlot, startSlots, startUser } from "../../../src/cli/slots/index.ts";
import { listen, spansOf } from "../../telemetry/support.ts";
import { Rig } from "./rig.ts";

const nginx = program("nginx");
const withNginx = "path" in nginx ? describe : describe.skip;

/** A command is under way when the job is ended, which goes at once; what moves users back does not. */
const health = (folder: string) => `probes:
  - { name: site, kind: http, url: "\${PRODUCT_URL}/healthz", interval-seconds: 0.1 }
  - { name: long, kind: command, role: advisory, timeout-seconds: 40, run: 'if [ -e ${folder}/before ]; then touch ${folder}/watching; sleep 30; fi; touch ${folder}/before' }
green:
  probes:
    - { name: new site, kind: http, url: "\${GREEN_URL}/healthz", interval-seconds: 0.1 }
`;

withNginx(`a job that is ended${"missing" in nginx ? `: ${nginx.missing}` : ""}`, () => {
  let rig: Rig;
  let slots: Slots;
  let [sha, before, folder] = ["", "", ""];
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "instant-blue-green-"));
    rig = await Rig.start({ files: { "ops/health.yaml": health(folder) } });
    before = await rig.head();
    sha = await rig.answer("What is new?", "This is.");
    slots = await startSlots("path" in nginx ? nginx.path : "", { blue: await startSlot({ commit: before }), green: await startSlot({ commit: sha }) });
    rig.give({
      "deploy-workflow": "", "version-url": `${slots.url}/version`, "health-urls": "", "health-file": "ops/health.yaml", "health-env": "PRODUCT_URL,GREEN_URL", "green-version-url": `${slots.green.url}/version`,
      "promote-command": slots.promote, "abort-command": slots.abort,
    });
    for (const [name, value] of [["PRODUCT_URL", slots.url], ["GREEN_URL", slots.green.url]] as const) rig.sandbox.setVariable("acme/site", name, value);
  });
  afterAll(async () => {
    await slots?.close();
    await rig?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const until = async (what: string, holds: () => Promise<boolean>) => {
    const deadline = Date.now() + 30_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`it was never so: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** Many times in a row: while nginx reloads, workers of before and of after answer side by side. */
  const served = (commit: string) => until(`users are served ${commit}`, async () => {
    for (let times = 0; times < 20; times += 1) if ((await ask(`${slots.url}/`)).commit !== commit) return false;
    return true;
  });

  test("by its end in the watch gives users the version before, however long that takes within the runner's grace", async () => {
    const told = path.join(folder, "aborted");
    const id = await rig.begin("post-deploy-health", sha, { "watch-seconds": "300", "abort-command": `sleep 1.5; ${slots.abort}; echo "$INSTANT_COMMIT" > ${told}` });
    await until("the watch has begun", async () => existsSync(path.join(folder, "watching")));
    rig.sandbox.runs.cancel(id);
    const ran = rig.ran(await rig.sandbox.runs.waitForRun(id));
    await served(before);
    expect(readFileSync(told, "utf8")).toBe(`${sha}\n`);
    expect(ran.conclusion).toBe("cancelled");
    expect(ran.outputs).toMatchObject({ verdict: "inconclusive", promoted: "false", "moved-back": "true" });
    expect(ran.reasons).toEqual([expect.stringMatching(/^cancelled: /)]);
    expect(ran.summary).toMatch(/While nobody used it[\s\S]*\| new site \| 3 \|[\s\S]*With users on it[\s\S]*\| site \|/);
    rig.give({ "abort-command": slots.abort, "health-file": "", "health-env": "", "health-urls": `${slots.url}/healthz`, "green-urls": `${slots.green.url}/healthz` });
  });

  test("by a runner that dies in the middle of the promotion is run again, and sees it through", async () => {
    const flag = path.join(folder, "promoted");
    const id = await rig.begin("post-deploy-health", sha, { "watch-seconds": "1", "promote-command": `${slots.promote}; [ -e ${flag} ] || { touch ${flag}; sleep 300; }` });
    await served(sha);
    await rig.sandbox.runs.killRun(id);
    const user = startUser(slots.url, 10);
    const collector = await listen();
    const again = await rig.run("post-deploy-health", sha, { "otlp-endpoint": `http://127.0.0.1:${collector.port}` });
    await collector.close();
    expect(again.outputs).toMatchObject({ verdict: "healthy", promoted: "true", "moved-back": "false", "deployed-sha": sha });
    expect(again.summary).toContain("served-already");
    const answers = await user.stop();
    expect(answers.filter(({ status, commit }) => status !== 200 || commit !== sha)).toEqual([]);
    // The user's command, and what is asked of either side, is on the task's trace.
    const spans = spansOf(collector.heard);
    const stage = spans.find(({ name }) => name === "RUN post-deploy-health");
    const calls = spans.filter(({ parentSpanId }) => parentSpanId === stage?.spanId);
    expect(calls.filter(({ name }) => name === "run command").map(({ attributes }) => attributes)).toEqual([expect.objectContaining({ "process.executable.name": "bash", "process.exit.code": 0 })]);
    for (const { url } of [slots, slots.green]) expect(calls.filter(({ attributes }) => attributes["server.port"] === Number(new URL(url).port)).length).toBeGreaterThan(1);
    expect(collector.heard.map(({ body }) => body.toString("utf8")).join("\n")).not.toContain("live.new");
  });
});
