import { InstantError, messageOf } from "../kit/errors.ts";
import type { Check, CheckResult, Subject } from "./port.ts";

/**
 * A check whose findings and errors hold no credential: what a linter quotes, and what a command printed, is shown where everybody
 * can read it. Loaded when there is something to say.
 */
export function withoutSecrets({ name, run }: Check): Check {
  return {
    name,
    run: async (subject) => {
      const result = await run(subject).catch(async (error: unknown) => {
        throw await clean(subject, error);
      });
      return result.findings.length === 0 ? result : cleaned(subject, result);
    },
  };
}

async function cleaned(subject: Subject, { findings, ...result }: CheckResult): Promise<CheckResult> {
  const redact = await redactorFor(subject, findings.map(({ path }) => path), findings.map(({ message }) => message));
  return { ...result, findings: findings.map((finding) => ({ ...finding, message: redact(finding.message) })) };
}

async function clean(subject: Subject, error: unknown): Promise<unknown> {
  if (!(error instanceof InstantError)) {
    const said = messageOf(error);
    const shown = (await redactorFor(subject, [], [said]))(said);
    return shown === said ? error : new Error(shown);
  }
  const redact = await redactorFor(subject, error.problems.flatMap(({ where }) => where ?? []), error.problems.map(({ what }) => what));
  const problems = error.problems.map((problem) => ({ ...problem, what: redact(problem.what), fix: redact(problem.fix) }));
  return new InstantError(error.blame, problems, { cause: error.cause });
}

async function redactorFor({ workspace }: Subject, paths: readonly string[], said: readonly string[]): Promise<(text: string) => string> {
  const { redactorOf } = await import("./secrets.ts");
  const texts = await Promise.all([...new Set(paths)].filter((path) => path !== "").map((path) => workspace.readText(path).catch(() => null)));
  return redactorOf([...texts.filter((text) => text !== null), ...said]);
}
