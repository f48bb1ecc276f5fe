import { shortSha } from "../../kit/ids.ts";
import type { Happening, Report, TaskNote, TaskState } from "../../kit/report.ts";
import { percent } from "./compare.ts";
import type { Policy } from "./policy.ts";
import type { Promotion } from "./promotion/course.ts";
import type { Ending } from "./standing.ts";
import type { Watched } from "./watch.ts";

type About = Pick<Policy, "traceId" | "commitSha" | "environment">;

/** What goes on record of a verdict; without one, nothing. Only healthy is a success. */
export function recordOf(ending: Ending, policy: About): Pick<Report, "record"> {
  if (ending.kind === "promotion") return recordOfPromotion(ending.promotion, policy);
  if (ending.kind !== "watched" || ending.watched.verdict === null) return {};
  const { watched } = ending;
  const record: TaskNote = { traceId: policy.traceId, task: stateOf(watched), events: [...deployment(watched, policy), health(watched, policy), ...observationsOf(watched)] };
  return { record };
}

/** As of any deployment, with the story of its users in between; what was seen with users on it is what the next one is compared with. */
function recordOfPromotion(promotion: Promotion, policy: About): Pick<Report, "record"> {
  const { verdict, green, live, moves, startedAt, decidedAt, deployedSha } = promotion;
  if (verdict === null) return {};
  const judged = { ...promotion, verdict, runUrl: green?.runUrl ?? "", deployedSha: deployedSha || (green?.deployedSha ?? "") };
  const arrived = green === null || green.arrivedAt === null ? [] : [{ kind: "deployment" as const, text: `${shortSha(policy.commitSha)} is deployed, and nobody uses it yet`, data: { deployed_sha: green.deployedSha || null, arrival_ms: green.arrivedAt - startedAt } }];
  const moved = moves.map(({ kind, ok, how, ms }): Happening => ({ kind: "deployment", text: `${MOVED[kind]}${ok ? "" : ` could not be: ${how}`}`, data: { move: kind, ok, move_ms: ms, commit: policy.commitSha } }));
  return { record: { traceId: policy.traceId, task: stateOf(judged), events: [...arrived, ...moved, health({ ...judged, decidedAt, startedAt }, policy), ...observationsOf(live ?? green ?? { series: [], traffic: [] })] } };
}

const MOVED = { promote: "users were moved to the new version", abort: "users were given the version before" } as const;

type Judged = Pick<Watched, "verdict" | "reasons">;

function stateOf({ verdict, reasons }: Judged): TaskState {
  if (verdict === "healthy") return { phase: "verified", status: "done" };
  return { phase: "deployed", status: "error", errorType: verdict === "unhealthy" ? "health" : "inconclusive", errorMsg: reasons.map(({ message }) => message).join("; ") };
}

function deployment({ runUrl, deployedSha, startedAt, arrivedAt }: Watched, { commitSha }: About): Happening[] {
  if (arrivedAt === null) return [];
  const url = runUrl ? { url: runUrl } : {};
  return [{ kind: "deployment", text: `${shortSha(commitSha)} is served`, ...url, data: { deployed_sha: deployedSha || null, arrival_ms: arrivedAt - startedAt } }];
}

function health({ verdict, reasons, runUrl, decidedAt, startedAt, deployedSha }: Judged & Pick<Watched, "runUrl" | "decidedAt" | "startedAt" | "deployedSha">, { commitSha, environment }: About): Happening {
  const why = reasons.map(({ message }) => message).join("; ");
  const url = runUrl ? { url: runUrl } : {};
  return { kind: "health", text: `${shortSha(commitSha)} is ${verdict}${why === "" ? "" : `: ${why}`}`, ...url, data: { verdict, elapsed_ms: decidedAt - startedAt, environment, deployed_sha: deployedSha || commitSha } };
}

/** As many latencies of a probe are kept: enough for the test, and still one short line. */
const KEPT = 60;
/** As many probes have a line of their own. */
const LINES = 20;

/**
 * What was seen, one event for each probe and each comparison, so that a later deployment can be compared with it: `readLastGood` reads
 * them. Figures are flat and small (src/kit/report.ts): latencies stand in one text, oldest first, in milliseconds.
 */
function observationsOf({ series, traffic }: Pick<Watched, "series" | "traffic">): Happening[] {
  const probes = series.filter(({ role, measurements }) => role !== "control" && measurements.length > 0).slice(0, LINES).map(({ probe, measurements }): Happening => {
    const count = (wanted: string) => measurements.filter(({ outcome }) => outcome === wanted).length;
    const latencies = measurements.filter(({ outcome }) => outcome === "success").map(({ latencyMs }) => latencyMs).slice(-KEPT);
    const [successes, failures, errors] = [count("success"), count("failure"), count("error")];
    return { kind: "health", text: `${probe}: ${successes} of ${measurements.length} measurements went well`, data: { observation: "probe", name: probe, measured: measurements.length, failures, errors, latencies_ms: latencies.join(",") } };
  });
  const counts = traffic.slice(0, LINES).flatMap(({ comparison: { spec, windowMs }, judged: { change }, after }): Happening[] => {
    if (after === null) return [];
    const { errors, requests } = after;
    return [{ kind: "health", text: `${spec.name}: ${errors} errors of ${requests} requests (${percent(after)})`, data: { observation: "traffic", name: spec.name, errors, requests, window_ms: windowMs, p: change?.p ?? null } }];
  });
  return [...probes, ...counts];
}
