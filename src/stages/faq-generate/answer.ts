import { posix } from "node:path";
import * as v from "valibot";
import { countWords, type Relink, sanitizeAnswer, truncate } from "../../faq/index.ts";
import type { Clock } from "../../kit/clock.ts";
import { failure, InstantError } from "../../kit/errors.ts";
import type { Log } from "../../kit/log.ts";
import { type ChatModel, type Completion, ModelError } from "../../llm/port.ts";
import type { Policy } from "./policy.ts";
import { ANSWER_SCHEMA, askAgain, hostOf, type Prompt } from "./prompt.ts";

/** An answer that may be written down. */
export interface Answer {
  readonly text: string;
  readonly sources: readonly string[];
  readonly model: string;
  readonly attempts: number;
  readonly words: number;
  /** Time spent with the model, pauses between tries included, in milliseconds. */
  readonly modelMs: number;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null;
  /** What had to be changed in it, and what was wrong with earlier tries. */
  readonly remarks: readonly string[];
}

const Reply = v.object({ answer: v.string(), sources: v.array(v.string()) });
const NOT_HELD = "the sources do not hold the answer";
const LONGEST_PAUSE_MS = 30_000;
/** A token is about four characters of English; more than this many for each is no answer of a model that keeps to `max_tokens`. */
const MOST_CHARACTERS_PER_TOKEN = 8;
/** Shorter values are no secrets but words. */
const SHORTEST_SECRET = 8;

/**
 * Asks the model until its reply can be used, at most `max-attempts` times. A reply that cannot is asked for again with the reason;
 * so is a service that failed in passing.
 * @throws InstantError blaming the service or the configuration, with every try's reason; nothing was written then.
 */
export async function ask(model: ChatModel, prompt: Prompt, policy: Policy, tools: { readonly clock: Clock; readonly log: Log }): Promise<Answer> {
  const { clock, log } = tools;
  const started = clock.now();
  const remarks: string[] = [];
  let user = prompt.user;
  for (let attempt = 1; attempt <= policy.maxAttempts; attempt += 1) {
    try {
      const completion = await model.complete({ system: prompt.system, user, schema: ANSWER_SCHEMA, timeoutMs: policy.timeoutSeconds * 1_000, maxTokens: maxTokens(policy) });
      const read = holdsSecret(completion, policy) ? { problem: "it held a secret of this job" } : readReply(completion, prompt, policy);
      if ("text" in read) return { ...read, model: completion.model, usage: completion.usage, attempts: attempt, modelMs: clock.now() - started, remarks: [...remarks, ...read.remarks] };
      remarks.push(`try ${attempt}: ${read.problem}`);
      user = askAgain(prompt, read.problem);
    } catch (error) {
      if (!(error instanceof ModelError) || !error.retryable || attempt >= policy.maxAttempts) throw withHistory(error, remarks);
      remarks.push(`try ${attempt}: ${error.message}`);
      await clock.sleep(Math.min(LONGEST_PAUSE_MS, Math.max(error.retryAfterMs, 250 * 2 ** (attempt - 1))));
    }
    log.warning(`The model has to be asked again (${attempt} of ${policy.maxAttempts} tries used)`, { reason: remarks.at(-1) });
  }
  throw unusable(policy, remarks);
}

/** What the endpoint is asked to keep to: the JSON around an answer, and a word of any language in eight tokens. */
function maxTokens({ maxWords }: Pick<Policy, "maxWords">): number {
  return 1_024 + maxWords * 8;
}

/** The endpoint knows its key, and may by mistake or on purpose hand it on to be published. */
function holdsSecret(completion: Completion, { apiKey, token }: Pick<Policy, "apiKey" | "token">): boolean {
  const said = [completion.text, completion.model, JSON.stringify(parseJson(completion.text)) ?? ""].join("\n");
  return [apiKey, token].some((secret) => secret.length >= SHORTEST_SECRET && said.includes(secret));
}

type Read = { readonly text: string; readonly sources: readonly string[]; readonly words: number; readonly remarks: readonly string[] } | { readonly problem: string };

