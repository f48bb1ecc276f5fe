import { describe, expect, test } from "@jest/globals";
import { claimsIn, isGone } from "../../src/ledger/claims.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import type { Claim, Heartbeat, Ledger, TaskRecord } from "../../src/ledger/port.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { recordingLog } from "../github/fake.ts";
import { aHeartbeat, aTask, NOW } from "./store-contract.ts";

const OWNER = "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11";
const PULL = "https://example.test/acme/docs/pull/9";
const recorded = (parts: Parameters<typeof aTask>[0]): TaskRecord => ({ task: aTask({ taskId: OWNER, ...parts }), events: [] });
const beatOf = (at: number): Heartbeat => aHeartbeat({ currentTaskId: OWNER, at });

describe("a task that owns a question", () => {
  const CASES: readonly (readonly [name: string, facts: Partial<Parameters<typeof isGone>[0]>, gone: boolean])[] = [
    ["has just begun", { heartbeats: [beatOf(NOW - 1_000)] }, false],
    ["was last seen two minutes ago", { heartbeats: [beatOf(NOW - 120_000)] }, false],
    ["was last seen longer ago", { heartbeats: [beatOf(NOW - 120_001)] }, true],
    ["has a clock that runs ahead", { heartbeats: [beatOf(NOW + 60_000)] }, false],
    ["was never seen at all", {}, true],
    ["cannot be looked for", { heartbeats: null }, false],
    ["has its pull request open", { record: recorded({ status: "running", phase: "pr_open", prUrl: PULL }) }, false],
    ["has its pull request closed by somebody", { record: recorded({ status: "running", phase: "pr_open", prUrl: PULL }), closed: [PULL] }, true],
    ["is done", { record: recorded({ status: "done", phase: "verified", prUrl: PULL }) }, false],
    ["failed", { record: recorded({ status: "error", phase: "generating" }) }, true],
    ["failed and is being run again", { record: recorded({ status: "error", phase: "generating" }), heartbeats: [beatOf(NOW)] }, false],
    ["is one of many at work", { heartbeats: [aHeartbeat(), beatOf(NOW), aHeartbeat()] }, false],
  ];
  test.each(CASES)("that %s", (_, facts, gone) => {
    expect(isGone({ taskId: OWNER, record: null, heartbeats: [], closed: [], now: NOW, ...facts })).toBe(gone);
  });
});

describe("a claim", () => {
  const question = { hash: "0123456789abcdef", traceId: "00000000-0000-4000-8000-000000000001", closed: [] };
  function claims(answers: readonly (string | null)[], facts: { record?: TaskRecord | null; heartbeats?: readonly Heartbeat[] | null }) {
    const asked: Claim[] = [];
    const left = [...answers];
    const empty = openLedger({ stores: [], log: recordingLog(), clock: systemClock });
    const ledger: Ledger = {
      ...empty,
      claim: async (claim) => {
        asked.push(claim);
        return left.shift() ?? null;
      },
      read: async () => facts.record ?? null,
      // Looking for everybody's may be long.
      heartbeats: async (kind) => (kind === "runner" ? (facts.heartbeats ?? null) : null),
    };
    return { asked, claim: () => claimsIn(ledger, { repository: "acme/docs", clock: { now: () => NOW } }).claim(question) };
  }

  test("that is free, or that nobody can decide, looks no further", async () => {
    for (const answer of [question.traceId, null]) {
      const { claim, asked } = claims([answer], {});
      expect(await claim()).toBe(answer);
      expect(asked).toEqual([{ repository: "acme/docs", questionHash: question.hash, taskId: question.traceId }]);
    }
  });

  test("that a task at work holds is its own", async () => {
    const { claim, asked } = claims([OWNER], { heartbeats: [beatOf(NOW)] });
    expect(await claim()).toBe(OWNER);
    expect(asked).toHaveLength(1);
  });

  test("that a dead task holds is taken from it, by one: the others learn whose it is now", async () => {
    const winner = claims([OWNER, question.traceId], { heartbeats: [] });
    expect(await winner.claim()).toBe(question.traceId);
    expect(winner.asked[1]).toMatchObject({ instead: OWNER });
    const heir = "00000000-0000-4000-8000-000000000002";
    expect(await claims([OWNER, heir], { heartbeats: [] }).claim()).toBe(heir);
  });
});
