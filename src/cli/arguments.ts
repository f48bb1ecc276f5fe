import { parseArgs } from "node:util";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { failure, InstantError, messageOf, type Problem } from "../kit/errors.ts";

/** What a person asked of `npm start`. */
export interface StartOptions {
  readonly question: string;
  readonly json: boolean;
  readonly breaks: "health" | null;
  /** Absolute path of a person's own repository; null for the sample product. */
  readonly repo: string | null;
  readonly serve: boolean;
  readonly express: boolean;
}

export const DEFAULT_QUESTION = "How do I roll back a deployment that went wrong?";

export const START_HELP = `npm start rehearses the whole loop on this machine: a question becomes a merged, deployed and verified answer.

  npm start                                 with a question of ours, on a sample product
  npm start -- --question "How do I …?"     with your question
  npm start -- --break health               the deployed change breaks /healthz: watch it being taken back
  npm start -- --repo DIR                   on a copy of your own repository (nothing in DIR is changed)
  npm start -- --express                    with the template that needs one runner instead of three
  npm start -- --serve                      stays up afterwards and prints where to look
  npm start -- --json                       prints one JSON object and nothing else

A real model is used when INSTANT_BASE_URL, INSTANT_MODEL and INSTANT_API_KEY are set (OPENAI_BASE_URL, OPENAI_MODEL and
OPENAI_API_KEY are understood too); otherwise a small local server answers by quoting the repository's own documents.
`;

/**
 * Reads the arguments behind `npm start --`.
 * @returns "help" when that was asked for.
 * @throws InstantError naming everything that is wrong with them.
 */
export function parseStartArguments(args: readonly string[]): StartOptions | "help" {
  const values = readValues(args);
  if (values.help) return "help";
  const problems: Problem[] = [];
  if (values.break !== undefined && values.break !== "health") {
    problems.push({ what: `\`--break ${values.break}\` is not known`, fix: "The one thing that can be broken is `health`: `--break health`." });
  }
  const question = values.question ?? DEFAULT_QUESTION;
  if (question.trim() === "") problems.push({ what: "`--question` is empty", fix: 'Give a question: `--question "How do I …?"`.' });
  const repo = values.repo === undefined ? null : resolve(values.repo);
  if (repo !== null && !existsSync(join(repo, ".git"))) {
    problems.push({ what: `\`--repo ${values.repo}\` is not a git repository`, fix: "Name the top folder of a checkout, the one that holds `.git`." });
  }
  if (values.json && values.serve) problems.push({ what: "`--json` and `--serve` do not go together", fix: "Leave one of them out." });
  if (problems.length > 0) throw new InstantError("configuration", problems);
  return { question, json: values.json, breaks: values.break === "health" ? "health" : null, repo, serve: values.serve, express: values.express };
}

function readValues(args: readonly string[]) {
  return understood("npm start", () => parseArgs({
    args: [...args],
    options: {
      question: { type: "string", short: "q" },
      json: { type: "boolean", default: false },
      break: { type: "string" },
      repo: { type: "string" },
      serve: { type: "boolean", default: false },
      express: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values);
}

/** Arguments as `parseArgs` reads them; what it does not understand is the person's to mend. */
export function understood<T>(command: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw failure("configuration", { what: messageOf(error), fix: `See \`${command} -- --help\`.` }, error);
  }
}

/** What a person asked of `npm run sandbox`. */
export interface SandboxOptions {
  readonly tls: boolean;
  /** 0: any that is free. */
  readonly port: number;
}

export const SANDBOX_HELP = `npm run sandbox keeps a small GitHub on this machine, with the sample product's repository in it. It prints one JSON object:
where it is, a token of an administrator, and with --tls what makes other programs trust it.

  npm run sandbox                           http, on any free port
  npm run sandbox -- --tls                  https, as gh wants it; prints the lines to paste for gh, git and Node
  npm run sandbox -- --tls --port 443       so that gh also understands the remotes of a clone, which it reads without a port

Nothing outlives it: repositories, tokens and certificate are gone when it ends.
`;

/**
 * Reads the arguments behind `npm run sandbox --`.
 * @returns "help" when that was asked for.
 * @throws InstantError naming everything that is wrong with them.
 */
export function parseSandboxArguments(args: readonly string[]): SandboxOptions | "help" {
  const values = understood("npm run sandbox", () => parseArgs({
    args: [...args], options: { tls: { type: "boolean", default: false }, port: { type: "string", default: "0" }, help: { type: "boolean", short: "h", default: false } },
  }).values);
  if (values.help) return "help";
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65_535)) {
    throw failure("configuration", { what: `\`--port ${values.port}\` is no port`, fix: "Give a number from 1 to 65535, or leave it out for any that is free." });
  }
  return { tls: values.tls, port };
}

/** The model the environment asks for; null when the extractive server is to be used. */
export interface ModelSettings {
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string;
}

/**
 * @throws InstantError naming what is missing, when only a part of the three settings is there.
 */
export function modelFromEnvironment(env: Readonly<Record<string, string | undefined>>): ModelSettings | null {
  const pick = (name: string) => env[`INSTANT_${name}`] || env[`OPENAI_${name}`] || "";
  const [baseUrl, model, apiKey] = [pick("BASE_URL"), pick("MODEL"), pick("API_KEY")];
  // A key alone lies about in many a shell and says nothing about what is wanted here.
  if (baseUrl === "" && model === "") return null;
  const missing = Object.entries({ INSTANT_BASE_URL: baseUrl, INSTANT_MODEL: model, INSTANT_API_KEY: apiKey }).filter(([, value]) => value === "");
  if (missing.length === 0) return { baseUrl, model, apiKey };
  throw new InstantError(
    "configuration",
    missing.map(([name]) => ({
      what: `${name} is not set, although another part of a model's settings is`,
      fix: `Set ${name} too (any text as the key of a server that wants none), or unset the others to use the local extractive server.`,
    })),
  );
}
