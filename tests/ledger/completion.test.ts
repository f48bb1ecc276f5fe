// What no store could be told is completed from GitHub: the decisions, with stores in memory. tests/scenarios/ledger.test.ts has whole loops.
import { describe, expect, test } from "@jest/globals";
import { branchStore } from "../../src/ledger/branch/index.ts";
import { complete } from "../../src/ledger/completion.ts";
import { lookIfDue, type Stories, type Trace } from "../../src/ledger/due.ts";
import { type GuardedStore, guarded } from "../../src/ledger/guard.ts";
import type { Store, StoreName } from "../../src/ledger/port.ts";
import type { Story, StoryPull, StoryRun } from "../../src/ledger/story.ts";
import { failure } from "../../src/kit/errors.ts";
import { recordingLog } from "../github/fake.ts";
import { memory } from "./memory.ts";
import { aHeartbeat, anEvent, aTask, NOW } from "./store-contract.ts";

const MINUTE = 60_000;
const ID = "b17a2f12-2ac5-48c3-963a-5466dec57030";
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const RUN_URL = "https://example.test/acme/docs/actions/runs/9";

function pull(parts: Partial<StoryPull> = {}): StoryPull {
  return {
    number: 7, url: "https://example.test/acme/docs/pull/7", title: "Update FAQ - How?", state: "merged", author: "github-actions[bot]", branch: "instant/faq-0123456789abcdef", mergeSha: "c".repeat(40),
    createdAt: NOW - 50_000, mergedAt: NOW - 40_000, mergedBy: "github-actions[bot]", closedAt: NOW - 40_000, reviews: [], checks: [],
    commits: [{ sha: "a".repeat(40), url: "https://example.test/c/a", message: "Update FAQ", traceId: ID, author: "github-actions[bot]", at: NOW - 51_000 }], ...parts,
  };
}
const run = (parts: Partial<StoryRun> = {}): StoryRun => ({ id: 9, url: RUN_URL, title: "FAQ: How?", status: "completed", conclusion: "success", createdAt: NOW - 60_000, updatedAt: NOW - 30_000, failedJobs: [], ...parts });
const story = (parts: Partial<Story> = {}): Story => ({ pulls: [pull()], incidents: [], runs: [run()], lostRuns: [], lostChecks: false, ...parts });

interface World {
  readonly stores: readonly GuardedStore[];
  readonly raw: Readonly<Record<"postgres" | "redis", Store>>;
  readonly asked: string[];
  readonly said: string[];
  /** @param when.endsAtMerge of the job that looks. */
  look(github: { readonly stories?: Readonly<Record<string, Story>>; readonly changedAt?: Readonly<Record<string, number>>; readonly runs?: Readonly<Record<number, StoryRun>>; readonly fails?: Error }, when?: { readonly minutes?: number; readonly force?: boolean; readonly endsAtMerge?: boolean }): Promise<ReadonlyMap<StoreName, number>>;
}

function world(): World {
  let now = NOW;
  // Whoever waits for his turn has it at once.
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const log = recordingLog();
  const named = (name: "postgres" | "redis") => ({ ...branchStore({ files: memory().files, writer: name, clock }), name });
  const raw = { postgres: named("postgres"), redis: named("redis") };
  const asked: string[] = [];
  const said: string[] = [];
  const stores = (["postgres", "redis"] as const).map((name) => guarded({ name, open: async () => raw[name] }, { log: { ...log, warning: (text) => said.push(text) } }));
  return {
    stores, raw, asked, said,
    look: async ({ stories = {}, changedAt = {}, runs = {}, fails }, { minutes = 0, force = false, endsAtMerge = false } = {}) => {
      now += minutes * MINUTE;
      const github: Stories = {
        changedSince: async (at) => {
          asked.push(`since -${(now - at) / MINUTE} min`);
          if (fails) throw fails;
          const all = Object.keys(stories).map((traceId): Trace => ({ traceId, changedAt: changedAt[traceId] ?? NOW - 30_000 }));
          return all.filter((trace) => trace.changedAt >= at).sort((a, b) => a.changedAt - b.changedAt);
        },
        read: async (traces) => {
          asked.push(`read ${traces.length}`);
          return new Map(traces.map(({ traceId }) => [traceId, stories[traceId] as Story]));
        },
        readRun: async (id) => {
          asked.push(`run ${id}`);
          return runs[id] ?? null;
        },
      };
      const due = await lookIfDue(stores, { repository: "acme/docs", now, force });
      if (due === null) return new Map();
      return complete(stores, due, { repository: "acme/docs", open: async () => github, log: { ...log, info: (text) => said.push(text), warning: (text) => said.push(`! ${text}`) }, force, endsAtMerge });
    },
  };
}

