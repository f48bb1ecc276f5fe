import { describe, expect, test } from "@jest/globals";
import { alertNotes } from "../../src/ledger/alerts.ts";
import { guarded, type GuardedStore } from "../../src/ledger/guard.ts";
import type { AlertNote, Store, StoreName } from "../../src/ledger/port.ts";
import { recordingLog } from "../notify/support.ts";

const REPOSITORY = "acme/docs";
const KEY = "deployment:production";

/** A place that outlives jobs, as Redis does: each job connects to it anew. */
function placeOf(name: StoreName) {
  const notes = new Map<string, AlertNote>();
  const place = { notes, down: false, reads: 0, hold: undefined as Promise<void> | undefined };
  const alive = <T>(value: T): T => {
    if (place.down) throw new Error(`${name} is down`);
    return value;
  };
  const store = {
    name,
    readAlerts: async (_: string, keys: readonly string[]) => {
      place.reads += 1;
      return alive(new Map(keys.flatMap((key) => (notes.has(key) ? [[key, notes.get(key) as AlertNote]] : []))));
    },
    writeAlert: async (_: string, key: string, note: AlertNote, revision: number | null) => {
      await place.hold;
      if (alive(notes.get(key)?.revision ?? null) !== revision) return false;
      notes.set(key, note);
      return true;
    },
  } as Partial<Store> as Store;
  return { place, store };
}

function jobOn(...stores: readonly Store[]) {
  const log = recordingLog();
  const open: GuardedStore[] = stores.map((store) => guarded({ name: store.name, open: async () => store }, { log }));
  return { log, notes: alertNotes(() => open, REPOSITORY) };
}

async function tell(job: ReturnType<typeof jobOn>, text: string): Promise<string> {
  const { version } = await job.notes.read(KEY);
  return job.notes.swap(KEY, text, version);
}

const told = async (job: ReturnType<typeof jobOn>) => (await job.notes.read(KEY)).text;

describe("what was told of an alert, in two places", () => {
  test("is in both, and the next job knows it from either", async () => {
    const [postgres, redis] = [placeOf("postgres"), placeOf("redis")];
    const job = jobOn(postgres.store, redis.store);
    expect([await told(job), await tell(job, "one"), await told(job)]).toEqual([null, "written", "one"]);
    await job.notes.settled();
    expect([...postgres.place.notes, ...redis.place.notes]).toEqual(Array.from({ length: 2 }, () => [KEY, { text: "one", revision: 1 }]));
    for (const place of [postgres, redis]) expect(await told(jobOn(place.store))).toBe("one");
  });

  test("of two jobs that read the same the first place lets one write", async () => {
    const [postgres, redis] = [placeOf("postgres"), placeOf("redis")];
    const [one, other] = [jobOn(postgres.store, redis.store), jobOn(postgres.store, redis.store)];
    const versions = [(await one.notes.read(KEY)).version, (await other.notes.read(KEY)).version] as const;
    const answers = await Promise.all([one.notes.swap(KEY, "one", versions[0]), other.notes.swap(KEY, "other", versions[1])]);
    expect(answers.toSorted()).toEqual(["conflict", "written"]);
    // Whoever came too late reads again and goes on from there.
    expect(await tell(other, "later")).toBe("written");
    expect(await told(one)).toBe("later");
    await other.notes.settled();
    expect(redis.place.notes.get(KEY)).toEqual({ text: "later", revision: 2 });
  });

  test("a place that comes back knows less than those that stayed, and is brought up to date by the next that is told", async () => {
    const [postgres, redis] = [placeOf("postgres"), placeOf("redis")];
    const first = jobOn(postgres.store, redis.store);
    await tell(first, "fires");
    await first.notes.settled();
    postgres.place.down = true;
    const during = jobOn(postgres.store, redis.store);
    expect([await told(during), await tell(during, "is over")]).toEqual(["fires", "written"]);
    expect(during.log.warnings()).toEqual([expect.stringContaining("goes on without postgres: postgres is down")]);
    postgres.place.down = false;
    const after = jobOn(postgres.store, redis.store);
    expect([await told(after), await tell(after, "fires anew")]).toEqual(["is over", "written"]);
    await after.notes.settled();
    expect([postgres.place.notes.get(KEY), redis.place.notes.get(KEY)]).toEqual([{ text: "fires anew", revision: 3 }, { text: "fires anew", revision: 3 }]);
  });

  test("one that dies between reading and writing: whoever is next has to be asked before it decides", async () => {
    const [postgres, redis] = [placeOf("postgres"), placeOf("redis")];
    const job = jobOn(postgres.store, redis.store);
    const { version } = await job.notes.read(KEY);
    postgres.place.down = true;
    expect(await job.notes.swap(KEY, "one", version)).toBe("conflict");
    expect([await tell(job, "one"), redis.place.notes.get(KEY)?.text]).toEqual(["written", "one"]);
    expect(job.log.warnings()).toHaveLength(1);
  });

  test("telling does not wait for the second place, the end of the job does", async () => {
    const [postgres, redis] = [placeOf("postgres"), placeOf("redis")];
    const gate = Promise.withResolvers<void>();
    redis.place.hold = gate.promise;
    const job = jobOn(postgres.store, redis.store);
    expect(await tell(job, "one")).toBe("written");
    expect([postgres.place.notes.size, redis.place.notes.size]).toEqual([1, 0]);
    // What comes next waits until it is there, so that it is not lost there.
    const next = tell(job, "two");
    gate.resolve();
    expect(await next).toBe("written");
    await job.notes.settled();
    expect(redis.place.notes.get(KEY)).toEqual({ text: "two", revision: 2 });
  });
});

describe("where no place works", () => {
  test("the process remembers, from before and from then on, with a warning for each place", async () => {
    const [postgres, redis] = [placeOf("postgres"), placeOf("redis")];
    const job = jobOn(postgres.store, redis.store);
    await tell(job, "fires");
    await job.notes.settled();
    [postgres.place.down, redis.place.down] = [true, true];
    expect([await told(job), await tell(job, "is over"), await told(job)]).toEqual(["fires", "written", "is over"]);
    const { version } = await job.notes.read(KEY);
    expect([await job.notes.swap(KEY, "a", version), await job.notes.swap(KEY, "b", version)]).toEqual(["written", "conflict"]);
    expect(job.log.warnings()).toHaveLength(2);
    // Another process knows nothing of it.
    expect(await told(jobOn(postgres.store))).toBeNull();
  });

  test("also where there is none at all", async () => {
    const job = jobOn();
    expect([await told(job), await tell(job, "fires"), await told(job)]).toEqual([null, "written", "fires"]);
  });
});

describe("alerts that are foreseen", () => {
  test("are asked for at once, and each is known for one reading", async () => {
    const redis = placeOf("redis");
    await tell(jobOn(redis.store), "fires");
    redis.place.reads = 0;
    const job = jobOn(redis.store);
    await job.notes.foresee([]);
    expect(redis.place.reads).toBe(0);
    await job.notes.foresee([KEY, "another", KEY]);
    expect([await told(job), (await job.notes.read("another")).text, redis.place.reads]).toEqual(["fires", null, 1]);
    await told(job);
    expect(redis.place.reads).toBe(2);
  });

  test("and were told meanwhile by somebody else: writing over them is a conflict", async () => {
    const redis = placeOf("redis");
    const job = jobOn(redis.store);
    await job.notes.foresee([KEY]);
    await tell(jobOn(redis.store), "theirs");
    expect([await tell(job, "mine"), await told(job)]).toEqual(["conflict", "theirs"]);
  });
});