/** A reply, checked like any text from outside. */
export function readReply(completion: Completion, prompt: Pick<Prompt, "paths" | "hosts">, { maxWords, faqPath }: Pick<Policy, "maxWords" | "faqPath">): Read {
  const { finishReason } = completion;
  if (finishReason === "length") return { problem: "it was cut off before its end: be brief" };
  if (finishReason !== "stop") return { problem: `it ended with \`${finishReason}\` instead of an answer` };
  // Before anything reads it as Markdown, which takes quadratic time on text that is made for it.
  if (completion.text.length > MOST_CHARACTERS_PER_TOKEN * maxTokens({ maxWords })) return { problem: `it had ${completion.text.length} characters, far more than was asked for` };
  const reply = v.safeParse(Reply, parseJson(completion.text));
  if (!reply.success) return { problem: 'it was not the one JSON object {"answer": "…", "sources": ["…"]}' };
  const { text, problems } = sanitizeAnswer(reply.output.answer, relinkTo(prompt, faqPath));
  if (text === "") return { problem: NOT_HELD };
  const words = countWords(text);
  if (words > maxWords) return { problem: `the answer had ${words} words, and at most ${maxWords} are allowed` };
  const sources = [...new Set(reply.output.sources.map((cited) => pathOf(cited, prompt.paths)))];
  const unknown = sources.filter((path) => !prompt.paths.includes(path));
  if (unknown.length > 0) return { problem: `it cited ${unknown.slice(0, 3).map((path) => JSON.stringify(truncate(path, 80))).join(", ")}, which is none of the sources` };
  if (sources.length === 0) return { problem: "it cited no source" };
  return { text, sources, words, remarks: problems };
}

/**
 * Relative links are copied from sources in other folders, or invented: one that leads to a source leads there from the FAQ too, and
 * any other goes, because a link that leads nowhere would fail the checks of an answer that is right. So would a fragment. Of full
 * addresses those stay whose host a source names: a model that was talked into it sends no reader anywhere else.
 */
export function relinkTo({ paths, hosts }: Pick<Prompt, "paths" | "hosts">, faqPath: string): Relink {
  const folders = [...new Set([faqPath, ...paths].map((path) => posix.dirname(path)))];
  return (url) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(url.trim())) return hosts.has(hostOf(url.trim()) ?? "") ? url : null;
    const path = (url.split(/[?#]/)[0] ?? "").replace(/^\//, "");
    if (path === "") return null;
    const targets = [...folders.map((folder) => posix.join(folder, path)), posix.normalize(path)];
    const found = targets.find((target) => paths.includes(target));
    return found === undefined ? null : posix.relative(posix.dirname(faqPath), found);
  };
}

/** `./docs/a.md` and `docs/a.md#part` mean `docs/a.md`. */
function pathOf(cited: string, paths: readonly string[]): string {
  const plain = cited.trim().replace(/^\.?\//, "");
  return paths.find((path) => path === plain) ?? paths.find((path) => path === plain.replace(/#.*$/, "")) ?? cited;
}

/** Some models put a fence around JSON even when asked for nothing else. */
function parseJson(text: string): unknown {
  const bare = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/i.exec(text)?.[1] ?? text;
  try {
    return JSON.parse(bare);
  } catch {
    return undefined;
  }
}

function withHistory(error: unknown, remarks: readonly string[]): unknown {
  if (!(error instanceof InstantError) || remarks.length === 0) return error;
  const problems = error.problems.map((problem) => ({ ...problem, what: `${problem.what} (before that: ${remarks.join("; ")})` }));
  return new InstantError(error.blame, problems, { cause: error });
}

function unusable(policy: Policy, remarks: readonly string[]): InstantError {
  const tries = `${remarks.length} ${remarks.length === 1 ? "try" : "tries"}`;
  if (remarks.every((remark) => remark.endsWith(NOT_HELD))) {
    return failure("configuration", {
      what: `The model found no answer to the question in the sources (${tries})`,
      cause: `none of the files below \`sources\` (${policy.sources.join(", ")}) says it`,
      where: "sources",
      fix: "Write it into the documentation and ask again, or add the file that says it to `sources`.",
    });
  }
  return failure("service", {
    what: `The model ${policy.model} gave no answer that can be used (${remarks.join("; ")})`,
    cause: "the model does not keep to what it is asked for",
    where: "model",
    fix: "Ask again, raise `max-attempts` or `max-words`, or choose another `model`. Nothing was written.",
  });
}
