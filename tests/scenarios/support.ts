import { afterAll, afterEach } from "@jest/globals";
import { asPerson } from "../../src/cli/drill/person.ts";
import { rehearse, type Rehearsal } from "../../src/cli/rehearsal/rehearse.ts";
import { type LoopWorld, openWorld, type WorldOptions } from "../../src/cli/rehearsal/world.ts";
import type { RunReport } from "../../src/sandbox/world/actions/report.ts";
import { attachContract, type Contract } from "../contract/attach.ts";

export { answered, conclusions, faqAt, headOf, issues, logOf, pulls, repositoryOf, summaryOf } from "../../src/cli/rehearsal/look.ts";

type Open = { world: LoopWorld; contract: Contract }[];

const [ofTest, ofFile]: [Open, Open] = [[], []];

/** A world whose every exchange is held against GitHub's own description when the test ends. */
export function loopWorld(options: WorldOptions = {}): Promise<LoopWorld> {
  return opened(ofTest, options);
}

/** The same for several tests, each of which goes on where the one before it ended: for `beforeAll`; it is closed when the file's tests have ended. */
export function sharedWorld(options: WorldOptions = {}): Promise<LoopWorld> {
  return opened(ofFile, options);
}

async function opened(open: Open, options: WorldOptions): Promise<LoopWorld> {
  const world = await openWorld(options);
  open.push({ world, contract: await attachContract(world.sandbox) });
  return world;
}

async function closeAll(open: Open): Promise<void> {
  const closing = open.splice(0);
  await Promise.all(closing.map(({ world }) => world.close()));
  for (const { contract } of closing) contract.verify();
}

afterEach(() => closeAll(ofTest));
afterAll(() => closeAll(ofFile));

export function ask(world: LoopWorld, question: string): Promise<Rehearsal> {
  return rehearse(world, question);
}

/** Opens an issue as the person who may write. @returns its number. */
export async function openIssue(world: LoopWorld, labels: readonly string[] = []): Promise<number> {
  const { number } = await asPerson<{ number: number }>(world, "POST", "/issues", { title: "Questions", body: "Ask here", labels });
  return number;
}

/** The run of the loop that was started last, when it has ended. */
export async function lastRun(world: LoopWorld): Promise<RunReport> {
  const run = world.sandbox.runs.list(world.repository).findLast((one) => one.path.endsWith(world.template));
  if (run === undefined) throw new Error("no run of the loop was started");
  return world.sandbox.runs.waitForRun(run.id);
}
