import { parseFaq, questionHash } from "../../faq/index.ts";
import type { Issue, PullRequest, Repository } from "../../sandbox/world/types.ts";
import type { Rehearsal } from "./rehearse.ts";
import type { LoopWorld } from "./world.ts";

/** What there is to be seen in a world, as a person would look for it: for drills and for tests. */

export function repositoryOf(world: LoopWorld): Repository {
  return world.sandbox.repository(world.repository);
}

export function pulls(world: LoopWorld): PullRequest[] {
  return [...repositoryOf(world).issues.values()].flatMap((issue) => (issue.pull ? [issue.pull] : []));
}

/** Those that are no pull requests. */
export function issues(world: LoopWorld): Issue[] {
  return [...repositoryOf(world).issues.values()].filter((issue) => issue.pull === undefined);
}

/** The commit that the default branch stands at. */
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
export function logOf({ run }: Pick<Rehearsal, "run">, job: string): string {
  return run.jobs.find((one) => one.key === job)?.log ?? "";
}

export function summaryOf({ run }: Pick<Rehearsal, "run">, job: string): string {
  return run.jobs.find((one) => one.key === job)?.steps.map((step) => step.summary).join("\n") ?? "";
}

export function conclusions({ run }: Pick<Rehearsal, "run">): Record<string, string | null> {
  return Object.fromEntries(run.jobs.map((job) => [job.key, job.conclusion]));
}

/** An output of a job's steps, the last that is set; empty when none is. */
export function outputOf({ run }: Pick<Rehearsal, "run">, job: string, name: string): string {
  const values = run.jobs.find(({ key }) => key === job)?.steps.map(({ outputs }) => outputs[name] ?? "") ?? [];
  return values.findLast((value) => value !== "") ?? "";
}
