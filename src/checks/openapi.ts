import { failure, InstantError, messageOf } from "../kit/errors.ts";
import type { parseData } from "./data/document.ts";
import { type Break, breaksBetween } from "./openapi/compare.ts";
import type { At, Description } from "./openapi/description.ts";
import { faultsOf } from "./openapi/lint.ts";
import { DESCRIPTION_PATTERN, isData, load, type Loaded, mayBeDescription } from "./openapi/load.ts";
import { operationsOf } from "./openapi/operations.ts";
import type { CheckOptions, CheckResult, Finding, Subject } from "./port.ts";
import { countOf } from "./touched.ts";
import { underWatch } from "./watchdog.ts";

/** Descriptions that did not change themselves are looked into for files that did; more of them are not. */
const MAX_ROOTS = 100;
/** What is larger is read under watch. */
const WATCHED_CHARACTERS = 4 * 1024 * 1024;
const MAX_SHOWN = 100;

type Policy = CheckOptions["openapiBreaking"];

/**
 * Descriptions of APIs (OpenAPI 3, Swagger 2) that changed, or one of whose files did: whether programs can read them, and whether
 * callers written for the base can fail. What was wrong before the change is shown and does not fail it.
 */
export async function checkOpenapi(subject: Subject, policy: Policy): Promise<CheckResult> {
  const roots = await rootsOf(subject);
  const gone = policy === "allow" ? [] : await removals(subject, roots, policy);
  if (roots.length === 0 && gone.length === 0) return { findings: [], detail: "no OpenAPI description changed", skipped: true };
  const checked = await Promise.all(roots.map((root) => checkRoot(subject, root, policy)));
  const operations = checked.reduce((sum, { count }) => sum + count, 0);
  return { findings: [...gone, ...checked.flatMap(({ findings }) => findings)], detail: `${countOf(roots.length, "description")}, ${countOf(operations, "operation")}` };
}

/** The descriptions that this change concerns. */
async function rootsOf(subject: Subject): Promise<readonly string[]> {
  const { workspace, changed, removed, search } = subject;
  const data = changed.filter(isData);
  const texts = await Promise.all(data.map((path) => workspace.readText(path)));
  const own = data.filter((_, at) => mayBeDescription(texts[at] ?? ""));
  const parts = new Set([...data.filter((path) => !own.includes(path) && !isOfTools(path)), ...removed.filter((path) => isData(path) && !isOfTools(path))]);
  if (parts.size === 0) return own;
  const others = (await search(DESCRIPTION_PATTERN, ["*.yaml", "*.yml", "*.json"])).filter((path) => isData(path) && !own.includes(path));
  const found: string[] = [];
  let looked = 0;
  for (const path of others) {
    if (!namesFiles((await workspace.readText(path)) ?? "")) continue;
    looked += 1;
    if (looked > MAX_ROOTS) throw tooMany();
    const { description } = await load(path, workspace.readText, new Map());
    const before = removed.length === 0 ? null : (await load(path, subject.baseText, new Map())).description;
    if ([...(description?.files ?? []), ...(before?.files ?? [])].some((file) => parts.has(file))) found.push(path);
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

async function checkRoot(subject: Subject, root: string, policy: Policy): Promise<{ findings: readonly Finding[]; count: number }> {
  const parsed = new Map<string, ReturnType<typeof parseData>>();
  const { workspace, changed, removed, renamed, baseText } = subject;
  const now = await load(root, workspace.readText, parsed);
  const touched = new Set([...changed, ...removed]);
  // What did not change need not be asked of git.
  const before = await load(renamed.get(root) ?? root, (path) => (touched.has(path) ? baseText(path) : workspace.readText(path)), parsed);
  const syntax = syntaxFindings(now, before);
  if (now.description === null) return { findings: syntax, count: 0 };
  const { description } = now;
  const work = async () => judge(description, before, policy);
  try {
    const findings = now.characters + before.characters > WATCHED_CHARACTERS ? await underWatch("openapi", subject.timeoutMs, work) : await work();
    return { findings: [...syntax, ...findings], count: operationsOf(description).size };
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

function judge(description: Description, before: Loaded, policy: Policy): readonly Finding[] {
  const found = (level: Finding["level"], rule: string, at: At, message: string): Finding => ({ level, path: at.file, line: description.lineOf(at), rule: `openapi/${rule}`, message });
  const known = new Set(before.description === null ? [] : faultsOf(before.description).map(({ rule, text }) => `${rule} ${text}`));
  const faults = faultsOf(description).map(({ level, rule, text, at }) => found(known.has(`${rule} ${text}`) ? "notice" : level, rule, at, `${text}.`));
  if (policy === "allow") return shortened(faults);
  if (before.description === null) {
    const unreadable = before.problems.size > 0;
    return shortened(unreadable ? [...faults, found("warning", "uncompared", description.root, "What it was before this change cannot be read, so that nobody knows whether callers can fail.")] : faults);
  }
  const breaks = breaksBetween(before.description, description).map(({ level, rule, text, at }) => found(levelOf(level, policy), rule, at, `${text}. ${CONSEQUENCE[level]}`));
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
async function removals({ removed, changed, renamed, baseText, workspace }: Subject, roots: readonly string[], policy: Policy): Promise<readonly Finding[]> {
  const followed = new Set(renamed.values());
  const candidates = [...removed.filter((path) => isData(path) && !followed.has(path)), ...changed.filter((path) => isData(path) && !roots.includes(path))];
  const found = await Promise.all(candidates.map(async (path): Promise<readonly Finding[]> => {
    const name = renamed.get(path) ?? path;
    if (!mayBeDescription((await baseText(name)) ?? "")) return [];
    const { description } = await load(name, baseText, new Map());
    const operations = description === null ? [] : [...operationsOf(description).values()].map((operation) => operation.name);
    if (operations.length === 0) return [];
    const shown = operations.length > 10 ? `${operations.slice(0, 10).join(", ")} and ${operations.length - 10} more` : operations.join(", ");
    const here = (await workspace.exists(path)) ? path : "";
    const message = `${path} describes no API any more, which removes ${shown}. ${CONSEQUENCE.failure}`;
    return [{ level: levelOf("failure", policy), path: here, line: 1, rule: "openapi/api-removed-without-deprecation", message }];
  }));
  return found.flat();
}
