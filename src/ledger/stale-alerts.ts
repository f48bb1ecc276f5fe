import type { Alert } from "../kit/alert.ts";
import type { Stale } from "./stale.ts";

/** Lines that an alert lists. */
const MOST = 10;

/** What `findStale` found, for people: each of the two fires, or is over. A further worker or task is news. */
export function staleAlerts({ heartbeats, stuck }: Pick<Stale, "heartbeats" | "stuck">): readonly [silent: Alert, stuck: Alert] {
  const minutes = (ms: number) => `${Math.floor(ms / 60_000)} min`;
  return [
    alert("loop:silent-workers", "P2", heartbeats.map(({ heartbeat }) => heartbeat.id), {
      title: `${heartbeats.length === 1 ? "A worker is" : `${heartbeats.length} workers are`} silent`,
      over: "No silent worker is on record any more",
      how: "It beats again, its job was ended, or its heartbeat is forgotten (by Redis after 5 minutes).",
      lines: heartbeats.map(({ heartbeat: { id, kind, currentTaskId, appVersion }, ageMs }) =>
        `${id}, a ${kind}${appVersion === null ? "" : ` of ${appVersion}`}: silent for ${minutes(ageMs)}${currentTaskId === null ? "" : `, at work on ${currentTaskId}`}`),
    }),
    alert("loop:stuck-tasks", "P1", stuck.map(({ task }) => task.taskId), {
      title: `${stuck.length === 1 ? "A task has" : `${stuck.length} tasks have`} not moved for 10 minutes`,
      over: "No stuck task is on record any more",
      how: "It goes on, has ended, or is older than what was looked at.",
      lines: stuck.map(({ task: { taskId, phase, prUrl }, idleMs, worker }) => `${taskId}, ${phase}: for ${minutes(idleMs)}${worker === null ? ", nobody says to work on it" : `, with ${worker.id}`}${prUrl === null ? "" : `, ${prUrl}`}`),
    }),
  ];
}

interface Texts {
  readonly title: string;
  /** Title and text when it is over. */
  readonly over: string;
  readonly how: string;
  readonly lines: readonly string[];
}

function alert(key: string, severity: Alert["severity"], occasions: readonly string[], { title, over, how, lines }: Texts): Alert {
  const isFiring = occasions.length > 0;
  const more = lines.length > MOST ? [`and ${lines.length - MOST} more`] : [];
  return {
    key, severity, occasions, state: isFiring ? "firing" : "resolved", title: isFiring ? title : over, text: isFiring ? [...lines.slice(0, MOST), ...more].join("\n") : how,
    fields: isFiring ? [{ name: "see", value: "npm run status" }] : [], links: [], traceId: "", via: ["slack", "telegram", "email"],
  };
}
