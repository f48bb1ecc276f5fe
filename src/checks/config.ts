import { type DataProblem, isJsonName, isYamlName, parseData } from "./data/document.ts";
import type { Parse } from "./data/once.ts";
import { overLimit } from "./limits.ts";
import type { CheckResult, Finding, Subject } from "./port.ts";
import { remembered } from "./remembered.ts";
import { countOf, isTouched } from "./touched.ts";
import { underWatch, watched } from "./watchdog.ts";

/** YAML beyond this is read under watch; its reader takes linear time on all that is known, and nobody has proved it. */
const WATCHED_CHARACTERS = 1024 * 1024;

/** How a file is read, and so what is wrong with it. */
type Kind = "yaml" | "json" | "workflow" | "action";

/**
 * The spelling of changed configuration: YAML and JSON can be read and hold no key twice, workflows and actions are what GitHub's own
 * parser takes. What was wrong before the change is shown and does not fail it.
 */
export async function checkConfig(given: Subject, parse: Parse = parseData): Promise<CheckResult> {
  const subject = { ...given, parse };
  const files = subject.changed.filter((path) => isYamlName(path) || isJsonName(path));
  if (files.length === 0) return { findings: [], detail: "no YAML or JSON changed", skipped: true };
  const findings = await Promise.all(files.map((path) => checkFile(subject, path)));
  return { findings: findings.flat(), detail: countOf(files.length, "file") };
}

type Reading = Subject & { readonly parse: Parse };

async function checkFile(subject: Reading, path: string): Promise<readonly Finding[]> {
  const text = await subject.workspace.readText(path);
  // A link that leads out of the tree, or nowhere, is no configuration of this repository.
  if (text === null) return [];
  const kind = kindOf(path, text);
  const at = (line: number, rule: string, message: string): Finding => ({ level: "failure", path, line, rule: `config/${rule}`, message });
  if (text.includes("\uFFFD")) {
    const old = (await subject.before(path))?.includes("\uFFFD") === true;
    return [{ ...at(lineOf(text, "\uFFFD"), "encoding", `${path} holds bytes that are no UTF-8. Save it as UTF-8.`), level: old ? "notice" : "failure" }];
  }
  const limit = kind === "workflow" || kind === "action" ? overLimit(path, text) : null;
  if (limit !== null) return [at(limit.line, "too-large", limit.message)];
  const problems = await problemsOf(subject, path, kind, text);
  if (problems.length === 0) return [];
  if (kind === "yaml" && isTemplate(text)) {
    const [{ line, message } = { line: 1, message: "" }] = problems;
    return [{ ...at(line, "template", `${path} cannot be read as YAML (${message.replace(/\.$/, "")}), and is taken for a template, which is not looked at.`), level: "notice" }];
  }
  const isOld = await oldOnes(subject, path, kind, problems);
  return problems.map((problem): Finding => {
    const level = isOld(problem) ? "notice" : "failure";
    return { ...at(problem.line, kind, problem.message), column: problem.column, level };
  });
}

function kindOf(path: string, text: string): Kind {
  if (/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return "workflow";
  // Others name files so too; an action says how it is run.
  if (/(?:^|\/)action\.ya?ml$/.test(path) && /^runs:/m.test(text)) return "action";
  return isYamlName(path) ? "yaml" : "json";
}

/** Of Helm, Jinja, ERB and their like: what is between the marks makes it YAML, and is not known here. */
function isTemplate(text: string): boolean {
  return /(?<!\$)\{\{|\{%|<%/.test(text);
}

function problemsOf(subject: Reading, path: string, kind: Kind, text: string): Promise<readonly DataProblem[]> {
  return remembered(subject.results, "config", [kind, path, text], () => read(subject, path, kind, text));
}

async function read(subject: Reading, path: string, kind: Kind, text: string): Promise<readonly DataProblem[]> {
  const parse = () => subject.parse(path, text);
  const { problems } = await (text.length > WATCHED_CHARACTERS && kind !== "json" ? underWatch("config", subject.timeoutMs, parse) : parse());
  if (problems.length > 0 || kind === "yaml" || kind === "json") return problems;
  const { loadGithubParser } = await import("./config/github.ts");
  const github = await loadGithubParser();
  return watched("config", [text], subject.timeoutMs, async () => (kind === "workflow" ? github.checkWorkflow(text, path) : github.checkAction(text, path)));
}

/** Which of the problems the file had before, wherever their lines have gone to. */
async function oldOnes(subject: Reading, path: string, kind: Kind, problems: readonly DataProblem[]): Promise<(problem: DataProblem) => boolean> {
  if (problems.every(({ line }) => isTouched(subject, path, line))) return () => false;
  const before = await subject.before(path);
  const known = before === null ? [] : (await problemsOf(subject, path, kind, before)).map(({ message }) => message);
  return ({ line, message }) => !isTouched(subject, path, line) && known.includes(message);
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length;
}
