import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Heartbeat, LookWanted, Store, TaskEvent } from "../../src/ledger/port.ts";
import { joinTasks, type Task } from "../../src/ledger/task.ts";

export interface StoreUnderTest {
  /** Of the real server: what it is, and what INSTANT is promised to work with at least. */
  readonly server?: { readonly version: string; readonly atLeast: number };
  /** A connection of its own each time, as every job has. */
  open(): Promise<Store>;
  /** Makes every claim so far older than its hour. */
  expireClaims(): Promise<void>;
  /** What the clock of a job says. */
  now(): number;
  close(): Promise<void>;
}

export const NOW = Date.UTC(2026, 10, 20, 12);

export function aTask(parts: Partial<Task> = {}): Task {
  return {
    taskId: randomUUID(), repository: "acme/docs", questionHash: "0123456789abcdef", jobId: "7", kind: "faq", question: "Wie geht's? 「質問」", status: "queued",
    phase: "generating", prUrl: null, state: null, errorType: null, errorMsg: null, workerInstance: null, workerVersion: null, claimedAt: null, createdAt: NOW, startedAt: null,
    finishedAt: null, updatedAt: NOW, mergedAt: null, humanInterventionCount: null, ...parts,
  };
}

export function anEvent(taskId: string, parts: Partial<TaskEvent> = {}): TaskEvent {
  return { taskId, eventId: randomUUID(), at: NOW, stage: "faq-generate", kind: "pull-request", text: "opened #7", url: "https://example.test/7", data: { number: 7, draft: false, note: null }, ...parts };
}

export function aHeartbeat(parts: Partial<Heartbeat> = {}): Heartbeat {
  return { id: `runner-${randomUUID()}`, kind: "runner", status: "running", at: NOW, currentTaskId: randomUUID(), appVersion: "abc1234", tasksCompleted: 3, uptimeSeconds: 12.5, ...parts };
}

