import { CHECKS } from "../../checks/port.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Annotation, Report, TaskNote } from "../../kit/report.ts";
import type { Published } from "./apply.ts";
import type { Decision } from "./decide.ts";
import type { CiFacts } from "./facts.ts";
import { counted, escaped, findingsOf, LEVELS, tableOf } from "./findings.ts";

/** GitHub shows ten annotations of a level a step (PLATFORM, Limits). */
const MAX_JOB_ANNOTATIONS = 10;

export interface Ending {
  readonly facts: CiFacts;
  readonly decision: Decision;
  readonly published: Published;
  readonly checkName: string;
  readonly traceId: string;
  readonly apiRequests: number;
  /** True when a check run is expected, because the token of this run should be able to write one. */
  readonly mayWrite: boolean;
  /** True when the trace id is that of a task: one that was named by those who may write here. */
  readonly isTask: boolean;
}

/** Outputs, summary and annotations; a red or unsure end fails the job. */
export function report(ending: Ending): Report {
  const { facts, decision, published } = ending;
  const unpublished = published.kind === "read-only" && ending.mayWrite ? missingPermission(ending.checkName) : undefined;
  const reasons = [...decision.reasons, ...(unpublished === undefined ? [] : [unpublished])];
  const outputs = {
    conclusion: decision.kind,
    "failed-checks": JSON.stringify(decision.failedChecks),
    annotations: String(findingsOf(facts).length),
    "check-run-url": published.kind === "published" ? published.url : "",
    "head-sha": facts.sha,
    "trace-id": ending.traceId,
    phase: decision.kind === "success" ? "pr_open" : "ci_failed",
    "api-requests": String(ending.apiRequests),
    reasons: JSON.stringify(reasons),
    ...conclusionsOf(facts),
  };
  const annotations = published.kind === "published" ? [] : jobAnnotations(facts);
  const shared = { outputs, summary: summary(ending, unpublished), annotations };
  if (published.kind === "dry-run") return shared;
  const problems = [...(decision.kind === "success" ? [] : [failedLine(decision)]), ...(unpublished === undefined ? [] : [unpublished])];
  const recorded = ending.isTask ? { ...shared, record: noteOf(ending, unpublished) } : shared;
  return problems.length === 0 ? recorded : { ...recorded, failed: problems.join("\n") };
}

const CONCLUSIONS = { passed: "success", failed: "failure", skipped: "skipped", errored: "error" } as const;

/** Of each check that there is; empty for one that was not asked for. */
function conclusionsOf({ outcomes }: CiFacts): Readonly<Record<string, string>> {
  return Object.fromEntries(CHECKS.map((name) => {
    const outcome = outcomes.find((one) => one.name === name);
    return [`${name}-conclusion`, outcome === undefined ? "" : CONCLUSIONS[outcome.kind]];
  }));
}

function noteOf({ facts, decision, published, traceId }: Ending, unpublished: string | undefined): TaskNote {
  const passed = decision.kind === "success" && unpublished === undefined;
  const errorMsg = [...decision.reasons, ...(unpublished === undefined ? [] : [unpublished])].join("; ");
  const error = { phase: "ci_failed", status: "error", errorType: decision.kind === "success" ? "permission" : "ci", errorMsg } as const;
  const url = published.kind === "published" ? { url: published.url } : {};
  const data = { conclusion: decision.kind, head_sha: facts.sha, findings: findingsOf(facts).length, elapsed_ms: facts.completedAt - facts.startedAt };
  return {
    traceId,
    task: { ...(passed ? { phase: "pr_open", status: "running" } as const : error), prUrl: facts.prUrl, state: "open" },
    events: [{ kind: "decision", text: `checks of ${shortSha(facts.sha)}: ${decision.headline}`, ...url, data }],
  };
}

function failedLine({ headline, reasons }: Decision): string {
  const shown = reasons.slice(0, 10).map((reason) => `- ${reason}`);
  const more = reasons.length > 10 ? [`- and ${reasons.length - 10} more, see the summary`] : [];
  return [`fast-ci: ${headline}`, ...shown, ...more].join("\n");
}

export function missingPermission(checkName: string): string {
  return `The check run ${checkName} could not be written: the token lacks \`checks: write\`. Add \`checks: write\` below \`permissions:\` of this job.`;
}

/** For a run whose token may not write a check run: what a job can always do. */
function jobAnnotations(facts: CiFacts): Annotation[] {
  const all = findingsOf(facts);
  return LEVELS.flatMap((wanted) => all.filter(({ level }) => level === wanted).slice(0, MAX_JOB_ANNOTATIONS)).map((finding) => {
    const { level, path, line, endLine, column, rule, message } = finding;
    const place = path === "" ? {} : { path, line, ...(endLine === undefined ? {} : { endLine }), ...(column === undefined || endLine !== undefined ? {} : { column }) };
    return { level, title: rule, message, ...place };
  });
}

function summary(ending: Ending, unpublished: string | undefined): string {
  const { facts, decision, published, traceId, apiRequests } = ending;
  const mark = { success: "✅", failure: "❌", error: "⚠️" }[decision.kind];
  const what = facts.prNumber === null ? shortSha(facts.sha) : `${facts.prUrl === "" ? `#${facts.prNumber}` : `[#${facts.prNumber}](${facts.prUrl})`} at ${shortSha(facts.sha)}`;
  const parts = [`### ${mark} ${escaped(decision.headline)}`, what];
  if (published.kind === "dry-run") parts.push(`A dry run: the check run <code>${escaped(ending.checkName)}</code> would say this, and was not written.`);
  if (unpublished !== undefined) parts.push(`❌ ${escaped(unpublished)}`);
  else if (published.kind === "read-only") parts.push("The token of a fork's run is read-only, so the findings stand here and as annotations.");
  parts.push(tableOf(facts), ...facts.notes.map((note) => `> ${escaped(note)}`));
  const link = published.kind === "published" ? `[check run](${published.url}) · ` : "";
  parts.push(`<sub>${link}${counted(apiRequests, "API request")} · ${((facts.completedAt - facts.startedAt) / 1000).toFixed(1)} s · trace id ${traceId}</sub>`);
  return `${parts.join("\n\n")}\n`;
}
