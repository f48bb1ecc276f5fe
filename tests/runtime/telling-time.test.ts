import { expect, test } from "@jest/globals";
import type { Alert } from "../../src/kit/alert.ts";
import type { Notifier } from "../../src/notify/port.ts";
import type { Recording } from "../../src/runtime/recording.ts";
import { type People, startTelling } from "../../src/runtime/telling.ts";
import { contextAt } from "../github/fake.ts";
import { alert, recordingLog } from "../notify/support.ts";

/** What a job tells, with a notifier and a clock of the test's own. */
function jobOf(people: Partial<People>, options: { readonly isOver?: boolean; readonly sleep?: () => Promise<void> } = {}) {
  const [errors, added]: [unknown[], string[]] = [[], []];
  const log = recordingLog();
  const recording = { isOver: () => options.isOver ?? false, add: (_: string, { kind, text }: { kind: string; text: string }) => void added.push(`${kind}: ${text}`) } as unknown as Recording;
  const clock = { now: () => 0, sleep: options.sleep ?? (() => new Promise<void>(() => undefined)) };
  const telling = startTelling({ people: { notifier: null, look: null, ...people }, context: contextAt(""), clock, log, telemetry: null, recording, unheard: async (error) => void errors.push(error) });
  return { telling, log, errors, added };
}

const notifierOf = (send: (alert: Alert) => Promise<void>) => ({
  send: async (one) => {
    await send(one);
    return { kind: "told", answers: [{ channel: "slack", kind: "delivered", detail: "" }, { channel: "email", kind: "failed", reason: "", fix: "" }] };
  },
  foresee: async () => undefined,
}) satisfies Notifier;

test("a job goes on for 30 s at most: what fires and was not told by then is an error, what is over a warning", async () => {
  const asked: number[] = [];
  const hanging = notifierOf(({ key }) => (key === "quick" ? Promise.resolve() : new Promise(() => undefined)));
  const { telling, errors, log, added } = jobOf({ notifier: hanging, look: async () => [alert({ key: "loop:slow" })] }, { isOver: true, sleep: (async (ms: number) => {
    asked.push(ms);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }) as () => Promise<void> });
  await telling.end([alert({ key: "quick" }), alert({ key: "slow" }), alert({ key: "over", state: "resolved" })]);
  // Nor is it looked then how the loop does.
  await telling.look();
  expect(asked).toEqual([30_000]);
  expect(errors.map((error) => (error as Error).message)).toEqual([expect.stringMatching(/^Whether the alert `slow` \(P0 firing\) reached anybody is not known/)]);
  expect(log.warnings()).toEqual([expect.stringMatching(/Not all alerts were dealt with in 30 s .*slow firing, over resolved/)]);
  expect(added).toEqual(["alert: told by slack: P0 firing: Production is unhealthy", "warning: nobody was reached: P0 firing: Production is unhealthy"]);
});

test("what is told of one alert is told in order, of others meanwhile; each message is an event, a failure is none", async () => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const notifier = notifierOf(async ({ key, state }) => {
    order.push(`${key} ${state}`);
    if (key === "a" && state === "firing") await gate.promise;
    order.push(`${key} ${state} told`);
  });
  // The memory is read after what this job told itself is in it.
  const { telling, added } = jobOf({ notifier: { ...notifier, foresee: async (keys) => void order.push(`foresee ${keys.join(" ")}`) } });
  telling.tell([alert({ key: "a" })]);
  telling.tell([alert({ key: "a", state: "resolved" }), alert({ key: "b" })]);
  setTimeout(gate.resolve, 20);
  await telling.end([alert({ key: "c" }), alert({ key: "d" })]);
  expect(order).toEqual(["a firing", "b firing", "b firing told", "a firing told", "a resolved", "a resolved told", "foresee c d", "c firing", "c firing told", "d firing", "d firing told"]);
  expect(added).toHaveLength(5);
});

test("the loop is looked at when it is over, whoever is told; a look that fails costs a warning", async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return [alert({ key: "loop:slow" })];
  };
  const sent: string[] = [];
  const notifier = notifierOf(async ({ key }) => void sent.push(key));
  const done = async ({ telling }: ReturnType<typeof jobOf>, alerts: readonly Alert[]) => {
    await telling.end(alerts);
    await telling.look();
  };
  await done(jobOf({ notifier, look }), []);
  expect([looks, sent]).toEqual([0, []]);
  await done(jobOf({ notifier, look }, { isOver: true }), [alert({ key: "own" })]);
  await done(jobOf({ look }, { isOver: true }), []);
  expect([looks, sent]).toEqual([2, ["own", "loop:slow"]]);
  const broken = jobOf({ notifier, look: () => Promise.reject(new Error("x is not a function")) }, { isOver: true });
  await done(broken, [alert({ key: "own" })]);
  expect(broken.log.warnings()).toEqual([expect.stringContaining("It was not looked at how the loop does: x is not a function")]);
  expect(sent.at(-1)).toBe("own");
});
