import { shortSha } from "../../kit/ids.ts";
import type { Annotation, Report } from "../../kit/report.ts";
import { described } from "./apply.ts";
import type { Reason } from "./reasons.ts";
import { comparisonTable, probeTable } from "./chart.ts";
import type { Policy } from "./policy.ts";
import type { Promotion } from "./promotion/course.ts";
import { byHand, fenced, headlineOf, needsHand, partsOf, signOf } from "./promotion/report.ts";
import type { Ending } from "./standing.ts";
import type { Watched } from "./watch.ts";

interface Cost {
  readonly apiRequests: number;
  readonly elapsedMs: number;
}

/** Outputs, summary and annotations of an ending. Everything but healthy, paused and a dry run fails the job. */
export function report(ending: Ending, policy: Policy, cost: Cost): Report {
  const told = tell(ending, policy);
  const outputs = {
    verdict: told.verdict,
    "deployed-sha": told.watched?.deployedSha ?? "",
    "deploy-run-url": told.watched?.runUrl ?? "",
    "detected-at": told.detectedAt === null ? "" : new Date(told.detectedAt).toISOString(),
    "trace-id": policy.traceId,
    phase: told.phase,
    promoted: told.promoted ?? "",
    "moved-back": told.movedBack ?? "",
    "api-requests": String(cost.apiRequests),
    reasons: JSON.stringify(told.reasons.map(({ code, message }) => `${code}: ${message}`)),
  };
  const level: Annotation["level"] = told.failed ? "failure" : "notice";
  const shown = [...told.reasons, ...(told.watched?.notes.filter(({ code }) => code === "commit-unknown") ?? [])];
  const annotations = shown.slice(0, 10).map(({ code, message }) => ({ level, title: `${shortSha(policy.commitSha)}: ${code}`, message }));
  const summary = `${[`### ${told.headline}`, ...told.parts, footer(told.watched, policy, cost)].join("\n\n")}\n`;
  if (!told.failed) return { outputs, summary, annotations };
  return { outputs, summary, failed: `${told.headline.replace(/^\S+ /, "")}: ${told.reasons.map(({ message }) => message).join("; ")}` };
}

interface Told {
  readonly verdict: string;
  readonly phase: string;
  readonly headline: string;
  readonly failed: boolean;
  readonly detectedAt: number | null;
  readonly reasons: readonly Reason[];
  readonly parts: readonly string[];
  readonly watched?: Pick<Watched, "deployedSha" | "runUrl" | "notes">;
  readonly promoted?: string;
  readonly movedBack?: string;
}

function tell(ending: Ending, policy: Policy): Told {
  const commit = shortSha(policy.commitSha);
  switch (ending.kind) {
    case "paused":
      return { verdict: "", phase: "", failed: false, detectedAt: null, reasons: ending.reasons, headline: `⏸️ ${commit} was not looked at`, parts: [bullets(ending.reasons)] };
    case "taken-back":
      return { verdict: "unhealthy", phase: "deployed", failed: true, detectedAt: ending.at, reasons: ending.reasons, headline: `❌ ${commit} must not stay`, parts: [bullets(ending.reasons)] };
    case "watched":
      return tellWatched(ending.watched, commit);
    case "promotion":
      return tellPromotion(ending.promotion, policy, commit);
  }
}

/** Where users are at the end, as outputs say it. */
const PROMOTED = { old: "false", new: "true", unknown: "unknown" } as const;

