import { posix } from "node:path";
import type { Configuration } from "markdownlint";
import { failure, messageOf } from "../../kit/errors.ts";
import type { Workspace } from "../../workspace/port.ts";

/** In the order in which markdownlint-cli2 looks; configurations that are programs are not run. */
const NAMES = [".markdownlint.jsonc", ".markdownlint.json", ".markdownlint.yaml", ".markdownlint.yml"];
const MAX_CHARACTERS = 256 * 1024;
const MAX_EXTENDS = 5;

/** The configuration that each file is judged by: its own folder's, or that of the nearest folder above; null when there is none. */
export function openConfigs(workspace: Workspace): (path: string) => Promise<Configuration | null> {
  const perFolder = new Map<string, Promise<Configuration | null>>();
  const ofFolder = (folder: string): Promise<Configuration | null> => {
    const known = perFolder.get(folder) ?? (async () => {
      for (const name of NAMES) {
        const path = posix.join(folder, name);
        const text = await workspace.readText(path);
        if (text !== null) return readConfig(workspace, path, text, 0);
      }
      return folder === "." ? null : ofFolder(posix.dirname(folder));
    })();
    perFolder.set(folder, known);
    return known;
  };
  return (path) => ofFolder(posix.dirname(path));
}

/** @throws InstantError blaming the configuration: what was asked for cannot be told, and less than it must not pass. */
async function readConfig(workspace: Workspace, path: string, text: string, depth: number): Promise<Configuration> {
  const broken = (what: string, cause?: unknown) =>
    failure("configuration", { what: `${path}: ${what}`, where: path, fix: "Mend the file; it holds the names of rules and their options, see https://github.com/DavidAnson/markdownlint#configuration." }, cause);
  if (text.length > MAX_CHARACTERS) throw broken("it is larger than 256 KiB");
  if (depth > MAX_EXTENDS) throw broken(`more than ${MAX_EXTENDS} files extend one another`);
  let data: unknown;
  try {
    data = /\.ya?ml$/.test(path) ? (await import("yaml")).parse(text, { maxAliasCount: 20 }) : JSON.parse(withoutComments(text));
  } catch (error) {
    throw broken(`it cannot be read: ${messageOf(error).split("\n")[0]}`, error);
  }
  if (data === null || data === undefined) return {};
  if (typeof data !== "object" || Array.isArray(data)) throw broken("it does not hold an object");
  const { extends: parent, ...own } = data as Configuration & { extends?: unknown };
  if (parent === undefined || parent === null) return own;
  if (typeof parent !== "string") throw broken("`extends` is no path");
  const parentPath = posix.join(posix.dirname(path), parent);
  const parentText = await workspace.readText(parentPath);
  if (parentText === null) throw broken(`\`extends: ${parent.slice(0, 100)}\` is no JSON or YAML file of this repository; packages are not loaded`);
  return { ...(await readConfig(workspace, parentPath, parentText, depth + 1)), ...own };
}

/** JSON with comments and trailing commas as plain JSON; strings are left alone. */
function withoutComments(text: string): string {
  const bare = text.replace(/^\uFEFF/, "").replace(/("(?:\\.|[^"\\])*")|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g, (_, string?: string) => string ?? " ");
  return bare.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? "");
}
