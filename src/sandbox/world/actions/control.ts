/** Runs in the hands of tests and of the command line. */

import { addComment, issueByNumber } from "../issues.ts";
import { testMerge } from "../pull-sync.ts";
import type { Actor } from "../tokens.ts";
import type { WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";
import { reportRun } from "./report.ts";
import type { RunReport } from "./report.ts";
import type { RunListener, Runs } from "./runs.ts";

export interface RunControl {
  /** As a person in the browser; resolves with the run's id. */
  dispatch(repository: string, workflowFile: string, inputs: Readonly<Record<string, unknown>>, login: string, ref?: string): Promise<number>;
  /** Comments as a person; resolves with the comment's id when the runs it starts exist. */
  comment(repository: string, number: number, body: string, login: string): Promise<number>;
  /** The clock strikes: workflows of the default branch with this cron line start. */
  schedule(repository: string, cron: string): Promise<void>;
  /**
   * A merge queue takes a pull request: its test merge, on a branch of the queue, wants checks. Resolves with that commit.
   * @throws Error when it conflicts.
   */
  queue(repository: string, number: number, login: string): Promise<string>;
  /**
   * Resolves when the run is complete.
   * @throws Error when that takes longer than `timeoutMs` (default two minutes), with what it was doing.
   */
  waitForRun(id: number, timeoutMs?: number): Promise<RunReport>;
  run(id: number): RunReport;
  /** Runs of a repository, oldest first. */
  list(repository: string): readonly RunReport[];
  /** Every event of every run, live. */
  subscribe(listener: RunListener): () => void;
  approve(id: number): void;
  cancel(id: number): void;
  rerun(id: number): void;
  /** As a runner that lost power. */
  killRun(id: number): Promise<void>;
  /** Resolves when every event so far has become its runs. */
  settled(): Promise<void>;
}

export function runControl(world: World, runs: Runs): RunControl {
  const repository = (fullName: string) => {
    const found = world.repository(fullName);
    if (found === undefined) throw new Error(`The sandbox has no repository ${fullName}`);
    return found;
  };
  const person = (login: string): Actor => world.tokens.find(world.tokens.person(login)) as Actor;
  return {
    dispatch: async (fullName, file, inputs, login, ref) => {
      const target = repository(fullName);
      return (await runs.dispatch(person(login), target, file, ref ?? target.defaultBranch, inputs)).id;
    },
    comment: async (fullName, number, body, login) => {
      const comment = addComment(world, person(login), issueByNumber(repository(fullName), number), body);
      await runs.settled();
      return comment.id;
    },
    schedule: async (fullName, cron) => {
      const target = repository(fullName);
      world.emit({ name: "schedule", cron, repository: target, actor: person(target.owner.login), at: world.now() });
      await runs.settled();
    },
    queue: async (fullName, number, login) => {
      const target = repository(fullName);
      const { pull } = issueByNumber(target, number);
      const test = pull === undefined ? undefined : await testMerge(world, pull);
      const base = pull === undefined ? undefined : target.git.ref(`refs/heads/${pull.baseRef}`);
      if (pull === undefined || base === undefined || !test?.sha) throw new Error(`#${number} of ${fullName} cannot be queued`);
      const headRef = `refs/heads/gh-readonly-queue/${pull.baseRef}/pr-${number}-${base}`;
      await target.git.updateRefs([{ ref: headRef, from: undefined, to: test.sha }]);
      const group = { headRef, headSha: test.sha, baseRef: `refs/heads/${pull.baseRef}`, baseSha: base };
      world.emit({ name: "merge_group", action: "checks_requested", group, repository: target, actor: person(login), at: world.now() });
      await runs.settled();
      return test.sha;
    },
    waitForRun: (id, timeoutMs = 120_000) => bounded(runs, id, timeoutMs),
    run: (id) => reportRun(runs.get(id)),
    list: (fullName) => repository(fullName).runs.map(reportRun),
    subscribe: (listener) => runs.subscribe(listener),
    approve: (id) => runs.approve(runs.get(id)),
    cancel: (id) => runs.cancel(runs.get(id)),
    rerun: (id) => {
      const run = runs.get(id);
      runs.rerun(run, run.actor);
    },
    killRun: (id) => runs.kill(runs.get(id)),
    settled: () => runs.settled(),
  };
}

async function bounded(runs: Runs, id: number, timeoutMs: number): Promise<RunReport> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Run ${id} was not done after ${timeoutMs} ms: ${state(runs.get(id))}`)), timeoutMs);
  });
  try {
    return reportRun(await Promise.race([runs.wait(id), late]));
  } finally {
    clearTimeout(timer);
  }
}

function state(run: WorkflowRun): string {
  const jobs = run.jobs.map((job) => {
    const step = job.steps.find((one) => one.status === "in_progress");
    return `${job.ref.name} ${job.status}${step === undefined ? "" : ` (${step.ref.name})`}`;
  });
  return `${run.workflow.path} ${run.status}; ${jobs.join(", ") || "no job yet"}`;
}
