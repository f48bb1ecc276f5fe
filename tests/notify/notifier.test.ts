import { describe, expect, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { processMemory } from "../../src/notify/memory.ts";
import { createNotifier } from "../../src/notify/notifier.ts";
import type { Alert, AlertMemory, AlertState } from "../../src/notify/port.ts";
import { alert, fakeChannel, handClock, recordingLog, rejected, shownOf, slowly } from "./support.ts";

const HOUR = 60 * 60_000;
const KEY = alert().key;

function house(options: { readonly memory?: AlertMemory; readonly renotifyMs?: number; readonly timeoutMs?: number; readonly memoryTimeoutMs?: number } = {}) {
  const [slack, email, log, clock, memory] = [fakeChannel("slack"), fakeChannel("email"), recordingLog(), handClock(), options.memory ?? processMemory()];
  const notifier = createNotifier({ ...options, channels: [slack, email], memory, clock, log });
  return { slack, email, log, clock, memory, notifier, firing: (change: Partial<Alert> = {}) => notifier.send(alert(change)), resolved: () => notifier.send(alert({ state: "resolved" })) };
}

describe("one alert is one message until its state changes", () => {
  test("firing once, a reminder after four hours, resolved once, and then anew", async () => {
    const { firing, resolved, slack, email, clock } = house();
    expect((await firing()).kind).toBe("told");
    expect(await firing()).toMatchObject({ kind: "nothing-new", answers: [{ channel: "slack", kind: "suppressed", reason: expect.stringContaining("2026-09-01T00:00:00.000Z") }, { channel: "email", kind: "suppressed" }] });
    clock.advance(4 * HOUR - 1);
    expect((await firing()).kind).toBe("nothing-new");
    clock.advance(1);
    expect((await firing()).kind).toBe("told");
    expect((await firing()).kind).toBe("nothing-new");
    expect((await resolved()).kind).toBe("told");
    expect((await resolved()).kind).toBe("nothing-new");
    expect((await firing()).kind).toBe("told");
    expect(slack.told).toEqual(["firing", "reminder", "resolved", "firing"]);
    expect(email.told).toEqual(slack.told);
  });

  test("no reminder at all with 0, and none before an interval of one's own", async () => {
    const never = house({ renotifyMs: 0 });
    await never.firing();
    never.clock.advance(1_000 * HOUR);
    expect((await never.firing()).kind).toBe("nothing-new");
    const hourly = house({ renotifyMs: HOUR });
    await hourly.firing();
    hourly.clock.advance(HOUR);
    await hourly.firing();
    expect(hourly.slack.told).toEqual(["firing", "reminder"]);
  });

  test("resolved is told only where firing was", async () => {
    const { resolved, firing, slack, email } = house();
    expect(await resolved()).toMatchObject({ kind: "nothing-new", answers: [{ reason: "nobody here was told that it fires" }, {}] });
    email.fail = true;
    await firing();
    email.fail = false;
    expect(await resolved()).toMatchObject({ kind: "told", answers: [{ channel: "slack", kind: "delivered" }, { channel: "email", kind: "suppressed" }] });
    expect([slack.told, email.told]).toEqual([["firing", "resolved"], []]);
  });

  test("resolved is asked of a channel that finds its own messages, where jobs share no memory; that it cannot look is no error", async () => {
    for (const [isShared, told] of [[false, ["resolved"]], [true, []]] as const) {
      const [issue, slack] = [fakeChannel("issue"), fakeChannel("slack")];
      const notifier = createNotifier({ channels: [issue, slack], memory: { ...processMemory(), isShared }, clock: handClock(), log: recordingLog() });
      await notifier.send(alert({ state: "resolved" }));
      expect([issue.told, slack.told]).toEqual([told, []]);
      issue.fail = true;
      expect((await notifier.send(alert({ state: "resolved" }))).kind).toBe("nothing-new");
    }
  });

  test("keys are apart, also those that are names of JavaScript's own", async () => {
    const { notifier, slack } = house();
    for (const key of ["constructor", "toString", KEY]) expect((await notifier.send(alert({ key }))).kind).toBe("told");
    expect(slack.told).toHaveLength(3);
  });
});

describe("an occasion that nobody was told of", () => {
  test("is news although the alert fires already, once; the end of it is the end of all", async () => {
    const { firing, resolved, slack, memory } = house();
    const kinds = [];
    for (const occasions of [["a"], ["a"], ["b"], ["a", "b"], ["a"], ["b", "c"]]) kinds.push((await firing({ occasions })).kind);
    expect(kinds).toEqual(["told", "nothing-new", "told", "nothing-new", "nothing-new", "told"]);
    expect((await memory.read(KEY))?.record.firing["slack"]?.occasions).toEqual(["a", "b", "c"]);
    expect((await resolved()).kind).toBe("told");
    expect((await firing({ occasions: ["a"] })).kind).toBe("told");
    expect(slack.told).toEqual(["firing", "firing", "firing", "resolved", "firing"]);
  });

  test("is not left to a job that tells of another one", async () => {
    const { firing, memory, clock, slack } = house();
    await memory.write(KEY, { firing: {}, claim: { by: "other", state: "firing", occasions: ["a"], until: clock.now() + 15_000 } }, null);
    expect((await firing({ occasions: ["a"] })).kind).toBe("nothing-new");
    expect(clock.pauses).toEqual([]);
    expect((await firing({ occasions: ["b"] })).kind).toBe("told");
    expect(clock.pauses.length).toBeGreaterThan(0);
    expect(slack.told).toEqual(["firing"]);
  });

  test("of very many the newest fifty are remembered", async () => {
    const { firing, memory } = house();
    for (let at = 0; at < 60; at += 20) await firing({ occasions: Array.from({ length: 20 }, (_, index) => `o${at + index}`) });
    expect((await memory.read(KEY))?.record.firing["email"]?.occasions).toEqual(Array.from({ length: 50 }, (_, index) => `o${index + 10}`));
  });
});

describe("which channels it goes by", () => {
  const told = ({ slack, email, issue }: Record<"slack" | "email" | "issue", { told: string[] }>) => ({ slack: slack.told, email: email.told, issue: issue.told });
  function three() {
    const [slack, email, issue] = [fakeChannel("slack"), fakeChannel("email"), fakeChannel("issue")];
    const notifier = (channels = [slack, email, issue]) => createNotifier({ channels, memory: { ...processMemory(), isShared: true }, clock: handClock(), log: recordingLog() });
    return { slack, email, issue, notifier };
  }

  test("those that it names, where one of them is there; else all; and whoever was told hears the end of it", async () => {
    const house = three();
    const notifier = house.notifier();
    await notifier.send(alert({ via: ["slack", "telegram"] }));
    expect(told(house)).toEqual({ slack: ["firing"], email: [], issue: [] });
    await notifier.send(alert({ state: "resolved", via: ["issue"] }));
    expect(told(house)).toEqual({ slack: ["firing", "resolved"], email: [], issue: [] });
    await house.notifier().send(alert({ via: ["telegram"] }));
    expect(told(house)).toEqual({ slack: ["firing", "resolved", "firing"], email: ["firing"], issue: ["firing"] });
  });

  test("none is opened for what has an issue, also where issues are the only channel", async () => {
    const house = three();
    await house.notifier().send(alert({ hasIssue: true }));
    expect(told(house)).toEqual({ slack: ["firing"], email: ["firing"], issue: [] });
    expect((await house.notifier([house.issue]).send(alert({ hasIssue: true }))).kind).toBe("no-channels");
    expect(house.issue.told).toEqual([]);
  });

  test("for what another job usually opens one, one is opened where nothing else would tell it", async () => {
    const house = three();
    await house.notifier().send(alert({ expectsIssue: true }));
    expect(told(house)).toEqual({ slack: ["firing"], email: ["firing"], issue: [] });
    const alone = three();
    expect((await alone.notifier([alone.issue]).send(alert({ expectsIssue: true }))).kind).toBe("told");
    expect(told(alone).issue).toEqual(["firing"]);
  });
});

describe("a channel that fails", () => {
  test("does not stop the others, costs one warning, and is tried again alone", async () => {
    const { firing, resolved, slack, email, log } = house();
    slack.fail = true;
    expect(await firing()).toMatchObject({ kind: "told", answers: [{ channel: "slack", kind: "failed", reason: "slack is down (***)", fix: "mend slack" }, { channel: "email", kind: "delivered" }] });
    expect(log.warnings()).toEqual([expect.stringMatching(/^slack did not take an alert .*slack is down \(\*\*\*\).*mend slack/)]);
    // It knows by the other channel: no error, and no second message there.
    expect((await firing()).kind).toBe("nothing-new");
    slack.fail = false;
    expect((await firing()).kind).toBe("told");
    expect([slack.told, email.told]).toEqual([["firing"], ["firing"]]);
    email.fail = true;
    expect((await resolved()).kind).toBe("told");
    email.fail = false;
    expect((await resolved()).kind).toBe("told");
    expect([slack.told, email.told]).toEqual([["firing", "resolved"], ["firing", "resolved"]]);
    expect(JSON.stringify(log.lines)).not.toContain("secret-of");
  });

  test("and all of them: an error that lists every reason, and nothing is remembered as told", async () => {
    const { firing, resolved, slack, email, log, memory } = house();
    [slack.fail, email.fail] = [true, true];
    const error = await rejected(firing());
    expect(error).toBeInstanceOf(InstantError);
    expect(error).toMatchObject({ blame: "service", problems: [{ what: expect.stringMatching(/deploy-health:unhealthy:main.*P0 firing: Production is unhealthy.*reached nobody/), cause: "all 2 channels failed" }, { what: "slack: slack is down (***)", where: "slack", fix: "mend slack" }, { what: "email: email is down (***)" }] });
    expect(await shownOf(error)).not.toContain("secret-of");
    expect(log.warnings()).toEqual([]);
    expect(await memory.read(KEY)).toMatchObject({ record: { firing: {}, claim: null } });
    [slack.fail, email.fail] = [false, false];
    expect((await firing()).kind).toBe("told");
    // That it is over has to reach somebody too, and is told again until it does.
    [slack.fail, email.fail] = [true, true];
    expect(await rejected(resolved())).toBeInstanceOf(InstantError);
    [slack.fail, email.fail] = [false, false];
    expect((await resolved()).kind).toBe("told");
  });

  test("the end of it reaching nobody who was told is an error, whoever else never heard of it", async () => {
    const { firing, resolved, slack, email } = house();
    email.fail = true;
    await firing();
    slack.fail = true;
    expect((await rejected(resolved())).message).toContain("reached nobody");
  });

  test("hanging for ever has its own time, and the others are told meanwhile", async () => {
    const { firing, slack, email } = house({ timeoutMs: 60 });
    slack.hold = new Promise(() => undefined);
    const sent = await firing();
    expect(sent).toMatchObject({ kind: "told", answers: [{ kind: "failed", reason: "no answer within 0.06 s" }, { kind: "delivered" }] });
    expect(email.told).toEqual(["firing"]);
  });

  test("throwing at once, or something that is no error, is a failure like any other", async () => {
    const { clock, log } = house();
    const bad = { name: "bad", kind: "slack" as const, secrets: [], deliver: () => { throw new TypeError("x is not a function"); } };
    const odd = { name: "odd", kind: "slack" as const, secrets: [], deliver: () => Promise.reject("just text" as unknown as Error) };
    const good = fakeChannel("good");
    const sent = await createNotifier({ channels: [bad, odd, good], memory: processMemory(), clock, log }).send(alert());
    expect(sent).toMatchObject({ kind: "told", answers: [{ kind: "failed", reason: "x is not a function" }, { kind: "failed", reason: "just text" }, { kind: "delivered" }] });
  });
});

test("no channel at all is an answer of its own, and no error", async () => {
  const log = recordingLog();
  expect(await createNotifier({ channels: [], memory: processMemory(), clock: handClock(), log }).send(alert())).toEqual({ kind: "no-channels", answers: [] });
  expect(log.lines).toEqual([expect.objectContaining({ level: "info", message: expect.stringContaining("no channel is configured") })]);
});

test("a malformed alert is INSTANT's own fault, and says all that is wrong with it", async () => {
  const { notifier } = house();
  const error = await rejected(notifier.send(alert({ key: "a b\n<!channel>", severity: "P9" as "P0", state: "odd" as AlertState })));
  expect(error).toMatchObject({ blame: "instant" });
  expect(error.message).toMatch(/key takes.*severity is.*state is/);
});

describe("several jobs at once", () => {
  test("fifty that send the same alert make one message", async () => {
    const memory = slowly(processMemory());
    const slack = fakeChannel("slack");
    const job = () => createNotifier({ channels: [slack], memory, clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }, log: recordingLog() });
    const sent = await Promise.all(Array.from({ length: 50 }, () => job().send(alert())));
    expect(slack.told).toEqual(["firing"]);
    expect(sent.filter(({ kind }) => kind === "told")).toHaveLength(1);
    expect(sent.filter(({ kind }) => kind === "nothing-new")).toHaveLength(49);
    await Promise.all(Array.from({ length: 50 }, () => job().send(alert({ state: "resolved" }))));
    expect(slack.told).toEqual(["firing", "resolved"]);
  });

  test("resolved waits for a firing that is being told, so that neither is lost", async () => {
    const memory = slowly(processMemory());
    const slack = fakeChannel("slack");
    const gate = Promise.withResolvers<void>();
    slack.hold = gate.promise;
    const pauses: number[] = [];
    // The end of the message is the event that the other job's first look leads to.
    const clock = { now: Date.now, sleep: async (ms: number) => { pauses.push(ms); gate.resolve(); await new Promise((resolve) => setTimeout(resolve, ms)); } };
    const job = () => createNotifier({ channels: [slack], memory, clock, log: recordingLog() });
    const firing = job().send(alert());
    while ((await memory.read(KEY)) === null) await new Promise((resolve) => setImmediate(resolve));
    const resolved = await job().send(alert({ state: "resolved" }));
    expect(pauses.length).toBeGreaterThan(0);
    expect([(await firing).kind, resolved.kind]).toEqual(["told", "told"]);
    expect(slack.told).toEqual(["firing", "resolved"]);
  });

  test("one that died in the middle holds the alert no longer than its claim", async () => {
    const { firing, resolved, memory, clock, slack } = house();
    await memory.write(KEY, { firing: {}, claim: { by: "dead", state: "firing", occasions: [], until: clock.now() + 15_000 } }, null);
    expect(await firing()).toMatchObject({ kind: "nothing-new", answers: [{ reason: "another job is telling it just now" }, {}] });
    clock.advance(15_000);
    expect((await firing()).kind).toBe("told");
    const seen = await memory.read(KEY);
    await memory.write(KEY, { firing: seen?.record.firing ?? {}, claim: { by: "dead", state: "firing", occasions: [], until: clock.now() + 15_000 } }, seen?.version ?? null);
    expect((await resolved()).kind).toBe("told");
    expect(clock.pauses.reduce((sum, ms) => sum + ms, 0)).toBe(15_000);
    expect(slack.told).toEqual(["firing", "resolved"]);
  });

  test("a claim from a clock far ahead holds nothing", async () => {
    const { firing, memory, clock } = house();
    await memory.write(KEY, { firing: {}, claim: { by: "odd", state: "firing", occasions: [], until: clock.now() + 24 * HOUR } }, null);
    expect((await firing()).kind).toBe("told");
  });

  test("a job ends its own claim alone", async () => {
    const memory = processMemory();
    const { firing, slack } = house({ memory });
    const gate = Promise.withResolvers<void>();
    slack.hold = gate.promise;
    const sending = firing();
    for (let round = 0; round < 100 && (await memory.read(KEY)) === null; round += 1) await new Promise((resolve) => setImmediate(resolve));
    const seen = await memory.read(KEY);
    const theirs = { by: "other", state: "resolved", occasions: [], until: Number.MAX_SAFE_INTEGER } as const;
    const sms = { at: 1, occasions: [] };
    expect(await memory.write(KEY, { firing: { sms }, claim: theirs }, seen?.version ?? null)).toBe("written");
    gate.resolve();
    await sending;
    expect((await memory.read(KEY))?.record).toEqual({ firing: { sms, slack: { at: expect.any(Number), occasions: [] }, email: { at: expect.any(Number), occasions: [] } }, claim: theirs });
  });
});

