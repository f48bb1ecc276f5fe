import { describe, expect, test } from "@jest/globals";
import { failure } from "../../src/kit/errors.ts";
import type { Report } from "../../src/kit/report.ts";
import type { Heartbeat, Ledger, Task, TaskEvent } from "../../src/ledger/port.ts";
import { type Recording, startRecording } from "../../src/runtime/recording.ts";
import { contextAt } from "../github/fake.ts";

const TRACE = "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11";
const NOW = Date.UTC(2026, 10, 20, 12);

interface Seen {
  readonly tasks: Task[];
  readonly events: TaskEvent[];
  readonly beats: Heartbeat[];
  /** What was done, in order. */
  readonly calls: string[];
}

function recordingOf(action: string, options: { traceId?: string; env?: Record<string, string>; owner?: string } = {}): { seen: Seen; recording: Recording } {
  const seen: Seen = { tasks: [], events: [], beats: [], calls: [] };
  const ledger: Ledger = {
    claim: async () => options.owner ?? null,
    note: (task) => void seen.tasks.push(task),
    tell: (event) => void seen.events.push(event),
    read: async () => null,
    list: async () => [],
    beat: async (beat) => void seen.beats.push(beat),
    endBeat: async (id) => {
      seen.calls.push(`endBeat ${id === seen.beats[0]?.id}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.calls.push("no beat");
    },
    heartbeats: async () => null,
    alerts: () => { throw new Error("nobody is told here"); },
    lately: async () => null,
    flush: async () => {
      // A store takes its time.
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.calls.push("flush");
      return [];
    },
    catchUp: async () => {
      seen.calls.push("catchUp");
      return new Map();
    },
    close: async () => void seen.calls.push("close"),
  };
  let now = NOW;
  const clock = { now: () => (now += 5), sleep: async () => {} };
  const context = { ...contextAt(""), owner: "acme", repo: "docs", runId: "77", runAttempt: 2, job: "gate", sha: "abcdef0123456789", runUrl: "https://example.test/acme/docs/actions/runs/77" };
  const env = { RUNNER_NAME: "Hosted Agent", ...options.env };
  return { seen, recording: startRecording({ ledger, action, context, clock, env, traceId: options.traceId ?? "" }) };
}

const merged = (status: "done" | "running"): Report => ({
  outputs: { decision: "merged" }, summary: "",
  record: { traceId: TRACE, task: { phase: "merged", status, prUrl: "https://example.test/acme/docs/pull/7", state: "merged", mergedAt: NOW }, events: [{ kind: "decision", text: "#7: merged" }] },
});

describe("a job whose task goes on record", () => {
  test("says what became of it and of what it is part, and leaves no heartbeat", async () => {
    const { seen, recording } = recordingOf("auto-merge-gate", { traceId: TRACE });
    await recording.told(merged("done"));
    // People are told before stores catch up; and a task without a heartbeat is on record.
    expect([recording.isOver(), seen.calls.splice(0)]).toEqual([true, ["flush", "endBeat true"]]);
    await recording.catchUp();
    await recording.close();
    expect(seen.tasks).toEqual([expect.objectContaining({
      taskId: TRACE, repository: "acme/docs", jobId: "77", status: "done", phase: "merged", state: "merged", mergedAt: NOW, finishedAt: NOW, workerInstance: "Hosted Agent", workerVersion: "abcdef0", errorMsg: null,
    })]);
    expect(seen.events.map(({ eventId, kind, url }) => [eventId, kind, url])).toEqual([
      ["77-2-gate-auto-merge-gate-0", "decision", null], ["77-2-gate-auto-merge-gate-1", "run", "https://example.test/acme/docs/actions/runs/77"],
    ]);
    expect(seen.events[0]?.at).toBeLessThan(seen.events[1]?.at ?? 0);
    expect(seen.beats[0]).toMatchObject({ kind: "runner", status: "running", currentTaskId: TRACE });
    expect(seen.calls).toEqual(["catchUp", "no beat", "close"]);
  });

  test("catches up only when the task has ended, and tells two steps of one job apart", async () => {
    const { seen, recording } = recordingOf("auto-merge-gate", { env: { GITHUB_ACTION: "gate_2", GITHUB_ACTION_REF: "v1.2.3" } });
    await recording.told(merged("running"));
    expect(recording.isOver()).toBe(false);
    await recording.catchUp();
    await recording.close();
    expect(seen.tasks[0]).toMatchObject({ status: "running", finishedAt: null, workerVersion: "v1.2.3" });
    expect(seen.events[0]?.eventId).toBe("77-2-gate-gate_2-0");
    expect(seen.calls).not.toContain("catchUp");
  });

  test("a report without a record writes nothing, and ends the heartbeat", async () => {
    const { seen, recording } = recordingOf("faq-generate");
    await recording.told({ outputs: {}, summary: "" });
    await recording.close();
    expect([seen.tasks, seen.events, seen.calls.toSorted()]).toEqual([[], [], ["close", "endBeat true", "flush", "no beat"]]);
  });

  test.each([
    ["faq-generate", failure("configuration", { what: "No text", fix: "Write some." }), { phase: "generating", errorType: "configuration", errorMsg: "No text" }],
    ["faq-generate", Object.assign(failure("service", { what: "The model is down", fix: "Wait." }), { name: "ModelError" }), { phase: "generating", errorType: "model" }],
    ["faq-generate", failure("service", { what: "Down (before that: try 1)", fix: "Wait." }, Object.assign(new Error("x"), { name: "ModelError" })), { errorType: "model" }],
    ["fast-ci", failure("permission", { what: "No", fix: "Give." }), { phase: "ci_failed", errorType: "permission" }],
    ["auto-merge-gate", failure("service", { what: "Down", fix: "Wait." }), { phase: "blocked", errorType: "service" }],
    ["post-deploy-health", new TypeError("undefined is not a function"), { phase: "merged", errorType: "crash", errorMsg: "undefined is not a function" }],
  ])("%s that throws: the task it worked on has failed", async (action, error, expected) => {
    const { seen, recording } = recordingOf(action);
    await recording.follow({ traceId: TRACE, question: "Why?", questionHash: "00ff", createdAt: NOW - 5_000 });
    expect(seen.beats.at(-1)?.currentTaskId).toBe(TRACE);
    await recording.failed(error);
    expect(recording.isOver()).toBe(true);
    await recording.close();
    expect(seen.tasks).toEqual([expect.objectContaining({ taskId: TRACE, status: "error", question: "Why?", questionHash: "00ff", createdAt: NOW - 5_000, ...expected })]);
    expect(seen.tasks[0]?.finishedAt).toBeGreaterThan(NOW);
    expect(seen.calls.at(-1)).toBe("close");
  });

  test("what happened after its record is written with it, if it is of a task that is known here", async () => {
    const { seen, recording } = recordingOf("rollback", { traceId: TRACE });
    const alert = { kind: "alert", text: "told by slack: P0 firing: x", data: { alert: "k" } } as const;
    recording.add(TRACE, alert);
    await recording.told({ outputs: {}, summary: "" });
    for (const taskId of ["", "00000000-6a53-4c5b-9a0b-5a8c5f4b8a11", TRACE]) recording.add(taskId, alert);
    await recording.close();
    expect(seen.events.map(({ taskId, eventId, kind, text }) => [taskId, eventId, kind, text])).toEqual([0, 1].map((index) => [TRACE, `77-2-gate-rollback-alert-${index}`, "alert", alert.text]));
    expect(seen.calls.toSorted()).toEqual(["close", "endBeat true", "flush", "flush", "no beat"]);
    expect(seen.calls.at(-1)).toBe("close");
  });

  test("says when the question became the task's own: when a store gave it, or else when its branch was made", async () => {
    const question = { repository: "acme/docs", questionHash: "00ff", taskId: TRACE };
    const running = (claimedAt?: number): Report => ({ outputs: {}, summary: "", record: { traceId: TRACE, task: { phase: "pr_open", status: "running", ...(claimedAt === undefined ? {} : { claimedAt }) }, events: [] } });
    const [granted, failing, refused, branch] = [recordingOf("faq-generate", { owner: TRACE }), recordingOf("faq-generate", { owner: TRACE }), recordingOf("faq-generate", { owner: "another" }), recordingOf("faq-generate")];
    expect(await granted.recording.ledger.claim(question)).toBe(TRACE);
    await granted.recording.told(running(NOW + 60_000));
    expect(granted.seen.tasks[0]?.claimedAt).toBeGreaterThan(NOW);
    expect(granted.seen.tasks[0]?.claimedAt).toBeLessThan(NOW + 1_000);
    await failing.recording.follow({ traceId: TRACE });
    await failing.recording.ledger.claim(question);
    await failing.recording.failed(new Error("the model is down"));
    expect(failing.seen.tasks[0]?.claimedAt).toBeGreaterThan(NOW);
    await refused.recording.ledger.claim(question);
    await refused.recording.told(running());
    expect(refused.seen.tasks[0]?.claimedAt).toBeNull();
    await branch.recording.told(running(NOW + 60_000));
    expect(branch.seen.tasks[0]?.claimedAt).toBe(NOW + 60_000);
  });

  test("an error of nobody's task is not made one", async () => {
    const { seen, recording } = recordingOf("fast-ci");
    await recording.failed(new Error("x"));
    expect([seen.tasks, seen.events]).toEqual([[], []]);
    expect(seen.calls).toContain("endBeat true");
  });
});
