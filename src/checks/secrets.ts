import { InstantError } from "../kit/errors.ts";
import type { CheckResult, Finding, Subject } from "./port.ts";
import { findSecrets, type Hit } from "./secrets/find.ts";
import { redactor } from "./secrets/redact.ts";
import { countOf, isTouched } from "./touched.ts";

/**
 * Credentials in what the change adds, by their published forms. A finding says what it is and where, and never what it reads. It is
 * there for accidents: who wants to hide one can.
 */
export async function checkSecrets(subject: Subject): Promise<CheckResult> {
  const files = subject.changed;
  if (files.length === 0) return { findings: [], detail: "no file changed", skipped: true };
  const perFile = await Promise.all(files.map((path) => checkFile(subject, path)));
  const allowed = perFile.reduce((sum, file) => sum + file.allowed, 0);
  const detail = `${countOf(files.length, "file")}${allowed === 0 ? "" : `, ${allowed} called no secret by a comment`}`;
  return { findings: perFile.flatMap(({ findings }) => findings), detail };
}

async function checkFile(subject: Subject, path: string): Promise<{ findings: readonly Finding[]; allowed: number }> {
  const text = await textOf(subject, path);
  if (typeof text !== "string") return { findings: text === null ? [] : [text], allowed: 0 };
  const mine = findSecrets(text).filter(({ line, endLine }) => isTouched(subject, path, line, 0, endLine));
  return { findings: mine.filter(({ allowed }) => !allowed).map((hit) => findingOf(path, hit)), allowed: mine.filter(({ allowed }) => allowed).length };
}

/** The text of a file; null when it holds none, a finding when it could not be looked at. */
async function textOf({ workspace }: Subject, path: string): Promise<string | Finding | null> {
  try {
    const text = await workspace.readText(path);
    return text === null || text.slice(0, 8_000).includes("\0") ? null : text;
  } catch (error) {
    if (!(error instanceof InstantError)) throw error;
    if (await workspace.looksBinary(path)) return null;
    return { level: "failure", path, line: 1, rule: "secrets/too-large", message: `${error.message}, so that nobody knows whether it holds a credential. Split it, keep it out of the repository, or name it in \`ignore-paths\`.` };
  }
}

function findingOf(path: string, { rule, what, line, endLine, column }: Hit): Finding {
  const message = `This is ${what}. Revoke it now: whoever can read the branch has it, and taking it out of the file does not take it out of the history. Then keep it as a secret of the repository. An example that only looks like one says EXAMPLE in it, or has \`instant: not-a-secret\` in a comment of its line.`;
  return { level: "failure", path, line, endLine, column, rule: `secrets/${rule}`, message };
}

/** Takes the credentials of these texts out of what is said about them. */
export function redactorOf(texts: readonly string[]): (text: string) => string {
  return redactor(texts.flatMap((text) => findSecrets(text).map(({ secret }) => secret)));
}
