import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { upsertEntry } from "../../../src/faq/index.ts";
import { FAQ, FILES, Scene, TRACE } from "./a-scene.ts";

let scene: Scene;
let forked = false;
beforeAll(async () => {
  scene = await Scene.start();
});
afterAll(() => scene.close());

const record = { traceId: TRACE, model: "a-model", sources: ["README.md"], date: "2026-11-20" };
/** What a GitHub token holds behind its prefix, with its checksum; made up here, so that no file holds one. */
const TOKEN = (() => {
  const body = Array.from({ length: 30 }, (_, at) => "Zx9Qw8Er7Ty6"[at % 12]).join("");
  let sum = "";
  for (let left = crc32(body); left > 0; left = Math.floor(left / 62)) sum = `${"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[left % 62]}${sum}`;
  return `${body}${sum.padStart(6, "0")}`;
})();
const entry = (question: string, text = FAQ) => upsertEntry(text, { question, answer: "Yes, it does.", record }).text;
const eventOf = (pull: { number: number; sha: string; base: string }, from = "acme/product") => ({
  name: "pull_request",
  payload: { pull_request: { number: pull.number, body: `trace-id: ${TRACE}\n`, head: { sha: pull.sha, repo: { full_name: from } }, base: { sha: pull.base } } },
});

describe("a green pull request", () => {
  test("of the loop: one read, one check run on its head, and a summary", async () => {
    const pull = await scene.pull("green", { "docs/FAQ.md": entry("Does it work?") });
    const ran = await scene.run({ "pr-number": String(pull.number), "head-sha": pull.sha, "smoke-command": "bash smoke.sh && grep -q 'Does it work' docs/FAQ.md" });
    expect([ran.log, ran.status]).toEqual([expect.not.stringContaining("::error"), 0]);
    const [run, ...others] = scene.checksAt(pull.sha);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ name: "instant/fast-ci", status: "completed", conclusion: "success", externalId: TRACE });
    expect(ran.outputs).toMatchObject({ conclusion: "success", "failed-checks": "[]", annotations: "0", "head-sha": pull.sha, "trace-id": TRACE, phase: "pr_open", reasons: "[]", "api-requests": "2" });
    expect(ran.requests).toEqual(["POST PullRange 200", "POST /repos/{owner}/{repo}/check-runs 201"]);
    expect(ran.outputs["check-run-url"]).toContain(String(run?.id));
    expect(ran.summary).toMatch(/^### ✅ markdown, faq, links, secrets and smoke are fine\n/);
    expect(ran.summary).toMatch(/\| smoke \| ✅ \| exit status 0 in /);
  });

  test("on the event, in a checkout with history at its head: no read at all", async () => {
    const pull = await scene.pull("local", { "docs/FAQ.md": entry("Is it local?") });
    await scene.commit("main", { "other.md": "# Moved on\n" });
    const workspace = await mkdtemp(join(scene.folder, "workspace-"));
    execFileSync("git", ["clone", "-q", scene.sandbox.repository("acme/product").git.dir, workspace]);
    execFileSync("git", ["checkout", "-q", "--detach", pull.sha], { cwd: workspace });
    await writeFile(join(workspace, "built.txt"), "installed before");
    const ran = await scene.run({ "smoke-command": "cat built.txt" }, { workspace, event: eventOf({ ...pull, base: scene.head("main") }) });
    expect([ran.log, ran.status]).toEqual([expect.not.stringContaining("::error"), 0]);
    expect(ran.requests).toEqual(["POST /repos/{owner}/{repo}/check-runs 201"]);
    expect(scene.sandbox.requests.list({ runId: 102 }).filter(({ kind }) => kind === "git")).toEqual([]);
    await writeFile(join(workspace, "docs/FAQ.md"), "changed by an earlier step");
    const dirty = await scene.run({ "smoke-command": "test ! -e built.txt" }, { workspace, event: eventOf(pull) });
    expect([dirty.status, dirty.outputs.conclusion]).toEqual([0, "success"]);
  });

  test("in a checkout without history, what the base held is known all the same", async () => {
    const api = (more: object) => JSON.stringify({ openapi: "3.1.0", info: { title: "A", version: "1" }, paths: { "/a": { get: { responses: { 200: { description: "ok" } } }, ...more } } });
    await scene.commit("main", { "shallow.json": api({ post: { responses: { 200: { description: "ok" } } } }) });
    const pull = await scene.pull("shallow", { "shallow.json": api({}) });
    const workspace = await mkdtemp(join(scene.folder, "workspace-"));
    const { dir } = scene.sandbox.repository("acme/product").git;
    execFileSync("git", ["clone", "-q", "--depth=1", "--branch=shallow", `file://${dir}`, workspace]);
    const ran = await scene.run({ checks: "openapi" }, { workspace, event: eventOf(pull) });
    expect([ran.status, ran.outputs["openapi-conclusion"]]).toEqual([1, "failure"]);
    expect(ran.log).toContain("POST /a: was removed");
    await scene.commit("main", { "shallow.json": null });
  });

  test("in a merge queue is checked without a pull request", async () => {
    const pull = await scene.pull("queued", { "docs/FAQ.md": entry("Is it queued?", await scene.as("ada").readFile(scene.head("main"), "docs/FAQ.md") ?? "") });
    const event = { name: "merge_group", payload: { merge_group: { head_sha: pull.sha, base_sha: pull.base } } };
    const ran = await scene.run({}, { event });
    expect([ran.status, ran.outputs.conclusion, ran.outputs["head-sha"]]).toEqual([0, "success", pull.sha]);
  });

  test("that fell behind is judged by its own changes, not by those of the base", async () => {
    const base = scene.head("main");
    await scene.as("ada").createBranch("behind", base);
    await scene.commit("main", { "docs/broken.md": "# Broken\n\n[x](missing.md)\n", "docs/guide.md": "# Guide\n\nNew.\n" });
    await scene.commit("behind", { "docs/fine.md": "# Fine\n" });
    const opened = await scene.as("ada").openPull({ head: "behind", base: "main", title: "Behind", body: "" });
    if (typeof opened === "string") throw new Error(opened);
    const ran = await scene.run({ "pr-number": String(opened.number) });
    expect([ran.log, ran.outputs.conclusion]).toEqual([expect.not.stringContaining("::error"), "success"]);
    expect(ran.summary).toContain("| markdown | ✅ | 1 file |");
    await scene.commit("main", { "docs/broken.md": null, "docs/guide.md": FILES["docs/guide.md"] ?? "" });
  });
});

