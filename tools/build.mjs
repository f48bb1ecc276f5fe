// npm run build: actions/<name>/main.ts → dist/<name>/, what GitHub runs. tsc emits JavaScript to build/, ncc bundles it
// with its packages, swc minifies the entry and every chunk (ncc minifies only the entry), and eager.mjs gives back the parentheses that
// let V8 read each module once. The same sources give the same bytes in any folder, so CI can prove that dist is fresh.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { eager } from "./eager.mjs";
import { licensesOf } from "./licenses.mjs";

const self = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(self), "..");
const at = (...parts) => path.join(root, ...parts);
const require = createRequire(import.meta.url);

const BUILDERS = 2;
const ONE_LIMIT_MS = 5 * 60_000;
const DIST_LIMIT_BYTES = 10 * 1000 * 1000;
const START_LIMIT_BYTES = 700 * 1000;

/** The newest syntax that the runner's Node (`runs.using: node24`) understands, so that nothing is compiled away. */
const TARGET = "es2022";

function actionNames() {
  if (!existsSync(at("actions"))) return [];
  return readdirSync(at("actions"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(at("actions", entry.name, "main.ts")))
    .map(({ name }) => name)
    .sort();
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], timeout: ONE_LIMIT_MS });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(args[0])} ${args.slice(1).join(" ")} ended with ${signal ?? code}`));
    });
  });
}

async function minify(code) {
  const { minify: swcMinify } = require("@swc/core");
  // A file with one character beyond Latin-1 is held and read with two bytes for each of its characters.
  const options = { module: true, ecma: 2022, compress: { passes: 2 }, mangle: true, format: { comments: false, ascii_only: true } };
  return eager((await swcMinify(code, options)).code);
}

/** Bundles one action, in a process of its own: ncc keeps a gigabyte of what it has seen. */
async function buildOne(name) {
  const ncc = require("@vercel/ncc");
  const entry = at("build", "actions", name, "main.js");
  const { code, assets, stats } = await ncc(entry, { cache: false, minify: false, quiet: true, sourceMap: false, target: TARGET });
  const out = at("build", "dist", name);
  mkdirSync(out, { recursive: true });
  const files = {
    "index.js": code, ...Object.fromEntries(Object.entries(assets).map(([file, { source }]) => [file, source])), "licenses.txt": licensesOf(stats, root),
  };
  for (const file of Object.keys(files).sort()) {
    const text = file.endsWith(".js") ? await minify(String(files[file])) : files[file];
    mkdirSync(path.dirname(path.join(out, file)), { recursive: true });
    writeFileSync(path.join(out, file), text);
  }
  const foreign = Object.keys(files).filter((file) => String(files[file]).includes(root) && file.endsWith(".js"));
  if (foreign.length > 0) throw new Error(`dist/${name}: ${foreign.join(", ")} name the folder they were built in, so the bytes would differ elsewhere.`);
}

function sizes(name) {
  const files = readdirSync(at("dist", name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const total = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
  return { start: statSync(at("dist", name, "index.js")).size, total, chunks: files.filter((entry) => entry.name.endsWith(".js")).length - 1 };
}

function report(name) {
  const { start, total, chunks } = sizes(name);
  const kb = (bytes) => `${Math.round(bytes / 1000)} KB`;
  console.log(`  dist/${name.padEnd(20)} starts with ${kb(start).padStart(7)}, ${kb(total).padStart(8)} in all, ${chunks} lazy chunks`);
  const problems = [];
  if (start > START_LIMIT_BYTES) problems.push(`its start is over ${kb(START_LIMIT_BYTES)}: import what is heavy where it is used, with \`await import()\``);
  if (total > DIST_LIMIT_BYTES) problems.push(`it is over ${kb(DIST_LIMIT_BYTES)} in all`);
  return problems.map((problem) => `dist/${name}: ${problem}.`);
}

async function buildAll() {
  const began = Date.now();
  const names = actionNames();
  rmSync(at("build"), { recursive: true, force: true });
  if (names.length === 0) throw new Error("there is no actions/<name>/main.ts to build.");
  await run(process.execPath, [at("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  const waiting = [...names];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await run(process.execPath, [self, "--one", name]);
  };
  await Promise.all(Array.from({ length: BUILDERS }, work));
  // Only a whole new dist takes the place of the old one: what does not compile leaves a working one behind.
  rmSync(at("dist"), { recursive: true, force: true });
  renameSync(at("build", "dist"), at("dist"));
  const problems = names.flatMap(report);
  console.log(`Built ${names.length} actions in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

try {
  if (process.argv[2] === "--one") await buildOne(process.argv[3]);
  else await buildAll();
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
