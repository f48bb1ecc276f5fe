import type { RunEvent } from "../../sandbox/engine/port.ts";
import type { RunReport } from "../../sandbox/world/actions/report.ts";
import { collect } from "./collect.ts";
import type { RehearsalResult } from "./result.ts";
import type { LoopWorld } from "./world.ts";

/** Longer than every stage's own limit together. */
const LIMIT_MS = 15 * 60_000;

export interface Rehearsal {
  readonly result: RehearsalResult;
  readonly run: RunReport;
}

/**
 * Asks one question as a person would (workflow_dispatch) and follows the loop to its end.
 * @param onEvent hears every event of the run as it happens.
 */
export async function rehearse(world: LoopWorld, question: string, onEvent: (event: RunEvent) => void = () => {}): Promise<Rehearsal> {
  const { runs } = world.sandbox;
  let id: number | undefined;
  const early: { id: number; event: RunEvent }[] = [];
  const unsubscribe = runs.subscribe((run, event) => {
    if (id === undefined) early.push({ id: run.id, event });
    else if (run.id === id) onEvent(event);
  });
  try {
    id = await runs.dispatch(world.repository, world.template, { question }, world.person);
    for (const one of early) if (one.id === id) onEvent(one.event);
    const run = await runs.waitForRun(id, LIMIT_MS);
    return { run, result: collect(world, run, await workflowText(world)) };
  } finally {
    unsubscribe();
  }
}

async function workflowText(world: LoopWorld): Promise<string> {
  const repository = world.sandbox.repository(world.repository);
  const head = repository.git.ref(`refs/heads/${repository.defaultBranch}`) ?? "";
  return (await repository.git.fileAt(head, `.github/workflows/${world.template}`))?.toString("utf8") ?? "";
}
