/** One job of a run: waits for its group, its place in the matrix and its runner, then runs. */
import { JobRunner, jobRoot } from "./job.ts";
import type { JobResult } from "./job.ts";
import type { Entry, RunState } from "./run-state.ts";
import { delay, GaveUp } from "./slots.ts";

/** Runs a job to its end; never throws. */
export async function runJob(run: RunState, entry: Entry): Promise<JobResult> {
  const { call, job, ref, scope, signal, places } = entry;
  const leaving: (() => void)[] = [];
  const waiting = new AbortController();
  let runner: JobRunner | undefined;
  const cancel = () => {
    waiting.abort();
    runner?.cancel();
  };
  // A cancelled run asks a job's `if` again: `always()` goes on.
  const ask = () => {
    if (run.dead || !stillWanted(entry)) cancel();
  };
  run.onCancel.add(ask);
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) waiting.abort();
  try {
    run.emit({ type: "job_queued", at: Date.now(), job: ref });
    leaving.push((await run.enterGroup(job.concurrency, scope, call.held, cancel, waiting.signal)).leave);
    leaving.push(await places.take(waiting.signal));
    leaving.push(await run.shared.runners.take(waiting.signal));
    await delay(run.shared.host.pickupDelay(ref), waiting.signal);
    const lent = run.shared.lendRunner();
    leaving.push(() => lent.giveBack());
    runner = runnerFor(run, entry, lent.name);
    run.runners.add(runner);
    const result = await runner.run();
    run.jobs.push({ job: ref, ...result });
    return result;
  } catch (error) {
    return endedEarly(run, entry, error as Error);
  } finally {
    if (runner) run.runners.delete(runner);
    run.onCancel.delete(ask);
    signal.removeEventListener("abort", cancel);
    for (const leave of leaving.reverse()) leave();
  }
}

/** A job that never had a runner: given up, or failed with a message. */
export function endedEarly(run: RunState, { ref }: Entry, error: Error): JobResult {
  const gaveUp = error instanceof GaveUp;
  if (error.message !== "") run.say(ref, error.message);
  return run.finish(ref, { conclusion: gaveUp ? "cancelled" : "failure", outputs: {} });
}

function stillWanted(entry: Entry): boolean {
  try {
    return entry.wanted();
  } catch {
    return false;
  }
}

function runnerFor(run: RunState, { call, job, ref, contexts }: Entry, runner: string): JobRunner {
  const { host, grace, root } = run.shared;
  return new JobRunner({
    host, ref, job, runner, grace,
    request: run.request,
    workflow: call.planned.file.model,
    github: run.github,
    contexts: { ...contexts, inputs: call.inputs, vars: run.vars, secrets: call.secrets },
    permissions: run.permissions(call, job),
    root: jobRoot(root),
    emit: (event) => run.emit(event),
    afterwards: (work) => run.shared.afterwards(work),
  });
}
