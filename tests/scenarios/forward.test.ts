import { describe, expect, test } from "@jest/globals";
import { answered, ask, conclusions, faqAt, headOf, issues, loopWorld, pulls, repositoryOf } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";

describe.each(["closed-loop.yml", "closed-loop-express.yml"] as const)("%s", (template) => {
  test("a single question is merged, deployed and verified, within the budget of API calls", async () => {
    const world = await loopWorld({ template });
    const { result, run } = await ask(world, QUESTION);
    expect(run.error).toBeUndefined();
    expect(result).toMatchObject({ status: "done", phase: "verified", verdict: "healthy", merged_sha: headOf(world), deployed_sha: headOf(world), trb_ms: null });
    expect(result.trace_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(result.stages.map((stage) => [stage.name, stage.conclusion])).toEqual(
      ["faq-generate", "fast-ci", "auto-merge-gate", "post-deploy-health"].map((name) => [name, "success"]),
    );
    const calls = Object.fromEntries(result.stages.map((stage) => [stage.name, stage.api_requests]));
    expect(calls["faq-generate"]).toBeLessThanOrEqual(5);
    expect(calls["auto-merge-gate"]).toBeLessThanOrEqual(4);
    expect(await answered(world, [QUESTION])).toEqual([1]);
    const [pull] = pulls(world);
    expect(pull?.issue.title).toBe(`Update FAQ - ${QUESTION}`);
    expect(pull?.issue.body).toContain(`trace-id: ${result.trace_id}`);
    const commit = await repositoryOf(world).git.commit(headOf(world));
    expect(commit.message).toMatch(new RegExp(`^Trace-Id: ${result.trace_id}$`, "m"));
    expect(commit.parents).toHaveLength(1);
    expect(await (await fetch(world.product.faqUrl)).text()).toContain("went wrong?");
    // Nothing is left of the branch, and a green path writes no comment and opens no issue.
    expect(repositoryOf(world).git.refs("refs/heads/")).toHaveLength(1);
    expect(pull?.issue.comments).toHaveLength(0);
    expect(issues(world)).toHaveLength(0);
  });
});

test.each(["営業時間はいつですか？", "如何恢复备份？", "كيف أستعيد نسخة احتياطية؟", "🚀 Wie starte ich den Server? <!-- & \"quotes\" 'n' `ticks` $(id) ${{ github.token }}"])(
  "a question in any script: %s",
  async (question) => {
    const world = await loopWorld({ template: "closed-loop-express.yml" });
    const { result } = await ask(world, question);
    expect(result).toMatchObject({ status: "done", phase: "verified" });
    expect(await answered(world, [question])).toEqual([1]);
  },
);

test("the same question twice is one pull request and one answer", async () => {
  const world = await loopWorld();
  const first = await ask(world, QUESTION);
  const second = await ask(world, `  ${QUESTION.toUpperCase()}  `);
  expect(second.result).toMatchObject({ status: "done", phase: "verified", trace_id: first.result.trace_id, pr_url: first.result.pr_url });
  expect(pulls(world)).toHaveLength(1);
  expect(await answered(world, [QUESTION])).toEqual([1]);
  expect(conclusions(second)).toMatchObject({ generate: "success", ci: "skipped", gate: "success", health: "success", rollback: "skipped" });
});

test("the same question asked twice at the same time is one pull request", async () => {
  const world = await loopWorld({ template: "closed-loop-express.yml" });
  const both = await Promise.all([ask(world, QUESTION), ask(world, QUESTION)]);
  expect(both.map(({ result }) => result.phase)).toEqual(["verified", "verified"]);
  expect(pulls(world)).toHaveLength(1);
  expect(await answered(world, [QUESTION])).toEqual([1]);
});

test("five questions one after another all get in", async () => {
  const world = await loopWorld();
  const questions = [1, 2, 3, 4, 5].map((number) => `What is limit number ${number}?`);
  for (const question of questions) expect((await ask(world, question)).result.phase).toBe("verified");
  expect(await answered(world, questions)).toEqual([1, 1, 1, 1, 1]);
  expect(pulls(world).every((pull) => pull.merged)).toBe(true);
});

test("ten questions at once: all merged, none lost, none twice, nobody's words harmed", async () => {
  const world = await loopWorld({ sandbox: { maxConcurrentJobs: 20 } });
  const before = await faqAt(world);
  const questions = Array.from({ length: 10 }, (_, number) => `How do I use feature ${number} of the product?`);
  const ended = await Promise.all(questions.map((question) => ask(world, question)));
  expect(ended.map(({ result }) => result.phase)).toEqual(questions.map(() => "verified"));
  expect(await answered(world, questions)).toEqual(questions.map(() => 1));
  expect(pulls(world)).toHaveLength(10);
  expect(pulls(world).every((pull) => pull.merged)).toBe(true);
  expect((await faqAt(world)).startsWith(before.trimEnd())).toBe(true);
  expect(world.product.deployedSha()).toBe(headOf(world));
}, 180_000);
