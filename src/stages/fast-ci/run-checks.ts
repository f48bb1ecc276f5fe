import type { Check, Finding, Subject } from "../../checks/port.ts";
import type { Clock } from "../../kit/clock.ts";
import { InstantError, messageOf } from "../../kit/errors.ts";

/** How one check ended. `errored`: it could not run or did not end, which is never a pass. */
export interface Outcome {
  readonly name: string;
  readonly kind: "passed" | "failed" | "skipped" | "errored";
  readonly detail: string;
  readonly findings: readonly Finding[];
  /** With `errored`: what to change. */
  readonly fix: string;
  readonly ms: number;
}

/** CONTRACTS, Metrics: 10 min for CI as a whole. */
const WHOLE_MS = 600_000;
/** A check that keeps the limit itself (the smoke command) needs a moment to stop what it started. */
const GRACE_MS = 5_000;

/** Runs all checks at once; each has its own limit, and together they have one. */
export async function runChecks(checks: readonly Check[], subject: Omit<Subject, "signal">, clock: Clock): Promise<readonly Outcome[]> {
  const whole = new AbortController();
  const done = new AbortController();
  void clock.sleep(WHOLE_MS, done.signal).then(() => whole.abort(), () => {});
  try {
    return await Promise.all(checks.map((check) => runOne(check, subject, whole.signal, clock)));
  } finally {
    done.abort();
  }
}

async function runOne(check: Check, subject: Omit<Subject, "signal">, whole: AbortSignal, clock: Clock): Promise<Outcome> {
  const started = clock.now();
  const own = new AbortController();
  const ended = new AbortController();
  const limit = subject.timeoutMs + GRACE_MS;
  const tooLate = (seconds: number): Pick<Outcome, "kind" | "detail" | "findings" | "fix"> => ({
    kind: "errored",
    detail: `did not end within ${seconds} s`,
    findings: [],
    fix: "Raise `check-timeout-seconds`, or make the change smaller.",
  });
  const alarm = clock.sleep(limit, ended.signal).then(() => tooLate(subject.timeoutMs / 1000));
  alarm.catch(() => {});
  const stopped = new Promise<ReturnType<typeof tooLate>>((resolve) => {
    const stop = () => resolve(tooLate(WHOLE_MS / 1000));
    if (whole.aborted) stop();
    else whole.addEventListener("abort", stop, { once: true, signal: ended.signal });
  });
  const signal = AbortSignal.any([whole, own.signal]);
  const end = await Promise.race([attempt(check, { ...subject, signal }), alarm, stopped]);
  own.abort();
  ended.abort();
  return { name: check.name, ...end, ms: Math.round(clock.now() - started) };
}

async function attempt(check: Check, subject: Subject): Promise<Pick<Outcome, "kind" | "detail" | "findings" | "fix">> {
  try {
    const { findings, detail, skipped } = await check.run(subject);
    const failed = findings.some(({ level }) => level === "failure");
    return { kind: failed ? "failed" : skipped ? "skipped" : "passed", detail, findings, fix: "" };
  } catch (error) {
    const fix = error instanceof InstantError ? error.problems.map((problem) => problem.fix).join(" ") : "Please report it with the log of this run.";
    return { kind: "errored", detail: messageOf(error), findings: [], fix };
  }
}
