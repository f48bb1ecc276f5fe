import { expect, test } from "@jest/globals";
import { answered, ask, headOf, loopWorld } from "./support.ts";

test("the loop on a GitHub over https whose certificate the runner's machine trusts, as an enterprise server has it", async () => {
  const world = await loopWorld({ template: "closed-loop-express.yml", sandbox: { tls: true } });
  expect(world.sandbox.urls.api).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
  const question = "How do I roll back a deployment that went wrong?";
  const { result, run } = await ask(world, question);
  expect(run.error).toBeUndefined();
  expect(result).toMatchObject({ status: "done", phase: "verified", verdict: "healthy", merged_sha: headOf(world), pr_url: expect.stringMatching(/^https:/) });
  expect(await answered(world, [question])).toEqual([1]);
});