describe("a look on GitHub", () => {
  test("records what nobody could tell, in every store, once; it is not repeated before its time", async () => {
    const { look, raw, asked, said } = world();
    expect(await look({ stories: { [ID]: story() } })).toEqual(new Map([["postgres", 1], ["redis", 1]]));
    for (const store of Object.values(raw)) {
      const record = await store.read(ID);
      expect(record?.task).toMatchObject({ status: "done", phase: "merged", question: "How?", questionHash: "0123456789abcdef", repository: "acme/docs", jobId: "9", mergedAt: NOW - 40_000, finishedAt: NOW - 30_000 });
      expect(record?.events.map(({ kind }) => kind)).toEqual(["run", "commit", "pull-request", "commit", "run"]);
    }
    expect(await look({ stories: { [ID]: story() } }, { minutes: 2 })).toEqual(new Map());
    expect(await look({ stories: { [ID]: story() } }, { minutes: 58 })).toEqual(new Map());
    expect(await look({ stories: { [ID]: story() } }, { force: true })).toEqual(new Map());
    expect(asked).toEqual(["since -1500 min", "read 1", "since -120 min", "read 0", "since -10080 min", "read 0"]);
    expect(said).toEqual([]);
  });

  test("adds to what a job could still tell, and tells nothing twice", async () => {
    const { look, raw } = world();
    const task = aTask({ taskId: ID, status: "running", phase: "pr_open", question: "How exactly?", prUrl: pull().url, createdAt: NOW - 60_400, updatedAt: NOW - 50_000 });
    const opened = anEvent(ID, { at: NOW - 50_000, url: pull().url, kind: "pull-request" });
    await raw.postgres.write({ tasks: [task], events: [opened] });
    await look({ stories: { [ID]: story() } });
    for (const store of Object.values(raw)) {
      const record = await store.read(ID);
      expect(record?.task).toMatchObject({ status: "done", phase: "merged", question: "How exactly?", createdAt: NOW - 60_400 });
      expect(record?.events.filter(({ kind }) => kind === "pull-request")).toEqual([opened]);
    }
  });

  test("adds the merge to a task that health told the end of, when nobody could be told of the merge; and looks no more when all is known", async () => {
    const { look, raw, asked } = world();
    const task = aTask({ taskId: ID, status: "done", phase: "verified", state: "open", question: "How?", prUrl: pull().url, createdAt: NOW - 60_000, mergedAt: null, finishedAt: NOW - 20_000, updatedAt: NOW - 20_000 });
    await raw.postgres.write({ tasks: [task], events: [] });
    await look({ stories: { [ID]: story() } });
    for (const store of Object.values(raw)) {
      const record = await store.read(ID);
      expect(record?.task).toMatchObject({ status: "done", phase: "verified", state: "merged", mergedAt: NOW - 40_000, finishedAt: NOW - 20_000 });
      expect(record?.events.map(({ kind }) => kind)).toContain("commit");
    }
    await look({ stories: { [ID]: story() } }, { minutes: 61 });
    expect(asked.filter((one) => one.startsWith("read"))).toEqual(["read 1", "read 0"]);
  });

  test.each([
    ["whose run is at work", story({ runs: [run({ status: "in_progress", conclusion: null })] }), 90, null],
    ["whose run cannot be read, not long ago", story({ runs: [], lostRuns: [RUN_URL] }), 44, null],
    ["whose run cannot be read, long ago: merged is known, more is not", story({ runs: [], lostRuns: [RUN_URL] }), 46, ["running", "merged"]],
    ["whose run failed", story({ runs: [run({ conclusion: "failure", failedJobs: ["Health"] })] }), 1, ["error", "merged"]],
    ["that a person took over", story({ pulls: [pull({ state: "open", mergedAt: null, mergeSha: null, mergedBy: null, closedAt: null, commits: [{ sha: "d", url: "u", message: "Mine", traceId: null, author: "ada", at: NOW }] })] }), 1, ["running", "handed_over"]],
    ["that is nothing any more", story({ pulls: [], runs: [] }), 90, null],
  ] as const)("a task %s", async (_, told, minutes, expected) => {
    const { look, raw } = world();
    await look({ stories: { [ID]: told }, changedAt: { [ID]: NOW } }, { minutes });
    const record = await raw.postgres.read(ID);
    expect(record === null ? null : [record.task.status, record.task.phase]).toEqual(expected);
    expect(record?.events.filter(({ text }) => text.includes("cannot be read")) ?? []).toEqual([]);
  });

  test("where loops end at the merge, a merged one is done though its run cannot be read; one that is open is not", async () => {
    const [merged, open] = [story({ runs: [], lostRuns: [RUN_URL] }), story({ pulls: [pull({ state: "open", mergedAt: null, mergedBy: null })], runs: [], lostRuns: [RUN_URL] })];
    const { look, raw } = world();
    const github = { stories: { [ID]: merged, [idOf(1)]: open }, changedAt: { [ID]: NOW, [idOf(1)]: NOW } };
    await look(github, { endsAtMerge: true });
    expect(await raw.postgres.read(ID)).toBeNull();
    await look(github, { endsAtMerge: true, minutes: 1.5, force: true });
    expect((await raw.postgres.read(ID))?.task).toMatchObject({ status: "done", phase: "merged" });
    expect(await raw.postgres.read(idOf(1))).toBeNull();
  });

  test("leaves one that has ended to its own record, and brings that to a store which forgot it", async () => {
    const { look, raw, asked } = world();
    const task = aTask({ taskId: ID, status: "done", phase: "verified", prUrl: pull().url, state: "merged", mergedAt: NOW - 40_000, finishedAt: NOW - 20_000, updatedAt: NOW - 20_000 });
    await raw.postgres.write({ tasks: [task], events: [anEvent(ID, { eventId: "own" })] });
    expect(await look({ stories: { [ID]: story() } })).toEqual(new Map([["redis", 1]]));
    expect(await raw.redis.read(ID)).toMatchObject({ task: { phase: "verified" }, events: [{ eventId: "own" }] });
    expect(asked).toEqual(["since -1500 min", "read 0"]);
  });

  test.each([
    ["a quarter of an hour", 15, [60], 60],
    ["four hours, as for a person who has to confirm it", 241, [60, 120, 125, 130, 240, 245], 245],
    ["more than a day: it is looked at no more", 2_000, [60, 120, 1_440, 1_560, 1_620, 2_100], null],
  ] as const)("comes back to a task that was at work at the last one: for %s", async (_, endsAt, minutes, foundAt) => {
    const { look, raw } = world();
    const at = async (minute: number, before: number) => {
      await look({ stories: { [ID]: minute < endsAt ? story({ runs: [run({ status: "waiting", conclusion: null })] }) : story() } }, { minutes: minute - before });
      return (await raw.postgres.read(ID))?.task.status ?? null;
    };
    const found: (number | null)[] = [];
    for (const [index, minute] of [0, ...minutes].entries()) if ((await at(minute, [0, 0, ...minutes][index] ?? 0)) !== null) found.push(minute);
    expect(found[0] ?? null).toBe(foundAt);
  });

  test("brings nothing to Redis that it would have forgotten", async () => {
    const { look, raw } = world();
    await raw.postgres.write({ tasks: [idOf(1), idOf(2)].map((taskId, index) => aTask({ taskId, status: "done", updatedAt: NOW - (59 + 2 * index) * MINUTE })), events: [] });
    expect(await look({ stories: { [idOf(1)]: story(), [idOf(2)]: story() } })).toEqual(new Map([["redis", 1]]));
    expect([...(await raw.redis.readMany([idOf(1), idOf(2)])).keys()]).toEqual([idOf(1)]);
  });

  test("of very many goes on where it ended, as soon as it may", async () => {
    const { look, raw, asked } = world();
    const stories = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [idOf(index), story({ pulls: [pull({ number: index })] })]));
    const changedAt = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [idOf(index), NOW - 3_600_000 + index]));
    expect((await look({ stories, changedAt })).get("postgres")).toBe(100);
    expect(await look({ stories, changedAt })).toEqual(new Map());
    expect((await look({ stories, changedAt }, { minutes: 5 })).get("postgres")).toBe(30);
    expect(asked.filter((one) => one.startsWith("read"))).toEqual(["read 100", "read 30"]);
    expect((await raw.redis.readMany(Object.keys(stories))).size).toBe(130);
  });

  test("that GitHub does not answer costs a line, and is made up for by the next", async () => {
    const { look, raw, said } = world();
    await look({ fails: failure("permission", { what: "Issues cannot be read", fix: "Give the job `issues: read`." }) });
    expect(said).toEqual(["The record was not completed from GitHub: Issues cannot be read. Give the job `issues: read`."]);
    await look({ stories: { [ID]: story() } }, { minutes: 5 });
    expect((await raw.postgres.read(ID))?.task.status).toBe("done");
    await look({ fails: new Error("x") }, { force: true });
    expect(said.at(-1)).toBe("! The record was not completed from GitHub: x");
  });

  test("notes for a store that fails meanwhile what it could not be brought", async () => {
    const { look, raw, said } = world();
    raw.redis.write = async () => {
      throw new Error("full");
    };
    expect(await look({ stories: { [ID]: story() } })).toEqual(new Map([["postgres", 1]]));
    expect(await raw.postgres.readMissed("redis")).toEqual([ID]);
    expect(said).toEqual([expect.stringContaining("without redis: full")]);
  });
});

