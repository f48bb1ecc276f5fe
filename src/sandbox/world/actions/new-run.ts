/** A new run of a workflow, before anything of it started. */

import type { RunRequest } from "../../engine/port.ts";
import { newSuite } from "../checks.ts";
import type { Account, Repository, Workflow, WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";
import { titleOf } from "./language.ts";
import type { WorkflowLanguage } from "./language.ts";
import type { Occasion } from "./trigger.ts";

/** Which file runs, and why. */
export interface RunSubject {
  readonly repository: Repository;
  readonly workflow: Workflow;
  readonly source: string;
  readonly occasion: Occasion;
  readonly actor: Account;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of a workflow_dispatch. */
  readonly inputs?: Readonly<Record<string, string | boolean | number>>;
}

/** Takes the workflow's next number and makes the run's record, with its check suite. */
export function newRun(world: World, language: WorkflowLanguage, subject: RunSubject): WorkflowRun {
  const { repository, workflow, occasion, actor } = subject;
  const id = world.nextId();
  const number = workflow.nextRunNumber;
  workflow.nextRunNumber += 1;
  const suite = newSuite(world, repository, { app: world.actionsApp, headSha: occasion.headSha, headBranch: occasion.headBranch });
  const now = world.now();
  const request = requestOf(subject, id, number);
  const host = { urls: world.urls, variables: () => repository.variables };
  const run: WorkflowRun = {
    id, repository, workflow, number, suite, actor, request, nodeId: world.nodeId("WFR", id), attempt: 1, event: occasion.name,
    displayTitle: titleOf(language, { ...request, runAttempt: 1 }, host) ?? occasion.title,
    triggeringActor: actor, ref: occasion.ref, sha: occasion.sha, headSha: occasion.headSha, headBranch: occasion.headBranch,
    pull: occasion.pull, createdAt: now, startedAt: now, updatedAt: now, completedAt: null, status: "queued", conclusion: null,
    error: undefined, jobs: [], earlier: [], events: [], readOnly: occasion.readOnly, handle: undefined,
  };
  suite.workflowRun = run;
  return run;
}

function requestOf(subject: RunSubject, runId: number, runNumber: number): Omit<RunRequest, "runAttempt"> {
  const { repository, workflow, source, occasion, actor, payload, inputs } = subject;
  return {
    runId, runNumber, repository: repository.fullName, repositoryId: repository.id, defaultBranch: repository.defaultBranch,
    workflowPath: workflow.path, workflowSource: source, event: { name: occasion.name, payload }, ref: occasion.ref, sha: occasion.sha,
    ...(occasion.headRef === undefined ? {} : { headRef: occasion.headRef }),
    ...(occasion.baseRef === undefined ? {} : { baseRef: occasion.baseRef }),
    actor: actor.login, ...(inputs === undefined ? {} : { inputs }),
  };
}