/** What every store promises (src/ledger/port.ts), on the real thing. */
export function storeContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`the store ${name}`, () => {
    let place: StoreUnderTest;
    let store: Store;
    beforeAll(async () => {
      place = await start();
      store = await place.open();
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await place?.close();
    }, 60_000);

    test("is that of the server which is promised", () => {
      if (place.server === undefined) return expect(["PGlite", "branch"]).toContain(name);
      console.info(`the contract is held by ${name} ${place.server.version}`);
      expect(Number.parseFloat(place.server.version)).toBeGreaterThanOrEqual(place.server.atLeast);
    });

    test("a task is read as it was written, every field, and another connection sees it", async () => {
      const task = aTask({
        status: "error", phase: "rolled_back", prUrl: "https://example.test/acme/docs/pull/9", state: "merged", errorType: "health", errorMsg: "503 'quoted' \"twice\" \\ ; DROP TABLE", workerInstance: "runner-1",
        workerVersion: "abc1234", claimedAt: NOW + 1, startedAt: NOW + 2, finishedAt: NOW + 60_003, updatedAt: NOW + 60_004, mergedAt: NOW + 41_234, humanInterventionCount: 0,
      });
      await store.write({ tasks: [task], events: [] });
      const other = await place.open();
      expect(await other.read(task.taskId)).toEqual({ task, events: [] });
      await other.close();
      expect(await store.read(randomUUID())).toBeNull();
    });

    test("events are told once, in order of time, whatever they say", async () => {
      const task = aTask();
      const [late, early] = [anEvent(task.taskId, { at: NOW + 500, text: "später: \u202E👩‍👩‍👧 {}[]" }), anEvent(task.taskId, { at: NOW + 100, url: null, data: {} })];
      await store.write({ tasks: [task], events: [late] });
      await store.write({ tasks: [task], events: [late, early] });
      expect((await store.read(task.taskId))?.events).toEqual([early, late]);
    });

    test("a batch of nothing is nothing", async () => {
      await store.write({ tasks: [], events: [] });
    });

    test("whatever order writes arrive in, from whatever connection, the same is known", async () => {
      const base = aTask();
      const steps = [
        base,
        { ...base, status: "running", startedAt: NOW + 10, updatedAt: NOW + 10 } as const,
        { ...base, status: "running", phase: "pr_open", prUrl: "u/pull/1", state: "open", updatedAt: NOW + 20 } as const,
        { ...base, status: "done", phase: "merged", prUrl: "u/pull/1", state: "merged", finishedAt: NOW + 30, mergedAt: NOW + 30, updatedAt: NOW + 30 } as const,
      ];
      const expected = steps.reduce(joinTasks);
      for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 3, 0, 2]]) {
        const taskId = randomUUID();
        for (const index of order) await store.write({ tasks: [{ ...(steps[index] as Task), taskId }], events: [] });
        expect((await store.read(taskId))?.task).toEqual({ ...expected, taskId });
      }
    });

    test("twelve writers of one task at the same moment lose nothing", async () => {
      const task = aTask();
      const stores = await Promise.all(Array.from({ length: 12 }, () => place.open()));
      const writes = stores.map((one, index) => one.write({
        tasks: [{ ...task, createdAt: NOW - index, humanInterventionCount: index, updatedAt: NOW + index }], events: [anEvent(task.taskId, { eventId: `e${index}`, at: NOW + index })],
      }));
      await Promise.all(writes);
      const read = await store.read(task.taskId);
      expect(read?.task).toMatchObject({ createdAt: NOW - 11, humanInterventionCount: 11, updatedAt: NOW + 11 });
      expect(read?.events.map((event) => event.eventId)).toEqual(Array.from({ length: 12 }, (_, index) => `e${index}`));
      await Promise.all(stores.map((one) => one.close()));
    }, 60_000);

    test("of fifty claims at the same moment one owns the question and forty-nine learn whose it is", async () => {
      const question = { repository: "acme/docs", questionHash: randomUUID().replaceAll("-", "").slice(0, 16) };
      const stores = await Promise.all(Array.from({ length: 10 }, () => place.open()));
      const claims = Array.from({ length: 50 }, () => randomUUID());
      const owners = await Promise.all(claims.map((taskId, index) => (stores[index % 10] as Store).claim({ ...question, taskId })));
      expect(new Set(owners).size).toBe(1);
      expect(claims).toContain(owners[0]);
      // The owner asks again, as a rerun does; another repository's question is another question.
      expect(await store.claim({ ...question, taskId: owners[0] as string })).toBe(owners[0]);
      const elsewhere = randomUUID();
      expect(await store.claim({ ...question, repository: "acme/other", taskId: elsewhere })).toBe(elsewhere);
      expect(await store.claim({ ...question, repository: "acme/other", taskId: randomUUID() })).toBe(elsewhere);
      await Promise.all(stores.map((one) => one.close()));
    }, 60_000);

    test("after its hour a claim is free, for one", async () => {
      const question = { repository: "acme/docs", questionHash: randomUUID().replaceAll("-", "").slice(0, 16) };
      await store.claim({ ...question, taskId: randomUUID() });
      await place.expireClaims();
      const [one, other] = [randomUUID(), randomUUID()];
      const owners = await Promise.all([store.claim({ ...question, taskId: one }), store.claim({ ...question, taskId: other })]);
      expect(owners[0]).toBe(owners[1]);
      expect([one, other]).toContain(owners[0]);
    });

    test("a dead owner loses its question to one of many, and only if it is still the owner", async () => {
      const question = { repository: "acme/docs", questionHash: randomUUID().replaceAll("-", "").slice(0, 16) };
      const dead = randomUUID();
      await store.claim({ ...question, taskId: dead });
      expect(await store.claim({ ...question, taskId: randomUUID(), instead: randomUUID() })).toBe(dead);
      const heirs = Array.from({ length: 20 }, () => randomUUID());
      const owners = await Promise.all(heirs.map((taskId) => store.claim({ ...question, taskId, instead: dead })));
      expect(new Set(owners).size).toBe(1);
      expect(heirs).toContain(owners[0]);
    });

    test("a finished task is counted once a day, as what it became, equal times apart", async () => {
      const at = (day: number) => Date.UTC(2031, 4, day, 23, 59, 59, 999);
      const done = (tteMs: number, finishedAt = at(7)) => aTask({ status: "done", phase: "merged", prUrl: "u/pull/1", createdAt: finishedAt - tteMs, finishedAt, updatedAt: finishedAt, mergedAt: finishedAt });
      const failed = aTask({ status: "error", phase: "ci_failed", createdAt: at(7) - 62_000, finishedAt: at(7) - 50_000, updatedAt: at(7) - 50_000, errorMsg: "red" });
      // Without a pull request it is no success, and it did not fail.
      const half = { ...done(5), prUrl: null };
      const tasks = [done(30_000), done(30_000), done(9_000), failed, aTask({ status: "error", phase: "timeout", finishedAt: at(7) }), done(1_000, at(7) + 1), aTask({ status: "running" }), half, { ...done(20_000), repository: "acme/other" }];
      for (const task of [...tasks, ...tasks]) await store.write({ tasks: [task], events: [] });
      await store.write({ tasks: [{ ...failed, status: "done", phase: "merged", prUrl: "u/pull/2", finishedAt: at(7) - 10_000, mergedAt: at(7) - 10_000, errorMsg: null }], events: [] });
      expect(await store.tally("20310507")).toEqual({ day: "20310507", success: 5, failure: 1, tteMs: [9_000, 20_000, 30_000, 30_000, 52_000] });
      // One place may serve several repositories.
      expect(await store.tally("20310507", "acme/docs")).toEqual({ day: "20310507", success: 4, failure: 1, tteMs: [9_000, 30_000, 30_000, 52_000] });
      expect(await store.tally("20310507", "acme/other")).toEqual({ day: "20310507", success: 1, failure: 0, tteMs: [20_000] });
      expect(await store.tally("20310508")).toEqual({ day: "20310508", success: 1, failure: 0, tteMs: [1_000] });
      expect(await store.tally("20310509")).toEqual({ day: "20310509", success: 0, failure: 0, tteMs: [] });
    });

    test("what ended in a time is told as metrics look at it, those that nobody started in time among it", async () => {
      const from = Date.UTC(2021, 4, 7);
      const one = aTask({ status: "done", phase: "verified", prUrl: "u/pull/1", createdAt: from - 5_000, startedAt: from - 4_000, mergedAt: from - 1, finishedAt: from, updatedAt: from });
      const crashed = aTask({ status: "error", phase: "blocked", errorType: "crash", startedAt: from, finishedAt: from + 99, updatedAt: from + 99 });
      const late = aTask({ createdAt: from - 500_000, updatedAt: from - 500_000 });
      const others = [aTask({ ...one, taskId: randomUUID(), finishedAt: from - 1 }), aTask({ ...one, taskId: randomUUID(), finishedAt: from + 200_000 }), aTask({ createdAt: from - 600_001, updatedAt: from }), aTask({ status: "running", updatedAt: from })];
      await store.write({ tasks: [one, crashed, late, ...others], events: [] });
      await store.write({ tasks: [{ ...crashed, taskId: randomUUID(), repository: "acme/other" }], events: [] });
      const found = await store.finished(from, from + 200_000, "acme/docs");
      // Redis forgets after an hour, and says so.
      if (found === null) return expect(store.name).toBe("redis");
      expect(found.toSorted((a, b) => a.finishedAt - b.finishedAt)).toEqual([
        { finishedAt: from, outcome: "success", phase: "verified", errorType: null, started: true, tteMs: 4_999 },
        { finishedAt: from + 99, outcome: "failure", phase: "blocked", errorType: "crash", started: true, tteMs: null },
        { finishedAt: from + 100_000, outcome: "failure", phase: "timeout", errorType: "timeout", started: false, tteMs: null },
      ]);
      expect(await store.finished(from, from + 200_000)).toHaveLength(4);
    });

    test("tasks are listed newest first, since a time, up to a number", async () => {
      // Newer than whatever the other tests wrote.
      const soon = Date.UTC(2041, 0, 1);
      const tasks = [aTask({ updatedAt: soon + 1 }), aTask({ updatedAt: soon + 3 }), aTask({ updatedAt: soon + 2 })];
      await store.write({ tasks, events: [] });
      expect((await store.list(soon, 100)).map((task) => task.updatedAt)).toEqual([soon + 3, soon + 2, soon + 1]);
      expect((await store.list(soon, 2)).map((task) => task.updatedAt)).toEqual([soon + 3, soon + 2]);
      expect(await store.list(soon + 10, 100)).toEqual([]);
      // However many others are newer.
      const [wanted, ...others] = [aTask({ updatedAt: soon + 4, repository: "o/other", phase: "verified", status: "done" }), aTask({ updatedAt: soon + 5, repository: "o/other" }), aTask({ updatedAt: soon + 6, phase: "verified", status: "done" })];
      await store.write({ tasks: [wanted!, ...others], events: [] });
      expect((await store.list(soon, 1, { repository: "o/other", phase: "verified" })).map(({ taskId }) => taskId)).toEqual([wanted!.taskId]);
      expect(await store.list(soon, 9, { repository: "o/nobody", phase: "verified" })).toEqual([]);
    });

    test("a heartbeat is the newest one, and gone when its job is", async () => {
      const beat = aHeartbeat();
      await store.beat(beat);
      await store.beat({ ...beat, at: NOW + 5_000, status: "idle", currentTaskId: null });
      const find = async () => (await store.heartbeats())?.find(({ id }) => id === beat.id);
      expect(await find()).toEqual({ ...beat, at: NOW + 5_000, status: "idle", currentTaskId: null });
      await store.endBeat(beat.id);
      await store.endBeat(beat.id);
      expect(await find()).toBeUndefined();
    });

    test("what was told of an alert is written over what was read, and nothing else, and another connection sees it", async () => {
      const [key, other] = [`deployment:main/${randomUUID()}@x`, `permission:${randomUUID()}`];
      const text = JSON.stringify({ firing: { slack: { at: NOW, occasions: ["später \u202E 'quoted' \u0000"] } }, claim: null });
      expect(await store.readAlerts("acme/docs", [key, other])).toEqual(new Map());
      expect(await store.writeAlert("acme/docs", key, { text, revision: 1 }, 7)).toBe(false);
      expect(await store.writeAlert("acme/docs", key, { text, revision: 1 }, null)).toBe(true);
      expect(await store.writeAlert("acme/docs", key, { text: "too late", revision: 1 }, null)).toBe(false);
      const elsewhere = await place.open();
      expect(await elsewhere.readAlerts("acme/docs", [key, other])).toEqual(new Map([[key, { text, revision: 1 }]]));
      expect(await elsewhere.writeAlert("acme/docs", key, { text: "next", revision: 5 }, 1)).toBe(true);
      await elsewhere.close();
      expect(await store.writeAlert("acme/docs", key, { text: "too late", revision: 2 }, 1)).toBe(false);
      expect(await store.readAlerts("acme/docs", [key])).toEqual(new Map([[key, { text: "next", revision: 5 }]]));
      // One database may serve several repositories.
      expect(await store.writeAlert("acme/other", key, { text: "theirs", revision: 1 }, null)).toBe(true);
      expect(await store.readAlerts("acme/docs", [key])).toEqual(new Map([[key, { text: "next", revision: 5 }]]));
      expect(await store.readAlerts("acme/other", [])).toEqual(new Map());
    });

    test("of twelve that tell the same alert at the same moment one may", async () => {
      const key = `loop:${randomUUID()}`;
      const stores = await Promise.all(Array.from({ length: 6 }, () => place.open()));
      for (const revision of [null, 1]) {
        const next = (revision ?? 0) + 1;
        const written = await Promise.all(Array.from({ length: 12 }, (_, index) => (stores[index % 6] as Store).writeAlert("acme/docs", key, { text: `teller ${index}`, revision: next }, revision)));
        expect(written.filter((one) => one)).toHaveLength(1);
        expect(await store.readAlerts("acme/docs", [key])).toEqual(new Map([[key, { text: `teller ${written.indexOf(true)}`, revision: next }]]));
      }
      await Promise.all(stores.map((one) => one.close()));
    }, 60_000);

    test("many tasks are read at once, those that are not there left out", async () => {
      const [one, two] = [aTask({ question: "One?" }), aTask({ status: "running", question: "Two?" })];
      const events = [anEvent(one.taskId, { at: NOW + 2 }), anEvent(one.taskId, { at: NOW + 1 })];
      await store.write({ tasks: [one, two], events });
      const found = await store.readMany([two.taskId, randomUUID(), one.taskId]);
      expect(found).toEqual(new Map([[two.taskId, { task: two, events: [] }], [one.taskId, { task: one, events: events.toReversed() }]]));
      expect(await store.readMany([])).toEqual(new Map());
    });

    test("of many who would look on GitHub one does; again when its time is over, when something asks for it, or when a person does", async () => {
      const repository = `acme/${randomUUID()}`;
      const look = (wanted: Partial<LookWanted>, one = store) => one.beginLook({ repository, force: false, everyMs: 3_600_000, leaseMs: 60_000, staleMs: 1e12, ...wanted });
      const stores = await Promise.all(Array.from({ length: 4 }, () => place.open()));
      const began = await Promise.all(stores.map((one) => look({}, one)));
      expect(began.filter((answer) => answer !== null)).toEqual([{ since: null }]);
      await Promise.all(stores.map((one) => one.close()));
      const now = place.now();
      await store.endLook(repository, now - 6);
      const silent = aHeartbeat({ at: now - 5 });
      await store.beat(silent);
      expect([await look({ staleMs: 0 }), await look({ leaseMs: 0 }), await look({ leaseMs: 0, staleMs: 3_600_000 })]).toEqual([null, null, null]);
      expect(await look({ leaseMs: 0, staleMs: 0 })).toEqual({ since: now - 6 });
      await store.endLook(repository, now);
      expect(await look({ leaseMs: 0, staleMs: 0 })).toBeNull();
      await store.endBeat(silent.id);
      expect(await look({ leaseMs: 0, everyMs: 0 })).toEqual({ since: now });
      expect(await look({})).toBeNull();
      expect(await look({ force: true })).toEqual({ since: now });
      expect(await look({ repository: `acme/${randomUUID()}` })).toEqual({ since: null });
    });

    test("the runners are found among other workers, as long as they are there", async () => {
      const [runner, ended] = [aHeartbeat(), aHeartbeat()];
      for (const beat of [runner, ended, aHeartbeat({ kind: "worker" })]) await store.beat(beat);
      await store.endBeat(ended.id);
      const found = await store.heartbeats("runner");
      expect(found?.find(({ id }) => id === runner.id)).toEqual(runner);
      expect(found?.filter(({ id, kind }) => id === ended.id || kind !== "runner")).toEqual([]);
      expect((await store.heartbeats("worker"))?.every(({ kind }) => kind === "worker")).toBe(true);
    });

    test("what another store missed is remembered until it has it", async () => {
      const [one, two] = [randomUUID(), randomUUID()];
      await store.noteMissed("redis", [one, two]);
      await store.noteMissed("redis", [one]);
      expect([...(await store.readMissed("redis"))].sort()).toEqual([one, two].sort());
      await store.clearMissed("redis", [one]);
      expect(await store.readMissed("redis")).toEqual([two]);
      await store.clearMissed("redis", [two]);
      expect(await store.readMissed("redis")).toEqual([]);
    });
  });
}
