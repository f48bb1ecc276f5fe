import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startModelServer } from "../../src/sandbox/model/index.ts";
import { MACHINE } from "../fakes/action-process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
let folder: string;
let temp: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "instant-commands-"));
  temp = join(folder, "tmp");
  await mkdir(temp);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A command of ours with a temporary folder of its own, so that what it leaves behind shows. */
function start(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const inherited = { ...MACHINE, HOME: folder, LANG: "C.UTF-8" };
  return spawn(process.execPath, [join(ROOT, "src/cli", script), ...args], { cwd: folder, env: { ...inherited, TMPDIR: temp, ...env }, stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), new Promise<number | null>((resolve) => child.once("close", resolve))]);
  return { code, stdout, stderr };
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = "";
  for await (const part of stream ?? []) all += String(part);
  return all;
}

/** Resolves with what was printed so far as soon as it matches. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = "";
    child.stdout?.on("data", (part) => {
      all += String(part);
      if (pattern.test(all)) resolve(all);
    });
    child.once("close", () => reject(new Error(`it ended before it printed ${pattern}: ${all}`)));
  });
}

/** Processes whose command line or environment names the temporary folder (Linux). */
async function processesIn(place: string): Promise<string[]> {
  if (process.platform !== "linux") return [];
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(ids.map(async (id) => (await Promise.all(["cmdline", "environ"].map((file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")))).join(" ")));
  return lines.filter((line) => line.includes(place)).map((line) => line.replaceAll("\0", " ").slice(0, 200));
}

async function expectNothingLeft(): Promise<void> {
  expect(await processesIn(temp)).toEqual([]);
  expect(await readdir(temp)).toEqual([]);
}

describe("npm start", () => {
  // A whole loop takes seconds: each is run once, and everything is asked of it that it shows.
  test("--json prints one JSON object and nothing else; --break health ends with 0, healthy on the reverted tree, and leaves nothing behind", async () => {
    const { code, stdout } = await ended(start("start.ts", ["--json", "--express", "--break", "health"]));
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual(["trace_id", "status", "phase", "pr_url", "merged_sha", "deployed_sha", "verdict", "tte_ms", "trb_ms", "api_requests", "stages"]);
    expect(result).toMatchObject({ status: "error", phase: "rolled_back", verdict: "healthy", trb_ms: expect.any(Number) });
    await expectNothingLeft();
  });

  test("a model that cannot be reached ends with 1 and says what to do, once", async () => {
    const env = { INSTANT_BASE_URL: "http://127.0.0.1:9/v1", INSTANT_MODEL: "m", INSTANT_API_KEY: "sk-very-secret-key" };
    const { code, stdout } = await ended(start("start.ts", [], env));
    expect(code).toBe(1);
    expect(stdout).toContain("What to do:");
    expect(stdout).not.toContain("sk-very-secret-key");
    await expectNothingLeft();
  });

  test("wrong arguments are refused at once", async () => {
    const { code, stdout, stderr } = await ended(start("start.ts", ["--break", "all", "--repo", "nowhere"]));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("--break all");
    expect(stderr).toContain("--repo nowhere");
  });

  test("Ctrl-C in the midst of the loop leaves nothing running", async () => {
    const child = start("start.ts", ["--question", "What happens on Ctrl-C?"]);
    const ending = ended(child);
    await printed(child, /Generate/);
    child.kill("SIGINT");
    expect((await ending).code).toBe(130);
    await expectNothingLeft();
  });

  test("--repo works on a copy of one's own repository and changes nothing in it; a model that the environment names writes the answer", async () => {
    const repo = join(folder, "my project");
    await mkdir(join(repo, ".github/workflows"), { recursive: true });
    await writeFile(join(repo, "README.md"), "# Mine\n\nThe server listens on port 8080.\n");
    await writeFile(join(repo, "FAQ.md"), "# FAQ\n\n## Is it free?\n\nYes.\n");
    await writeFile(join(repo, ".github/workflows/own.yml"), "on: [push, workflow_dispatch]\njobs:\n  own:\n    runs-on: ubuntu-latest\n    services: { db: { image: postgres } }\n    steps:\n      - run: exit 1\n");
    const git = (...args: string[]) => run("git", ["-C", repo, "-c", "user.name=Me", "-c", "user.email=me@example.com", ...args]);
    await git("init", "--quiet", "--initial-branch=trunk");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "First");
    const model = await startModelServer({ models: ["my-model"], apiKey: "sk-mine" });
    const env = { OPENAI_BASE_URL: model.url, INSTANT_MODEL: "my-model", OPENAI_API_KEY: "sk-mine" };
    const { code, stdout } = await ended(start("start.ts", ["--repo", repo, "--question", "Which port does the server listen on?"], env));
    await model.close();
    expect(code).toBe(0);
    expect(model.requests.map(({ path, status }) => [path, status])).toEqual([["/v1/chat/completions", 200]]);
    expect(stdout).toContain('"model":"my-model"');
    expect(stdout).toContain("+The server listens on port 8080.");
    expect(stdout).toMatch(/^ {2}FAQ\.md$/m);
    expect((await git("status", "--porcelain")).stdout).toBe("");
    expect((await git("rev-list", "--count", "--all")).stdout.trim()).toBe("1");
    await expectNothingLeft();
  });
});

describe("npm run sandbox", () => {
  test("prints where its GitHub is, answers there, and goes away when told", async () => {
    const child = start("sandbox.ts", []);
    const ending = ended(child);
    const where = JSON.parse(await printed(child, /\n}\n/)) as Record<string, string>;
    expect(Object.keys(where)).toEqual(["api_url", "graphql_url", "server_url", "owner", "repo", "token"]);
    const authorization = `Bearer ${where["token"]}`;
    const answer = await fetch(`${where["api_url"]}/repos/${where["owner"]}/${where["repo"]}`, { headers: { authorization } });
    expect(await answer.json()).toMatchObject({ full_name: "acme/handbook", default_branch: "main" });
    const body = JSON.stringify({ query: "{ viewer { login } }" });
    expect(await (await fetch(where["graphql_url"] ?? "", { method: "POST", headers: { authorization }, body })).json()).toEqual({ data: { viewer: { login: "ada" } } });
    const cloned = join(folder, "cloned");
    await run("git", ["clone", "--quiet", `${where["server_url"]?.replace("//", `//x-access-token:${where["token"]}@`)}/acme/handbook.git`, cloned]);
    expect(await readdir(cloned)).toContain("docs");
    child.kill("SIGINT");
    expect((await ending).code).toBe(130);
    await expectNothingLeft();
  });

  test("--tls prints whom to trust, and lines that work when they are pasted into a shell", async () => {
    const child = start("sandbox.ts", ["--tls"]);
    const ending = ended(child);
    const where = JSON.parse(await printed(child, /\n}\n/)) as Record<string, string> & { environment: Record<string, string> };
    const { host, protocol } = new URL(where["server_url"] ?? "");
    expect([protocol, where.environment["GH_HOST"], where.environment["NODE_EXTRA_CA_CERTS"]]).toEqual(["https:", host, where["ca_file"]]);
    const ask = `fetch("${where["api_url"]}/user", { headers: { authorization: "Bearer " + process.env.GH_ENTERPRISE_TOKEN } }).then(async (answer) => console.log((await answer.json()).login))`;
    const { environment } = where;
    expect((await run(process.execPath, ["--eval", ask], { env: { PATH: process.env["PATH"] ?? "", ...environment } })).stdout).toBe("ada\n");
    child.kill("SIGTERM");
    const { code, stderr } = await ending;
    expect(code).toBe(143);
    const lines = stderr.split("\n").filter((line) => line.startsWith("  export "));
    const pasted = await run("sh", ["-c", `${lines.join("\n")}\nprintf '%s|' ${Object.keys(environment).map((name) => `"$${name}"`).join(" ")}`]);
    expect(pasted.stdout).toBe(`${Object.values(environment).join("|")}|`);
    expect(stderr).toContain('gh pr create --head BRANCH --title TITLE --body BODY -R "$GH_REPO"');
    await expectNothingLeft();
  });

  test("a port that is taken, and arguments that are wrong, are told without a stack", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const taken = await ended(start("sandbox.ts", ["--port", String(port)]));
    server.close();
    expect(taken).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(new RegExp(`Port ${port} cannot be used[\\s\\S]*another program listens there[\\s\\S]*--port`)) });
    const wrong = await ended(start("sandbox.ts", ["--port", "http"]));
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("`--port http` is no port") });
    expect(taken.stderr + wrong.stderr).not.toMatch(/^\s+at /m);
    await expectNothingLeft();
  });
});