describe("a memory that does not answer", () => {
  const down = () => Promise.reject(new Error("the store is down"));

  test("does not keep a fire from being told; the end of one waits", async () => {
    const { firing, resolved, slack, log } = house({ memory: { read: down, write: down } });
    expect((await firing()).kind).toBe("told");
    expect(log.warnings()).toEqual([expect.stringMatching(/cannot be told whether an alert is news.*the store is down/)]);
    expect(await resolved()).toMatchObject({ kind: "nothing-new", answers: [{ kind: "suppressed", reason: expect.stringContaining("the next run tells it") }, {}] });
    expect(slack.told).toEqual(["firing"]);
  });

  test("in the middle of it costs a warning, and the alert is told again once the claim is over", async () => {
    const real = processMemory();
    let writes = 0;
    const { firing, slack, log, clock } = house({ memory: { read: real.read, write: (...parts) => ((writes += 1) === 2 ? down() : real.write(...parts)) } });
    expect((await firing()).kind).toBe("told");
    expect(log.warnings()).toEqual([expect.stringMatching(/may be told again.*the store is down/)]);
    expect((await firing()).kind).toBe("nothing-new");
    clock.advance(15_000);
    expect((await firing()).kind).toBe("told");
    expect(slack.told).toEqual(["firing", "firing"]);
  });

  test("hanging is as good as down, after its time", async () => {
    const { firing, log } = house({ memory: { read: () => new Promise(() => undefined), write: down }, memoryTimeoutMs: 60 });
    expect((await firing()).kind).toBe("told");
    expect(log.warnings()).toEqual([expect.stringContaining("no answer within 0.06 s")]);
  });

  test("always in conflict is given up after a bounded number of rounds", async () => {
    let writes = 0;
    const { firing, log } = house({ memory: { read: () => Promise.resolve(null), write: () => { writes += 1; return Promise.resolve("conflict"); } } });
    expect((await firing()).kind).toBe("told");
    expect(writes).toBe(200);
    expect(log.warnings()).toEqual([expect.stringContaining("others kept writing")]);
  });
});
