import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { upsertEntry } from "../../../src/faq/index.ts";
import { startProduct, TEMPLATE, templateFiles, type Product, type ProductOptions } from "../../../src/sandbox/product/index.ts";
import { read, Random, record } from "../../faq/support.ts";
import { isAlive, Repository } from "./support.ts";

let repository: Repository;
let product: Product;
let first: string;
let faq: string;

async function start(options: Partial<ProductOptions> = {}): Promise<void> {
  product = await startProduct({ gitDir: repository.gitDir, ...options });
}

/** A commit that adds one answered question. */
async function ask(question: string, answer = "Because."): Promise<string> {
  faq = upsertEntry(faq, { question, answer, record: record() }).text;
  return repository.commit([["docs/FAQ.md", faq]]);
}

async function json(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const page = async (path = "/faq"): Promise<string> => (await fetch(product.url + path)).text();

beforeAll(async () => {
  repository = await Repository.create();
  first = await repository.commit(await templateFiles());
});
afterAll(() => repository.remove());

beforeEach(async () => {
  await repository.reset(first);
  faq = (await templateFiles()).get("docs/FAQ.md")?.toString("utf8") ?? "";
});

afterEach(async () => {
  await product.close();
});

test("shows the deployed commit: version, health and the FAQ as a page", async () => {
  await start();
  expect(await json(product.healthUrl)).toEqual({ status: 503, body: { status: "down", reason: "nothing is deployed yet" } });
  expect(await product.deploy(first)).toMatchObject({ status: "live", commit: first, running: first });
  expect(await json(product.healthUrl)).toEqual({ status: 200, body: { status: "ok" } });
  const version = await json(product.versionUrl);
  expect(version.body["commit"]).toBe(first);
  expect(Date.parse(String(version.body["started_at"]))).toBeLessThanOrEqual(Date.now());
  const html = await page();
  expect(html).toContain("<h1>Frequently asked questions</h1>");
  expect(html.match(/<article /g)).toHaveLength(6);
  expect(html).toContain('<a href="/docs/deployment.md">deployment page</a>');
  expect(html).toContain(first.slice(0, 7));
  expect(await page("/docs/deployment.md")).toContain("<h2 id=\"rolling-back\">Rolling back</h2>");
  expect((await fetch(`${product.url}/docs/none.md`)).status).toBe(404);
  expect((await fetch(`${product.url}/..%2f..%2fetc/passwd`)).status).toBe(404);
  expect((await fetch(product.url, { method: "DELETE" })).status).toBe(405);
});

test("a deployment is a new process behind the same address, and the old one is gone", async () => {
  await start();
  await product.deploy(first);
  const before = product.pid() ?? 0;
  const second = await ask("Why is the sky blue?");
  expect(await product.deploy(second)).toMatchObject({ status: "live", running: second });
  expect(product.pid()).not.toBe(before);
  expect(isAlive(before)).toBe(false);
  expect((await json(product.versionUrl)).body["commit"]).toBe(second);
  expect(await page()).toContain("Why is the sky blue?");
  expect(await product.deploy(second)).toMatchObject({ status: "unchanged" });
});

test("deployments that arrive in any order never go back", async () => {
  await start();
  const commits = [first];
  for (let index = 0; index < 5; index += 1) commits.push(await ask(`Question ${index}?`));
  const seen: number[] = [];
  const all = new Random(8).shuffle(commits).map(async (sha) => {
    const { status, running } = await product.deploy(sha);
    expect(["live", "superseded"]).toContain(status);
    seen.push(commits.indexOf(running ?? ""));
  });
  await Promise.all(all);
  expect(product.deployedSha()).toBe(commits.at(-1));
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  expect(product.history).toHaveLength(6);
  expect(await product.onPush(first)).toMatchObject({ status: "superseded", running: commits.at(-1) });
});

test("is degraded while the FAQ holds the text that breaks it, and well again on the reverted tree", async () => {
  await start({ breakWhen: "Why is the sky blue?" });
  await product.deploy(first);
  const before = faq;
  await product.deploy(await ask("Why is the sky blue?"));
  expect(await json(product.healthUrl)).toEqual({
    status: 503,
    body: { status: "degraded", reason: 'docs/FAQ.md contains "Why is the sky blue?"' },
  });
  const reverted = await repository.commit([["docs/FAQ.md", before]]);
  expect(await product.deploy(reverted)).toMatchObject({ status: "live" });
  expect((await json(product.healthUrl)).status).toBe(200);
});

test("a tree whose app does not start leaves the old one running, and says why", async () => {
  await start();
  await product.deploy(first);
  const server = (await templateFiles()).get("app/server.mjs")?.toString("utf8") ?? "";
  const broken = await repository.commit([["app/server.mjs", `${server}\nthrow new Error("out of order");\n`]]);
  const deployment = await product.deploy(broken);
  expect(deployment).toMatchObject({ status: "failed", running: first });
  expect(deployment.reason).toContain("out of order");
  expect((await json(product.versionUrl)).body["commit"]).toBe(first);
  expect(await product.deploy("f".repeat(40))).toMatchObject({ status: "unknown" });
});

test("a crash is seen from outside, and deploying the commit again mends it", async () => {
  await start();
  await product.deploy(first);
  const pid = product.pid() ?? 0;
  process.kill(pid, "SIGKILL");
  let status = 200;
  for (let tries = 0; tries < 500 && status === 200; tries += 1) ({ status } = await json(product.healthUrl).catch(() => ({ status: 200 })));
  expect(status).toBe(502);
  expect(await product.deploy(first)).toMatchObject({ status: "live" });
  expect((await json(product.healthUrl)).status).toBe(200);
});

describe("through scripts/deploy.mjs, as the deploy workflow runs it", () => {
  const run = (env: Record<string, string>): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [join(TEMPLATE, "scripts", "deploy.mjs")], { env: { PATH: process.env["PATH"] ?? "", ...env } });
      let output = "";
      child.stdout.on("data", (chunk) => (output += String(chunk)));
      child.stderr.on("data", (chunk) => (output += String(chunk)));
      child.on("close", (code) => resolve({ code, output }));
    });

  test("deploys, accepts being superseded, and explains every refusal without the token", async () => {
    await start();
    const second = await ask("Why?");
    const env = { DEPLOY_URL: product.deployUrl, DEPLOY_TOKEN: product.deployToken, DEPLOY_COMMIT: second };
    const deployed = await run(env);
    expect(deployed).toEqual({ code: 0, output: expect.stringMatching(new RegExp(`^${second.slice(0, 7)} is live`)) as unknown as string });
    expect(product.deployedSha()).toBe(second);
    expect(await run({ ...env, DEPLOY_COMMIT: first })).toMatchObject({ code: 0, output: expect.stringContaining("superseded") as unknown as string });
    const refused = await run({ ...env, DEPLOY_TOKEN: "wrong-token" });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("HTTP 401");
    expect(refused.output).not.toContain("wrong-token");
    expect(await run({ ...env, DEPLOY_COMMIT: "f".repeat(40) })).toMatchObject({ code: 1, output: expect.stringContaining("no such commit") as unknown as string });
    const nothing = await run({});
    expect(nothing.code).toBe(1);
    expect(nothing.output.trim().split("\n")).toHaveLength(3);
    expect((await run({ ...env, DEPLOY_URL: "http://127.0.0.1:1/" })).output).toContain("did not answer");
  });

  test("a body that is no commit is refused", async () => {
    await start();
    const post = (body: string) =>
      fetch(product.deployUrl, { method: "POST", headers: { authorization: `Bearer ${product.deployToken}` }, body });
    for (const body of ["", "[]", '{"commit": "main"}', '{"commit": "--help"}', "x".repeat(70_000)]) expect((await post(body)).status).toBe(422);
    expect((await fetch(product.deployUrl, { headers: { authorization: `Bearer ${product.deployToken}` } })).status).toBe(405);
  });
});

