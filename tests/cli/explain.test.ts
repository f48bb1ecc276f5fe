import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";
import { Scene } from "../stages/auto-merge-gate/a-sandbox.ts";
import { Others } from "../stages/auto-merge-gate/a-trap.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/explain.ts", import.meta.url));
let scene: Scene;
beforeAll(async () => void (scene = await Scene.start()));
afterAll(() => scene.close());

function explain(args: readonly string[], token?: string): Promise<{ code: number | null; out: string; err: string }> {
  const { urls } = scene.sandbox;
  const env = { ...MACHINE, ...(token === undefined ? {} : { GITHUB_TOKEN: token }), GITHUB_API_URL: urls.api, GITHUB_GRAPHQL_URL: urls.graphql, GITHUB_SERVER_URL: urls.server };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAM, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const text = { out: "", err: "" };
    child.stdout.on("data", (part: Buffer) => (text.out += part.toString()));
    child.stderr.on("data", (part: Buffer) => (text.err += part.toString()));
    child.once("error", reject).once("close", (code) => resolve({ code, ...text }));
  });
}

test("any pull request is explained, open or merged, by the inputs given, and nothing is written", async () => {
  const here = await scene.repository("explained");
  const others = new Others(here);
  const pull = await here.pull("Why?");
  others.label(pull.number, "hold\u001B[2J");
  others.label(pull.number, "hold");
  const token = scene.sandbox.tokens.user("ada");
  const writes = () => scene.sandbox.requests.list({}).filter(({ userAgent, method, operation }) => userAgent === "instant-explain" && !(method === "GET" || operation === "Pull" || operation === "Entries"));
  const open = await explain([`acme/explained#${pull.number}`], token);
  expect([open.code, open.err]).toEqual([1, ""]);
  expect(open.out).toContain(`/acme/explained/pull/${pull.number} (open) at ${pull.sha.slice(0, 7)}: blocked`);
  expect(open.out).toMatch(/^ {2}ok {6}It is not a draft {2,}ready for review$/m);
  expect(open.out).toMatch(/^ {2}NO {6}No label holds it back {2,}`hold`$/m);
  expect(open.out).toContain("label: its label `hold` holds it back\n    Take the label off");
  expect(open.out).not.toContain("\u001B");
  const other = await explain([`acme/explained#${pull.number}`, "--with", "blocking-labels=stop", "--with", "merge-method=merge", "--json"], token);
  expect([other.code, JSON.parse(other.out)]).toEqual([0, expect.objectContaining({ decision: "merge", state: "open", head_sha: pull.sha, reasons: [], warnings: [] })]);
  await here.gate({ "pr-number": String(pull.number), "blocking-labels": "stop" });
  const merged = await explain([`acme/explained#${pull.number}`], token);
  expect([merged.code, merged.out]).toEqual([0, expect.stringContaining("It is merged; this is how it stands by today's rules.")]);
  expect(merged.out).toMatch(/^ {2}ok {6}Its origin is proved {2,}1 of 1 commits signed by GitHub/m);
  expect(writes()).toEqual([]);
}, 30_000);

test("what cannot be understood is told, all of it at once, and so is what is not there", async () => {
  const wrong = await explain(["acme/explained", "--with", "colour=red"], "t");
  expect([wrong.code, wrong.out]).toEqual([1, ""]);
  for (const part of ["`acme/explained` names no pull request", "owner/name#12", "`--with colour=red` names no input of auto-merge-gate"]) expect(wrong.err).toContain(part);
  expect((await explain(["acme/explained#1"])).err).toContain("GITHUB_TOKEN is not set");
  const bad = await explain(["acme/explained#1", "--with", "merge-method=push"], scene.sandbox.tokens.user("ada"));
  expect([bad.code, bad.err]).toEqual([1, expect.stringContaining("`merge-method` cannot be `push`")]);
  expect((await explain(["--help"])).out).toContain("npm run explain -- owner/name#12");
}, 30_000);
