import { describe, expect, test } from "@jest/globals";
import type { Task, TaskEvent, TaskRecord } from "../../../src/ledger/port.ts";
import { isAmong, type Only } from "../../../src/ledger/task.ts";
import { readLastGood } from "../../../src/stages/post-deploy-health/last-good.ts";
import { recordOf } from "../../../src/stages/post-deploy-health/note.ts";
import { LATENCY, ruleOf } from "../../../src/stages/post-deploy-health/plan/plan.ts";
import type { Watched } from "../../../src/stages/post-deploy-health/watch.ts";
import { policyOf, SHA } from "./fakes.ts";

const OURS = "0f1e2d3c".repeat(5);
const TRACE = "0f8fad5b-d9cb-469f-a165-70867728950e";
const rule = ruleOf(policyOf({}));

/** What a run that found it healthy (or not) puts on record, as the runtime writes it. */
function eventsOf(more: Partial<Watched> = {}, environment = "production", run = "7"): TaskEvent[] {
  const measured = (ms: number) => ({ probe: "web", outcome: "success" as const, latencyMs: ms, detail: "", at: 0 });
  const watched: Watched = {
    verdict: "healthy", reasons: [], notes: [], arrived: true, deployedSha: SHA, runUrl: "", effects: [], startedAt: 0, arrivedAt: 10, decidedAt: 20, lastGood: null, latency: [],
    series: [{ probe: "web", role: "critical", rule, isRequest: true, before: [], measurements: [...[12.5, 13, 20].map(measured), { ...measured(99), outcome: "failure" }] }, { probe: "payments", role: "control", rule, isRequest: true, before: [], measurements: [measured(5)] }],
    traffic: [{ comparison: { spec: { name: "api", url: "", headers: {}, windowSeconds: 60, target: { errors: "", requests: "" }, control: null }, role: "critical", level: 0.001, floor: { absolute: 0, relative: 1 }, windowMs: 60_000, timeoutMs: 1 }, among: 1, judged: { kind: "pass", control: "none", reasons: [], change: null }, after: { errors: 3, requests: 900 } }],
    ...more,
  };
  const { record } = recordOf({ kind: "watched", watched }, { traceId: TRACE, commitSha: SHA, environment });
  return record!.events.map(({ kind, text, url, data }, index) => ({ taskId: TRACE, eventId: `${run}-1-health-it-${index}`, at: 1_000 + index, stage: "post-deploy-health", kind, text, url: url ?? null, data: data ?? {} }));
}

const task = (more: Partial<Task> = {}) => ({ taskId: TRACE, repository: "o/r", phase: "verified", status: "done", ...more }) as Task;
const wanted = { repository: "o/r", environment: "production", commit: OURS, now: 5_000 };
const ledgerOf = (tasks: readonly Task[], events: readonly TaskEvent[]) => ({ list: async (_since: number, limit: number, only?: Only) => tasks.filter((one) => isAmong(one, only)).slice(0, limit), read: async (): Promise<TaskRecord> => ({ task: tasks[0]!, events }) });

describe("the last good deployment", () => {
  test("is read from what was put on record of it", async () => {
    const found = await readLastGood(ledgerOf([task()], eventsOf()), wanted);
    expect(found).toMatchObject({ sha: SHA });
    expect([...found!.latencies]).toEqual([["web", [12.5, 13, 20]]]);
    expect([...found!.traffic]).toEqual([["api", { errors: 3, requests: 900 }]]);
  });

  test.each<[string, readonly Task[], readonly TaskEvent[]]>([
    ["nothing is on record", [], []],
    ["it was taken back", [task({ phase: "rolled_back", status: "error" })], eventsOf()],
    ["what followed its verdict failed", [task({ status: "error" })], eventsOf()],
    ["it was merged and never looked at", [task({ phase: "merged" })], eventsOf()],
    ["it is another repository's", [task({ repository: "o/other" })], eventsOf()],
    ["it went to another environment", [task()], eventsOf({}, "staging")],
    ["it is this very commit", [task()], eventsOf({ deployedSha: OURS })],
    ["it was not healthy", [task()], eventsOf({ verdict: "inconclusive" })],
  ])("there is none when %s", async (_, tasks, events) => {
    expect(await readLastGood(ledgerOf(tasks, events), wanted)).toBeNull();
  });

  test("what another run saw of it is not mixed in", async () => {
    const sick = eventsOf({ verdict: "unhealthy", series: [{ probe: "web", role: "critical", rule, isRequest: true, before: [], measurements: [{ probe: "web", outcome: "success", latencyMs: 4_000, detail: "", at: 0 }] }] }, "production", "6");
    const found = await readLastGood(ledgerOf([task()], [...sick, ...eventsOf()]), wanted);
    expect(found?.latencies.get("web")).toEqual([12.5, 13, 20]);
  });

  test("odd figures on record are left out", async () => {
    const events = eventsOf().map((event) => ({ ...event, data: { ...event.data, ...("requests" in event.data ? { errors: 9, requests: 3 } : {}), ...("latencies_ms" in event.data ? { latencies_ms: "12,x,-3,,NaN,9" } : {}) } }));
    const found = await readLastGood(ledgerOf([task()], events), wanted);
    expect([...found!.traffic]).toEqual([]);
    expect(found?.latencies.get("web")).toEqual([12, 9]);
  });
});

test("an observation is small: sixty latencies are one short line", () => {
  const measurements = Array.from({ length: 500 }, (_, index) => ({ probe: "web", outcome: "success" as const, latencyMs: 100 + index / 10, detail: "", at: index }));
  const [event] = eventsOf({ series: [{ probe: "web", role: "critical", rule, isRequest: true, before: [], measurements }] }).filter(({ data }) => data.observation === "probe");
  expect(event!.data).toMatchObject({ measured: 500, failures: 0 });
  expect(String(event!.data.latencies_ms).split(",")).toHaveLength(60);
  expect(JSON.stringify(event).length).toBeLessThan(800);
  expect(LATENCY.role).toBe("advisory");
});
