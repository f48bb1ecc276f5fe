/** The files through which a step speaks to its job: GITHUB_OUTPUT, ENV, PATH, STATE, STEP_SUMMARY. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KINDS = ["output", "env", "path", "state", "step_summary"] as const;
type Kind = (typeof KINDS)[number];

/** GitHub drops a summary above 1 MiB with an error. */
const SUMMARY_LIMIT = 1024 * 1024;

export interface FileResults {
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
  /** Files that could not be read as they should: the step fails. */
  readonly errors: readonly string[];
  /** Said as errors, but the step goes on. */
  readonly complaints: readonly string[];
}

/** The set of files of one step. */
export class CommandFiles {
  readonly #paths: Readonly<Record<Kind, string>>;

  constructor(temp: string) {
    const folder = join(temp, "_runner_file_commands");
    mkdirSync(folder, { recursive: true });
    const id = randomUUID();
    this.#paths = Object.fromEntries(KINDS.map((kind) => [kind, join(folder, `${kind}_${id}`)])) as Record<Kind, string>;
    for (const path of Object.values(this.#paths)) writeFileSync(path, "");
  }

  /** GITHUB_OUTPUT and its like. */
  get environment(): Readonly<Record<string, string>> {
    return Object.fromEntries(KINDS.map((kind) => [`GITHUB_${kind.toUpperCase()}`, this.#paths[kind]]));
  }

  /** Reads what the step wrote and removes the files. */
  collect(): FileResults {
    const errors: string[] = [];
    const complaints: string[] = [];
    const pairs = (kind: "output" | "env" | "state"): Record<string, string> => {
      try {
        return parsePairs(this.#read(kind));
      } catch (error) {
        errors.push(`Unable to process file command '${kind}' successfully.`, (error as Error).message);
        return {};
      }
    };
    const env = pairs("env");
    if (Object.keys(env).some((name) => name.toUpperCase() === "NODE_OPTIONS")) {
      errors.push("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
      for (const name of Object.keys(env)) if (name.toUpperCase() === "NODE_OPTIONS") delete env[name];
    }
    let summary = this.#read("step_summary");
    const bytes = Buffer.byteLength(summary);
    if (bytes > SUMMARY_LIMIT) {
      const got = Math.ceil(bytes / 1024);
      complaints.push(`$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${got}k.`);
      summary = "";
    }
    const path = this.#read("path").split(/\r?\n/).filter((line) => line !== "");
    const result = { outputs: pairs("output"), state: pairs("state"), env, path, summary, errors, complaints };
    for (const file of Object.values(this.#paths)) rmSync(file, { force: true });
    return result;
  }

  #read(kind: Kind): string {
    try {
      return readFileSync(this.#paths[kind], "utf8").replace(/^\uFEFF/, "");
    } catch {
      // A step may have removed its file; then it had nothing to say.
      return "";
    }
  }
}

/**
 * Reads `name=value` lines and `name<<DELIMITER` blocks.
 * @throws when a line is neither, or a block does not end
 */
export function parsePairs(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] as string).replace(/\r$/, "");
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      result[line.slice(0, equals)] = line.slice(equals + 1);
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === "" || delimiter === "") {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const end = lines.findIndex((other, index) => index > at && other.replace(/\r$/, "") === delimiter);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      result[name] = lines.slice(at + 1, end).join("\n").replace(/\r$/, "");
      at = end;
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return result;
}
