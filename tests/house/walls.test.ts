// Every wall of DESIGN section 3, proved by breaking it: one tree with a file per case, linted once by the real rules.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Case = readonly [file: string, text: string];

const from = (target: string, names = "x") => `import { ${names} } from "${target}";\nexport const use = [${names}];\n`;
const typeFrom = (target: string) => `import type { X } from "${target}";\nexport type Use = X;\n`;
const adapters = ["github", "ledger", "llm", "workspace", "notify", "telemetry", "checks", "probes"];

const forbiddenImports: Case[] = [
  ["actions/a/bad-faq.ts", from("../../src/faq/x.ts")],
  ["actions/a/bad-stats.ts", from("../../src/stats/x.ts")],
  ["actions/a/bad-other.ts", from("../b/main.ts")],
  ["actions/a/bad-core.ts", from("@actions/core", "info")],
  ["actions/a/bad-sandbox.ts", from("../../src/sandbox/x.ts")],
  ["actions/a/bad-cli.ts", from("../../src/cli/x.ts")],
  ["src/stages/one/bad-adapter.ts", from("../../github/x.ts")],
  ["src/stages/one/bad-adapter-type.ts", typeFrom("../../github/x.ts")],
  ["src/stages/one/bad-adapter-inline-type.ts", 'export type Use = import("../../github/x.ts").X;\n'],
  ["src/stages/one/bad-adapter-lazy.ts", 'export const use = await import("../../ledger/x.ts");\n'],
  ["src/stages/one/bad-adapter-reexport.ts", 'export { x } from "../../llm/x.ts";\n'],
  ["src/stages/one/bad-adapter-reexport-all.ts", 'export * from "../../llm/x.ts";\n'],
  ["src/stages/one/bad-computed.ts", 'export const load = (name: string) => import(`../../llm/${name}.ts`);\n'],
  ["src/stages/one/bad-runtime.ts", from("../../runtime/x.ts")],
  ["src/stages/one/bad-stage.ts", from("../two/x.ts")],
  ["src/stages/one/bad-check.ts", from("../../checks/x.ts")],
  ["src/stages/one/bad-sandbox.ts", from("../../sandbox/x.ts")],
  ["src/stages/one/bad-core.ts", from("@actions/core", "info")],
  ["src/stages/one/bad-fs.ts", from("node:fs", "readFileSync")],
  ["src/stages/one/bad-fs-promises.ts", from("node:fs/promises", "readFile")],
  ["src/stages/one/bad-child.ts", from("node:child_process", "spawn")],
  ["src/stages/one/bad-bare-http.ts", from("http", "request")],
  ["src/stages/one/bad-https.ts", from("node:https", "request")],
  ["src/stages/one/bad-net.ts", from("node:net", "connect")],
  ["src/stages/one/bad-dev-package.ts", from("ajv", "Ajv")],
  ["src/runtime/bad-stage.ts", from("../stages/one/x.ts")],
  ["src/runtime/bad-adapter.ts", from("../github/x.ts")],
  ["src/faq/bad-github-port.ts", typeFrom("../github/port.ts")],
  ["src/faq/bad-fs.ts", from("node:fs", "readFileSync")],
  ["src/stats/bad-faq.ts", from("../faq/x.ts")],
  ["src/kit/bad-faq.ts", from("../faq/x.ts")],
  ["src/kit/bad-net.ts", from("node:net", "connect")],
  ...adapters.map((room): Case => [`src/${room}/bad-stage.ts`, from("../stages/one/x.ts")]),
  ...adapters.map((room): Case => [`src/${room}/bad-sandbox.ts`, from("../sandbox/x.ts")]),
  ...adapters.map((room): Case => [`src/${room}/bad-core.ts`, from("@actions/core", "info")]),
  ...adapters.map((room, at): Case => [`src/${room}/bad-neighbour.ts`, typeFrom(`../${adapters[(at + 1) % 8]}/port.ts`)]),
  ["src/net/bad-github.ts", typeFrom("../github/port.ts")],
  ["src/net/bad-core.ts", from("@actions/core", "info")],
  ["src/stages/one/bad-net-room.ts", from("../../net/x.ts")],
  ["src/runtime/bad-net-room.ts", from("../net/x.ts")],
  ["src/kit/bad-net-room.ts", from("../net/x.ts")],
  ["src/checks/bad-net-room.ts", from("../net/x.ts")],
  ["src/github/bad-faq.ts", from("../faq/x.ts")],
  ["src/checks/bad-github.ts", typeFrom("../github/port.ts")],
  ["src/checks/bad-workspace.ts", from("../workspace/x.ts")],
  ["src/sandbox/bad-stage.ts", from("../stages/one/x.ts")],
  ["src/sandbox/bad-adapter.ts", from("../github/x.ts")],
];

const allowedImports: Case[] = [
  ["actions/a/main.ts", 'import "../../src/stages/one/x.ts";\nimport "../../src/runtime/x.ts";\nimport "../../src/github/x.ts";\nimport "../../src/kit/x.ts";\n'],
  ["src/stages/one/good.ts", adapters.map((room) => `import "../../${room}/port.ts";\n`).join("")],
  ["src/stages/one/good-pure.ts", 'import "../../faq/x.ts";\nimport "../../stats/x.ts";\nimport "../../kit/x.ts";\nimport "./x.ts";\nimport "node:crypto";\nimport "node:path";\nimport "valibot";\n'],
  ["src/stages/one/good-driver.ts", 'import "../driver.ts";\n'],
  ["src/runtime/good.ts", 'import "@actions/core";\nimport "node:fs";\nimport "../kit/x.ts";\n'],
  ["src/checks/good.ts", 'import "../faq/x.ts";\nimport "../workspace/port.ts";\nimport "../kit/x.ts";\nimport "./x.ts";\n'],
  ["src/github/good.ts", 'import "./port.ts";\nimport "../kit/x.ts";\nimport "node:http";\n'],
  ["src/probes/good-net.ts", 'import "../net/x.ts";\n'],
  ["src/net/good.ts", 'import "../kit/x.ts";\nimport "node:https";\n'],
  ["src/sandbox/good.ts", 'import "../faq/x.ts";\nimport "../kit/x.ts";\nimport "ajv";\nimport "node:http";\n'],
  ["tests/good.ts", 'import "../src/sandbox/x.ts";\nimport "../src/github/x.ts";\n'],
];

