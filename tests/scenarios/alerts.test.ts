// Who hears of a loop, end to end (that nobody could be reached: tests/runtime/telling.test.ts): the bundles on the sandbox's runner, with a Slack, a Telegram and a mail server that keep what they get.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { startPglite } from "../ledger/servers.ts";
import { type Inbox, openInbox } from "../notify/inbox.ts";
import { ask, issues, loopWorld } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";

let postgres: Awaited<ReturnType<typeof startPglite>>;
let inbox: Inbox;
beforeAll(async () => {
  [postgres, inbox] = await Promise.all([startPglite(), openInbox()]);
}, 60_000);
afterAll(() => Promise.all([postgres.close(), inbox.close()]));

const slack = () => inbox.slack.received.map(({ json }) => JSON.stringify(json).replaceAll("\u2060", ""));
const telegram = () => inbox.telegram.received.map(({ json }) => String(json["text"]).replaceAll("\\", "").replaceAll("\u2060", ""));
const mail = () => inbox.mails.map((text) => text.replaceAll("\u2060", ""));

test("a healthy loop tells nobody; one that is taken back tells Slack, Telegram and mail once that production is sick, once that it is well, with its trace id", async () => {
  const world = await loopWorld({ template: "closed-loop-express.yml", sickWith: QUESTION });
  world.sandbox.setSecret(world.repository, "INSTANT_NOTIFY", [...inbox.lines.all, "issue://"].join("\n"));
  world.sandbox.setSecret(world.repository, "INSTANT_DATABASE_URL", postgres.url);
  const healthy = await ask(world, "What are the limits of the free plan?");
  expect(healthy.result).toMatchObject({ status: "done", phase: "verified" });
  expect([slack(), telegram(), mail()]).toEqual([[], [], []]);

  const { result, run } = await ask(world, QUESTION);
  expect(result).toMatchObject({ status: "error", phase: "rolled_back", verdict: "healthy" });
  for (const told of [slack(), telegram(), mail()]) {
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/P0 firing: [0-9a-f]{7} is deployed and unhealthy/);
    expect(told[1]).toMatch(/P0 resolved: [0-9a-f]{7} is taken back, and production is healthy/);
    for (const text of told) expect(text).toContain(result.trace_id);
  }
  // The incident of the rollback is the one issue, whatever `notify` says.
  expect(issues(world)).toHaveLength(1);
  const store = await openPostgres(postgres.url);
  const events = (await store.read(result.trace_id ?? ""))?.events.filter(({ kind }) => kind === "alert").map(({ stage, text }) => `${stage}: ${text.replace(/[0-9a-f]{7} .*/, "…")}`) ?? [];
  await store.close();
  expect(events.toSorted()).toEqual([
    ...["email", "slack", "telegram"].map((channel) => `post-deploy-health: told by ${channel}: P0 firing: …`), expect.stringMatching(/^rollback: people were called by #\d+$/),
    ...["email", "slack", "telegram"].map((channel) => `rollback: told by ${channel}: P0 resolved: …`),
  ]);
  const logs = run.jobs.map(({ log }) => log).join("\n");
  for (const secret of inbox.secrets) expect(logs).not.toContain(secret);
}, 120_000);
