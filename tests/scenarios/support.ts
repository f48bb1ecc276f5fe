import { afterEach } from "@jest/globals";
import { rehearse, type Rehearsal } from "../../src/cli/rehearsal/rehearse.ts";
import { type LoopWorld, openWorld, type WorldOptions } from "../../src/cli/rehearsal/world.ts";
import { parseFaq, questionHash } from "../../src/faq/index.ts";
import type { PullRequest } from "../../src/sandbox/world/types.ts";
import { attachContract, type Contract } from "../contract/attach.ts";

const open: { world: LoopWorld; contract: Contract }[] = [];

/** A world whose every exchange is held against GitHub's own description when the test ends. */
export async function loopWorld(options: WorldOptions = {}): Promise<LoopWorld> {
  const world = await openWorld(options);
  open.push({ world, contract: await attachContract(world.sandbox) });
  return world;
}

afterEach(async () => {
  const closing = open.splice(0);
  await Promise.all(closing.map(({ world }) => world.close()));
  for (const { contract } of closing) contract.verify();
});

export function ask(world: LoopWorld, question: string): Promise<Rehearsal> {
  return rehearse(world, question);
}

export function repositoryOf(world: LoopWorld) {
  return world.sandbox.repository(world.repository);
}

export function pulls(world: LoopWorld): PullRequest[] {
  return [...repositoryOf(world).issues.values()].flatMap((issue) => (issue.pull ? [issue.pull] : []));
}

export function issues(world: LoopWorld) {
  return [...repositoryOf(world).issues.values()].filter((issue) => issue.pull === undefined);
}

export function headOf(world: LoopWorld): string {
  const repository = repositoryOf(world);
  const sha = repository.git.ref(`refs/heads/${repository.defaultBranch}`);
  if (sha === undefined) throw new Error("the default branch is gone");
  return sha;
}

export async function faqAt(world: LoopWorld, sha = headOf(world)): Promise<string> {
  return (await repositoryOf(world).git.fileAt(sha, "docs/FAQ.md"))?.toString("utf8") ?? "";
}

/** How often the FAQ on the default branch answers each of the questions. */
export async function answered(world: LoopWorld, questions: readonly string[]): Promise<number[]> {
  const { entries } = parseFaq(await faqAt(world));
  return questions.map((question) => entries.filter((entry) => entry.hash === questionHash(question)).length);
}

/** Everything a job printed, for looking a message up. */
export function logOf(rehearsal: Rehearsal, job: string): string {
  return rehearsal.run.jobs.find((one) => one.key === job)?.log ?? "";
}

export function summaryOf(rehearsal: Rehearsal, job: string): string {
  return rehearsal.run.jobs.find((one) => one.key === job)?.steps.map((step) => step.summary).join("\n") ?? "";
}

export function conclusions(rehearsal: Rehearsal): Record<string, string | null> {
  return Object.fromEntries(rehearsal.run.jobs.map((job) => [job.key, job.conclusion]));
}
