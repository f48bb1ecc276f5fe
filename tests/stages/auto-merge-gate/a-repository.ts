import type { MergeAnswer, PullFacts } from "../../../src/github/port.ts";
import type { Clock } from "../../../src/kit/clock.ts";
import type { Log } from "../../../src/kit/log.ts";
import { gate, type GatePorts, type Policy, type Recheck } from "../../../src/stages/auto-merge-gate/index.ts";
import { aPull } from "./a-pull.ts";

/** A clock that a sleep moves on at once. */
export function aClock(start = 1_000): Clock & { readonly slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}

export interface Script {
  /** What each look sees, the last one again and again. */
  readonly looks: readonly (Partial<PullFacts> | PullFacts)[];
  /** What each merge answers, the last one again and again. */
  readonly merges?: readonly MergeAnswer[];
  readonly rebuilds?: readonly ({ readonly sha: string } | "moved")[];
  readonly recheck?: Recheck;
  readonly deleteFails?: boolean;
}

/** Runs the gate against a script; `calls` tells every write and every look in order. */
export async function gated(policy: Policy, script: Script) {
  const calls: string[] = [];
  const warnings: string[] = [];
  const clock = aClock();
  const next = <T>(list: readonly T[], count: number): T => list[Math.min(count, list.length - 1)] as T;
  const count = { look: 0, merge: 0, rebuild: 0 };
  const repo: GatePorts["repo"] = {
    owner: "o",
    name: "r",
    requestCount: () => calls.length,
    readPull: async () => {
      calls.push("look");
      return aPull(next(script.looks, count.look++));
    },
    listPullFiles: async () => {
      calls.push("list files");
      return [{ path: "docs/FAQ.md", previousPath: "docs/OLD.md", status: "renamed", additions: 1, deletions: 1 }];
    },
    readModes: async (_, paths) => {
      calls.push(`modes of ${paths.join()}`);
      return new Map(paths.map((path) => [path, "100644"]));
    },
    mergePull: async ({ sha, title, message, method }) => {
      calls.push(`merge ${sha.slice(0, 4)}`);
      calls.push(...(count.merge === 0 ? [`as ${method} "${title}" / "${message}"`] : []));
      return next(script.merges ?? [{ kind: "merged", sha: "f".repeat(40) }], count.merge++);
    },
    deleteBranch: async (name) => {
      calls.push(`delete ${name}`);
      if (script.deleteFails) throw new Error("no");
    },
    commitMerge: async ({ branch, expectedHead, base, files }) => {
      calls.push(`rebuild ${branch} ${expectedHead.slice(0, 4)} on ${base.slice(0, 4)}: ${files.map(({ path }) => path).join()}`);
      return next(script.rebuilds ?? ["moved"], count.rebuild++);
    },
  };
  const recheck: Recheck = async (commit) => {
    calls.push(`recheck ${commit.sha.slice(0, 4)}`);
    return script.recheck ? script.recheck(commit) : { conclusion: "success", failedChecks: [], url: "https://github.test/c/1" };
  };
  const quiet = () => undefined;
  const log: Log = { debug: quiet, info: quiet, warning: (message) => warnings.push(message), error: quiet };
  const report = await gate(policy, { repo, recheck, clock, log, random: () => 0.5 }, { runId: "99" });
  return { report, outputs: report.outputs, calls, warnings, clock };
}
