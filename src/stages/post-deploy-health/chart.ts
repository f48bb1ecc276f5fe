import type { Measurement } from "../../probes/port.ts";
import { type LatencyChange, oneIn, percent, shareText, smallestRate } from "./compare.ts";
import type { Series } from "./judge.ts";
import type { Compared } from "./probe.ts";

const BARS = "▁▂▃▄▅▆▇█";
/** As many marks as fit a table on a page. */
const WIDEST = 40;

/** A table with a row per probe: outcomes, latency in milliseconds, and the course of both as a line of marks. Empty without probes. */
export function probeTable(series: readonly Series[]): string {
  const measured = series.filter(({ measurements }) => measurements.length > 0);
  if (measured.length === 0) return "";
  const rows = measured.map(({ probe, role, measurements }) => {
    const count = (outcome: Measurement["outcome"]) => measurements.filter((one) => one.outcome === outcome).length;
    const cells = [cell(probe) + (role === "critical" ? "" : ` (${role})`), count("success"), count("failure"), count("error") + count("inconclusive"), ...latencies(measurements), `\`${courseOf(measurements)}\``];
    return `| ${cells.join(" | ")} |`;
  });
  const last = measured.flatMap(({ probe, measurements }) => {
    const bad = measurements.findLast(({ outcome }) => outcome !== "success");
    return bad ? [`- ${cell(probe)}: \`${bad.detail.replace(/[`\p{Cc}]/gu, " ")}\``] : [];
  });
  const table = ["| Probe | successes | failures | errors | p50 | max | course |", "| --- | --: | --: | --: | --: | --: | --- |", ...rows].join("\n");
  return [table, ...(last.length > 0 ? [`Last seen when it did not succeed:\n\n${last.join("\n")}`] : [])].join("\n\n");
}

/** Oldest first: a bar for the latency of each success, scaled to the slowest of them; ✗ for a failure, ? for what could not be told. */
export function courseOf(measurements: readonly Measurement[]): string {
  const shown = measurements.slice(-WIDEST);
  const slowest = Math.max(...shown.filter(({ outcome }) => outcome === "success").map(({ latencyMs }) => latencyMs), 1);
  return shown
    .map(({ outcome, latencyMs }) => {
      if (outcome !== "success") return outcome === "failure" ? "✗" : "?";
      return BARS[Math.min(BARS.length - 1, Math.floor((latencyMs / slowest) * BARS.length))];
    })
    .join("");
}

/** Median (nearest rank) and maximum over the successes, `-` when there is none. */
function latencies(measurements: readonly Measurement[]): string[] {
  const sorted = measurements.filter(({ outcome }) => outcome === "success").map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const median = sorted[Math.ceil(sorted.length / 2) - 1];
  const show = (value: number | undefined) => (value === undefined ? "-" : ms(value));
  return [show(median), show(sorted.at(-1))];
}

const AGAINST = { before: "right before", "last-good": "the last good deployment" } as const;

/** A table with a row per comparison: what was compared, what the test says, and the smallest change that it would have seen. */
export function comparisonTable(traffic: readonly Compared[], latency: readonly LatencyChange[]): string {
  const rows = [...traffic.map(trafficRow), ...latency.map(latencyRow)];
  if (rows.length === 0) return "";
  return ["| Compared | with | then | now | by chance | smallest change it would have seen | |", "| --- | --- | --: | --: | --- | --- | --- |", ...rows.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

function trafficRow({ comparison, judged, after, among }: Compared): string[] {
  const name = `${cell(comparison.spec.name)}${comparison.role === "critical" ? "" : " (advisory)"}`;
  const { change } = judged;
  if (change === null) return [name, "nothing", "-", after === null ? "not counted" : `${percent(after)} of ${after.requests}`, "-", "-", VERDICTS[judged.kind]];
  const smallest = smallestRate(comparison, change, among);
  return [
    name, AGAINST[change.against], `${percent(change.before)} of ${change.before.requests}`, `${percent(change.after)} of ${change.after.requests}`, oneIn(change.p),
    smallest === null ? "none: too few requests" : `to ${shareText(smallest)}`, VERDICTS[judged.kind],
  ];
}

const VERDICTS = { pass: "as good", worse: "**worse**", inconclusive: "cannot be told", wait: "not over" } as const;

function latencyRow({ probe, role, against, count, median, p, effect, worse, smallest }: LatencyChange): string[] {
  return [
    `${cell(probe)}, latency${role === "critical" ? "" : ` (${role})`}`, AGAINST[against], `${ms(median.before)} (${count.before})`, `${ms(median.after)} (${count.after})`, `${oneIn(p)}, effect ${effect.toFixed(2)}`,
    smallest === null ? "none: too few measurements" : `an effect of ${smallest.toFixed(2)}`, worse ? "**slower**" : "as good",
  ];
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function cell(text: string): string {
  return text.replace(/[\p{Cc}`]/gu, "").replace(/[\\|*_[\]~<>]/g, "\\$&");
}
