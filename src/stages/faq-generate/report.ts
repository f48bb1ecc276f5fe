import type { Happening, Report } from "../../kit/report.ts";
import { described } from "./apply.ts";
import { entryDiff } from "./diff.ts";
import type { Ending, Status } from "./ending.ts";
import type { Asked } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { escapeHtml } from "./texts.ts";

interface Cost {
  readonly apiRequests: number;
  readonly elapsedMs: number;
}

/** Outputs, summary and notices. Only a refusal fails the job: everything else ended as it should. */
export function report(ending: Ending, asked: Asked, policy: Policy, cost: Cost): Report {
  const { status, pull, reasons } = ending;
  const settled = status === "created" || status === "updated";
  const outputs = {
    // A pause is a refusal that fails nothing.
    status: status === "paused" ? "refused" : status,
    "question-hash": asked.hash,
    "pr-number": pull === null ? "" : String(pull.number),
    "pr-url": pull?.url ?? "",
    branch: ending.branch,
    "head-sha": ending.headSha,
    model: ending.answer?.model ?? "",
    "trace-id": ending.traceId,
    phase: phaseOf(ending),
    "api-requests": String(cost.apiRequests),
    reasons: JSON.stringify(settled ? [] : reasons),
  };
  const shared = { outputs, summary: summary(ending, asked, policy, cost), ...recordOf(ending, asked, cost) };
  if (status === "refused") return { ...shared, failed: `faq-generate was refused: ${reasons.join("; ")}. Nothing was written and no model was asked. Ask someone with write permission, or add the login to \`allowed-requesters\`.` };
  if (status === "paused" || status === "handed-over") return { ...shared, annotations: [{ level: "notice", title: `faq-generate: ${status}`, message: reasons.join("; ") }] };
  return shared;
}

/** What goes on record; nothing of what wrote nothing and leaves nothing to follow. */
function recordOf(ending: Ending, asked: Asked, cost: Cost): Pick<Report, "record"> {
  const { status, traceId, task, pull, createdAt, claimedAt } = ending;
  const known = { question: asked.question, questionHash: asked.hash, createdAt, ...(pull === null ? {} : { prUrl: pull.url, state: pull.merged ? "merged" : "open" } as const) };
  const link = pull === null ? {} : { url: pull.url };
  switch (status) {
    case "created":
    case "updated":
      return { record: { traceId, task: { ...known, ...(claimedAt === null ? {} : { claimedAt }), phase: "pr_open", status: "running" }, events: [opened(ending), ...spent(ending, cost)] } };
    case "duplicate":
      // A run that is started again finds what it made itself, perhaps before it could say so.
      if (task === "own") return pull === null ? {} : { record: { traceId, task: { ...known, phase: "pr_open", status: "running" }, events: [] } };
      return task === "unknown" ? {} : { record: { traceId, task: null, events: [{ kind: "decision", text: "asked again", ...link }] } };
    case "handed-over":
      return task === "unknown" ? {} : { record: { traceId, task: { ...known, phase: "handed_over", status: "running" }, events: [{ kind: "decision", text: ending.reasons.join("; "), ...link }] } };
    case "unchanged":
    case "refused":
    case "paused":
    case "dry-run":
      return {};
  }
}

function opened({ status, pull, headSha, branch }: Ending): Happening {
  const text = `${status === "created" ? "opened" : "updated"} ${pull === null ? branch : `#${pull.number}`}`;
  return { kind: "pull-request", text, ...(pull === null ? {} : { url: pull.url }), data: { head_sha: headSha, branch } };
}

function spent({ answer }: Ending, { apiRequests }: Cost): Happening[] {
  if (answer === null) return [];
  const { model, modelMs, attempts, usage } = answer;
  const tokens = usage === null ? "" : `, ${usage.inputTokens} + ${usage.outputTokens} tokens`;
  const data = { model, model_ms: modelMs, attempts, input_tokens: usage?.inputTokens ?? null, output_tokens: usage?.outputTokens ?? null, api_requests: apiRequests };
  return [{ kind: "cost", text: `${model}: ${(modelMs / 1_000).toFixed(1)} s${tokens}`, data }];
}