function tellPromotion(promotion: Promotion, policy: Policy, commit: string): Told {
  const { verdict, reasons, notes, users, movedBack, green, live, decidedAt, would, deployedSha } = promotion;
  const served = { deployedSha: deployedSha || (users === "old" ? "" : (green?.deployedSha ?? "")), runUrl: green?.runUrl ?? "", notes };
  const shared = { watched: served, reasons, promoted: PROMOTED[users], movedBack: String(movedBack) };
  const told = bullets([...reasons, ...notes]);
  if (would.length > 0) return { ...shared, verdict: "", phase: "", failed: false, detectedAt: null, headline: `🔍 ${commit}: a dry run, nobody was moved`, parts: [told, `It would:\n\n${would.map((line) => `- ${escaped(line)}`).join("\n")}`, ...partsOf(promotion)].filter((part) => part !== "") };
  if (verdict === null) return { ...shared, verdict: "", phase: "", failed: false, detectedAt: null, headline: `⏸️ ${commit} is healthy where nobody uses it, and was not promoted`, parts: [told, ...partsOf(promotion)] };
  const headline = `${signOf(promotion)} ${headlineOf(promotion, commit)}`;
  const hand = needsHand(promotion) ? [`Run this by hand, where the job ran:\n\n${fenced(byHand(deployedSha || policy.commitSha, policy.abortCommand))}`] : [];
  const timing = green === null ? [] : [timings({ ...green, decidedAt: live === null ? decidedAt : green.decidedAt })];
  const parts = [told, ...hand, ...partsOf(promotion), ...timing].filter((part) => part !== "");
  if (verdict === "healthy") return { ...shared, verdict, phase: "verified", failed: false, detectedAt: null, reasons: [], headline, parts };
  return { ...shared, verdict, phase: users === "old" ? "merged" : "deployed", failed: true, detectedAt: decidedAt, headline, parts };
}

function tellWatched(watched: Watched, commit: string): Told {
  const { verdict, reasons, notes, effects, arrived, decidedAt } = watched;
  const parts = [bullets([...reasons, ...notes]), probeTable(watched.series), comparisonTable(watched.traffic, watched.latency), timings(watched)].filter((part) => part !== "");
  if (verdict === null) {
    const would = effects.map((effect) => `- ${escaped(described(effect))}`).join("\n");
    return { verdict: "", phase: "", failed: false, detectedAt: null, reasons, watched, headline: `🔍 ${commit}: a dry run, nothing was started`, parts: [`It would:\n\n${would}`] };
  }
  if (verdict === "healthy") return { verdict, phase: "verified", failed: false, detectedAt: null, reasons: [], watched, headline: `✅ ${commit} is deployed and healthy`, parts };
  const shared = { verdict, phase: arrived ? "deployed" : "merged", failed: true, detectedAt: decidedAt, reasons, watched, parts };
  if (verdict === "unhealthy") return { ...shared, headline: arrived ? `❌ ${commit} is deployed and unhealthy` : `❌ ${commit} could not be deployed` };
  const headline = arrived ? `❔ ${commit} is deployed, but whether it is healthy could not be told` : `❔ ${commit} was not seen to be deployed`;
  return { ...shared, headline, parts: [...parts, "Inconclusive is not unhealthy: nothing is rolled back for it. Look at the reasons above, then run this job again."] };
}

function bullets(reasons: readonly Reason[]): string {
  return reasons.map(({ code, message }) => `- **${code}** ${escaped(message)}`).join("\n");
}

function timings({ startedAt, arrivedAt, decidedAt, effects }: Pick<Watched, "startedAt" | "arrivedAt" | "decidedAt" | "effects">): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const arrival = arrivedAt === null ? `waited ${seconds(decidedAt - startedAt)} for it` : `arrived after ${seconds(arrivedAt - startedAt)}`;
  const judged = arrivedAt === null ? "" : `, judged in ${seconds(decidedAt - arrivedAt)}`;
  return `Deployment: ${effects.length > 0 ? "started by this job" : "not started by this job"}, ${arrival}${judged}.`;
}

function footer(watched: Told["watched"], policy: Policy, { apiRequests, elapsedMs }: Cost): string {
  const run = watched?.runUrl ? [`[deployment run](${watched.runUrl})`] : [];
  const served = watched?.deployedSha ? [`serving ${shortSha(watched.deployedSha)}`] : [];
  const count = `${apiRequests} API request${apiRequests === 1 ? "" : "s"}`;
  return `<sub>${[...served, ...run, count, `${(elapsedMs / 1_000).toFixed(1)} s`].join(" · ")} · trace id ${policy.traceId}</sub>`;
}

/** Text from outside must become neither markup nor a link, nor leave its line. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .replace(/[\\|*_[\]~]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}
