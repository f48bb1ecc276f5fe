import { failure, InstantError, messageOf } from "../kit/errors.ts";
import { type Parse, parsingOnce } from "./data/once.ts";
import { type Break, breaksBetween } from "./openapi/compare.ts";
import type { At, Description } from "./openapi/description.ts";
import { faultsOf } from "./openapi/lint.ts";
import { DESCRIPTION_PATTERN, isData, load, type Loaded, mayBeDescription, Reader } from "./openapi/load.ts";
import { operationsOf } from "./openapi/operations.ts";
import type { CheckOptions, CheckResult, Finding, Subject } from "./port.ts";
import { remembered } from "./remembered.ts";
import { countOf } from "./touched.ts";
import { underWatch } from "./watchdog.ts";

/** Descriptions that did not change themselves are looked into for files that did; more of them are not. */
const MAX_ROOTS = 100;
const MAX_ROOT_CHARACTERS = 64 * 1024 * 1024;
/** What is larger is read under watch. */
const WATCHED_CHARACTERS = 4 * 1024 * 1024;
const MAX_SHOWN = 100;

type Policy = CheckOptions["openapiBreaking"];

/**
 * Descriptions of APIs (OpenAPI 3, Swagger 2) that changed, or one of whose files did: whether programs can read them, and whether
 * callers written for the base can fail. What was wrong before the change is shown and does not fail it.
 */
export async function checkOpenapi(subject: Subject, policy: Policy, parse: Parse = parsingOnce()): Promise<CheckResult> {
  const reader = new Reader(subject.results, parse);
  const roots = await rootsOf(subject, reader);
  const gone = policy === "allow" ? [] : await removals(subject, roots, policy, reader);
  if (roots.length === 0 && gone.length === 0) return { findings: [], detail: "no OpenAPI description changed", skipped: true };
  const checked = await Promise.all(roots.map((root) => checkRoot(subject, root, policy, reader)));
  const operations = checked.reduce((sum, { count }) => sum + count, 0);
  return { findings: [...gone, ...checked.flatMap(({ findings }) => findings)], detail: `${countOf(roots.length, "description")}, ${countOf(operations, "operation")}` };
}

/** The descriptions that this change concerns. */
async function rootsOf(subject: Subject, reader: Reader): Promise<readonly string[]> {
  const { workspace, changed, removed, search } = subject;
  const data = changed.filter(isData);
  const texts = await Promise.all(data.map((path) => workspace.readText(path)));
  const own = data.filter((_, at) => mayBeDescription(texts[at] ?? ""));
  const parts = new Set([...data.filter((path) => !own.includes(path) && !isOfTools(path)), ...removed.filter((path) => isData(path) && !isOfTools(path))]);
  if (parts.size === 0) return own;
  const others = (await search(DESCRIPTION_PATTERN, ["*.yaml", "*.yml", "*.json"])).filter((path) => isData(path) && !own.includes(path));
  const found: string[] = [];
  let [looked, characters] = [0, 0];
  for (const path of others) {
    if (!namesFiles((await workspace.readText(path)) ?? "")) continue;
    looked += 1;
    const now = await load(path, workspace.readText, reader);
    const before = removed.length === 0 ? null : await load(path, subject.baseText, reader);
    characters += now.characters + (before?.characters ?? 0);
    if (looked > MAX_ROOTS || characters > MAX_ROOT_CHARACTERS) throw tooMany();
    if ([...now.texts.keys(), ...(before?.texts.keys() ?? [])].some((file) => parts.has(file))) found.push(path);
  }
  return [...own, ...found].toSorted();
}

/** Of package managers and compilers: nobody refers to them from a description. */
const isOfTools = (path: string) => /(?:^|\/)(?:package(?:-lock)?|npm-shrinkwrap|tsconfig[^/]*|composer|lerna|renovate|pnpm-lock|pnpm-workspace|\.[^/]+)\.(?:json|ya?ml)$/.test(path);
const namesFiles = (text: string) => /\$ref["']?\s*:\s*["']?[^#"'\s]/.test(text);

function tooMany(): Error {
  return failure("configuration", {
    what: `more than ${MAX_ROOTS} descriptions of APIs refer to other files, so that nobody knows which of them this change concerns`,
    fix: "Name those that need not be looked at in `ignore-paths`.",
  });
}

interface Checked {
  readonly findings: readonly Finding[];
  /** Of operations. */
  readonly count: number;
}