const ambientBodies: readonly (readonly [name: string, body: string])[] = [
  ["date-now", "export const use = () => Date.now();\n"],
  ["date-now-global", "export const use = () => globalThis.Date.now();\n"],
  ["new-date", "export const use = () => new Date();\n"],
  ["performance", "export const use = () => performance.now();\n"],
  ["env", 'export const use = () => process.env["HOME"];\n'],
  ["env-destructured", "export const use = () => {\n  const { env } = process;\n  return env;\n};\n"],
  ["fetch", 'export const use = () => fetch("http://127.0.0.1/");\n'],
  ["fetch-global", 'export const use = () => globalThis.fetch("http://127.0.0.1/");\n'],
];
const ambientFree = ["src/stages/one", "src/faq", "src/stats", "src/kit"];
const forbiddenAmbient = ambientFree.flatMap((room) => ambientBodies.map(([name, body]): Case => [`${room}/ambient-${name}.ts`, body]));
const allowedAmbient = [
  ...["src/github", "src/runtime", "src/workspace"].flatMap((room) => ambientBodies.map(([name, body]): Case => [`${room}/ambient-${name}.ts`, body])),
  ...ambientFree.map((room): Case => [`${room}/ambient-none.ts`, "export const use = (at: number) => new Date(at);\n"]),
];

const cycle: Case[] = [
  ["src/stages/one/cycle-a.ts", 'import { b } from "./cycle-b.ts";\nexport const a = () => b;\n'],
  ["src/stages/one/cycle-b.ts", 'import { a } from "./cycle-a.ts";\nexport const b = () => a;\n'],
  ["src/kit/type-cycle-a.ts", 'import type { B } from "./type-cycle-b.ts";\nexport type A = { b?: B };\n'],
  ["src/kit/type-cycle-b.ts", 'import type { A } from "./type-cycle-a.ts";\nexport type B = { a?: A };\n'],
];

const careless: Case[] = [
  ["src/kit/floating.ts", "const later = async (): Promise<void> => {};\nexport const use = () => {\n  later();\n};\n"],
];

/** The neighbours that the cases point at. */
const shape: Case[] = [
  ...["stages/one", "stages/two", "runtime", "faq", "stats", "kit", "sandbox", "cli", ...adapters].map(
    (room): Case => [`src/${room}/x.ts`, "export const x = 1;\nexport type X = number;\n"],
  ),
  ...adapters.map((room): Case => [`src/${room}/port.ts`, "export type X = number;\n"]),
  ["src/stages/driver.ts", "export const x = 1;\n"],
  ["actions/b/main.ts", "export const x = 1;\n"],
];

let tree = "";
let reports: { filename: string; code: string; message: string }[] = [];

beforeAll(() => {
  tree = mkdtempSync(path.join(tmpdir(), "instant-walls-"));
  for (const file of [".oxlintrc.json", "tools/oxlint-walls.mjs", "package.json", "tsconfig.json"]) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(tree, file));
  }
  symlinkSync(path.join(root, "node_modules"), path.join(tree, "node_modules"), "junction");
  const cases = [...shape, ...forbiddenImports, ...allowedImports, ...forbiddenAmbient, ...allowedAmbient, ...cycle, ...careless];
  for (const [file, text] of cases) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), text);
  }
  const oxlint = path.join(root, "node_modules", "oxlint", "bin", "oxlint");
  const run = spawnSync(process.execPath, [oxlint, "--format=json"], { cwd: tree, encoding: "utf8", timeout: 50_000 });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(1);
  reports = JSON.parse(run.stdout).diagnostics;
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

const codesAt = (file: string) => reports.filter(({ filename }) => filename === file).map(({ code }) => code);

describe("a room must not import what is not its own", () => {
  test.each(forbiddenImports)("%s", (file) => expect(codesAt(file)).toContain("walls(imports)"));
});

describe("what the design allows passes", () => {
  test.each([...allowedImports, ...allowedAmbient, ...shape])("%s", (file) => {
    expect(codesAt(file).filter((code) => code.startsWith("walls") || code.includes("no-cycle"))).toEqual([]);
  });
});

describe("clock, environment and network belong to adapters", () => {
  test.each(forbiddenAmbient)("%s", (file) => expect(codesAt(file)).toContain("walls(ambient)"));
});

test.each(cycle)("an import cycle is found: %s", (file) => expect(codesAt(file)).toContain("import(no-cycle)"));

test("a promise that nobody awaits is found", () => {
  expect(codesAt("src/kit/floating.ts")).toContain("typescript(no-floating-promises)");
});

test("a message names what was imported, and what may be", () => {
  const { message } = reports.find(({ filename }) => filename === "src/stages/one/bad-adapter.ts") ?? { message: "" };
  expect(message).toContain("src/stages/one must not import src/github/x.ts");
  expect(message).toContain("src/github/port.ts");
});
