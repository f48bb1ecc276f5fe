import { shortSha } from "../../kit/ids.ts";
import type { Happening, Report, TaskNote, TaskState } from "../../kit/report.ts";
import type { Policy } from "./policy.ts";
import type { Ending } from "./standing.ts";
import type { Watched } from "./watch.ts";

/** What goes on record of a verdict; without one, nothing. Only healthy is a success. */
export function recordOf(ending: Ending, policy: Pick<Policy, "traceId" | "commitSha">): Pick<Report, "record"> {
  if (ending.kind !== "watched" || ending.watched.verdict === null) return {};
  const { watched } = ending;
  const record: TaskNote = { traceId: policy.traceId, task: stateOf(watched), events: [...deployment(watched, policy), health(watched, policy)] };
  return { record };
}

function stateOf({ verdict, reasons }: Watched): TaskState {
  if (verdict === "healthy") return { phase: "verified", status: "done" };
  return { phase: "deployed", status: "error", errorType: verdict === "unhealthy" ? "health" : "inconclusive", errorMsg: reasons.map(({ message }) => message).join("; ") };
}

function deployment({ runUrl, deployedSha, startedAt, arrivedAt }: Watched, { commitSha }: Pick<Policy, "commitSha">): Happening[] {
  if (arrivedAt === null) return [];
  const url = runUrl ? { url: runUrl } : {};
  return [{ kind: "deployment", text: `${shortSha(commitSha)} is served`, ...url, data: { deployed_sha: deployedSha || null, arrival_ms: arrivedAt - startedAt } }];
}

function health({ verdict, reasons, runUrl, decidedAt, startedAt }: Watched, { commitSha }: Pick<Policy, "commitSha">): Happening {
  const why = reasons.map(({ message }) => message).join("; ");
  const url = runUrl ? { url: runUrl } : {};
  return { kind: "health", text: `${shortSha(commitSha)} is ${verdict}${why === "" ? "" : `: ${why}`}`, ...url, data: { verdict, elapsed_ms: decidedAt - startedAt } };
}
