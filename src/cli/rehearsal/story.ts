import { patches } from "../../sandbox/git/diff.ts";
import type { RunReport } from "../../sandbox/world/actions/report.ts";
import type { RehearsalResult } from "./result.ts";
import { seconds } from "./tree.ts";
import type { LoopWorld } from "./world.ts";

/** The end of the story, for a person: the merged diff, what became of it, how long it took. */
export async function tellEnd(world: LoopWorld, result: RehearsalResult, run: RunReport, colour: boolean): Promise<string> {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const diff = result.merged_sha === null ? "" : await mergedDiff(world, result.merged_sha, paint);
  return [diff, ...outcome(result, run, paint), ""].join("\n");
}

async function mergedDiff(world: LoopWorld, sha: string, paint: (code: number, text: string) => string): Promise<string> {
  const { git } = world.sandbox.repository(world.repository);
  const files = await patches(git, (await git.commit(sha)).parents[0], sha);
  const shown = [...files].map(([path, patch]) => {
    const lines = patch.split("\n").filter((line) => /^[+-]/.test(line));
    return [paint(1, `  ${path}`), ...lines.map((line) => `  ${paint(line.startsWith("+") ? 32 : 31, line)}`)].join("\n");
  });
  return `\n${paint(1, "Merged")} ${sha.slice(0, 7)}\n${shown.join("\n")}\n`;
}

function outcome(result: RehearsalResult, run: RunReport, paint: (code: number, text: string) => string): string[] {
  const good = result.status === "done" || result.phase === "rolled_back";
  const title = { verified: "Verified in production", rolled_back: "Taken back; production is healthy on the reverted tree", merged: "Merged; no deployment is configured, so the loop ends here" }[result.phase ?? ""];
  const rollback = run.jobs.flatMap((job) => job.steps).find((step) => step.outputs["rollback-sha"] !== undefined)?.outputs;
  const rows = [
    ["pull request", result.pr_url],
    ["hotfix", rollback?.["pr-url"] || null],
    ["incident", rollback?.["issue-url"] || null],
    ["deployed", result.deployed_sha === null ? null : `${result.deployed_sha.slice(0, 7)}${result.verdict === null ? "" : `, ${result.verdict}`}`],
    ["request to merge", result.tte_ms === null ? null : seconds(result.tte_ms)],
    ["detection to recovery", result.trb_ms === null ? null : seconds(result.trb_ms)],
    ["API requests", String(result.api_requests)],
  ];
  const failures = run.jobs.flatMap((job) => job.annotations.filter((one) => one.level === "error").map((one) => `  ${job.name}: ${one.message}`));
  return [
    paint(good ? 32 : 31, `${good ? "✓" : "✗"} ${title ?? `The loop ended at ${result.phase ?? "its start"}`}`),
    ...rows.filter(([, value]) => value !== null).map(([name, value]) => `  ${String(name).padEnd(22)} ${value}`),
    ...(run.error === undefined ? [] : [run.error]),
    ...(good ? [] : failures),
  ];
}
