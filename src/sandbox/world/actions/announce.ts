/** What the world hears of runs: GitHub's own events, in the name of whoever caused the run. */

import type { Actor } from "../tokens.ts";
import type { Account, WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";

/** `workflow_run` is GitHub's own event: it starts workflows whoever caused the run. */
export function announceRun(world: World, run: WorkflowRun, action: "requested" | "in_progress" | "completed"): void {
  const common = { repository: run.repository, actor: github(run.actor), at: world.now() };
  world.emit({ name: "workflow_run", action, run, ...common });
  if (action === "completed") world.emit({ name: "check_suite", action, suite: run.suite, ...common });
}

/** Jobs are checks too; apps hear of them, workflows do not. */
export function announceCheck(world: World, run: WorkflowRun, jobId: string, action: "created" | "completed"): void {
  const job = run.jobs.find((one) => one.ref.id === jobId);
  if (job === undefined) return;
  world.emit({ name: "check_run", action, run: job.checkRun, repository: run.repository, actor: github(run.actor), at: world.now() });
}

function github(account: Account): Actor {
  return { kind: "person", account, app: undefined, permissions: {}, repository: undefined, runId: undefined, job: undefined, token: "" };
}
