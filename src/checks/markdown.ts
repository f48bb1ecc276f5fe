import type { Configuration, LintError } from "markdownlint";
import { frontMatterLines } from "./front-matter.ts";
import { overLimit } from "./limits.ts";
import { openConfigs } from "./markdown/config.ts";
import { type Format, misformats, openFormats } from "./markdown/format.ts";
import { mayObject } from "./markdown/objections.ts";
import { traitsOf } from "./markdown/plain.ts";
import { AROUND, BREAKING, DEFAULT_CONFIG } from "./markdown/rules.ts";
import type { CheckResult, Finding, Results, Subject } from "./port.ts";
import { countOf, isMarkdown, isTouched } from "./touched.ts";
import { watched } from "./watchdog.ts";

/** markdownlint calls itself for each next text, so that a few thousand overflow its stack. */
const BATCH = 200;

interface Document {
  readonly path: string;
  readonly text: string;
  /** The text without its front matter. */
  readonly body: string;
  /** How many lines the front matter has. */
  readonly skipped: number;
  /** null: the default. */
  readonly config: Configuration | null;
}

/**
 * Lints the changed Markdown with markdownlint, by the repository's own configuration or a default made for prose. Only what the
 * change touched can fail; what was there before is counted and not shown.
 */
export async function checkMarkdown(subject: Subject): Promise<CheckResult> {
  const paths = subject.changed.filter(isMarkdown);
  if (paths.length === 0) return { findings: [], detail: "no Markdown changed", skipped: true };
  const configOf = openConfigs(subject.workspace);
  const read = await Promise.all(paths.map(async (path) => readDocument(subject, path, await configOf(path))));
  const refused = read.flatMap((document) => ("finding" in document ? [document.finding] : []));
  const documents = read.filter((document) => !("finding" in document)) as Document[];
  const errors = await watched("markdown", documents.map(({ body }) => body), subject.timeoutMs, () => lintAll(documents, subject.results));
  const formatOf = openFormats(subject.workspace);
  const judged = await Promise.all(documents.map(async (document) => {
    const verdict = judge(subject, document, errors.get(document.path) ?? []);
    const format = await formatOf(document.path);
    return { ...verdict, findings: [...verdict.findings, ...(format === null ? [] : formatFindings(subject, document, format, verdict.findings))] };
  }));
  const old = judged.reduce((total, { dropped }) => total + dropped, 0);
  const detail = `${countOf(paths.length, "file")}${old === 0 ? "" : `, ${countOf(old, "older finding")} left aside`}`;
  return { findings: [...refused, ...judged.flatMap(({ findings }) => findings)], detail };
}

async function readDocument({ workspace }: Subject, path: string, config: Configuration | null): Promise<Document | { finding: Finding }> {
  const refuse = (rule: string, message: string, line = 1) => ({ finding: { level: "failure", path, line, rule: `markdown/${rule}`, message } as const });
  const text = await workspace.readText(path);
  if (text === null) return refuse("unreadable", `${path} is a symbolic link that leads out of the repository or nowhere. Replace it by a file.`);
  const limit = overLimit(path, text);
  if (limit !== null) return refuse("too-large", limit.message, limit.line);
  const skipped = frontMatterLines(text);
  return { path, text, body: skipped === 0 ? text : text.split("\n").slice(skipped).join("\n"), skipped, config };
}

/** What is kept of an error of the linter. */
type Said = Pick<LintError, "lineNumber" | "ruleNames" | "ruleDescription" | "errorDetail" | "errorContext" | "ruleInformation" | "errorRange" | "severity">;

/** What markdownlint says of each path. Files of one configuration are given to it together. */
async function lintAll(documents: readonly Document[], results: Results): Promise<ReadonlyMap<string, readonly Said[]>> {
  const found = new Map<string, readonly Said[]>();
  const parts = ({ config, body }: Document) => [JSON.stringify(config), body];
  // Most documents can be told to be clean without the linter.
  const unsure = documents.filter((document) => {
    if (isPlainlyClean(document.body, document.config ?? DEFAULT_CONFIG)) return false;
    const known = results.find("markdown", parts(document)) as readonly Said[] | undefined;
    if (known !== undefined) found.set(document.path, known);
    return known === undefined;
  });
  if (unsure.length === 0) return found;
  const { lint } = await import("markdownlint/promise");
  for (const [config, group] of Map.groupBy(unsure, ({ config: own }) => own)) {
    for (let at = 0; at < group.length; at += BATCH) {
      const batch = group.slice(at, at + BATCH);
      const said = await lint({ strings: Object.fromEntries(batch.map(({ path, body }) => [path, body])), config: config ?? DEFAULT_CONFIG, frontMatter: null });
      for (const document of batch) {
        const errors = (said[document.path] ?? []).map(kept);
        found.set(document.path, errors);
        results.keep("markdown", parts(document), errors);
      }
    }
  }
  return found;
}

function kept({ lineNumber, ruleNames, ruleDescription, errorDetail, errorContext, ruleInformation, errorRange, severity }: LintError): Said {
  return { lineNumber, ruleNames, ruleDescription, errorDetail, errorContext, ruleInformation, errorRange, severity };
}

function isPlainlyClean(body: string, config: Configuration): boolean {
  const traits = traitsOf(body);
  return traits !== null && !mayObject(traits, config);
}

function judge(subject: Subject, { path, skipped, config }: Document, errors: readonly Said[]): { findings: Finding[]; dropped: number } {
  const placed = errors.map((error) => {
    const rule = error.ruleNames[0] ?? "";
    const line = error.lineNumber + skipped;
    return { error, rule, line, touched: isTouched(subject, path, line, AROUND.has(rule) ? 1 : 0) };
  });
  const habits = new Set(placed.filter(({ touched }) => !touched).map(({ rule }) => rule));
  const mine = placed.filter(({ touched }) => touched);
  const findings = mine.map(({ error, rule, line }): Finding => {
    const habit = config === null && habits.has(rule) && !BREAKING.has(rule);
    const level = habit || error.severity === "warning" ? "warning" : "failure";
    return { level, path, line, rule: `markdown/${rule}`, message: messageOfRule(error), ...(error.errorRange?.[0] === undefined ? {} : { column: error.errorRange[0] }) };
  });
  return { findings, dropped: placed.length - mine.length };
}

/** Bytes that a formatter would change, where the repository asks for it and the linter has not said the same. */
function formatFindings(subject: Subject, { path, text }: Document, format: Format, said: readonly Finding[]): readonly Finding[] {
  const touched = (line: number) => isTouched(subject, path, line);
  return misformats(text, format, touched)
    .filter(({ line }) => touched(line) && !said.some((finding) => finding.line === line && /MD0(?:09|47)$/.test(finding.rule)))
    .map(({ line, rule, message }) => ({ level: "failure", path, line, rule: `markdown/${rule}`, message }));
}

function messageOfRule({ ruleNames, ruleDescription, errorDetail, errorContext, ruleInformation }: Said): string {
  const detail = errorDetail === null ? "" : ` [${errorDetail}]`;
  const context = errorContext === null ? "" : `: "${errorContext}"`;
  const help = ruleInformation === null ? "" : ` How to mend it: ${ruleInformation}`;
  return `${ruleDescription} (${ruleNames[1] ?? ruleNames[0]})${detail}${context}.${help}`;
}
