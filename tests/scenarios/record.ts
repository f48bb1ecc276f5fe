import { connectRecords } from "../../src/github/records.ts";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { branchStore } from "../../src/ledger/branch/index.ts";
import type { Store, TaskRecord } from "../../src/ledger/port.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { contextAt, recordingLog } from "../github/fake.ts";

export const LEDGER_BRANCH = "instant-ledger";

/** Every job may write, so that the branch can hold what each has to say. */
export const writing = (workflow: string) => workflow.replaceAll(/contents: read #.*/g, "contents: write");

/** The record on the world's branch, as a person with a token reads it. */
export function openBranch(world: LoopWorld): Store {
  const { sandbox, repository } = world;
  const [owner = "", repo = ""] = repository.split("/");
  const context = { ...contextAt(""), owner, repo, apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server };
  return branchStore({ files: connectRecords({ context, token: sandbox.tokens.user(world.person), branch: LEDGER_BRANCH, log: recordingLog(), clock: systemClock }), writer: "reader", clock: systemClock });
}

export const story = ({ events }: TaskRecord) => events.map(({ stage, kind }) => `${stage}: ${kind}`);

/** Of a loop that went well. */
export const STORY = [
  "faq-generate: pull-request", "faq-generate: cost", "faq-generate: run", "fast-ci: decision", "fast-ci: run", "auto-merge-gate: decision", "auto-merge-gate: commit", "auto-merge-gate: run",
  "post-deploy-health: deployment", "post-deploy-health: health", "post-deploy-health: health", "post-deploy-health: run",
];

/** Lines of all jobs in which the ledger warned. */
export const warningsOf = (jobs: readonly { readonly log: string }[]) => jobs.flatMap(({ log }) => log.split("\n").filter((line) => /ledger goes on without|record of tasks/.test(line)));
