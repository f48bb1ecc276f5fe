import type { Metrics } from "../../stats/metrics.ts";
import { HELD_DAYS, type Held, type Objective } from "../../stats/objectives.ts";
import type { Screen } from "../rehearsal/tree.ts";
import { span } from "./story.ts";

const STATES: Readonly<Record<Objective["state"], readonly [mark: string, colour: number, word: string]>> = {
  met: ["✓", 32, "met"], missed: ["!", 33, "missed"], alarm: ["✗", 31, "alarm"], unknown: ["–", 90, "no data"],
};

/** The figures for a person. @param days each day by itself, when there are several. */
export function tellMetrics(metrics: Metrics, options: { readonly days: readonly Metrics[]; readonly objectives: readonly Objective[]; readonly held: Held; readonly last: string; readonly source: string; readonly screen: Pick<Screen, "colour"> }): string {
  const { days, objectives, held: whole, last, source, screen } = options;
  const paint = (colour: number, text: string) => (screen.colour ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const shown = days.length > 1 ? [...days, metrics] : [metrics];
  const figures = shown.map((one, index) => {
    const row = rowOf(one, index === days.length && days.length > 1 ? "together" : one.date);
    return index === shown.length - 1 ? paint(1, row) : row;
  });
  const held = objectives.map(({ name, window, target, value, unit, state }) => {
    const [mark, colour, word] = STATES[state];
    return `  ${paint(colour, mark)} ${name.padEnd(31)}${window.padEnd(7)}${target.padStart(8)}${(value === null ? "no data" : shownAs(value, unit)).padStart(14)}  ${value === null ? "" : paint(colour, word)}`.trimEnd();
  });
  return [
    "",
    `  ${"UTC day".padEnd(19)}${["tasks", "done", "failed", "success", "P50", "P95", "P99"].map((head) => head.padStart(13)).join("")}`,
    ...figures,
    "",
    `  ${`objective, up to ${last}`.padEnd(33)}${"window".padEnd(7)}${"target".padStart(8)}${"measured".padStart(14)}`,
    ...held,
    `  ${wholeRow(whole, paint)}`,
    "",
    paint(90, `  P50, P95 and P99 are times from the request to the merge; from ${source}`),
    "",
  ].join("\n");
}

function wholeRow({ days, met }: Held, paint: (colour: number, text: string) => string): string {
  const [mark, colour, word] = STATES[met === null ? "unknown" : met ? "met" : "missed"];
  const measured = `${days} day${days === 1 ? "" : "s"}`;
  const state = met === null ? "the record does not reach back further" : word;
  return `${paint(colour, mark)} ${"all of them, without a day missed".padEnd(38)}${`${HELD_DAYS} days`.padStart(8)}${measured.padStart(14)}  ${paint(colour, state)}`;
}

function rowOf({ total_tasks, success_count, failure_count, success_rate_percent, tte_ms: { p50, p95, p99 } }: Metrics, name: string): string {
  const time = (ms: number | null) => (ms === null ? "no data" : span(ms));
  const cells = [String(total_tasks), String(success_count), String(failure_count), success_rate_percent === null ? "no data" : `${success_rate_percent}%`, time(p50), time(p95), time(p99)];
  return `  ${name.padEnd(19)}${cells.map((cell) => cell.padStart(13)).join("")}`;
}

function shownAs(value: number, unit: Objective["unit"]): string {
  return unit === "ms" ? span(value) : `${value}%`;
}
