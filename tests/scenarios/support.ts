import { afterEach } from "@jest/globals";
import { rehearse, type Rehearsal } from "../../src/cli/rehearsal/rehearse.ts";
import { type LoopWorld, openWorld, type WorldOptions } from "../../src/cli/rehearsal/world.ts";
import { attachContract, type Contract } from "../contract/attach.ts";

export { answered, conclusions, faqAt, headOf, issues, logOf, pulls, repositoryOf, summaryOf } from "../../src/cli/rehearsal/look.ts";

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