describe("a job that died before there was a pull request", () => {
  const dead = aHeartbeat({ id: "9-1-generate-abcd", at: NOW - 3 * MINUTE, currentTaskId: ID });
  const CASES: readonly (readonly [name: string, found: StoryRun | null, task: readonly unknown[] | null, isLeft: boolean])[] = [
    ["its run failed", run({ conclusion: "failure", failedJobs: ["Generate"] }), ["error", "generating", "crash", "its job was not heard of again, and the run ended as failure (Generate)"], false],
    ["its run was cancelled", run({ conclusion: "cancelled" }), ["error", "generating", "cancelled", "its job was not heard of again, and the run ended as cancelled"], false],
    ["its run ended well: it had nothing to say", run(), null, false],
    ["its run is at work", run({ status: "in_progress", conclusion: null }), null, true],
    ["its run is another repository's", null, null, true],
  ];
  test.each(CASES)("%s", async (_, found, expected, isLeft) => {
    const { look, raw } = world();
    await raw.redis.beat(dead);
    await look(found === null ? {} : { runs: { 9: found } });
    const record = await raw.postgres.read(ID);
    expect(record === null ? null : [record.task.status, record.task.phase, record.task.errorType, record.task.errorMsg]).toEqual(expected);
    expect(await raw.redis.heartbeats()).toHaveLength(isLeft ? 1 : 0);
  });

  test("makes a look due, once; a fresh heartbeat, a product's worker and a strange name do not", async () => {
    const { look, raw, asked } = world();
    await look({});
    for (const beat of [aHeartbeat({ id: "9-1-ci-abcd", at: NOW }), aHeartbeat({ id: "9-1-w-abcd", kind: "worker", at: NOW - 9 * MINUTE }), aHeartbeat({ id: "w7", at: NOW - 9 * MINUTE })]) await raw.redis.beat(beat);
    await look({}, { minutes: 1.5 });
    expect(asked).toEqual(["since -1500 min", "read 0"]);
    await raw.postgres.beat({ ...dead, at: NOW });
    await look({}, { minutes: 3.5 });
    expect(asked.slice(2)).toEqual(["since -65 min", "read 0", "run 9", "run 9"]);
  });

  test("is come back to every five minutes until its run has ended, which GitHub notices late", async () => {
    const { look, raw, asked } = world();
    await raw.postgres.beat({ ...dead, at: NOW - 3 * MINUTE });
    for (const [minutes, found] of [[0, run({ status: "in_progress", conclusion: null })], [4, run({ conclusion: "failure" })], [1, null], [5, run({ conclusion: "failure" })]] as const) await look(found === null ? {} : { runs: { 9: found } }, { minutes });
    expect(asked.filter((one) => one.startsWith("run"))).toEqual(["run 9", "run 9", "run 9"]);
    expect((await raw.redis.read(ID))?.task).toMatchObject({ status: "error", errorType: "crash" });
    await look({}, { minutes: 5 });
    expect(asked.filter((one) => one.startsWith("since"))).toHaveLength(3);
  });

  test("had come as far as is on record; a person who took it over is not disturbed; a name that is no task's is dropped", async () => {
    const { look, raw } = world();
    const [open, taken] = [aTask({ taskId: ID, status: "running", phase: "pr_open" }), aTask({ taskId: idOf(7), status: "running", phase: "handed_over" })];
    await raw.postgres.write({ tasks: [open, taken], events: [] });
    for (const [beat, id] of [["9-1-gate-aaaa", ID], ["9-1-gate-bbbb", idOf(7)], ["9-1-gate-cccc", "'; DROP TABLE agent_tasks"]] as const) await raw.postgres.beat({ ...dead, id: beat, currentTaskId: id });
    await look({ runs: { 9: run({ conclusion: "failure" }) } });
    expect((await raw.redis.read(ID))?.task).toMatchObject({ status: "error", phase: "pr_open", errorType: "crash" });
    expect((await raw.postgres.read(idOf(7)))?.task).toMatchObject({ status: "running", phase: "handed_over" });
    expect(await raw.postgres.heartbeats()).toEqual([]);
  });

  test("leaves a heartbeat behind when its task has ended otherwise", async () => {
    const { look, raw, asked } = world();
    await raw.redis.beat(dead);
    await look({ stories: { [ID]: story() } });
    expect(await raw.redis.heartbeats()).toEqual([]);
    expect(asked).not.toContain("run 9");
  });
});
