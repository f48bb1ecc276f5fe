import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

interface Listed {
  readonly program: string;
  readonly package: string;
  /** Pinned programs only: those of Debian come as the distribution has them. */
  readonly version?: string;
  /** Where the package puts it when that is no folder of PATH. */
  readonly folders?: readonly string[];
}

const tools = fileURLToPath(new URL("../../tools/", import.meta.url));
const list: Record<"go" | "pypi" | "debian", Listed[]> = JSON.parse(readFileSync(path.join(tools, "programs.json"), "utf8"));

/** The folder that tools/programs.mjs fills; the same rule stands there. */
function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), ".cache"), "instant-ci");
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not there, or not ours to run: the next folder may have it.
  }
}

function findListed(name: string): Listed | undefined {
  return [...list.go, ...list.pypi, ...list.debian].find((one) => one.program === name);
}

/**
 * Where someone else's program is: on PATH, else where `node tools/programs.mjs` puts it.
 * @returns its absolute path, or a sentence that says how to get it.
 */
export function program(name: string): { path: string } | { missing: string } {
  const listed = findListed(name);
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  folders.push(...(listed?.folders ?? []));
  if (listed?.version !== undefined) folders.push(path.join(cacheFolder(), `${name}-${listed.version}`, "bin"));
  const found = folders.map((folder) => path.join(folder, name)).find(isProgram);
  if (found !== undefined) return { path: found };
  return { missing: `${name} is not on PATH${listed ? "; `node tools/programs.mjs` installs it" : ""}` };
}
