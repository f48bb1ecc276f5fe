import { describe, expect, test } from "@jest/globals";
import type { Story, StoryPull, StoryRun } from "../../../src/github/port.ts";
import { overviewJson, overviewOf, tellOverview } from "../../../src/cli/ledger/overview.ts";
import { costsOf, mergeTasks } from "../../../src/cli/ledger/records.ts";
import { span, standing, tellStory } from "../../../src/cli/ledger/story.ts";
import { completed, mergeHeartbeats, mergeRecords } from "../../../src/ledger/records.ts";
import { recordOf } from "../../../src/ledger/story.ts";
import { widthOf } from "../../../src/cli/rehearsal/tree.ts";
import { aHeartbeat, anEvent, aTask, NOW } from "../../ledger/store-contract.ts";

const ID = "b17a2f12-2ac5-48c3-963a-5466dec57030";
const screen = { colour: false, columns: 100 };

function pull(parts: Partial<StoryPull> = {}): StoryPull {
  return {
    number: 7, url: "https://example.test/acme/docs/pull/7", title: "Update FAQ - How?", body: `trace-id: ${ID}`, state: "open", author: "github-actions[bot]", headSha: "a".repeat(40), mergeSha: null, createdAt: NOW + 5_000,
    mergedAt: null, branch: "instant/faq-0123456789abcdef-2", base: "main", closedAt: null, mergedBy: null, reviews: [], checks: [{ name: "instant/fast-ci", state: "success", at: NOW + 8_000, url: null }],
    commits: [{ sha: "a".repeat(40), url: "https://example.test/c/a", message: `Update FAQ - How?\n\nTrace-Id: ${ID}`, traceId: ID, author: "github-actions[bot]", at: NOW + 4_000 }], commitCount: 1, ...parts,
  };
}
function run(parts: Partial<StoryRun> = {}): StoryRun {
  return { id: 9, url: "https://example.test/runs/9", headSha: "b".repeat(40), title: "FAQ: How?", status: "completed", conclusion: "success", createdAt: NOW, updatedAt: NOW + 20_000, failedJobs: [], ...parts };
}
const story = (parts: Partial<Story>): Story => ({ pulls: [], incidents: [], runs: [], lostRuns: [], lostChecks: false, ...parts });
const merged = { state: "merged", mergedAt: NOW + 10_000, closedAt: NOW + 10_000, mergeSha: "c".repeat(40), mergedBy: "github-actions[bot]" } as const;
const hotfix = pull({ number: 8, branch: "hotfix/rollback-ccccccc", title: "Rollback: 503 from /healthz", url: "https://example.test/acme/docs/pull/8" });
const incident = { number: 3, url: "https://example.test/issues/3", title: "Production Rollback: 503", createdAt: NOW + 15_000, closedAt: null };

describe("what GitHub alone knows", () => {
  test.each([
    ["open, at work", { pulls: [pull()], runs: [run({ status: "in_progress", conclusion: null })] }, ["running", "pr_open"]],
    ["open, the run over: others go on", { pulls: [pull()], runs: [run()] }, ["running", "pr_open"]],
    ["open, the run failed", { pulls: [pull()], runs: [run({ conclusion: "failure", failedJobs: ["Merge"] })] }, ["error", "blocked"]],
    ["open, a red check, a job still at work", { pulls: [pull({ checks: [{ name: "x", state: "failure", at: NOW, url: null }] })], runs: [run({ status: "in_progress", conclusion: null })] }, ["running", "pr_open"]],
    ["open, a red check", { pulls: [pull({ checks: [{ name: "x", state: "failure", at: NOW, url: null }] })], runs: [run({ conclusion: "failure" })] }, ["error", "ci_failed"]],
    ["open, a person pushed", { pulls: [pull({ commits: [...pull().commits, { sha: "d", url: "u", message: "Mine", traceId: null, author: "ada", at: NOW }] })], runs: [run()] }, ["running", "handed_over"]],
    ["closed", { pulls: [pull({ state: "closed", closedAt: NOW + 9_000 })], runs: [run()] }, ["error", "blocked"]],
    ["merged, the run well", { pulls: [pull(merged)], runs: [run()] }, ["done", "merged"]],
    ["merged, the run at work", { pulls: [pull(merged)], runs: [run({ status: "in_progress", conclusion: null })] }, ["running", "merged"]],
    ["merged, the run gone: unknown is never yes", { pulls: [pull(merged)], lostRuns: ["https://example.test/runs/9"] }, ["running", "merged"]],
    ["merged, the run cancelled", { pulls: [pull(merged)], runs: [run({ conclusion: "cancelled" })] }, ["error", "merged"]],
    ["merged, an incident and no hotfix merged", { pulls: [pull(merged), hotfix], incidents: [incident], runs: [run({ conclusion: "failure" })] }, ["error", "deployed"]],
    ["taken back", { pulls: [pull(merged), { ...hotfix, ...merged }], incidents: [incident], runs: [run({ conclusion: "failure" })] }, ["error", "rolled_back"]],
    ["an incident alone", { incidents: [incident] }, ["error", "deployed"]],
  ] as const)("%s", (_, parts, expected) => {
    const { task, events } = recordOf(story(parts as Partial<Story>), ID, "acme/docs");
    expect([task.status, task.phase]).toEqual(expected);
    expect(task.finishedAt !== null).toBe(task.status !== "running");
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
  });

  test("the story in order, the question, and the time to the merge", () => {
    const { task, events } = recordOf(story({ pulls: [pull(merged)], runs: [run()] }), ID, "acme/docs");
    expect(task).toMatchObject({ taskId: ID, question: "How?", questionHash: "0123456789abcdef", humanInterventionCount: 0, prUrl: "https://example.test/acme/docs/pull/7", state: "merged", jobId: "9", createdAt: NOW, mergedAt: NOW + 10_000, finishedAt: NOW + 20_000 });
    expect(events.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      "run: run started: FAQ: How?", "commit: aaaaaaa Update FAQ - How?, by github-actions[bot]", "pull-request: #7 opened by github-actions[bot]: Update FAQ - How?", "decision: check instant/fast-ci: success",
      "commit: #7 merged as ccccccc by github-actions[bot]", "run: the run ended as success",
    ]);
  });
});

