// A loop that is taken back, by itself: what is left of it, who hears of it (that nobody could be reached: tests/runtime/telling.test.ts), and what
// is on record of it where nothing but a branch is there. That a person asks for it: forward.test.ts. The bundles run on the sandbox's runner,
// with a Slack, a Telegram and a mail server that keep what they get.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Rehearsal } from "../../src/cli/rehearsal/rehearse.ts";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import type { TaskRecord } from "../../src/ledger/port.ts";
import { type Inbox, openInbox } from "../notify/inbox.ts";
import { LEDGER_BRANCH, openBranch, STORY, story, warningsOf, writing } from "./record.ts";
import { answered, ask, conclusions, faqAt, headOf, issues, pulls, repositoryOf, sharedWorld } from "./support.ts";

const HEALTHY = "What are the limits of the free plan?";
const QUESTION = "How do I roll back a deployment that went wrong?";

let inbox: Inbox;
let world: LoopWorld;
let healthy: Rehearsal;
/** The FAQ between the two loops. */
let before: string;
let taken: Rehearsal;
/** What people were told by each channel: after the first loop, after the second. */
let toldOfHealthy: string[][];
let toldOfTaken: string[][];

const plain = (text: string) => text.replaceAll("\u2060", "");
const told = () => [
  inbox.slack.received.map(({ json }) => plain(JSON.stringify(json))),
  inbox.telegram.received.map(({ json }) => plain(String(json["text"]).replaceAll("\\", ""))),
  inbox.mails.map(plain),
];

beforeAll(async () => {
  [inbox, world] = await Promise.all([openInbox(), sharedWorld({ template: "closed-loop.yml", sickWith: QUESTION, edit: writing })]);
  world.sandbox.setSecret(world.repository, "INSTANT_NOTIFY", [...inbox.lines.all, "issue://"].join("\n"));
  world.sandbox.setVariable(world.repository, "INSTANT_LEDGER_BRANCH", LEDGER_BRANCH);
  healthy = await ask(world, HEALTHY);
  toldOfHealthy = told();
  before = await faqAt(world);
  taken = await ask(world, QUESTION);
  toldOfTaken = told();
}, 120_000);
afterAll(() => inbox.close());

test("a change that breaks production is taken back, and production ends healthy on the reverted tree", async () => {
  expect(taken.result).toMatchObject({ status: "error", phase: "rolled_back", verdict: "healthy", deployed_sha: headOf(world) });
  expect(taken.result.trb_ms).toBeGreaterThan(0);
  expect(conclusions(taken)).toMatchObject({ gate: "success", health: "failure", rollback: "success" });
  expect(await faqAt(world)).toBe(before);
  expect(await answered(world, [HEALTHY, QUESTION])).toEqual([1, 0]);
  const hotfix = pulls(world).find((pull) => pull.issue.title.startsWith("Rollback: "));
  expect(hotfix?.merged).toBe(true);
  expect([...(hotfix?.issue.labels ?? [])].map((label) => label.name).sort()).toEqual(["P0", "auto-rollback", "hotfix"]);
  // The incident of the rollback is the one issue, whatever `notify` says.
  const incidents = issues(world);
  expect(incidents.map(({ state, body }) => [state, /^state: (\w+)/m.exec(body ?? "")?.[1]])).toEqual([["closed", "healthy"]]);
  expect([...(incidents[0]?.labels ?? [])].map((label) => label.name).sort()).toEqual(["P0", "auto-rollback", "incident"]);
  expect(repositoryOf(world).git.refs("refs/heads/").map(([name]) => name).sort()).toEqual([`refs/heads/${LEDGER_BRANCH}`, "refs/heads/main"]);
  expect((await fetch(world.product.healthUrl)).status).toBe(200);
  const rollback = taken.result.stages.find((stage) => stage.name === "rollback");
  expect(rollback?.conclusion).toBe("success");
});

test("a healthy loop tells nobody; one that is taken back tells Slack, Telegram and mail once that production is sick, once that it is well, with its trace id", () => {
  expect(healthy.result).toMatchObject({ status: "done", phase: "verified" });
  expect(toldOfHealthy).toEqual([[], [], []]);
  expect(toldOfTaken).toHaveLength(3);
  for (const texts of toldOfTaken) {
    expect(texts).toHaveLength(2);
    expect(texts[0]).toMatch(/P0 firing: [0-9a-f]{7} is deployed and unhealthy/);
    expect(texts[1]).toMatch(/P0 resolved: [0-9a-f]{7} is taken back, and production is healthy/);
    for (const text of texts) expect(text).toContain(taken.result.trace_id);
  }
  const logs = taken.run.jobs.map(({ log }) => log).join("\n");
  for (const secret of inbox.secrets) expect(logs).not.toContain(secret);
});

describe("with nothing but a branch the record is on the branch", () => {
  let [good, bad]: (TaskRecord | undefined)[] = [];
  beforeAll(async () => {
    const store = openBranch(world);
    [good, bad] = await Promise.all([healthy, taken].map(async ({ result }) => (await store.read(result.trace_id ?? "")) ?? undefined));
    await store.close();
  });

  test("of the loop that is well, verified, with its whole story, and no job had to warn", () => {
    expect(good?.task).toMatchObject({ status: "done", phase: "verified", question: HEALTHY, prUrl: healthy.result.pr_url });
    expect(story(good as TaskRecord)).toEqual(STORY);
    expect(warningsOf([...healthy.run.jobs, ...taken.run.jobs])).toEqual([]);
  });

  test("of the one that is taken back as an error, with who was told by what", () => {
    expect(bad?.task).toMatchObject({ status: "error", phase: "rolled_back", state: "merged" });
    expect(story(bad as TaskRecord)).toEqual(expect.arrayContaining(["post-deploy-health: health", "rollback: commit", "rollback: deployment", "rollback: alert"]));
    const alerts = bad?.events.filter(({ kind }) => kind === "alert").map(({ stage, text }) => `${stage}: ${text.replace(/[0-9a-f]{7} .*/, "…")}`) ?? [];
    expect(alerts.toSorted()).toEqual([
      ...["email", "slack", "telegram"].map((channel) => `post-deploy-health: told by ${channel}: P0 firing: …`), expect.stringMatching(/^rollback: people were called by #\d+$/),
      ...["email", "slack", "telegram"].map((channel) => `rollback: told by ${channel}: P0 resolved: …`),
    ]);
  });
});

test("a person who asks for it again, by rollback.yml, changes nothing, and nobody is called a second time", async () => {
  const head = headOf(world);
  const id = await world.sandbox.runs.dispatch(world.repository, "rollback.yml", { commit_sha: taken.result.merged_sha, reason: "Wrong answer" }, world.person);
  await world.sandbox.runs.waitForRun(id);
  expect(headOf(world)).toBe(head);
  expect(pulls(world).filter((pull) => pull.issue.title.startsWith("Rollback: "))).toHaveLength(1);
  expect(issues(world)).toHaveLength(1);
  expect(told()).toEqual(toldOfTaken);
});
