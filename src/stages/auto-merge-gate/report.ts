import { shortSha } from "../../kit/ids.ts";
import type { Phase } from "../../kit/phases.ts";
import type { Annotation, Report } from "../../kit/report.ts";
import { described } from "./apply.ts";
import type { Reason } from "./condition.ts";
import type { Decision } from "./decide.ts";
import type { Ending } from "./ending.ts";
import { escaped, table, toDo } from "./markdown.ts";
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
    merged: String(merged || (outcome === "explained" && facts.pull.state === "merged")),
    "merged-sha": mergedSha,
    "pr-url": facts.pull.url,
    "head-sha": facts.pull.head.sha,
    rounds: String(rebuilds),
    "trace-id": policy.traceId,
    phase: phaseOf(ending),
    "api-requests": String(cost.apiRequests),
    reasons: JSON.stringify(reasons.map(({ message }) => message)),
  };
  const shared = { outputs, summary: summary(ending, policy, cost) };
  const { number } = facts.pull;
  // Merged by GitHub, but not what was judged: nothing can be taken back here, and somebody has to look.
  if (merged && reasons.length > 0) return { ...shared, annotations: annotations(reasons, "warning", number), failed: reasons.map(({ message }) => message).join("; ") };
  if (merged || outcome === "dry-run" || outcome === "explained") return shared;
  if (outcome === "handed-over" || outcome === "queued") return { ...shared, annotations: annotations(reasons, "notice", number) };
  const verb = VERBS[outcome];
  return {
    ...shared,
    annotations: annotations(reasons, "warning", facts.pull.number),
    failed: `#${facts.pull.number} ${verb}: ${reasons.map(({ message }) => message).join("; ")}`,
  };
}

const VERBS = { blocked: "is not merged", stuck: "is stuck", timeout: "was not merged in time" } as const;

export function phaseOf({ outcome, reasons, facts }: Pick<Ending, "outcome" | "reasons" | "facts">): Phase {
  switch (outcome) {
    case "merged":
    case "already-merged":
      return "merged";
    case "handed-over":
      return "handed_over";
    case "stuck":
    case "timeout":
      return "timeout";
    case "queued":
      return "pr_open";
    case "blocked":
      return reasons.some(({ code }) => code === "check-failed" || code === "other-check-failed") ? "ci_failed" : "blocked";
    case "dry-run":
    case "explained":
      return facts.pull.state === "merged" ? "merged" : "pr_open";
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
  if (!merged && ending.reasons.length > 0) parts.push(`**What to do**\n\n${toDo(ending.reasons)}`);
  if (ending.decision.conditions.length > 0) parts.push(table(ending.decision.conditions));
  parts.push(footer(ending, policy, cost));
  return `${parts.join("\n\n")}\n`;
}

function headline({ outcome, facts, mergedSha, reasons, decision }: Ending): string {
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
    case "stuck":
      return `⏳ #${number} is stuck: it waited for what did not come`;
    case "timeout":
      return `⏳ #${number} was not merged in time`;
    case "queued":
      return `⏳ #${number} is left to the merge queue`;
    case "explained":
      return `🔍 #${number} at ${shortSha(head.sha)}: ${explained(decision)}`;
    case "dry-run":
      return `🔍 #${number}: a dry run, nothing was written`;
  }
}

function explained({ kind, reasons }: Decision): string {
  if (kind === "already-merged") return "it is merged; this is how it stands by today's rules";
  return reasons.length === 0 ? "nothing stands in its way" : `${kind}, ${reasons.length === 1 ? "one reason" : `${reasons.length} reasons`}`;
}

function dryRun({ effects, decision }: Ending): string {
  if (effects.length === 0) return `Decision: **${decision.kind}**. It would write nothing.`;
  return [`Decision: **${decision.kind}**. It would:`, "", ...effects.map((effect) => `- ${escaped(described(effect))}`)].join("\n");
}

function footer({ looks, rebuilds }: Ending, { traceId }: Policy, { apiRequests, elapsedMs }: Cost): string {
  const parts = [counted(looks, "look"), counted(rebuilds, "rebuild"), counted(apiRequests, "API request"), `${(elapsedMs / 1000).toFixed(1)} s`];
  return `<sub>${parts.join(" · ")} · trace id ${traceId}</sub>`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