test("what cannot be read is told, once, and names of events do not depend on what was read with them", () => {
  const whole = recordOf(story({ pulls: [pull({ ...merged, mergedBy: "ada", reviews: [{ author: "bob", at: NOW + 6_000 }] })], runs: [run()] }), ID, "acme/docs");
  const half = recordOf(story({ pulls: [pull(merged)], lostRuns: ["https://example.test/runs/9"], lostChecks: true }), ID, "acme/docs");
  expect(half.events.filter(({ kind }) => kind === "warning").map(({ text }) => text)).toEqual(["a run cannot be read: it is deleted, or the token may not read runs", "the checks cannot be read: the token may not"]);
  const named = (events: typeof whole.events, text: string) => events.find((event) => event.text.includes(text))?.eventId;
  expect(named(half.events, "#7 opened")).toBe(named(whole.events, "#7 opened"));
  expect(whole.task.humanInterventionCount).toBe(2);
});

describe("several places together", () => {
  test("each event is told once, the furthest counts, and what is on record keeps its milliseconds", () => {
    const task = aTask({ taskId: ID, status: "running", phase: "pr_open", createdAt: NOW + 321, mergedAt: null, startedAt: NOW + 400 });
    const [own, other] = [anEvent(ID, { eventId: "1", url: "https://example.test/acme/docs/pull/7" }), anEvent(ID, { eventId: "2", kind: "cost", at: NOW - 5, url: null, data: { tokens: 12, ms: 1.5, model: "m" } })];
    const both = mergeRecords([{ task, events: [own] }, { task: { ...task, phase: "generating" }, events: [other, own] }]);
    expect(both).toEqual({ task, events: [other, own] });
    const github = recordOf(story({ pulls: [pull(merged)], runs: [run()] }), ID, "acme/docs");
    const all = completed(both, github);
    expect(all?.task).toMatchObject({ status: "done", phase: "merged", createdAt: NOW + 321, startedAt: NOW + 400, mergedAt: NOW + 10_000, question: task.question });
    expect(all?.events.filter(({ kind }) => kind === "pull-request")).toEqual([own]);
    // The gate tells of the merge by its commit, GitHub by its pull request.
    const gate = anEvent(ID, { kind: "commit", at: NOW + 10_400, text: "main is at ccccccc", url: "https://example.test/c/c", data: { sha: "c".repeat(40) } });
    expect(completed({ task, events: [gate] }, github)?.events.filter(({ text }) => text.includes("ccccccc"))).toEqual([gate]);
    // Of a rollback's pull request alone GitHub makes a task of its own; to one that is known it adds only how it ended.
    const undone = recordOf(story({ pulls: [{ ...hotfix, ...merged }] }), ID, "acme/docs");
    expect([undone.task.kind, undone.task.prUrl]).toEqual(["rollback", hotfix.url]);
    expect(completed({ task: { ...task, prUrl: "https://example.test/acme/docs/pull/7" }, events: [] }, undone)?.task).toMatchObject({ kind: "faq", prUrl: "https://example.test/acme/docs/pull/7", status: "error", phase: "rolled_back" });
    expect([completed(null, github), completed(both, null), completed(null, null), mergeRecords([])]).toEqual([github, both, null, null]);
    expect(costsOf([other, other, own])).toEqual({ tokens: 24, ms: 3 });
  });

  test("tasks and workers are listed once", () => {
    const task = aTask({ status: "running" });
    expect(mergeTasks([[task], [{ ...task, status: "done", phase: "merged", finishedAt: NOW }, aTask({ updatedAt: NOW + 1 })]])).toMatchObject([{ updatedAt: NOW + 1 }, { taskId: task.taskId, status: "done" }]);
    const beat = aHeartbeat({ at: NOW - 1 });
    expect(mergeHeartbeats([[beat], [{ ...beat, at: NOW }], [beat]])).toEqual([{ ...beat, at: NOW }]);
  });
});