async function checkRoot(subject: Subject, root: string, policy: Policy, reader: Reader): Promise<Checked> {
  const { workspace, changed, removed, renamed, baseText, results } = subject;
  const now = await load(root, workspace.readText, reader);
  const touched = new Set([...changed, ...removed]);
  // What did not change need not be asked of git.
  const before = await load(renamed.get(root) ?? root, (path) => (touched.has(path) ? baseText(path) : workspace.readText(path)), reader);
  const syntax = syntaxFindings(now, before);
  const parts = [policy, root, ...[...now.texts].flat(), "base", ...[...before.texts].flat(), String(before.problems.size)];
  try {
    const { findings, count } = await remembered(results, "openapi", parts, async () => {
      const [description, old] = [await reader.describe(now), await reader.describe(before)];
      if (description === null) return { findings: [], count: 0 };
      const work = async () => ({ findings: judge(description, old, before.problems.size > 0, policy), count: operationsOf(description).size });
      return now.characters + before.characters > WATCHED_CHARACTERS ? underWatch("openapi", subject.timeoutMs, work) : work();
    });
    return { findings: [...syntax, ...findings], count };
  } catch (error) {
    if (error instanceof InstantError || !(error instanceof Error)) throw error;
    throw failure("configuration", { what: `${root} cannot be compared: ${messageOf(error)}`, where: root, fix: "Make it simpler, or name it in `ignore-paths`." }, error);
  }
}

/** A file that cannot be read, or only by lenient readers. */
function syntaxFindings({ problems }: Loaded, before: Loaded): readonly Finding[] {
  return [...problems].flatMap(([path, found]) => {
    const known = (before.problems.get(path) ?? []).map(({ message }) => message);
    return found.map(({ line, column, message }): Finding => ({ level: known.includes(message) ? "notice" : "failure", path, line, column, rule: "openapi/parser", message }));
  });
}

function judge(description: Description, old: Description | null, wasUnreadable: boolean, policy: Policy): readonly Finding[] {
  const found = (level: Finding["level"], rule: string, at: At, message: string): Finding => ({ level, path: at.file, line: description.lineOf(at), rule: `openapi/${rule}`, message });
  const known = new Set(old === null ? [] : faultsOf(old).map(({ rule, text }) => `${rule} ${text}`));
  const faults = faultsOf(description).map(({ level, rule, text, at }) => found(known.has(`${rule} ${text}`) ? "notice" : level, rule, at, `${text}.`));
  if (policy === "allow") return shortened(faults);
  if (old === null) {
    return shortened(wasUnreadable ? [...faults, found("warning", "uncompared", description.root, "What it was before this change cannot be read, so that nobody knows whether callers can fail.")] : faults);
  }
  const breaks = breaksBetween(old, description).map(({ level, rule, text, at }) => found(levelOf(level, policy), rule, at, `${text}. ${CONSEQUENCE[level]}`));
  return shortened([...breaks, ...faults]);
}

const CONSEQUENCE: Readonly<Record<Break["level"], string>> = {
  failure: "Callers that did right until now can fail. Keep the old form beside the new one, or let it pass by `openapi-breaking`.",
  warning: "Callers may notice.",
};

function levelOf(level: Break["level"], policy: Policy): Finding["level"] {
  return policy === "warn" ? "warning" : level;
}

function shortened(findings: readonly Finding[]): readonly Finding[] {
  const [first] = findings;
  if (findings.length <= MAX_SHOWN || first === undefined) return findings;
  const order = { failure: 0, warning: 1, notice: 2 };
  const kept = findings.toSorted((one, other) => order[one.level] - order[other.level]).slice(0, MAX_SHOWN);
  return [...kept, { ...first, level: "notice", rule: "openapi/more", message: `${findings.length - MAX_SHOWN} more findings are not shown.` }];
}

/** Descriptions that are no more: all that they described is gone. */
async function removals({ removed, changed, renamed, baseText, workspace }: Subject, roots: readonly string[], policy: Policy, reader: Reader): Promise<readonly Finding[]> {
  const followed = new Set(renamed.values());
  const candidates = [...removed.filter((path) => isData(path) && !followed.has(path)), ...changed.filter((path) => isData(path) && !roots.includes(path))];
  const found = await Promise.all(candidates.map(async (path): Promise<readonly Finding[]> => {
    const name = renamed.get(path) ?? path;
    if (!mayBeDescription((await baseText(name)) ?? "")) return [];
    const description = await reader.describe(await load(name, baseText, reader));
    const operations = description === null ? [] : [...operationsOf(description).values()].map((operation) => operation.name);
    if (operations.length === 0) return [];
    const shown = operations.length > 10 ? `${operations.slice(0, 10).join(", ")} and ${operations.length - 10} more` : operations.join(", ");
    const here = (await workspace.exists(path)) ? path : "";
    const message = `${path} describes no API any more, which removes ${shown}. ${CONSEQUENCE.failure}`;
    return [{ level: levelOf("failure", policy), path: here, line: 1, rule: "openapi/api-removed-without-deprecation", message }];
  }));
  return found.flat();
}
