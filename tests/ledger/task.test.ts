import { describe, expect, test } from "@jest/globals";
import { PHASES } from "../../src/kit/phases.ts";
import { joinTasks, outcomeOf, progressOf, type Task, type TaskStatus, tteOf } from "../../src/ledger/task.ts";

const ID = "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11";

function task(parts: Partial<Task> = {}): Task {
  return {
    taskId: ID, repository: null, questionHash: null, jobId: null, kind: "faq", question: null, status: "queued", phase: "generating", prUrl: null,
    state: null, errorType: null, errorMsg: null, workerInstance: null, workerVersion: null, claimedAt: null, createdAt: 1_000, startedAt: null,
    finishedAt: null, updatedAt: 1_000, mergedAt: null, humanInterventionCount: null, ...parts,
  };
}

/** A small generator of its own, so that a failure names a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function anyTask(next: () => number): Task {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T;
  const number = () => pick([null, 1, 2, 10]);
  return task({
    status: pick<TaskStatus>(["queued", "running", "done", "error"]), phase: pick(PHASES), prUrl: pick([null, "p/9", "p/10", "p/11"]), state: pick([null, "open", "closed", "merged"] as const),
    jobId: pick([null, "7", "12"]), question: pick([null, "a", "b"]), errorType: pick([null, "x"]), errorMsg: pick([null, "m", "n"]), claimedAt: number(), startedAt: number(),
    finishedAt: number(), mergedAt: number(), humanInterventionCount: number(), createdAt: pick([1, 2, 3]), updatedAt: pick([1, 2, 3]),
  });
}

test.each([
  [{ status: "done", phase: "verified", prUrl: "u/1" }, "success"],
  // A loop without a deployment ends at the merge, and is judged there.
  [{ status: "done", phase: "merged", prUrl: "u/1" }, "success"],
  [{ status: "done", phase: "verified", prUrl: null }, null],
  [{ status: "done", phase: "pr_open", prUrl: "u/1" }, null],
  [{ status: "running", phase: "merged", prUrl: "u/1" }, null],
  [{ status: "queued", phase: "generating", prUrl: null }, null],
  [{ status: "error", phase: "rolled_back", prUrl: "u/1" }, "failure"],
  [{ status: "error", phase: "deployed", prUrl: "u/1" }, "failure"],
  [{ status: "error", phase: "generating", prUrl: null }, "failure"],
] as const)("%j counts as %s", (task, outcome) => {
  expect(outcomeOf(task)).toBe(outcome);
});

describe("two records of one task", () => {
  test("whatever order writes arrive in, and how often, the same is known in the end", () => {
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const next = random(seed);
      const [a, b, c] = [anyTask(next), anyTask(next), anyTask(next)] as const;
      expect(joinTasks(a, a)).toEqual(a);
      expect({ seed, joined: joinTasks(a, b) }).toEqual({ seed, joined: joinTasks(b, a) });
      expect({ seed, joined: joinTasks(joinTasks(a, b), c) }).toEqual({ seed, joined: joinTasks(a, joinTasks(b, c)) });
      expect(progressOf(joinTasks(a, b))).toBe(Math.max(progressOf(a), progressOf(b)));
    }
  });

  test("a late write of an earlier step changes nothing that counts", () => {
    const merged = task({ status: "done", phase: "merged", finishedAt: 9_000, mergedAt: 9_000, updatedAt: 9_000 });
    expect(joinTasks(merged, task({ status: "running", phase: "pr_open", updatedAt: 9_500 }))).toMatchObject({ status: "done", phase: "merged", finishedAt: 9_000 });
  });

  test("a rerun makes a failure good, a rollback makes a success a failure", () => {
    const failed = task({ status: "error", phase: "ci_failed", errorMsg: "red", finishedAt: 5_000 });
    const verified = task({ status: "done", phase: "verified", finishedAt: 8_000 });
    expect(joinTasks(failed, verified)).toMatchObject({ status: "done", phase: "verified", errorMsg: null, finishedAt: 8_000 });
    const rolledBack = task({ status: "error", phase: "rolled_back", errorMsg: "sick", finishedAt: 9_000 });
    expect(joinTasks(verified, rolledBack)).toMatchObject({ status: "error", phase: "rolled_back", errorMsg: "sick", finishedAt: 9_000 });
  });

  test("the time to the merge is right whenever the request is heard of", () => {
    const merged = task({ status: "done", phase: "merged", createdAt: 8_500, mergedAt: 9_000, finishedAt: 9_000 });
    expect(tteOf(merged)).toBe(500);
    expect(tteOf(joinTasks(merged, task({ createdAt: 1_000 })))).toBe(8_000);
    expect(tteOf(task())).toBeNull();
    // Clocks of two machines: a request is never after its merge.
    expect(tteOf(task({ createdAt: 9_001, mergedAt: 9_000 }))).toBe(0);
  });

  test("of two ends of the same kind the first counts; of two pull requests the later", () => {
    const [first, again] = [task({ status: "done", phase: "merged", finishedAt: 5_000, prUrl: "pull/9" }), task({ status: "done", phase: "merged", finishedAt: 6_000, prUrl: "pull/10" })];
    expect(joinTasks(again, first)).toMatchObject({ finishedAt: 5_000, prUrl: "pull/10" });
  });
});