describe("for a person", () => {
  test.each([
    [aTask(), "Waiting to be started, for 30.0 s"],
    [aTask({ createdAt: NOW - 700_000 }), "Queued 12 min 10 s ago, and nobody started it"],
    [aTask({ status: "running" }), "Its answer is being written"],
    [aTask({ status: "running", phase: "pr_open", updatedAt: NOW - 660_000 }), "Its pull request is open and on its way to the merge; stuck, nothing was heard of it for 11 min 30 s"],
    [aTask({ status: "running", phase: "handed_over", updatedAt: NOW - 99_000_000 }), "A person has taken it over: its pull request waits for them"],
    [aTask({ status: "done", phase: "verified", mergedAt: NOW + 41_234 }), "Verified in production; merged 41.2 s after it was asked"],
    [aTask({ status: "done", phase: "merged", mergedAt: NOW + 5_000 }), "Merged 5.0 s after it was asked; of its health in production nothing is on record"],
    [aTask({ status: "error", phase: "ci_failed", errorMsg: "links:\n docs/a.md" }), "Its checks failed: links: docs/a.md"],
    [aTask({ status: "error", phase: "rolled_back", errorMsg: "503 (#8)" }), "Taken back: 503 (#8)"],
  ])("the first line answers where it is %#", (task, expected) => {
    const text = tellStory({ task, events: [] }, { now: NOW + 30_000, sources: ["Redis at h"], screen });
    expect(standing(task, NOW + 30_000)).toBe(expected);
    expect(text.split("\n")[0]?.slice(2)).toBe(expected);
  });

  test("hostile text moves no cursor, long text and wide signs stay within the terminal, and nothing of it is lost", () => {
    const words = Array.from({ length: 60 }, (_, index) => `${index}質問の言葉`).join(" ");
    const task = aTask({ question: "a\u001b[2Jb\r\u202Ec", errorMsg: "\u001b]0;x\u0007", status: "error", phase: "blocked" });
    const text = tellStory({ task, events: [anEvent(task.taskId, { text: words }), anEvent(task.taskId, { stage: "\u001b[1A", text: "\u0000" })] }, { now: NOW, sources: ["x"], screen });
    expect(text).not.toMatch(/[\u001b\u0007\r\u202E\u0000]/);
    const lines = text.split("\n");
    expect(lines.filter((line) => widthOf(line) > 100)).toEqual([]);
    expect(lines.map((line) => line.trim()).join(" ")).toContain("59質問の言葉");
  });

  test("figures are words, commits are short", () => {
    const task = aTask({ mergedAt: NOW + 4_000 });
    const text = tellStory({ task, events: [anEvent(task.taskId, { kind: "cost", data: { input_tokens: 3_620, model_ms: 51, usd: 0.00123, head_sha: "f".repeat(40) } })] }, { now: NOW, sources: ["x"], screen });
    expect(text).toContain("  cost           3,620 input tokens, model 51 ms, usd 0.0012\n");
    expect(text).toMatch(/opened #7 {2}head sha fffffff\n/);
    expect(text).toContain("  merged         2026-11-20 12:00:04 UTC, after 4.0 s\n");
  });

  test("nothing is said twice: a page, a commit, a reason, what everybody expects", () => {
    const task = aTask({ jobId: "9", prUrl: "https://example.test/7", status: "error", phase: "deployed", errorMsg: "503" });
    const run = "https://example.test/acme/docs/actions/runs/9";
    const events = [
      anEvent(task.taskId, { url: task.prUrl, text: "opened #7", data: { head_sha: "f".repeat(40), branch: "instant/faq-1" } }),
      anEvent(task.taskId, { url: run, kind: "run", text: "faq-generate: created", data: { attempt: 1, elapsed_ms: 1_469 } }),
      anEvent(task.taskId, { url: task.prUrl, kind: "decision", stage: "auto-merge-gate", text: "#7: merged", data: { outcome: "merged", head_sha: "f".repeat(40), looks: 1, rebuilds: 0 } }),
      anEvent(task.taskId, { url: null, kind: "health", stage: "post-deploy-health", text: "abc is unhealthy: /healthz failed: 503", data: { verdict: "unhealthy", elapsed_ms: 4_121 } }),
      anEvent(task.taskId, { url: run, kind: "run", stage: "post-deploy-health", text: "post-deploy-health: abc is deployed and unhealthy: /healthz failed: 503", data: { attempt: 2, elapsed_ms: 5_000 } }),
      anEvent(task.taskId, { url: run, kind: "run", stage: "rollback", text: "rollback: the token may not: write", data: {} }),
    ];
    const lines = tellStory({ task, events }, { now: NOW, sources: ["x"], screen }).split("\n").slice(8, -3).map((line) => line.slice(14).trim());
    expect(lines).toEqual([
      "· faq-generate         opened #7  head sha fffffff, branch instant/faq-1", "· faq-generate         ended: created  took 1.5 s", "· auto-merge-gate      #7: merged",
      "· post-deploy-health   abc is unhealthy: /healthz failed: 503  took 4.1 s", "· post-deploy-health   ended: abc is deployed and unhealthy  attempt 2, took 5.0 s", "· rollback             ended: the token may not: write",
    ]);
    expect(tellStory({ task, events }, { now: NOW, sources: ["x"], screen })).toContain(`  run            ${run}\n`);
  });

  test("without colours there are none, with them the marks have them; a page is shown once", () => {
    const task = aTask({ prUrl: "https://example.test/7" });
    const events = [anEvent(task.taskId), anEvent(task.taskId, { kind: "alert", at: NOW + 61_000, text: "P0", url: "https://example.test/issues/1" })];
    const tell = (colour: boolean) => tellStory({ task, events }, { now: NOW, sources: ["a", "b"], screen: { colour, columns: 100 } });
    expect(tell(true)).toContain("\u001b[31m✗\u001b[0m");
    expect(tell(false).match(/https:\/\/example\.test\/7/g)).toHaveLength(1);
    expect(tell(false)).toMatch(/\+1 min 1 s {2}✗ faq-generate +P0\n +https:\/\/example\.test\/issues\/1\n\n {2}as a, and b know it/);
  });

  test.each([[0, "0 ms"], [999.4, "999 ms"], [999.6, "1.0 s"], [59_949, "59.9 s"], [59_960, "1 min 0 s"], [3_599_400, "59 min 59 s"], [3_599_600, "1 h 0 min"], [86_399_000, "1 d 0 h"], [100 * 86_400_000, "100 d 0 h"]])("%d ms is %s", (ms, expected) => {
    expect(span(ms)).toBe(expected);
  });

  test("the overview tells of each task once, what is wrong first", () => {
    const [running, stuck, queued, late] = [aTask({ status: "running", updatedAt: NOW - 5 }), aTask({ status: "running", updatedAt: NOW - 700_000 }), aTask(), aTask({ createdAt: NOW - 700_000 })];
    const finished = Array.from({ length: 12 }, (_, index) => aTask({ status: index % 3 === 0 ? "error" : "done", phase: "merged", finishedAt: NOW - index * 1_000 }));
    const silent = aHeartbeat({ at: NOW - 125_000, currentTaskId: stuck.taskId });
    const found = overviewOf([running, stuck, queued, late, ...finished], [aHeartbeat(), silent], NOW);
    const text = tellOverview(found, { now: NOW, period: "7 days", sources: ["x"], screen });
    expect(text.split("\n")[0]).toBe("✗ 2 running, 1 stuck, 1 never started, 1 silent worker; in 7 days 8 done and 4 failed");
    for (const { taskId } of [running, queued, late, ...finished.slice(0, 10)]) expect(text.split(taskId)).toHaveLength(2);
    expect(text).not.toContain(finished[11]?.taskId);
    expect(text).toContain(`✗ ${silent.id}, a runner, silent for 2 min 5 s, at work on ${stuck.taskId}`);
    expect(overviewJson(found)).toMatchObject({ stuck: [{ task_id: stuck.taskId, idle_seconds: 700, worker_id: silent.id }], timed_out: [{ task_id: late.taskId, phase: "timeout" }], stale_heartbeats: [{ worker_id: silent.id, heartbeat_age_seconds: 125, stuck_task_id: stuck.taskId, app_version: "abc1234" }] });
    expect(tellOverview(overviewOf([], [], NOW), { now: NOW, period: "7 days", sources: ["x"], screen }).split("\n")[0]).toBe("✓ 0 running; in 7 days 0 done and 0 failed");
  });
});
