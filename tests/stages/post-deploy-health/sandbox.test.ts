import { expect, test } from "@jest/globals";
import { http, tcp } from "../../probes/hostile.ts";
import { PERMISSIONS, Rig } from "./rig.ts";

test("a merged commit is deployed, seen and found healthy; once more starts nothing", async () => {
  await using rig = await Rig.start();
  const sha = await rig.answer("What is new?", "This is.");
  const first = await rig.run("post-deploy-health", sha);
  expect([first.conclusion, first.log]).toEqual(["success", expect.any(String)]);
  expect(first.outputs).toMatchObject({ verdict: "healthy", phase: "verified", "deployed-sha": sha, reasons: "[]" });
  expect(first.outputs["deploy-run-url"]).toMatch(/\/actions\/runs\/\d+$/);
  expect(rig.deployments()).toBe(1);
  const again = await rig.run("post-deploy-health", sha);
  expect(again.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": sha });
  expect(again.requests).toEqual(["DeployTarget"]);
  expect(rig.deployments()).toBe(1);
  expect(rig.contract.checked).toBeGreaterThan(0);
});

test("a change that breaks production is unhealthy", async () => {
  await using rig = await Rig.start();
  const sha = await rig.answer("What is new?", "All is BROKEN.");
  const ran = await rig.run("post-deploy-health", sha);
  expect(ran.conclusion).toBe("failure");
  expect(ran.outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed", "deployed-sha": sha });
  expect(Date.parse(ran.outputs["detected-at"] ?? "")).toBeGreaterThan(0);
  expect(ran.reasons).toEqual([expect.stringContaining("probe-failed: ")]);
  expect(ran.summary).toContain("✗✗✗✗");
});

test("a deployment that fails has a verdict of its own, in which the run is named", async () => {
  await using rig = await Rig.start();
  const sha = await rig.answer("What is new?", "This is.");
  rig.sandbox.setSecret("acme/site", "DEPLOY_TOKEN", "not the key to the host");
  const ran = await rig.run("post-deploy-health", sha);
  expect(ran.outputs).toMatchObject({ verdict: "unhealthy", phase: "merged", "deployed-sha": "" });
  expect(ran.reasons).toEqual([expect.stringMatching(/^deploy-failed: the deployment run http.*ended with failure$/)]);
});

test("a deployment that never arrives is inconclusive", async () => {
  await using rig = await Rig.start();
  const sha = await rig.answer("What is new?", "This is.");
  const ran = await rig.run("post-deploy-health", sha, { "deploy-workflow": "", "deploy-timeout-seconds": "1" });
  expect(ran.conclusion).toBe("failure");
  expect(ran.outputs).toMatchObject({ verdict: "inconclusive", phase: "merged" });
  expect(ran.reasons[0]).toMatch(/^deploy-never-arrived/);
});

test("a missing permission is one message that names it, and nothing is started", async () => {
  const { actions: _, ...permissions } = PERMISSIONS["post-deploy-health"];
  await using rig = await Rig.start({ permissions: { "post-deploy-health": permissions } });
  const ran = await rig.run("post-deploy-health", await rig.answer("What is new?", "This is."));
  expect(ran.conclusion).toBe("failure");
  expect(ran.log).toMatch(/a permission is missing[\s\S]*actions: (read|write)/);
  expect(rig.deployments()).toBe(0);
});

test("bad input is one error that lists every problem, before anything is read", async () => {
  await using rig = await Rig.start();
  const ran = await rig.run("post-deploy-health", "main", { "probe-count": "0", "version-url": "example.org", "health-timeout-seconds": "soon" });
  expect(ran.conclusion).toBe("failure");
  for (const name of ["commit-sha", "probe-count", "version-url", "health-timeout-seconds"]) expect(ran.log).toContain(`Input \`${name}\``);
  expect(ran.requests).toEqual([]);
});

test("against a service that is silent and one that drips, the process ends in time", async () => {
  await using rig = await Rig.start();
  await using silent = await tcp(() => {});
  await using drip = await http((_, response) => {
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  });
  const ran = await rig.run("post-deploy-health", await rig.head(), { "health-urls": `${silent.url}\n${drip.url}`, "probe-timeout-seconds": "0.3", "health-timeout-seconds": "5" });
  expect(ran.outputs["verdict"]).toBe("unhealthy");
  expect(ran.reasons).toHaveLength(2);
  expect(ran.run.ms).toBeLessThan(10_000);
});

test("a platform's own deployments tell, where nothing else does: of the commit, to the environment that is chosen", async () => {
  await using rig = await Rig.start();
  rig.give({ "deploy-workflow": "", "version-url": "", "deploy-environment": "production-web", "probe-count": "1", "deploy-timeout-seconds": "1" });
  const sha = await rig.answer("What is new?", "This is.");
  const deploy = async (environment: string, ref: string) => (await rig.rest("POST", "/deployments", { ref, environment, auto_merge: false, required_contexts: [] })).id as number;
  const say = (id: number, state: string) => rig.rest("POST", `/deployments/${id}/statuses`, { state, log_url: `https://platform.example/${id}` });
  // Another product of the same commit.
  await say(await deploy("production-docs", sha), "failure");
  expect((await rig.run("post-deploy-health", sha)).reasons[0]).toMatch(/^deploy-never-arrived/);
  const id = await deploy("production-web", sha);
  await say(id, "in_progress");
  const pending = await rig.run("post-deploy-health", sha);
  expect(pending.outputs).toMatchObject({ verdict: "inconclusive", phase: "merged" });
  expect(pending.reasons[1]).toMatch(/^deployment-pending/);
  await say(id, "failure");
  expect((await rig.run("post-deploy-health", sha)).outputs).toMatchObject({ verdict: "unhealthy", phase: "merged", "deploy-run-url": `https://platform.example/${id}` });
  // Tried again, and then replaced by one that contains it.
  await rig.product.deploy(sha);
  await say(await deploy("production-web", sha), "success");
  expect((await rig.run("post-deploy-health", sha)).outputs).toMatchObject({ verdict: "healthy", "deployed-sha": sha });
  const later = await rig.answer("And now?", "This too.");
  await rig.product.deploy(later);
  await say(await deploy("production-web", later), "success");
  expect((await rig.run("post-deploy-health", sha)).outputs).toMatchObject({ verdict: "healthy", "deployed-sha": later });
  // One that contains it and fails is not its failure: the one before is served as it was.
  await say(await deploy("production-web", await rig.answer("And then?", "That.")), "failure");
  expect((await rig.run("post-deploy-health", sha)).outputs).toMatchObject({ verdict: "healthy", "deployed-sha": later });
  expect(rig.contract.checked).toBeGreaterThan(0);
});

test("a health file at the commit is read by the real process, and what was seen is there for the next deployment", async () => {
  const file = `defaults: { interval-seconds: 0.05, successes: 6 }\nlatency: { role: advisory }\nprobes:\n  - { name: web, kind: http, url: "\${PRODUCT_URL}", expect: { json: [status=ok] } }\n  - { name: tools, kind: command, role: advisory, run: "test -z \\"$INPUT_TOKEN$PRODUCT_URL\\" && echo $INSTANT_COMMIT" }\n`;
  await using rig = await Rig.start({ files: { "ops/health.yaml": file } });
  rig.sandbox.setVariable("acme/site", "PRODUCT_URL", rig.product.healthUrl);
  rig.give({ "health-urls": "", "health-file": "ops/health.yaml", "health-env": "PRODUCT_URL", "ledger-branch": "instant-ledger" });
  const trace = (id: string) => `0f8fad5b-d9cb-469f-a165-7086772895${id}`;
  const first = await rig.run("post-deploy-health", await rig.commit({ "docs/a.md": "a\n" }, `Update FAQ - A?\n\nTrace-Id: ${trace("01")}`));
  expect(first.outputs).toMatchObject({ verdict: "healthy" });
  expect(first.log).not.toContain(rig.product.healthUrl);
  const second = await rig.run("post-deploy-health", await rig.commit({ "docs/b.md": "b\n" }, `Update FAQ - B?\n\nTrace-Id: ${trace("02")}`));
  expect(second.outputs).toMatchObject({ verdict: "healthy", "trace-id": trace("02") });
  expect(second.summary).toMatch(/\| web, latency \| the last good deployment \| .* \(6\) \| .* \(\d+\) \|/);
  expect(second.summary).toMatch(/\| tools \(advisory\) \| [1-9]\d* \| 0 \| 0 \|/);
});