describe("somebody's own repository", () => {
  test.each([
    ["en-tabby-details.md", 6],
    ["en-squirrel-numbered-bold.md", 18],
    ["en-ripgrep-html-h3-toc.md", 27],
    ["en-yard-setext.md", 4],
    ["ja-monadic-chat-docsify-ids.md", 34],
    ["en-ollama-crlf.md", 20],
  ])("%s is shown with its %i questions, by the product's own app", async (name, count) => {
    const files = await templateFiles();
    const clear = [...files.keys()].map((path) => [path, null] as const);
    const sha = await repository.commit([...clear, ["FAQ.md", read(name)], ["app/server.mjs", "process.exit(3);\n"]]);
    await start({ faqPath: "FAQ.md", name: "Theirs" });
    expect(await product.deploy(sha)).toMatchObject({ status: "live" });
    const html = await page();
    expect(html.match(/<article /g)).toHaveLength(count);
    expect(html).toContain("Theirs</a>");
    expect(html).not.toMatch(/<script|<details|onclick/);
    expect((await json(product.versionUrl)).body["commit"]).toBe(sha);
  });

  test("without a FAQ it is degraded, and a link out of the tree is only text", async () => {
    const sha = await repository.commit([["docs/FAQ.md", null]], { "docs/secret.md": "/etc/passwd" });
    await start();
    await product.deploy(sha);
    expect(await json(product.healthUrl)).toMatchObject({ status: 503, body: { reason: "docs/FAQ.md is missing" } });
    expect(await page("/docs/secret.md")).toContain("<p>/etc/passwd</p>");
  });
});

test("what a document holds comes out as text, never as markup of its own", async () => {
  await start();
  const nasty = '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) `</code><script>` "quoted" **<b>**';
  const sha = await repository.commit([["docs/FAQ.md", `# FAQ ${nasty}\n\n${nasty}\n\n## ${nasty}?\n\n${nasty}\n\n- ${nasty}\n\n| ${nasty} |\n| - |\n| ${nasty} |\n\n> ${nasty}\n`]]);
  await product.deploy(sha);
  const html = await page();
  expect(html).not.toMatch(/<script|<img|<b>|href="javascript|onerror=alert\(1\)>/);
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  const policy = (await fetch(product.faqUrl)).headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'");
});

test("closing leaves no process and no folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "instant-closing-"));
  await start({ folder });
  await product.deploy(first);
  const pid = product.pid() ?? 0;
  expect(readdirSync(folder)).toHaveLength(1);
  const late = product.deploy(await ask("Why?"));
  await product.close();
  expect(["live", "failed"]).toContain((await late).status);
  expect(isAlive(pid)).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
  rmdirSync(folder);
  await expect(fetch(product.url)).rejects.toThrow();
  expect(await product.deploy(first)).toMatchObject({ status: "failed", reason: "the host is closed" });
});
