/** The engine: starts runs, lends them runners, and leaves nothing behind. */
import { rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, EngineHost, RunHandle, RunRequest } from "./port.ts";
import { ConcurrencyGroups } from "./concurrency.ts";
import { loadParser } from "./parse.ts";
import { planRun } from "./plan.ts";
import { RUNNER_GRACE } from "./process.ts";
import type { Grace } from "./process.ts";
import { Run } from "./run.ts";
import type { Shared } from "./run-state.ts";
import { Slots } from "./slots.ts";

export interface EngineOptions {
  /** Where the folders of the jobs are made; the system's temp folder by default. */
  readonly directory?: string;
  /** How long a cancelled step has after SIGINT and after SIGTERM, in ms; the runner's 7,500 and 2,500 by default. */
  readonly grace?: Grace;
}

/** Makes an engine that runs workflows for a host. Nothing is started before the first run. */
export function createEngine(host: EngineHost, options: EngineOptions = {}): Engine {
  // Loading the parser takes longer than a small job; it can be done meanwhile. A failure shows at the first start.
  loadParser().catch(() => undefined);
  const runs = new Map<Run, Promise<unknown>>();
  const pending = new Set<Promise<unknown>>();
  const runners = new Slots(host.maxConcurrentJobs);
  const groups = new ConcurrencyGroups();
  const lent = new Set<number>();
  let root: Promise<string> | undefined;
  let made: string | undefined;
  let closed = false;

  const lendRunner = () => {
    let number = 1;
    while (lent.has(number)) number += 1;
    lent.add(number);
    return { name: `sandbox-runner-${number}`, giveBack: () => lent.delete(number) };
  };
  const afterwards = (work: Promise<unknown>) => {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };

  // A process that ends without closing its engine (a crash, an exit on Ctrl-C) takes what it started with it.
  const onExit = () => {
    for (const run of runs.keys()) run.kill();
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  };
  process.once("exit", onExit);

  const start = async (request: RunRequest): Promise<RunHandle> => {
    const plan = closed ? undefined : await planRun(request, host);
    // It may have been closed while the plan was made.
    if (closed || !plan) throw new Error("The engine is closed; make a new one to run workflows");
    // The real path, so that a step's `pwd` is what GITHUB_WORKSPACE says where the temp folder is a link.
    root ??= realpath(options.directory ?? tmpdir()).then((parent) => mkdtemp(join(parent, "instant-engine-")));
    made = await root;
    const grace = options.grace ?? RUNNER_GRACE;
    const shared: Shared = { host, root: made, grace, runners, groups, lendRunner, afterwards };
    const run = new Run(shared, request, plan);
    const result = run.start().finally(() => runs.delete(run));
    runs.set(run, result);
    return {
      result,
      cancel: () => run.cancel(),
      kill: async () => {
        run.kill();
        await result;
      },
    };
  };

  const close = async () => {
    closed = true;
    for (const run of runs.keys()) run.kill();
    await Promise.allSettled([...runs.values()]);
    await Promise.allSettled([...pending]);
    if (root) await rm(await root, { recursive: true, force: true, maxRetries: 3 });
    process.off("exit", onExit);
  };

  return { start, close };
}
