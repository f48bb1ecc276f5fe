/** Where a step's `uses` leads, and the action found there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseActionFile } from "./parse.ts";
import type { ActionFile } from "./parse.ts";

export interface RemoteAction {
  readonly owner: string;
  readonly repo: string;
  readonly path: string;
  readonly ref: string;
}

export type Uses =
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "docker"; readonly image: string }
  | { readonly kind: "builtin"; readonly name: string; readonly remote: RemoteAction }
  | { readonly kind: "remote"; readonly remote: RemoteAction }
  | { readonly kind: "invalid" };

/** Actions that the engine brings itself, whatever version is asked for. */
export const BUILTIN_NAMES: ReadonlySet<string> = new Set([
  "actions/checkout",
  "actions/upload-artifact",
  "actions/download-artifact",
  "actions/setup-node",
  "actions/create-github-app-token",
]);

export function parseUses(uses: string): Uses {
  if (uses.startsWith("./") || uses === ".") return { kind: "local", path: uses };
  if (uses.startsWith("docker://")) return { kind: "docker", image: uses.slice("docker://".length) };
  const match = /^([\w.-]+)\/([\w.-]+)(?:\/([^@]*))?@(.+)$/.exec(uses);
  if (!match) return { kind: "invalid" };
  const remote = { owner: match[1] as string, repo: match[2] as string, path: match[3] ?? "", ref: match[4] as string };
  const name = `${remote.owner}/${remote.repo}`.toLowerCase();
  if (remote.path === "" && BUILTIN_NAMES.has(name)) return { kind: "builtin", name, remote };
  return { kind: "remote", remote };
}

export interface LoadedAction {
  readonly folder: string;
  readonly file: ActionFile;
}

const parsed = new Map<string, ActionFile>();

/** The path of a folder's action file; undefined when it has none. */
export function actionFileIn(folder: string): string | undefined {
  return ["action.yml", "action.yaml"].map((name) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Reads the action of a folder.
 * @throws when there is no action.yml, or it is not valid
 */
export async function loadAction(folder: string): Promise<LoadedAction> {
  const path = actionFileIn(folder);
  if (path === undefined) {
    throw new Error(
      `Can't find 'action.yml' or 'action.yaml' under '${folder}'. Did you forget to run actions/checkout before ` +
        "running your local action?",
    );
  }
  const source = readFileSync(path, "utf8");
  const file = parsed.get(source) ?? (await parseActionFile(source, path));
  if (parsed.size > 500) parsed.clear();
  parsed.set(source, file);
  return { folder, file };
}

/** Why the engine cannot run an action; undefined when it can. */
export function unsupportedUsing(file: ActionFile): string | undefined {
  const { using } = file.model.runs;
  if (using === "composite" || using === "node20" || using === "node24") return undefined;
  if (using === "docker") return "is a Docker action; the sandbox has no containers";
  return `runs on ${using}, which runners no longer have; it needs node24`;
}

/** The environment name of an action's input. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}