describe("a pull request that moves", () => {
  test("an older commit of it is judged as it was, and the summary says that it moved on", async () => {
    const pull = await scene.pull("moves", { "docs/FAQ.md": `${FAQ}\n[x](gone.md)\n` });
    const newer = await scene.commit("moves", { "docs/FAQ.md": entry("Is it mended?") });
    const ran = await scene.run({ "pr-number": String(pull.number), "head-sha": pull.sha });
    expect([ran.status, ran.outputs["failed-checks"], ran.outputs["head-sha"]]).toEqual([1, '["links"]', pull.sha]);
    expect(ran.requests[1]).toMatch(/^GET \/repos\/\{owner\}\/\{repo\}\/compare\//);
    expect(ran.summary).toContain(`has moved on to ${newer.slice(0, 7)}`);
    expect([scene.checksAt(pull.sha).length, scene.checksAt(newer).length]).toEqual([1, 0]);
    expect((await scene.run({ "pr-number": String(pull.number) })).outputs).toMatchObject({ conclusion: "success", "head-sha": newer });
  });

  test("an unknown pull request is named", async () => {
    const ran = await scene.run({ "pr-number": "9999" });
    expect([ran.status, ran.outputs.conclusion]).toEqual([1, undefined]);
    expect(ran.log).toContain("9999");
  });
});

describe("a red pull request", () => {
  test("broken links, a duplicate entry and a lint error are told together: annotations at their lines, exit status 1, and how to mend it", async () => {
    const once = entry("Is it twice?");
    const twice = `${once}\n${once.slice(once.indexOf("## Is it twice?"))}\n##Broken heading\n`;
    const pull = await scene.pull("broken", { "docs/FAQ.md": twice, "docs/where.md": "# Where?\n\nSee [here](gone.md) and [there](guide.md#nothing).\n" });
    const ran = await scene.run({ "pr-number": String(pull.number), "head-sha": pull.sha });
    expect(ran.status).toBe(1);
    expect(ran.outputs).toMatchObject({ conclusion: "failure", "failed-checks": '["markdown","faq","links"]', phase: "ci_failed", annotations: "5" });
    expect(JSON.parse(ran.outputs.reasons ?? "")).toHaveLength(5);
    expect(ran.outputs.reasons).toContain("is asked twice");
    expect(ran.outputs.reasons).toContain("no-missing-space-atx");
    expect(ran.log).toContain("docs/where.md:3: `gone.md` leads to `docs/gone.md`, which is not in the repository. Correct the path, or add the file.");
    expect(ran.summary).toContain("❌ <code>docs/where.md:3</code>");
    const [run] = scene.checksAt(pull.sha);
    expect(run).toMatchObject({ conclusion: "failure" });
    expect(run?.annotations.filter(({ path }) => path === "docs/where.md")).toMatchObject([
      { path: "docs/where.md", startLine: 3, level: "failure", title: "links/missing" },
      { path: "docs/where.md", startLine: 3, level: "failure", title: "links/anchor" },
    ]);
  });

  test("old findings of an old document do not fail it", async () => {
    const old = "# Old\n\n[x](missing.md)\n\n##Broken\n\nText.   \n\nEnd.\n";
    await scene.commit("main", { "docs/old.md": old });
    const pull = await scene.pull("old", { "docs/old.md": old.replace("End.", "The end.") });
    const ran = await scene.run({ "pr-number": String(pull.number) });
    expect([ran.status, ran.outputs.conclusion]).toEqual([0, "success"]);
    expect(ran.summary).toContain("older findings left aside");
    expect(scene.checksAt(pull.sha)[0]?.annotations).toMatchObject([{ level: "warning", title: "links/missing" }]);
  });

  test("a failing smoke command shows the end of its output; a rerun writes a new check run of the same name, and the newest counts", async () => {
    const pull = await scene.pull("smoke", { "docs/FAQ.md": entry("Does it burn?") });
    const ran = await scene.run({ "pr-number": String(pull.number), "smoke-command": "echo '``` | <b>the reason</b>'\nexit 3\necho never" });
    expect([ran.status, ran.outputs["failed-checks"]]).toEqual([1, '["smoke"]']);
    expect(ran.outputs.reasons).toContain("ended with exit status 3");
    expect(ran.summary).toContain("````text\n  The end of its output:\n  ``` | <b>the reason</b>\n  ````");
    expect(ran.summary).not.toContain("never");
    await scene.run({ "pr-number": String(pull.number), "smoke-command": "true" });
    const runs = scene.checksAt(pull.sha).toSorted((one, other) => one.id - other.id);
    expect(runs.map(({ name, conclusion }) => [name, conclusion])).toEqual([["instant/fast-ci", "failure"], ["instant/fast-ci", "success"]]);
  });

  test("a hanging smoke command is stopped and named", async () => {
    const pull = await scene.pull("hang", { "docs/FAQ.md": entry("Does it hang?") });
    const ran = await scene.run({ "pr-number": String(pull.number), "smoke-command": "trap '' TERM; sleep 300 & wait; sleep 300", "check-timeout-seconds": "1" });
    expect([ran.status, ran.outputs.conclusion]).toEqual([1, "failure"]);
    expect(ran.outputs.reasons).toContain("did not end within 1 s and was stopped");
  });

  test("a check that cannot run is an error, never a pass", async () => {
    const pull = await scene.pull("config", { "docs/FAQ.md": entry("Is it configured?"), ".markdownlint.yaml": "- nope\n" });
    const ran = await scene.run({ "pr-number": String(pull.number) });
    expect([ran.status, ran.outputs.conclusion, ran.outputs["failed-checks"]]).toEqual([1, "error", '["markdown"]']);
    expect(scene.checksAt(pull.sha)[0]).toMatchObject({ conclusion: "failure" });
    expect(ran.summary).toContain("### ⚠️ markdown could not run");
  });

  test("configuration, descriptions of APIs and credentials are told together, each at its line, and no credential is shown", async () => {
    const token = `ghp_${TOKEN}`;
    const api = (more: object) => JSON.stringify({ openapi: "3.1.0", info: { title: "A", version: "1" }, paths: { "/a": { get: { parameters: [], responses: { 200: { description: "ok" } }, ...more } } } }, null, 2);
    await scene.commit("main", { "api.json": api({}), "vendor/kept.json": "{}\n" });
    const pull = await scene.pull("all-checks", {
      ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs_on: ubuntu-latest\n    steps: []\n",
      "api.json": api({ parameters: [{ name: "q", in: "query", required: true, schema: { type: "string" } }] }),
      "docs/keys.md": `# Keys\n\n##${token}\n`, "vendor/kept.json": "{ broken", "vendor/keys.txt": token,
    });
    const workspace = await mkdtemp(join(scene.folder, "workspace-"));
    const ran = await scene.run({ "pr-number": String(pull.number), "ignore-paths": "vendor/**", "sarif-file": "out/fast-ci.sarif" }, { workspace });
    expect([ran.status, ran.outputs["failed-checks"]]).toEqual([1, '["markdown","config","openapi","secrets"]']);
    expect(ran.outputs).toMatchObject({ "markdown-conclusion": "failure", "faq-conclusion": "skipped", "links-conclusion": "success", "config-conclusion": "failure", "openapi-conclusion": "failure", "secrets-conclusion": "failure", "smoke-conclusion": "" });
    const [run] = scene.checksAt(pull.sha);
    const failed = run?.annotations.filter(({ level }) => level === "failure").map(({ path, startLine, title }) => `${path}:${startLine} ${title}`);
    expect(failed?.toSorted()).toEqual([
      ".github/workflows/ci.yml:4 config/workflow", ".github/workflows/ci.yml:4 config/workflow", "api.json:11 openapi/new-required-request-parameter", "docs/keys.md:3 markdown/MD018", "docs/keys.md:3 secrets/github-token",
    ]);
    const sarif = await readFile(join(workspace, "out/fast-ci.sarif"), "utf8");
    expect((JSON.parse(sarif) as { runs: [{ results: unknown[] }] }).runs[0].results).toHaveLength(5);
    expect(ran.log.replace(/^::add-mask::.*$/gm, "") + ran.summary + sarif + JSON.stringify([run?.annotations, run?.title, run?.summary, ran.outputs])).not.toContain(token.slice(0, 12));
    expect((await scene.run({ "pr-number": String(pull.number), checks: "openapi", "openapi-breaking": "warn" })).outputs).toMatchObject({ conclusion: "success", "openapi-conclusion": "success", "secrets-conclusion": "" });
    await scene.commit("main", { "api.json": null, "vendor/kept.json": null });
  });

  test("a document made to read the runner's files or climb out of the tree gets nowhere", async () => {
    const pull = await scene.pull("hostile", { "docs/evil.md": `# Evil\n\n[a](../../../../../../etc/passwd) ![b](/etc/passwd) [c](%2e%2e/%2e%2e/x)\n\n<img alt="d" src="../../../../proc/self/environ">\n` });
    const ran = await scene.run({ "pr-number": String(pull.number) });
    expect([ran.status, ran.outputs["failed-checks"]]).toEqual([1, '["links"]']);
    expect(ran.log).not.toContain("root:");
  });
});

describe("what is kept between runs", () => {
  const kept = { "cache-key": "a key that nobody else has" };

  test("is used again with the key only, and a forged file makes nothing pass", async () => {
    const folder = await mkdtemp(join(scene.folder, "cache-"));
    const pull = await scene.pull("kept", { "docs/kept.md": "# Kept\n\n##Broken\n" });
    const run = (inputs: Readonly<Record<string, string>>) => scene.run({ "pr-number": String(pull.number), checks: "markdown,smoke", "cache-dir": folder, ...inputs });
    // The command of the pull request writes a file by which everything would be fine, and looks for the key.
    const forge = `printf '%s\\n{}' 0000 > ${folder}/instant-fast-ci.json; env; tr '\\0' '\\n' < /proc/$PPID/environ`;
    const first = await run({ ...kept, "smoke-command": `${forge}; exit 1` });
    expect(first.summary).not.toContain(kept["cache-key"]);
    expect(await run(kept)).toMatchObject({ status: 1, summary: expect.stringContaining("1 result was known from an earlier run.") });
    const stranger = await run({});
    expect([stranger.status, stranger.summary.includes("known from an earlier run")]).toEqual([1, false]);
    await writeFile(join(folder, "instant-fast-ci.json"), "{}");
    expect((await run(kept)).status).toBe(1);
  });
});

describe("permissions", () => {
  test("a token that may not write checks: one clear message, and the annotations all the same", async () => {
    const pull = await scene.pull("no-checks", { "docs/FAQ.md": `${FAQ}\n[x](gone.md)\n` });
    const ran = await scene.run({ "pr-number": String(pull.number) }, { permissions: { contents: "read", "pull-requests": "read" } });
    expect(ran.status).toBe(1);
    expect(ran.log.match(/lacks `checks: write`/g)).toHaveLength(1);
    expect(ran.log).toContain("Add `checks: write` below `permissions:` of this job.");
    expect(ran.log).toMatch(/::error [^\n]*file=docs\/FAQ\.md,line=7/);
    expect(ran.outputs["check-run-url"]).toBe("");
  });

  test("it fails a green pull request too, for nobody would see the check", async () => {
    const pull = await scene.pull("no-checks-green", { "docs/FAQ.md": entry("Who sees it?") });
    const ran = await scene.run({ "pr-number": String(pull.number) }, { permissions: { contents: "read", "pull-requests": "read" } });
    expect([ran.status, ran.outputs.conclusion]).toEqual([1, "success"]);
    expect(ran.outputs.reasons).toContain("checks: write");
  });

  test("the read-only token of a fork's run: annotations and exit status, no complaint", async () => {
    const made = await forkOfMallory();
    const permissions = { contents: "read", "pull-requests": "read", checks: "read" } as const;
    const green = await made("fork-green", entry("From a fork?"));
    const fine = await scene.run({}, { permissions, event: eventOf(green, "mallory/product") });
    expect([fine.log, fine.status, fine.outputs.conclusion]).toEqual([expect.not.stringContaining("checks: write"), 0, "success"]);
    const red = await made("fork-red", `${FAQ}\n[x](gone.md)\n`);
    const bad = await scene.run({}, { permissions, event: eventOf(red, "mallory/product") });
    expect(bad.status).toBe(1);
    expect(bad.log).toMatch(/::error [^\n]*file=docs\/FAQ\.md,line=7/);
    expect(bad.log).not.toContain("checks: write");
  });

  test("a fork's code is not run where the job has power, and that is no pass", async () => {
    const made = await forkOfMallory();
    const pull = await made("fork-smoke", entry("Whose code?"));
    const proof = join(scene.folder, "ran-foreign-code");
    const smoke = { "smoke-command": `touch ${proof}` };
    const event = eventOf(pull, "mallory/product");
    // Which events give power: run-checks.test.ts.
    const ran = await scene.run({ "pr-number": String(pull.number), "head-sha": pull.sha, ...smoke }, { event: { ...event, name: "pull_request_target" } });
    expect([ran.status, ran.outputs.conclusion, ran.outputs["failed-checks"]]).toEqual([1, "error", '["smoke"]']);
    expect(ran.log).toContain("the code of a fork is not run");
    expect(existsSync(proof)).toBe(false);
    const harmless = await scene.run(smoke, { permissions: { contents: "read", "pull-requests": "read", checks: "read" }, event });
    expect([harmless.status, harmless.outputs.conclusion, existsSync(proof)]).toEqual([0, "success", true]);
  });

  test("a token that may not read the repository: the permission is named and nothing is written", async () => {
    const pull = await scene.pull("no-contents", { "docs/FAQ.md": entry("Can it read?") });
    const ran = await scene.run({ "pr-number": String(pull.number) }, { permissions: { "pull-requests": "read", checks: "write" } });
    expect(ran.status).toBe(1);
    expect(ran.log).toContain("contents: read");
    expect(scene.checksAt(pull.sha)).toEqual([]);
  });
});

describe("what a run leaves alone", () => {
  test("a dry run shows what it would say, and publishes nothing", async () => {
    const pull = await scene.pull("dry", { "docs/FAQ.md": `${FAQ}\n[x](gone.md)\n` });
    const ran = await scene.run({ "pr-number": String(pull.number), "dry-run": "true" });
    expect([ran.status, ran.outputs.conclusion, scene.checksAt(pull.sha).length]).toEqual([0, "failure", 0]);
    expect(ran.summary).toContain("A dry run");
    expect(ran.requests).toEqual(["POST PullRange 200"]);
  });

  test("a paused one reads and writes nothing", async () => {
    const ran = await scene.run({ paused: "true" });
    expect([ran.status, ran.requests.length]).toEqual([0, 0]);
  });

  test("bad inputs are all told at once, before anything is read", async () => {
    const ran = await scene.run({ "pr-number": "x", "head-sha": "abc", checks: "spelling", "faq-path": "../x", "check-timeout-seconds": "0" });
    expect([ran.status, ran.requests.length]).toEqual([1, 0]);
    for (const name of ["pr-number", "head-sha", "checks", "faq-path", "check-timeout-seconds"]) expect(ran.log).toContain(`Input \`${name}\``);
  });

  test("without a pull request it says how to name one", async () => {
    const ran = await scene.run({}, { event: { name: "push", payload: {} } });
    expect([ran.status, ran.requests.length]).toEqual([1, 0]);
    expect(ran.log).toContain("Start this action on `pull_request`, or give it `pr-number`.");
  });

  test("the smoke command sees no token, and cannot speak for the action", async () => {
    const pull = await scene.pull("spy", { "docs/FAQ.md": entry("Who spies?") });
    const spy = "cat .git/config; git config -l || true\ntr '\\0' '\\n' < /proc/$PPID/environ | grep -a INPUT_ || true\necho \"conclusion=success\" >> \"${GITHUB_OUTPUT:-/dev/null}\"\nenv\nexit 9";
    const canary = { "INPUT_API-KEY": "canary-key", ACTIONS_RUNTIME_TOKEN: "canary-runtime", MY_PASSWORD: "canary-password" };
    const ran = await scene.run({ "pr-number": String(pull.number), "smoke-command": spy }, { env: canary });
    expect([ran.status, ran.outputs.conclusion]).toEqual([1, "failure"]);
    expect(ran.summary).toContain("GITHUB_REPOSITORY=acme/product");
    expect(ran.summary).toContain("INPUT_TOKEN=****");
    // The runner reads the line that masks the token, and does not print it.
    expect(ran.log.replace(/^::add-mask::.*$/gm, "") + ran.summary).not.toMatch(/canary-|ghs_\w+|extraheader|x-access-token/);
  });
});

describe("for the gate", () => {
  // How it goes on when the commit is fine: races.test.ts of the gate.
  test("a commit is checked and its check run published there", async () => {
    const pull = await scene.pull("recheck", { "docs/FAQ.md": `${FAQ}\n[x](gone.md)\n` });
    const ran = await scene.run({ "pr-number": String(pull.number), "head-sha": pull.sha, "trace-id": TRACE, "smoke-command": "true" }, { recheck: true });
    const [run] = scene.checksAt(pull.sha);
    expect(JSON.parse(ran.outputs.judgement ?? "{}")).toEqual({ conclusion: "failure", failedChecks: ["links"], url: expect.stringContaining(String(run?.id)) });
    expect(run).toMatchObject({ conclusion: "failure", externalId: TRACE });
  });

  test("without permission to write the check it is an error, not a silent pass", async () => {
    const pull = await scene.pull("recheck-none", { "docs/FAQ.md": entry("Is it written?") });
    const ran = await scene.run({ "pr-number": String(pull.number), "head-sha": pull.sha, "trace-id": TRACE }, { recheck: true, permissions: { contents: "read", "pull-requests": "read" } });
    expect(ran.status).toBe(1);
    expect(ran.log).toContain("checks: write");
  });
});

/** Makes pull requests from the fork of somebody who may only read. */
async function forkOfMallory() {
  const product = scene.sandbox.repository("acme/product");
  if (!forked) await scene.sandbox.fork(product, "mallory");
  forked = true;
  const mallory = scene.as("mallory", "mallory");
  const base = scene.head("main");
  return async (branch: string, text: string) => {
    await mallory.createBranch(branch, base);
    const commit = await mallory.commitFiles({ branch, expectedHead: base, files: [{ path: "docs/FAQ.md", text }], headline: "x", body: "" });
    if (commit === "moved") throw new Error("moved");
    product.roles.set("mallory", "read");
    const opened = await scene.as("mallory").openPull({ head: `mallory:${branch}`, base: "main", title: branch, body: "" });
    if (typeof opened === "string") throw new Error(opened);
    return { number: opened.number, sha: commit.sha, base };
  };
}
