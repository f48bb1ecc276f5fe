import { shortSha } from "../../kit/ids.ts";
import type { Phase } from "../../kit/phases.ts";
import type { Annotation, Report } from "../../kit/report.ts";
import { described } from "./apply.ts";
import type { Condition, Reason, Standing } from "./condition.ts";
import type { Ending } from "./course.ts";
import type { Policy } from "./policy.ts";

interface Cost {
  readonly apiRequests: number;
  readonly elapsedMs: number;
}

/** Outputs, summary and annotations of an ending. Only a pull request that stays open although nobody took it over fails the job. */
export function report(ending: Ending, policy: Policy, cost: Cost): Report {
  const { outcome, facts, reasons, mergedSha, rebuilds } = ending;
  const merged = outcome === "merged" || outcome === "already-merged";
  const outputs = {
    decision: outcome,
    merged: String(merged),
    "merged-sha": mergedSha,
    "pr-url": facts.pull.url,
    "head-sha": facts.pull.head.sha,
    rounds: String(rebuilds),
    "trace-id": policy.traceId,
    phase: phaseOf(ending),
    "api-requests": String(cost.apiRequests),
    reasons: JSON.stringify(merged ? [] : reasons.map(({ message }) => message)),
  };
  const shared = { outputs, summary: summary(ending, policy, cost) };
  if (merged || outcome === "dry-run") return shared;
  if (outcome === "handed-over") return { ...shared, annotations: annotations(reasons, "notice", facts.pull.number) };
  const verb = outcome === "timeout" ? "was not merged in time" : "is not merged";
  return {
    ...shared,
    annotations: annotations(reasons, "warning", facts.pull.number),
    failed: `#${facts.pull.number} ${verb}: ${reasons.map(({ message }) => message).join("; ")}`,
  };
}

export function phaseOf({ outcome, reasons }: Pick<Ending, "outcome" | "reasons">): Phase {
  switch (outcome) {
    case "merged":
    case "already-merged":
      return "merged";
    case "handed-over":
      return "handed_over";
    case "timeout":
      return "timeout";
    case "blocked":
      return reasons.some(({ code }) => code === "check-failed" || code === "other-check-failed") ? "ci_failed" : "blocked";
    case "dry-run":
      return "pr_open";
  }
}

/** GitHub shows ten annotations of a level a step (PLATFORM, Limits). */
function annotations(reasons: readonly Reason[], level: Annotation["level"], number: number): readonly Annotation[] {
  return reasons.slice(0, 10).map(({ code, message, fix }) => ({ level, title: `#${number}: ${code}`, message: `${message}\nWhat to do: ${fix}` }));
}

function summary(ending: Ending, policy: Policy, cost: Cost): string {
  const { pull } = ending.facts;
  const parts = [`### ${headline(ending)}`, `[${escaped(pull.title)}](${pull.url}) · <code>${escaped(pull.head.branch)}</code> → <code>${escaped(pull.base.branch)}</code>`];
  if (ending.outcome === "dry-run") parts.push(dryRun(ending));
  const merged = ending.outcome === "merged" || ending.outcome === "already-merged";
  if (!merged && ending.reasons.length > 0) parts.push(["**What to do**", "", ...ending.reasons.map(({ message, fix }) => `- ${escaped(message)}\n  - ${escaped(fix)}`)].join("\n"));
  if (ending.decision.conditions.length > 0) parts.push(table(ending.decision.conditions));
  parts.push(footer(ending, policy, cost));
  return `${parts.join("\n\n")}\n`;
}

function headline({ outcome, facts, mergedSha, reasons }: Ending): string {
  const { number, head, base } = facts.pull;
  switch (outcome) {
    case "merged":
      return `✅ #${number} merged at exactly ${shortSha(head.sha)}: ${base.branch} is at ${shortSha(mergedSha)}`;
    case "already-merged":
      return `✅ #${number} was merged before, as ${shortSha(mergedSha)}`;
    case "blocked":
      return `❌ #${number} is not merged: ${reasons.length === 1 ? "one reason" : `${reasons.length} reasons`}`;
    case "handed-over":
      return `🤝 #${number} is left to the person who took it over`;
    case "timeout":
      return `⏳ #${number} was not merged in time`;
    case "dry-run":
      return `🔍 #${number}: a dry run, nothing was written`;
  }
}

function dryRun({ effects, decision }: Ending): string {
  if (effects.length === 0) return `Decision: **${decision.kind}**. It would write nothing.`;
  return [`Decision: **${decision.kind}**. It would:`, "", ...effects.map((effect) => `- ${escaped(described(effect))}`)].join("\n");
}

const MARKS: Readonly<Record<Standing, string>> = { met: "✅", waiting: "⏳", rebuild: "🔧", recheck: "🔧", unmet: "❌", person: "🤝" };

function table(conditions: readonly Condition[]): string {
  const rows = conditions.map(({ title, standing, evidence }) => `| ${MARKS[standing]} | ${escaped(title)} | ${escaped(evidence)} |`);
  return ["| | Condition | What was seen |", "| --- | --- | --- |", ...rows].join("\n");
}

function footer({ looks, rebuilds }: Ending, { traceId }: Policy, { apiRequests, elapsedMs }: Cost): string {
  const parts = [counted(looks, "look"), counted(rebuilds, "rebuild"), counted(apiRequests, "API request"), `${(elapsedMs / 1000).toFixed(1)} s`];
  return `<sub>${parts.join(" · ")} · trace id ${traceId}</sub>`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Text from outside must become neither markup nor a link, nor leave its cell: what Markdown or HTML would read is written as
 * entities. Backticks of our own sentences become code; where an outside one shifts them, only the font changes.
 */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .replace(/[&<>\\|*[\]~]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/`([^`]*)`/g, "<code>$1</code>")
    .replace(/`/g, "&#96;");
}
