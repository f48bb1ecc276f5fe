import { comparisonTable, probeTable } from "../chart.ts";
import type { Reason } from "../reasons.ts";
import type { Promotion } from "./course.ts";
import type { Move } from "./moves.ts";

/** The headline without its sign, which alerts have too. */
export function headlineOf({ verdict, users, movedBack, moves, isUrgent }: Pick<Promotion, "verdict" | "users" | "movedBack" | "moves" | "isUrgent">, commit: string): string {
  if (verdict === "healthy") return moves.length > 0 ? `${commit} is promoted and healthy` : `${commit} is served to users, and healthy`;
  if (users === "unknown") return `${commit} must go, and users may still be served it`;
  if (movedBack) return `${commit} was promoted, and users were moved back${isUrgent ? " to what is not well" : ""}`;
  if (users === "new") return `${commit} is served to users, ${verdict === "unhealthy" ? "and unhealthy" : "but whether it is healthy could not be told"}`;
  return `${commit} was not promoted: ${verdict === "unhealthy" ? "it is unhealthy" : "whether it is healthy could not be told"}`;
}

export function signOf({ verdict, isUrgent }: Pick<Promotion, "verdict" | "isUrgent">): string {
  if (isUrgent) return "🚨";
  return verdict === "healthy" ? "✅" : verdict === "unhealthy" ? "❌" : "❔";
}

/** Both judgements, one below the other, and what was run in between. */
export function partsOf({ green, live, moves }: Promotion): string[] {
  const of = (title: string, parts: readonly string[]) => {
    const shown = parts.filter((part) => part !== "");
    return shown.length === 0 ? [] : [`#### ${title}`, ...shown];
  };
  return [
    ...(green === null ? [] : of("While nobody used it", [probeTable(green.series), comparisonTable(green.traffic, green.latency)])),
    ...(moves.length === 0 ? [] : [moves.map(lineOf).join("\n")]),
    ...(live === null ? [] : of("With users on it", [probeTable(live.series), comparisonTable(live.traffic, live.latency)])),
  ];
}

function lineOf({ kind, ok, ms, at }: Move): string {
  return `- ${new Date(at).toISOString().slice(11, 19)} UTC: the ${kind} command ${ok ? "succeeded" : "**failed**"} after ${(ms / 1_000).toFixed(1)} s`;
}

/** What a person types where a command could not do it. */
export function byHand(commit: string, abortCommand: string): string {
  return `export INSTANT_COMMIT=${commit}\n${abortCommand}`;
}

/** A fenced block that its text cannot close. */
export function fenced(text: string): string {
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}sh\n${text}\n${fence}`;
}

/** Whether a person has to run the abort command: it failed, or did nothing. */
export function needsHand({ reasons }: { readonly reasons: readonly Reason[] }): boolean {
  return reasons.some(({ code }) => code === "abort-failed" || code === "still-served");
}
