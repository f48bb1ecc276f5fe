import type { Drill, DrillResult } from "./port.ts";

/** One drill as it ends, on one line. */
export function line(result: DrillResult): string {
  const times = (["detection", "decision", "recovery"] as const).flatMap((name) => {
    const ms = result[`${name}_ms`];
    return ms === null ? [] : [`${name} ${seconds(ms)}`];
  });
  return `${result.ok ? "ok    " : "FAILED"}  ${result.name.padEnd(32)} ${[...times, result.notes].join(" · ")}\n`;
}

export function listing(drills: readonly Drill[]): string {
  return drills.map(({ name, about }) => `${name.padEnd(32)} ${about}\n`).join("");
}

/** The table of docs/drills.md. */
export function markdown(results: readonly DrillResult[], drills: readonly Drill[]): string {
  const rows = results.map(({ name, ok, detection_ms, decision_ms, recovery_ms, lost }) => {
    const about = drills.find((drill) => drill.name === name)?.about ?? "";
    return `| \`${name}\` | ${about} | ${ok ? "yes" : "**no**"} | ${[detection_ms, decision_ms, recovery_ms].map((ms) => (ms === null ? "" : seconds(ms))).join(" | ")} | ${lost ?? ""} |`;
  });
  return ["| drill | what goes wrong, and how it ends | held | detected in | decided in | recovered in | lost |", "| --- | --- | --- | ---: | ---: | ---: | ---: |", ...rows].join("\n");
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
