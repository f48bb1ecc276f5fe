import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Rehearsal } from "../../src/cli/rehearsal/rehearse.ts";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { answered, ask, conclusions, faqAt, headOf, issues, lastRun, loopWorld, openIssue, pulls, repositoryOf, sharedWorld } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";
const NEXT = "How do I restore a backup?";
const ANY_SCRIPT = "営業時間はいつですか？ 如何恢复备份？ كيف أستعيد نسخة احتياطية؟ 🚀 Wie starte ich den Server? <!-- & \"quotes\" 'n' `ticks` $(id) ${{ github.token }}";
const ALONE = "a single question is merged, deployed and verified, within the budget of API calls";

/** That the first question of a world went the whole way, and that nothing else is left of it. */
async function verifiedAlone(world: LoopWorld, { result, run }: Rehearsal): Promise<void> {
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
}

describe("closed-loop.yml", () => {
  let world: LoopWorld;
  let first: Rehearsal;
  beforeAll(async () => {
    world = await sharedWorld({ template: "closed-loop.yml" });
    first = await ask(world, QUESTION);
  }, 60_000);

  test(ALONE, () => verifiedAlone(world, first));

  test("the same question twice is one pull request and one answer", async () => {
    const second = await ask(world, `  ${QUESTION.toUpperCase()}  `);
    expect(second.result).toMatchObject({ status: "done", phase: "verified", trace_id: first.result.trace_id, pr_url: first.result.pr_url });
    expect(pulls(world)).toHaveLength(1);
    expect(await answered(world, [QUESTION])).toEqual([1]);
    expect(conclusions(second)).toMatchObject({ generate: "success", ci: "skipped", gate: "success", health: "success", rollback: "skipped" });
  });

  test("the next gets in too, asked by the comment of one who may write", async () => {
    await world.sandbox.runs.comment(world.repository, await openIssue(world), `/faq ${NEXT}`, world.person);
    const run = await lastRun(world);
    expect([run.event, run.conclusion]).toEqual(["issue_comment", "success"]);
    expect(await answered(world, [QUESTION, NEXT])).toEqual([1, 1]);
    expect(pulls(world).map((pull) => pull.merged)).toEqual([true, true]);
    expect(world.product.deployedSha()).toBe(headOf(world));
  });
});

describe("closed-loop-express.yml, on a GitHub over https whose certificate the runner's machine trusts, as an enterprise server has it", () => {
  let world: LoopWorld;
  let first: Rehearsal;
  beforeAll(async () => {
    world = await sharedWorld({ template: "closed-loop-express.yml", sandbox: { tls: true } });
    first = await ask(world, QUESTION);
  }, 60_000);

  test(ALONE, async () => {
    expect(world.sandbox.urls.api).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
    expect(first.result.pr_url).toMatch(/^https:/);
    await verifiedAlone(world, first);
  });

  test("a question in any script", async () => {
    const { result } = await ask(world, ANY_SCRIPT);
    expect(result).toMatchObject({ status: "done", phase: "verified" });
    expect(await answered(world, [QUESTION, ANY_SCRIPT])).toEqual([1, 1]);
  });

  test("a rollback asked for by a person keeps what came later, and asked for again does nothing twice", async () => {
    const { sandbox, repository, person } = world;
    const taken = async () => {
      const id = await sandbox.runs.dispatch(repository, "rollback.yml", { commit_sha: first.result.merged_sha, reason: "Wrong answer" }, person);
      return sandbox.runs.waitForRun(id);
    };
    expect((await taken()).conclusion).toBe("success");
    expect(await answered(world, [QUESTION, ANY_SCRIPT])).toEqual([0, 1]);
    expect(world.product.deployedSha()).toBe(headOf(world));
    await taken();
    expect(pulls(world).filter((pull) => pull.issue.title.startsWith("Rollback: "))).toHaveLength(1);
    expect(issues(world)).toHaveLength(1);
  });
});

// Ten at once, while their stores are killed, are in ledger.test.ts.
test("four at once, two of them the same question: one pull request each, all merged, none lost, none twice, nobody's words harmed", async () => {
  const world = await loopWorld({ sandbox: { maxConcurrentJobs: 20 } });
  const before = await faqAt(world);
  const questions = [0, 1, 2].map((number) => `How do I use feature ${number} of the product?`);
  const ended = await Promise.all([...questions, questions[0] ?? ""].map((question) => ask(world, question)));
  expect(ended.map(({ result }) => result.phase)).toEqual(ended.map(() => "verified"));
  expect(await answered(world, questions)).toEqual(questions.map(() => 1));
  expect(pulls(world)).toHaveLength(3);
  expect(pulls(world).every((pull) => pull.merged)).toBe(true);
  expect((await faqAt(world)).startsWith(before.trimEnd())).toBe(true);
  expect(world.product.deployedSha()).toBe(headOf(world));
}, 180_000);
