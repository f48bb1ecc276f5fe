import { expect, test } from "@jest/globals";
import { answered, ask, conclusions, faqAt, headOf, loopWorld, logOf, pulls, repositoryOf, summaryOf } from "./support.ts";

const QUESTION = "How do I restore a backup?";

test("a red check: nothing is merged, and the gate says why", async () => {
  const world = await loopWorld();
  world.sandbox.setVariable(world.repository, "INSTANT_SMOKE_COMMAND", "echo the smoke is red; exit 3");
  const before = headOf(world);
  const rehearsal = await ask(world, QUESTION);
  expect(rehearsal.result).toMatchObject({ status: "error", phase: "ci_failed", merged_sha: null, verdict: null });
  expect(conclusions(rehearsal)).toMatchObject({ ci: "failure", gate: "failure", health: "skipped", rollback: "skipped" });
  expect(logOf(rehearsal, "ci")).toContain("the smoke is red");
  expect(summaryOf(rehearsal, "gate")).toContain("instant/fast-ci");
  expect(headOf(world)).toBe(before);
  expect(pulls(world).map((pull) => pull.issue.state)).toEqual(["open"]);
});

test("a stranger's comment spends no money and reaches nothing", async () => {
  const world = await loopWorld();
  const { sandbox, repository } = world;
  sandbox.addUser("mallory");
  const number = await openIssue(world);
  const before = await faqAt(world);
  await sandbox.runs.comment(repository, number, `/faq ${QUESTION}`, "mallory");
  const refused = await lastRun(world);
  expect(refused.conclusion).toBe("failure");
  expect(refused.jobs.find((job) => job.key === "generate")?.log).toMatch(/mallory.*write/s);
  expect(world.model?.requests).toHaveLength(0);
  expect(pulls(world)).toHaveLength(0);
  expect(await faqAt(world)).toBe(before);
});

test("the same comment by someone who may write is answered", async () => {
  const world = await loopWorld();
  const number = await openIssue(world);
  await world.sandbox.runs.comment(world.repository, number, `/faq ${QUESTION}`, world.person);
  expect((await lastRun(world)).conclusion).toBe("success");
  expect(await answered(world, [QUESTION])).toEqual([1]);
});

test("a comment that is no question starts nothing", async () => {
  const world = await loopWorld();
  await world.sandbox.runs.comment(world.repository, await openIssue(world), "I use /faq often", world.person);
  expect((await lastRun(world)).jobs.map((job) => job.conclusion)).toEqual(expect.arrayContaining(["skipped"]));
  expect(pulls(world)).toHaveLength(0);
});

test("a token without pull-requests: write: one clear message with the line to add", async () => {
  const world = await loopWorld({ edit: (text) => text.replace("      pull-requests: write # opens the pull request\n", "      pull-requests: read\n") });
  const rehearsal = await ask(world, QUESTION);
  const errors = rehearsal.run.jobs.flatMap((job) => job.annotations.filter((one) => one.level === "error"));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.message).toContain("a permission is missing");
  expect(errors[0]?.message).toContain("pull-requests: write");
  expect(rehearsal.result).toMatchObject({ status: "error", merged_sha: null });
  expect(conclusions(rehearsal)).toMatchObject({ generate: "failure", ci: "skipped", gate: "skipped", health: "skipped" });
});

test("paused: by a variable or by an issue, nothing is written", async () => {
  const world = await loopWorld();
  world.sandbox.setVariable(world.repository, "INSTANT_PAUSED", "true");
  expect((await ask(world, QUESTION)).run.conclusion).toBe("success");
  world.sandbox.setVariable(world.repository, "INSTANT_PAUSED", "");
  const client = await openIssue(world, ["instant-paused"]);
  expect(client).toBeGreaterThan(0);
  await ask(world, QUESTION);
  expect(pulls(world)).toHaveLength(0);
  expect(world.model?.requests).toHaveLength(0);
  expect(repositoryOf(world).git.refs("refs/heads/")).toHaveLength(1);
});

async function openIssue(world: Awaited<ReturnType<typeof loopWorld>>, labels: string[] = []): Promise<number> {
  const { sandbox, repository, person } = world;
  const response = await fetch(`${sandbox.urls.api}/repos/${repository}/issues`, {
    method: "POST",
    headers: { authorization: `Bearer ${sandbox.tokens.user(person)}`, "content-type": "application/json" },
    body: JSON.stringify({ title: "Questions", body: "Ask here", labels }),
  });
  return ((await response.json()) as { number: number }).number;
}

async function lastRun(world: Awaited<ReturnType<typeof loopWorld>>) {
  const run = world.sandbox.runs.list(world.repository).findLast((one) => one.path.endsWith(world.template));
  if (run === undefined) throw new Error("no run of the loop was started");
  return world.sandbox.runs.waitForRun(run.id);
}
