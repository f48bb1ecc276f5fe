import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "instant-runtime-"));
});
afterAll(() => rm(folder, { recursive: true }));

const RUNTIME = new URL("../../src/runtime/run-action.ts", import.meta.url).href;
const INPUTS = new URL("../../src/kit/inputs.ts", import.meta.url).href;
const ERRORS = new URL("../../src/kit/errors.ts", import.meta.url).href;

/** Runs a little action as a runner would and gives back all it left behind. */
async function run(stage: string, env: Record<string, string>, record = "undefined") {
  const script = join(folder, `${Math.random().toString(36).slice(2)}.ts`);
  const specs = '{ token: secret(), question: text(), count: number({ min: 1, fallback: 1 }), "dry-run": boolean({ fallback: false }), store: secret({ fallback: "" }) }';
  await writeFile(
    script,
    `import { runAction } from "${RUNTIME}";\nimport { boolean, text, secret, number } from "${INPUTS}";\nimport { InstantError } from "${ERRORS}";\n` +
      `await runAction({ name: "little", inputs: ${specs}, record: ${record}, stage: async (inputs, tools) => { ${stage} } });\n`,
  );
  const files = { GITHUB_OUTPUT: `${script}.out`, GITHUB_STEP_SUMMARY: `${script}.md`, GITHUB_EVENT_PATH: `${script}.json` };
  await Promise.all([writeFile(files.GITHUB_OUTPUT, ""), writeFile(files.GITHUB_STEP_SUMMARY, ""), writeFile(files.GITHUB_EVENT_PATH, '{"a":1}')]);
  const urls = { GITHUB_API_URL: "http://127.0.0.1:9", GITHUB_GRAPHQL_URL: "http://127.0.0.1:9/graphql", GITHUB_SERVER_URL: "http://127.0.0.1:9" };
  const base = { ...MACHINE, GITHUB_REPOSITORY: "o/r", GITHUB_WORKSPACE: folder, ...urls, ...files };
  const child = spawn(process.execPath, [script], { env: { ...base, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout.on("data", (data) => (log += String(data)));
  child.stderr.on("data", (data) => (log += String(data)));
  const status = await new Promise((resolve) => child.on("close", resolve));
  return { status, log, outputs: await readFile(files.GITHUB_OUTPUT, "utf8"), summary: await readFile(files.GITHUB_STEP_SUMMARY, "utf8") };
}

const GOOD = { INPUT_TOKEN: "s3cret-value", INPUT_QUESTION: "Why?" };

test("a stage's report becomes outputs, a summary and the exit status", async () => {
  const ended = await run('return { outputs: { answer: inputs.question + tools.context.owner }, summary: "# Done", failed: "red" };', GOOD);
  expect(ended.status).toBe(1);
  expect(ended.outputs).toMatch(/answer<<(\S+)\nWhy\?o\n\1/);
  expect(ended.summary).toContain("# Done");
  expect(ended.log).toContain("::error::red");
  expect(ended.log).toContain("::add-mask::s3cret-value");
});

test("a Node that is too old, as nektos/act may find on PATH, is named before anything is done", async () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
  const ended = await run('console.log("SAID"); return { outputs: {}, summary: "" };', { ...GOOD, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}` });
  expect(ended.status).toBe(1);
  expect(ended.log).toContain("This action needs Node 24 and runs on Node 20.20.2");
  expect(ended.log).not.toContain("SAID");
});

test("the password of a proxy is masked before anything is said, in every way it may be written", async () => {
  const { log } = await run('console.log("SAID"); return { outputs: {}, summary: "" };', { ...GOOD, https_proxy: "http://ada:p%40ss@proxy.example" });
  const [masks = ""] = log.split("SAID");
  for (const secret of ["p%2540ss", "p@ss", Buffer.from("ada:p@ss").toString("base64")]) expect(masks).toContain(`::add-mask::${secret}`);
});

test("slashes behind the runner's addresses do no harm, and what is no address is named", async () => {
  const good = { GITHUB_API_URL: "https://ghes.example/api/v3/", GITHUB_GRAPHQL_URL: "https://ghes.example/api/graphql//", GITHUB_SERVER_URL: "https://ghes.example/" };
  const context = 'const { apiUrl, graphqlUrl, serverUrl, runUrl } = tools.context; console.log(JSON.stringify([apiUrl, graphqlUrl, serverUrl, runUrl])); return { outputs: {}, summary: "" };';
  expect((await run(context, { ...GOOD, ...good, GITHUB_RUN_ID: "7" })).log).toContain('["https://ghes.example/api/v3","https://ghes.example/api/graphql","https://ghes.example","https://ghes.example/o/r/actions/runs/7"]');
  const bad = await run(context, { ...GOOD, GITHUB_API_URL: "ghes.example/api/v3", GITHUB_SERVER_URL: "ssh://ghes.example" });
  expect(bad.log.match(/::error::/g)).toHaveLength(1);
  for (const name of ["GITHUB_API_URL", "GITHUB_SERVER_URL"]) expect(bad.log).toContain(`The environment variable ${name} does not hold an http or https address`);
});

test("bad inputs end in one error that names each, and the stage is never reached", async () => {
  const ended = await run('console.log("REACHED"); return { outputs: {}, summary: "" };', { INPUT_COUNT: "0" });
  expect(ended.status).toBe(1);
  expect(ended.log).not.toContain("REACHED");
  expect(ended.log.match(/::error::/g)).toHaveLength(1);
  for (const name of ["token", "question", "count"]) expect(ended.log).toContain(`\`${name}\``);
  expect(ended.summary).toContain("the configuration of this workflow has to change");
});

test("an unexpected error is called a bug, an expected one says who is to act", async () => {
  const bug = await run('throw new TypeError("x is not a function");', GOOD);
  expect(bug.log).toContain("INSTANT itself failed");
  const known = await run('throw new InstantError("permission", [{ what: "May not merge", cause: "no contents: write", fix: "Add it <b>" }]);', GOOD);
  expect(known.log).toContain("a permission is missing");
  expect(known.summary).toContain("Add it &#60;b&#62;");
  expect(known.status).toBe(1);
});

test("text from outside is no command to the runner, whatever it is logged with", async () => {
  const stage = `
    for (const text of ["::set-env name=A::b", "  ::add-mask::x", "a\\n::error::b", "a\\r::stop-commands::b", "see ##[add-mask]c"]) {
      tools.log.info(text, { operation: "x", said: text });
      tools.log.warning(text);
      tools.log.debug(text);
    }
    return { outputs: {}, summary: "" };`;
  const { log, status } = await run(stage, GOOD);
  const lines = log.split(/[\r\n]+/).filter((line) => line !== "");
  expect(status).toBe(0);
  expect(lines.filter((line) => /^\s*::(?!warning|debug|add-mask::s3cret-value$)/.test(line) || line.includes("##["))).toEqual([]);
  expect(lines).toHaveLength(16);
});

test("text from outside moves no cursor and turns no direction, in errors, annotations and what fails a job", async () => {
  const nasty = 'const nasty = "a\\u001b[2K\\u001b[1Ab\\u202Ec\\u0007\\r\\u2028d\\n- e"; ';
  const thrown = await run(`${nasty} throw new InstantError("service", [{ what: nasty, cause: nasty, fix: nasty }]);`, GOOD);
  const failed = await run(`${nasty} return { outputs: {}, summary: "", failed: nasty, annotations: [{ level: "warning", message: nasty, title: nasty }] };`, GOOD);
  for (const { log } of [thrown, failed]) {
    expect(log).toContain("a [2K [1Ab c d%0A- e");
    expect(log).not.toMatch(/[\u001b\u202e\u0007\r\u2028]|%0D/i);
  }
});

test("text from outside is no markup in the summary of an error, and lines to be typed stay lines", async () => {
  const stage = 'throw new InstantError("service", [{ what: "It said ![x](http://evil.test/a.png) @ada\\n\\n# Heading `a` `b", fix: "Add:\\npermissions:\\n  checks: write" }]);';
  const { summary } = await run(stage, GOOD);
  expect(summary).not.toMatch(/!\[|\]\(|@ada|^# Heading|^permissions/m);
  expect(summary).toContain("<code>a</code> &#96;b");
  expect(summary).toContain("Add:<br>permissions:<br>&nbsp;&nbsp;checks: write");
});

test("paused: nothing is parsed, read or written", async () => {
  const ended = await run('console.log("REACHED"); return { outputs: {}, summary: "" };', { INPUT_PAUSED: "true" });
  expect(ended.status).toBe(0);
  expect(ended.log).toContain("::notice::little is paused");
  expect(ended.log).not.toContain("REACHED");
});

test("outside of a runner it says so", async () => {
  const ended = await run('return { outputs: {}, summary: "" };', { ...GOOD, GITHUB_REPOSITORY: "", GITHUB_API_URL: "" });
  expect(ended.log).toContain("GITHUB_REPOSITORY is not set");
  expect(ended.log).toContain("GITHUB_API_URL is not set");
});

const LEDGER = `async () => {
  const say = (name) => async () => console.log("LEDGER " + name);
  return { beat: say("beat"), endBeat: say("endBeat"), flush: say("flush"), catchUp: () => new Promise((resolve) => setTimeout(resolve, 50)).then(say("catchUp")), close: say("close"), note: (task) => console.log("NOTE " + task.status + " " + task.errorMsg), tell() {} };
}`;
const FOLLOWED = 'await tools.follow({ traceId: "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11" });';

test("what a stage did goes on record after its outputs, and a stage that throws is on record as failed", async () => {
  const well = await run('return { outputs: { a: "1" }, summary: "", record: { traceId: "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11", task: { phase: "pr_open", status: "running" }, events: [] } };', GOOD, LEDGER);
  expect([well.status, well.outputs.startsWith("a<<")]).toEqual([0, true]);
  expect(well.log).toMatch(/LEDGER beat[\s\S]*NOTE running null[\s\S]*LEDGER flush[\s\S]*LEDGER close/);
  const people = `people: async () => ({
    notifier: { foresee: async () => {}, send: async ({ key }) => { console.log("SENT " + key); return { kind: "told", answers: [] }; } },
    look: async () => { console.log("LOOKED"); return [{ key: "found", fields: [], links: [] }]; },
  }), alertsOf: async () => [{ key: "thrown", fields: [], links: [] }]`;
  const ill = await run(`${FOLLOWED} throw new InstantError("service", [{ what: "It is down", fix: "Wait." }]);`, GOOD, `${LEDGER}, ${people}`);
  expect(ill.status).toBe(1);
  expect(ill.log).toMatch(/::error::[\s\S]*NOTE error It is down/);
  // People do not wait for stores that catch up, which may take long; how the loop does shows when they have.
  const order = ["flush", "endBeat", "SENT thrown", "catchUp", "LOOKED", "SENT found", "close"].map((what) => ill.log.indexOf(what));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order).not.toContain(-1);
});

test("a dry run keeps no record, and one that cannot be opened is a warning", async () => {
  const work = 'console.log(tools.ledger === null ? "NONE" : "ONE"); return { outputs: {}, summary: "" };';
  const dry = await run(`${FOLLOWED} ${work}`, { ...GOOD, "INPUT_DRY-RUN": "true" }, LEDGER);
  expect(dry.log).toContain("NONE");
  expect(dry.log).not.toContain("LEDGER");
  const broken = await run(work, GOOD, 'async () => { throw new Error("no chunk"); }');
  expect([broken.status, broken.log.includes("NONE")]).toEqual([0, true]);
  expect(broken.log).toContain("::warning::The record of tasks cannot be kept: no chunk");
});

test("the password inside of a secret address is masked by itself too", async () => {
  const { log } = await run('return { outputs: {}, summary: "" };', { ...GOOD, INPUT_STORE: "redis://u:p%40ssw0rd@h:1" });
  for (const secret of ["redis://u:p%40ssw0rd@h:1", "p%40ssw0rd", "p@ssw0rd"]) expect(log).toContain(`::add-mask::${secret.replaceAll("%", "%25")}`);
});
