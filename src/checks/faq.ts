import { checkFaq, type FaqProblem } from "../faq/index.ts";
import { overLimit } from "./limits.ts";
import type { CheckResult, Finding, Subject } from "./port.ts";
import { remembered } from "./remembered.ts";
import { countOf, isTouched } from "./touched.ts";
import { watched } from "./watchdog.ts";

/**
 * The FAQ as a document of questions: no question twice, none without answer, nothing that swallows its neighbours. What was
 * wrong before the change is shown and does not fail it.
 */
export async function checkFaqFile(subject: Subject): Promise<CheckResult> {
  const { faqPath, workspace } = subject;
  if (subject.removed.includes(faqPath)) {
    const message = `${faqPath} is deleted by this change. Restore it, or point \`faq-path\` at the file that takes its place.`;
    return { findings: [{ level: "failure", path: "", line: 1, rule: "faq/removed", message }], detail: "the FAQ is deleted" };
  }
  const text = await workspace.readText(faqPath);
  if (text === null) {
    const message = `${faqPath} is no file of this repository (a symbolic link that leads out of it is not followed). Make it a plain file.`;
    return { findings: [{ level: "failure", path: faqPath, line: 1, rule: "faq/unreadable", message }], detail: "not a file" };
  }
  const limit = overLimit(faqPath, text);
  if (limit !== null) return { findings: [{ level: "failure", path: faqPath, rule: "faq/too-large", ...limit }], detail: "too large" };
  const problems = await remembered(subject.results, "faq", [text], () => watched("faq", [text], subject.timeoutMs, async () => checkFaq(text)));
  const isOld = await oldProblems(subject, problems);
  const findings = problems.map((problem): Finding => {
    const { line, column, endLine, rule, message, severity } = problem;
    const old = isOld(problem);
    const level = old ? "notice" : severity === "error" ? "failure" : "warning";
    return { level, path: faqPath, line, column, rule: `faq/${rule}`, message, ...(endLine === undefined ? {} : { endLine }) };
  });
  return { findings, detail: `${faqPath}, ${countOf(text.split("\n").length, "line")}` };
}

/**
 * Tells which problems the document had before. One on a touched line is the change's; one on an old line may be too (its other
 * half was added or taken away elsewhere), so those are looked for in the text as it was.
 */
async function oldProblems(subject: Subject, problems: readonly FaqProblem[]): Promise<(problem: FaqProblem) => boolean> {
  const untouched = problems.filter(({ line, endLine }) => !isTouched(subject, subject.faqPath, line, 0, endLine ?? line));
  if (untouched.length === 0) return () => false;
  const before = await subject.before(subject.faqPath);
  const known = new Map<string, number>();
  for (const problem of before === null ? [] : checkFaq(before)) known.set(identity(problem), (known.get(identity(problem)) ?? 0) + 1);
  const old = new Set(untouched.filter((problem) => {
    const left = known.get(identity(problem)) ?? 0;
    known.set(identity(problem), left - 1);
    return left > 0;
  }));
  return (problem) => old.has(problem);
}

/** The same wherever it moves to: messages name lines. */
function identity({ rule, message }: FaqProblem): string {
  return `${rule} ${message.replace(/\d+/g, "#")}`;
}