function phaseOf({ status, pull }: Ending): string {
  switch (status) {
    case "created":
    case "updated":
      return "pr_open";
    case "duplicate":
      return pull === null ? "generating" : pull.merged ? "merged" : "pr_open";
    case "handed-over":
      return "handed_over";
    case "refused":
    case "paused":
      return "blocked";
    case "unchanged":
    case "dry-run":
      return "";
  }
}

const HEADLINES: Readonly<Record<Status, string>> = {
  created: "✅ Answered",
  updated: "✅ Answered anew",
  duplicate: "♻️ Already answered",
  unchanged: "✅ Nothing to change",
  refused: "⛔ Refused",
  paused: "⏸️ Paused",
  "handed-over": "🤝 Left to the person who took it over",
  "dry-run": "🔍 A dry run: nothing was written",
};

function summary(ending: Ending, asked: Asked, policy: Policy, cost: Cost): string {
  const { status, pull, answer, change, reasons, races } = ending;
  const link = pull === null ? "" : `: [#${pull.number}](${pull.url})`;
  const parts = [`### ${HEADLINES[status]}${link}`, `**${escapeHtml(asked.question)}**`];
  if (answer !== null) parts.push(quoted(answer.text));
  if (answer !== null) parts.push(`From ${answer.sources.map((path) => `<code>${escapeHtml(path)}</code>`).join(", ")}, by <code>${escapeHtml(answer.model)}</code>.`);
  if (reasons.length > 0) parts.push(reasons.map((reason) => `- ${escapeHtml(reason)}`).join("\n"));
  if (status === "dry-run") parts.push(dryRun(ending, policy));
  const near = change?.near ?? [];
  if (near.length > 0) parts.push(["The FAQ asks nearly the same already, so look whether one entry would do:", "", ...near.map((question) => `- ${escapeHtml(question)}`)].join("\n"));
  const remarks = [...(answer?.remarks ?? []), ...races];
  if (remarks.length > 0) parts.push(["<details><summary>What happened on the way</summary>", "", ...remarks.map((remark) => `- ${escapeHtml(remark)}`), "", "</details>"].join("\n"));
  parts.push(footer(ending, cost));
  return `${parts.join("\n\n")}\n`;
}

/** The answer is Markdown from a model: it is shown as text, line by line, and renders nothing. */
function quoted(text: string): string {
  return text.split("\n").map((line) => `> ${escapeHtml(line)}${line === "" ? "" : "<br>"}`).join("\n");
}

function dryRun({ effects, change }: Ending, policy: Policy): string {
  const plan = effects.length === 0 ? "It would write nothing." : ["It would:", "", ...effects.map((effect) => `- ${escapeHtml(described(effect))}`)].join("\n");
  if (change === null) return plan;
  return `${plan}\n\n<details open><summary><code>${escapeHtml(policy.faqPath)}</code></summary>\n\n<pre>${entryDiff(change.before, change.after).split("\n").map(escapeHtml).join("\n")}</pre>\n\n</details>`;
}

function footer({ answer, traceId }: Ending, { apiRequests, elapsedMs }: Cost): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const parts = [
    ...(answer === null ? [] : [`model ${seconds(answer.modelMs)} (${counted(answer.attempts, "try", "tries")}, ${counted(answer.words, "word", "words")}${answer.usage ? `, ${answer.usage.inputTokens} + ${answer.usage.outputTokens} tokens` : ""})`]),
    `own time ${seconds(Math.max(0, elapsedMs - (answer?.modelMs ?? 0)))}`,
    counted(apiRequests, "API request", "API requests"),
    `trace id ${traceId}`,
  ];
  return `<sub>${parts.join(" · ")}</sub>`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
