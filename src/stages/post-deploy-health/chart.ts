import type { Measurement } from "../../probes/port.ts";
import type { Series } from "./judge.ts";

const BARS = "▁▂▃▄▅▆▇█";
/** As many marks as fit a table on a page. */
const WIDEST = 40;

/** A table with a row per probe: outcomes, latency in milliseconds, and the course of both as a line of marks. Empty without probes. */
export function probeTable(series: readonly Series[]): string {
  const measured = series.filter(({ measurements }) => measurements.length > 0);
  if (measured.length === 0) return "";
  const rows = measured.map(({ probe, critical, measurements }) => {
    const count = (outcome: Measurement["outcome"]) => measurements.filter((one) => one.outcome === outcome).length;
    const cells = [cell(probe) + (critical ? "" : " (advisory)"), count("success"), count("failure"), count("error"), ...latencies(measurements), `\`${courseOf(measurements)}\``];
    return `| ${cells.join(" | ")} |`;
  });
  const last = measured.flatMap(({ probe, measurements }) => {
    const bad = measurements.findLast(({ outcome }) => outcome !== "success");
    return bad ? [`- ${cell(probe)}: \`${bad.detail.replace(/[`\p{Cc}]/gu, " ")}\``] : [];
  });
  const table = ["| Probe | successes | failures | errors | p50 | max | course |", "| --- | --: | --: | --: | --: | --: | --- |", ...rows].join("\n");
  return [table, ...(last.length > 0 ? [`Last seen when it did not succeed:\n\n${last.join("\n")}`] : [])].join("\n\n");
}

/** Oldest first: a bar for the latency of each success, scaled to the slowest; ✗ for a failure, ? for an error. */
export function courseOf(measurements: readonly Measurement[]): string {
  const shown = measurements.slice(-WIDEST);
  const slowest = Math.max(...shown.map(({ latencyMs }) => latencyMs), 1);
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
  const show = (ms: number | undefined) => (ms === undefined ? "-" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);
  return [show(median), show(sorted.at(-1))];
}

function cell(text: string): string {
  return text.replace(/[\p{Cc}`]/gu, "").replace(/[\\|*_[\]~<>]/g, "\\$&");
}
