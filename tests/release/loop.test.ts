// The closed loop as a stranger meets it: `uses: org/instant/…` from a repository on GitHub, nothing from the working copy.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { rehearse } from "../../src/cli/rehearsal/rehearse.ts";
import { type LoopWorld, openWorld, type WorldOptions } from "../../src/cli/rehearsal/world.ts";
import { attachContract, type Contract } from "../contract/attach.ts";
import { git, put, commit, released, removeTemporary, sourceRepository, tags } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";
let source = "";
let open: { readonly world: LoopWorld; readonly contract: Contract } | undefined;

beforeAll(() => {
  // Runners download the whole of main for each job; the bundles are all of it that runs.
  source = sourceRepository(["tests", "src"]);
  released(source, ["1.0.0"]);
});
afterEach(async () => {
  const closing = open;
  open = undefined;
  await closing?.world.close();
  closing?.contract.verify();
});
afterAll(removeTemporary);

async function start(options: WorldOptions): Promise<LoopWorld> {
  const world = await openWorld({ instant: source, ...options });
  open = { world, contract: await attachContract(world.sandbox) };
  return world;
}

const logs = ({ run }: Awaited<ReturnType<typeof rehearse>>) => run.jobs.map(({ log }) => log).join("\n");

test("closed-loop-express.yml with org/instant/actions/<action>@main runs what main has committed", async () => {
  const edit = (workflow: string) => workflow.replaceAll(/org\/instant\/([\w-]+)@v1/g, "org/instant/actions/$1@main");
  const ended = await rehearse(await start({ template: "closed-loop-express.yml", edit }), QUESTION);
  expect(ended.result).toMatchObject({ status: "done", phase: "verified", verdict: "healthy" });
  expect(logs(ended)).toContain(`Download action repository 'org/instant@main' (SHA:${git(source, ["rev-parse", "main"])})`);
});

describe("when main goes on, and is broken", () => {
  beforeAll(() => {
    for (const name of ["faq-generate", "fast-ci", "auto-merge-gate", "post-deploy-health", "rollback"]) put(source, `dist/${name}/index.js`, "throw new Error('main is broken');\n");
    commit(source, "Break main");
  });

  test("closed-loop.yml with org/instant/<action>@v1 has what the release's tag holds, all five actions: merged, found sick, taken back", async () => {
    const ended = await rehearse(await start({ sickWith: QUESTION }), QUESTION);
    expect(ended.result).toMatchObject({ phase: "rolled_back", verdict: "healthy" });
    expect(logs(ended)).toContain(`Download action repository 'org/instant@v1' (SHA:${tags(source)["v1"]})`);
  });

  test("a tag that is not there is named", async () => {
    const edit = (workflow: string) => workflow.replaceAll("faq-generate@v1", "faq-generate@v7");
    const { run } = await rehearse(await start({ edit }), QUESTION);
    expect(run.jobs.find(({ key }) => key === "generate")?.annotations.map(({ message }) => message)).toContain(
      "Unable to resolve action `org/instant/faq-generate@v7`, unable to find version `v7`",
    );
  });
});
