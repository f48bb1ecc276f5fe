import type { ArmAnswer, MergeAnswer, OwnComment, PermissionLevel, PullFacts, PullFile, QueueAnswer } from "../../../src/github/port.ts";
import type { Clock } from "../../../src/kit/clock.ts";
import type { Log } from "../../../src/kit/log.ts";
import { gate, type GatePorts, type Policy, type Recheck } from "../../../src/stages/auto-merge-gate/index.ts";
import { aPull, TEXT } from "./a-pull.ts";

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
  /** What the REST API lists, where it is asked. */
  readonly listed?: readonly PullFile[] | "moved";
  /** Its text when it is read again before a rebuild. */
  readonly editedBody?: string;
  readonly deleteFails?: boolean;
  readonly permissions?: Readonly<Record<string, PermissionLevel>>;
  readonly arms?: readonly ArmAnswer[];
  readonly queues?: readonly QueueAnswer[];
  /** All our own comments, beyond those that came with the pull request. */
  readonly comments?: readonly OwnComment[];
  readonly issues?: readonly { readonly number: number; readonly url: string; readonly body: string }[];
  readonly tellingFails?: boolean;
}

/** Runs the gate against a script; `calls` tells every write and every look in order. */
export async function gated(policy: Policy, script: Script) {
  const calls: string[] = [];
  const warnings: string[] = [];
  /** What was written on the pull request. */
  const told: { readonly kind: string; readonly body: string }[] = [];
  const clock = aClock();
  let disarmed = false;
  const next = <T>(list: readonly T[], count: number): T => list[Math.min(count, list.length - 1)] as T;
  const count = { look: 0, merge: 0, rebuild: 0, arm: 0, queue: 0 };
  const repo: GatePorts["repo"] = {
    owner: "o",
    name: "r",
    requestCount: () => calls.length,
    readPull: async () => {
      calls.push("look");
      const pull = aPull(next(script.looks, count.look++));
      return disarmed ? { ...pull, autoMerge: { ...pull.autoMerge, armedBy: null } } : pull;
    },
    listPullFiles: async () => {
      calls.push("list files");
      return script.listed ?? [{ path: "docs/FAQ.md", previousPath: "docs/OLD.md", status: "renamed", additions: 1, deletions: 1 }];
    },
    readEntries: async (wanted) => {
      calls.push(`entries of ${wanted.flatMap(({ paths }) => paths).join()}`);
      return wanted.map(({ paths }) => new Map(paths.map((path) => [path, TEXT])));
    },
    permissionOf: async (login) => {
      calls.push(`permission of ${login}`);
      return script.permissions?.[login] ?? "none";
    },
    armAutoMerge: async (_, { sha }) => {
      disarmed = false;
      calls.push(`arm ${sha.slice(0, 4)}`);
      return next(script.arms ?? [{ kind: "armed" }], count.arm++);
    },
    disarmAutoMerge: async () => {
      disarmed = true;
      calls.push("disarm");
    },
    enqueuePull: async (_, { sha }) => {
      calls.push(`enqueue ${sha.slice(0, 4)}`);
      return next(script.queues ?? [{ kind: "queued" }], count.queue++);
    },
    dequeuePull: async () => void calls.push("dequeue"),
    ownComments: async () => script.comments ?? [],
    comment: async (_, body) => void told.push({ kind: "comment", body }),
    editComment: async (id, body) => void told.push({ kind: `edit ${id}`, body }),
    deleteComment: async (id) => void told.push({ kind: `delete ${id}`, body: "" }),
    publishCheck: async ({ name, sha, conclusion, title, summary }) => {
      told.push({ kind: `check ${name} ${sha.slice(0, 4)} ${conclusion}`, body: `${title}\n${summary}` });
      if (script.tellingFails) throw new Error("no");
      return { id: 1, url: "https://github.test/c/2" };
    },
    openIssue: async ({ title, body, labels }) => {
      told.push({ kind: `issue ${labels.join()}: ${title}`, body });
      return { number: 5, url: "https://github.test/o/r/issues/5" };
    },
    openIssuesWith: async () => script.issues ?? [],
    closeIssue: async (number) => void told.push({ kind: `close ${number}`, body: "" }),
    mergePull: async ({ sha, title, message, method }) => {
      calls.push(`merge ${sha.slice(0, 4)}`);
      calls.push(...(count.merge === 0 ? [`as ${method} "${title}" / "${message}"`] : []));
      return next(script.merges ?? [{ kind: "merged", sha: "f".repeat(40) }], count.merge++);
    },
    deleteBranch: async (name) => {
      calls.push(`delete ${name}`);
      if (script.deleteFails) throw new Error("no");
    },
    changePullBody: async (_, change) => {
      const body = script.editedBody ?? aPull(next(script.looks, Math.max(0, count.look - 1))).body;
      const changed = change(body);
      if (changed !== body) told.push({ kind: "sign", body: changed });
    },
    commitMerge: async ({ branch, expectedHead, base, files, beforeMove }) => {
      const made = next<{ readonly sha: string } | "moved">(script.rebuilds ?? ["moved"], count.rebuild++);
      await beforeMove?.(made === "moved" ? "e".repeat(40) : made.sha);
      calls.push(`rebuild ${branch} ${expectedHead.slice(0, 4)} on ${base.slice(0, 4)}: ${files.map(({ path }) => path).join()}`);
      return made;
    },
  };
  const recheck: Recheck = async (commit) => {
    calls.push(`recheck ${commit.sha.slice(0, 4)}`);
    return script.recheck ? script.recheck(commit) : { conclusion: "success", failedChecks: [], url: "https://github.test/c/1" };
  };
  const quiet = () => undefined;
  const log: Log = { debug: quiet, info: quiet, warning: (message) => warnings.push(message), error: quiet };
  const report = await gate(policy, { repo, recheck, clock, log, random: () => 0.5 }, { runId: "99", job: "gate", runUrl: "https://github.test/o/r/actions/runs/99" });
  return { report, outputs: report.outputs, calls, told, warnings, clock };
}
