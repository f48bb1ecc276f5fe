import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const TOOL = join(ROOT, "tools/release.mjs");

const IDENTITY = { GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "ann@example.com", GIT_COMMITTER_NAME: "Ann", GIT_COMMITTER_EMAIL: "ann@example.com" };
const DATE = "2026-01-02T03:04:05+06:00";
const DATED = { GIT_AUTHOR_DATE: DATE, GIT_COMMITTER_DATE: DATE };
const made: string[] = [];
/** What `smallRepository` copies, by versions. */
const small = new Map<string, string>();

export function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `instant-release-${name}-`));
  made.push(folder);
  return folder;
}

export function removeTemporary(): void {
  small.clear();
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Nothing of the person's own git. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return { ...Object.fromEntries(kept), GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", ...extra };
}

/** Git's answer without its last line end. @throws when git fails */
export function git(folder: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: folder, encoding: "utf8", env: cleanEnvironment({ ...IDENTITY, ...extra }), maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`git ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.replace(/\n$/, "");
}

export function release(folder: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [TOOL, ...args], { cwd: folder, encoding: "utf8", env: cleanEnvironment(extra), timeout: 50_000 });
}

/** As `release`, for one that has to succeed. @throws with what it said when it does not */
export function released(folder: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = release(folder, args, extra);
  if (status !== 0) throw new Error(`release ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

export function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Commits what the folder holds. @returns the commit */
export function commit(folder: string, message: string): string {
  git(folder, ["add", "--all", "--force", "--sparse"]);
  git(folder, ["commit", "--quiet", "--allow-empty", "--message", message], DATED);
  return git(folder, ["rev-parse", "HEAD"]);
}

/**
 * INSTANT as the working copy has it, tests apart, committed to `main` of a repository of its own. No file is copied: what the working copy
 * has committed is read from its object store, only what was changed since is written, and the folder is a sparse checkout of nothing.
 * @param without folders that are left out
 */
export function sourceRepository(without: readonly string[] = ["tests"]): string {
  const folder = temporary("source");
  const own = join(folder, ".git");
  const [objects = "", index = ""] = git(ROOT, ["rev-parse", "--git-path", "objects", "--git-path", "index"]).split("\n").map((path) => resolve(ROOT, path));
  git(folder, ["init", "--quiet", "--initial-branch=main", "--template="]);
  put(own, "objects/info/alternates", `${objects}\n`);
  put(own, "info/sparse-checkout", "");
  git(folder, ["config", "core.sparseCheckout", "true"]);
  // The working copy's index knows which files are as they were, so that git need not read them all.
  const copy = join(temporary("index"), "index");
  cpSync(index, copy);
  const aside = { GIT_INDEX_FILE: copy, GIT_OBJECT_DIRECTORY: join(own, "objects") };
  git(ROOT, ["add", "--all", "--", ".", ...without.map((path) => `:(exclude)${path}`)], aside);
  git(ROOT, ["rm", "-r", "--quiet", "--cached", "--force", "--", ...without], aside);
  const tree = git(ROOT, ["write-tree"], aside);
  git(folder, ["update-ref", "refs/heads/main", git(folder, ["commit-tree", "-m", "INSTANT", tree], DATED)]);
  git(folder, ["read-tree", "-m", "-u", "HEAD"]);
  return folder;
}

/** A repository with one small action, for what does not depend on the real ones: a copy of one that is made once for the versions. */
export function smallRepository(versions: readonly string[] = ["1.0.0"]): string {
  const folder = temporary("small");
  const made = small.get(versions.join()) ?? makeSmallRepository(versions);
  small.set(versions.join(), made);
  cpSync(made, folder, { recursive: true, preserveTimestamps: true });
  return folder;
}

function makeSmallRepository(versions: readonly string[]): string {
  const folder = temporary("made");
  put(folder, "actions/greet/action.yml", "name: Greet\ndescription: Says hello.\nruns:\n  using: node24\n  main: ../../dist/greet/index.js\n");
  put(folder, "actions/greet/README.md", "# greet\n\n[the catalog](../../docs/more.md#top), [itself](README.md), [changes](/CHANGELOG.md)\n");
  put(folder, "docs/more.md", "More.\n");
  put(folder, "dist/greet/index.js", 'console.log("hello");\n');
  put(folder, "dist/greet/package.json", '{ "type": "module" }\n');
  put(folder, "dist/greet/licenses.txt", "none\n");
  put(folder, "LICENSE", "MIT\n");
  changelog(folder, versions);
  git(folder, ["init", "--quiet", "--initial-branch=main", "--template="]);
  commit(folder, "Greet");
  return folder;
}

export function changelog(folder: string, versions: readonly string[]): void {
  put(folder, "CHANGELOG.md", `# Changelog\n\n## [Unreleased]\n\n${versions.map((version) => `## [${version}] - 2026-01-02\n\n### Added\n\n- What ${version} brings.\n`).join("\n")}`);
}

/** Tags by name, with the commit that each leads to. */
export function tags(folder: string): Record<string, string> {
  const lines = git(folder, ["for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags"]).split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split(" ")).map(([name, oid, peeled]) => [name ?? "", peeled || (oid ?? "")]));
}

/** Writes the tree of a ref into an empty folder, without `.git`. */
export function extract(repository: string, ref: string, folder = temporary("tree")): string {
  const index = { GIT_INDEX_FILE: join(temporary("index"), "index") };
  git(repository, ["read-tree", ref], index);
  git(repository, ["checkout-index", "--all", `--prefix=${folder}/`], index);
  return folder;
}

export function text(folder: string, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
