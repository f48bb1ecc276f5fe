import type { Finding } from "../../checks/port.ts";
import type { CiFacts } from "./facts.ts";
import type { Outcome } from "./run-checks.ts";

/** What the checks say together, with every reason. `error` is never a pass: something could not be checked. */
export interface Decision {
  readonly kind: "success" | "failure" | "error";
  readonly failedChecks: readonly string[];
  /** One for each finding that fails and each check that could not run. */
  readonly reasons: readonly string[];
  /** In one line. */
  readonly headline: string;
}

export function decide({ outcomes, changes }: Pick<CiFacts, "outcomes" | "changes">): Decision {
  const failed = outcomes.filter(({ kind }) => kind === "failed");
  const errored = outcomes.filter(({ kind }) => kind === "errored");
  const failedChecks = [...failed, ...errored].map(({ name }) => name);
  const reasons = [...failed.flatMap(findingReasons), ...errored.map(({ name, detail, fix }) => `${name} could not run: ${detail}. ${fix}`)];
  if (failed.length > 0) return { kind: "failure", failedChecks, reasons, headline: failureHeadline(failed, errored) };
  if (errored.length > 0) return { kind: "error", failedChecks, reasons, headline: `${names(errored)} could not run` };
  return { kind: "success", failedChecks, reasons: [], headline: successHeadline(outcomes, changes.length) };
}

function findingReasons({ name, findings }: Outcome): string[] {
  return findings.filter(({ level }) => level === "failure").map((finding) => `${placeOf(finding, name)}: ${finding.message.split("\n")[0]}`);
}

/** `docs/FAQ.md:12`, or the name of the check where there is no file. */
export function placeOf({ path, line }: Finding, check: string): string {
  return path === "" ? check : `${path}:${line}`;
}

function failureHeadline(failed: readonly Outcome[], errored: readonly Outcome[]): string {
  const count = failed.flatMap(({ findings }) => findings).filter(({ level }) => level === "failure").length;
  const broken = errored.length === 0 ? "" : `; ${names(errored)} could not run`;
  return `${count} ${count === 1 ? "finding" : "findings"} in ${names(failed)}${broken}`;
}

function successHeadline(outcomes: readonly Outcome[], files: number): string {
  if (outcomes.length === 0) return "No check is configured";
  const passed = outcomes.filter(({ kind }) => kind === "passed");
  if (passed.length === 0) return files === 0 ? "Nothing changed" : "Nothing to check: nothing changed that a check looks at";
  return `${names(passed)} ${passed.length === 1 ? "is" : "are"} fine`;
}

function names(outcomes: readonly Outcome[]): string {
  const all = outcomes.map(({ name }) => name);
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
