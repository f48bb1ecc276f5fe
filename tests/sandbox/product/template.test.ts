import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { expect, test } from "@jest/globals";
import { lint } from "markdownlint/promise";
import { parse } from "yaml";
import { checkFaq, parseFaq } from "../../../src/faq/index.ts";
import { extractAnswer } from "../../../src/sandbox/model/index.ts";
import { TEMPLATE, templateFiles } from "../../../src/sandbox/product/index.ts";

const files = await templateFiles();
const text = (path: string): string => files.get(path)?.toString("utf8") ?? "";
const documents = [...files.keys()].filter((path) => path.endsWith(".md"));

test("is a repository with documents in three languages, an app, scripts and a deploy workflow", () => {
  expect([...files.keys()]).toEqual(expect.arrayContaining([
    ".github/workflows/deploy.yml", "README.md", "app/server.mjs", "docs/FAQ.md", "docs/guide.md", "docs/ja/guide.md", "docs/zh/guide.md",
    "package.json", "scripts/deploy.mjs", "scripts/smoke.mjs",
  ]));
  expect(parseFaq(text("docs/FAQ.md"))).toMatchObject({ convention: { kind: "heading", level: 2 } });
  expect(parseFaq(text("docs/FAQ.md")).entries).toHaveLength(6);
});

test("its documents are clean: lint, FAQ structure, relative links", async () => {
  const strings = Object.fromEntries(documents.map((path) => [path, text(path)]));
  const results = await lint({ strings, config: { default: true, MD013: { line_length: 125, tables: false } } });
  expect(Object.entries(results).flatMap(([path, problems]) => problems.map((one) => `${path}:${one.lineNumber} ${one.ruleNames[0]}`))).toEqual([]);
  expect(checkFaq(text("docs/FAQ.md"))).toEqual([]);
  for (const path of documents) {
    for (const [, target = ""] of text(path).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect({ path, target, there: files.has(posix.join(dirname(path), target)) }).toEqual({ path, target, there: true });
    }
  }
});

test("its deploy workflow takes a commit, may only read, and keeps untrusted text out of scripts", () => {
  const workflow = parse(text(".github/workflows/deploy.yml")) as {
    on: { workflow_dispatch: { inputs: Record<string, { required: boolean }> } };
    permissions: Record<string, string>;
    jobs: Record<string, { steps: { uses?: string; run?: string; with?: Record<string, unknown> }[]; permissions?: unknown }>;
  };
  expect(workflow.on.workflow_dispatch.inputs["commit_sha"]?.required).toBe(true);
  expect(workflow.permissions).toEqual({ contents: "read" });
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  expect(steps.filter(({ run }) => run?.includes("${{"))).toEqual([]);
  expect(steps.map(({ uses }) => uses).filter((uses) => uses !== undefined)).toEqual([expect.stringMatching(/^actions\/checkout@[0-9a-f]{40}$/)]);
  expect(steps[0]?.with).toEqual({ "ref": "${{ inputs.commit_sha }}", "persist-credentials": false });
});

function smoke(folder: string): Promise<{ code: number | null; output: string; ms: number }> {
  const before = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, "scripts", "smoke.mjs")], { env: { PATH: process.env["PATH"] ?? "" } });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    child.on("close", (code) => resolve({ code, output, ms: performance.now() - before }));
  });
}

test("its smoke test passes on a good tree, quickly, and fails on bad ones, saying why", async () => {
  const folder = mkdtempSync(join(tmpdir(), "instant-smoke-"));
  try {
    cpSync(TEMPLATE, folder, { recursive: true });
    const good = await smoke(folder);
    expect(good).toMatchObject({ code: 0, output: "Smoke test passed: /healthz is ok, /faq is shown.\n" });
    expect(good.ms).toBeLessThan(5_000);
    rmSync(join(folder, "docs", "FAQ.md"));
    expect(await smoke(folder)).toMatchObject({ code: 1, output: expect.stringContaining("docs/FAQ.md is missing") as unknown as string });
    writeFileSync(join(folder, "app", "server.mjs"), "process.exit(3);\n");
    expect(await smoke(folder)).toMatchObject({ code: 1, output: expect.stringContaining("ended with status 3") as unknown as string });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  ["How much does the Team plan cost?", /7 euros a month/, "docs/billing.md"],
  ["Can I get a refund?", /30 days after the first payment/, "docs/billing.md"],
  ["How do I cancel my subscription?", /Cancel plan/, "docs/billing.md"],
  ["How do I run Lantern Notes in a container?", /ghcr\.io\/lantern-notes\/server/, "docs/deployment.md"],
  ["How do I roll back to the previous version?", /--restore/, "docs/deployment.md"],
  ["What is the maximum size of an attachment?", /50 MB/, "docs/limits.md"],
  ["How many requests may I send to the API?", /60 requests a minute/, "docs/limits.md"],
  ["How long do deleted notes stay in the trash?", /30 days/, "docs/limits.md"],
  ["Does it support two-factor authentication?", /authenticator app/, "docs/security.md"],
  ["How often are backups made?", /every six hours/, "docs/security.md"],
  ["How are webhooks signed?", /HMAC-SHA256/, "docs/api.md"],
  ["Can I import notes from Evernote?", /Evernote/, "docs/guide.md"],
  ["How do I share a note?", /public link/, "docs/guide.md"],
  ["Which keyboard shortcuts are there?", /`\?`: lists all keyboard shortcuts/, "docs/guide.md"],
  ["メモを共有するにはどうすればいいですか？", /公開リンク.*「共有を停止」を選ぶと/, "docs/ja/guide.md"],
  ["如何分享笔记？", /公开链接/, "docs/zh/guide.md"],
])("the sandbox's model answers %j from its documents", (question, pattern, path) => {
  const sources = documents.map((one) => ({ path: one, text: text(one) }));
  const { answer, sources: cited } = extractAnswer({ question, sources });
  expect(answer).toMatch(pattern);
  expect(cited).toContain(path);
});
