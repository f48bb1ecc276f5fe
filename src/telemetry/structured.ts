import type { Clock } from "../kit/clock.ts";
import type { Fields, Log } from "../kit/log.ts";

/** What every line says besides its own (CONTRACTS, Logs); null where nobody knows yet. */
export interface LineBase {
  /** The stage. */
  readonly operation: string;
  readonly trace_id: string | null;
  readonly task_id: string | null;
  readonly pr_url: string | null;
  readonly success: boolean | null;
}

const LONGEST = { message: 8_192, value: 4_096 } as const;
const MOST_FIELDS = 64;

/**
 * A log whose lines are JSON objects, one a line, for programs that collect them: `level`, `message`, `operation`, `trace_id`, `task_id`,
 * `elapsed_ms`, `pr_url`, `success` and the fields of the call, which may say better what the base says, but not `level` and `message`.
 * @param base is asked at each line, because the trace id and the pull request become known on the way.
 */
export function structured(log: Log, base: () => LineBase, clock: Pick<Clock, "now">): Log {
  const began = clock.now();
  const line = (level: string, message: string, fields: Fields = {}) => {
    const own = Object.entries(fields).filter(([name, value]) => value !== undefined && name !== "level" && name !== "message");
    const kept = Object.fromEntries(own.slice(0, MOST_FIELDS).map(([name, value]) => [name, typeof value === "string" ? cut(value, LONGEST.value) : value]));
    const { operation, trace_id, task_id, pr_url, success } = base();
    const elapsed_ms = Math.max(0, Math.round(clock.now() - began));
    return inert(JSON.stringify({ level, message: cut(message, LONGEST.message), operation, trace_id, task_id, elapsed_ms, pr_url, success, ...kept }));
  };
  return {
    debug: (message, fields) => log.debug(line("debug", message, fields)),
    info: (message, fields) => log.info(line("info", message, fields)),
    warning: (message, fields) => log.warning(line("warning", message, fields)),
    error: (message, fields) => log.error(line("error", message, fields)),
  };
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/**
 * The same JSON in which nothing ends the line, turns its direction or is a command to the runner (`##[…`; one that begins with `::`
 * cannot occur, because a line begins with a brace): read as JSON it says exactly what it said before.
 */
function inert(json: string): string {
  return json
    .replace(/[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll("##[", "##\\u005b");
}
