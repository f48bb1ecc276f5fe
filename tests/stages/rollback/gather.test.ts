import { describe, expect, test } from "@jest/globals";
import type { PullSummary, Repository, RunFacts } from "../../../src/github/port.ts";
import { failure } from "../../../src/kit/errors.ts";
import type { TaskRecord } from "../../../src/ledger/port.ts";
import { gather, recordsOnce } from "../../../src/stages/rollback/facts.ts";
import { JumpingClock } from "../../fakes/clock.ts";
import { BASE, HEAD, NOW, SHA, TRACE, commitFacts, factsOf, landed, lineOf, policyOf, pull } from "./facts.ts";

const facts = factsOf({ line: lineOf([landed(HEAD), landed(SHA), landed(BASE)]) });
const run = (more: Partial<RunFacts>): RunFacts => ({ id: 1, url: "https://github.example/runs/1", headSha: HEAD, title: "Deploy", status: "completed", conclusion: "success", createdAt: NOW, ...more });

interface World {
  readonly version?: { readonly sha: string } | { readonly sha: null; readonly reason: string };
  readonly contains?: () => Promise<boolean>;
  readonly runs?: readonly RunFacts[];
}

async function gathered({ version, contains = async () => false, runs = [] }: World, given: Record<string, string> = {}) {
  const asked: string[] = [];
  const repo: Pick<Repository, "readRollback" | "contains" | "listDispatchedRuns"> = {
    readRollback: async () => facts,
    contains: () => (asked.push("contains"), contains()),
    listDispatchedRuns: async () => (asked.push("runs"), runs),
  };
  const reader = version === undefined ? null : { read: async () => version };
  const found = await gather(policyOf(given), { repo, version: reader, clock: new JumpingClock(NOW) }, { records: async () => [], pull: null });
  return { served: found.served, deployRun: found.deployRun, asked };
}

describe("what production shows", () => {
  test.each<[string, World, object, string[]]>([
    ["nothing tells", {}, { kind: "none" }, []],
    ["the service is down", { version: { sha: null, reason: "refused" } }, { kind: "unread", reason: "refused" }, []],
    ["the commit", { version: { sha: SHA } }, { kind: "read", sha: SHA, contains: true }, []],
    ["the commit, cut short", { version: { sha: SHA.slice(0, 7) } }, { kind: "read", sha: SHA, contains: true }, []],
    ["a newer one", { version: { sha: HEAD } }, { kind: "read", sha: HEAD, contains: true }, []],
    ["an older one", { version: { sha: BASE } }, { kind: "read", sha: BASE, contains: false }, []],
    ["one that was not read, which GitHub is asked about", { version: { sha: "9".repeat(40) }, contains: async () => true }, { kind: "read", sha: "9".repeat(40), contains: true }, ["contains"]],
    ["one that GitHub cannot be asked about just now", { version: { sha: "9".repeat(40) }, contains: () => Promise.reject(failure("service", { what: "503", fix: "" })) }, { kind: "read", sha: "9".repeat(40), contains: null }, ["contains"]],
  ])("%s", async (_, world, served, asked) => expect(await gathered(world)).toEqual({ served, deployRun: null, asked }));

  test("what GitHub refuses to tell is an error", async () => {
    await expect(gathered({ version: { sha: "9".repeat(40) }, contains: () => Promise.reject(failure("permission", { what: "403", fix: "" })) })).rejects.toThrow("403");
  });
});

describe("a run of the deploy workflow is looked for", () => {
  const elsewhere = { version: { sha: BASE } };
  test("where another commit is served and a person asks, by its title or its commit", async () => {
    const given = { "deploy-workflow": "deploy.yml" };
    expect((await gathered({ ...elsewhere, runs: [run({}), run({ title: `Deploy ${SHA}`, conclusion: "failure", url: "u" })] }, given)).deployRun).toBe("u");
    expect((await gathered({ ...elsewhere, runs: [run({ headSha: SHA })] }, given)).deployRun).toBe("https://github.example/runs/1");
    expect((await gathered({ ...elsewhere, runs: [run({})] }, given)).deployRun).toBeNull();
  });
  test("nowhere else", async () => {
    expect((await gathered(elsewhere)).asked).toEqual([]);
    expect((await gathered({ version: { sha: SHA } }, { "deploy-workflow": "deploy.yml" })).asked).toEqual([]);
    expect((await gathered(elsewhere, { "deploy-workflow": "deploy.yml", "detected-at": new Date(NOW).toISOString() })).asked).toEqual([]);
  });
});

test("a pull request that was rebased is as many commits of the line as it had, also where its last one is named", async () => {
  const [first, last] = ["Change the colours", "Change the shapes"];
  const line = lineOf([landed(SHA, { message: last }), landed(HEAD, { message: first }), landed(BASE)]);
  const rebased = pull({ state: "merged", mergeSha: SHA, commits: [first, last].map((message) => commitFacts({ message })), commitCount: 2 });
  const count = async (merged: PullSummary | null, named: { messages: string[]; count: number } | null = null) => {
    const repo = { readRollback: async () => factsOf({ line, pull: merged }), contains: async () => true, listDispatchedRuns: async () => [] };
    return (await gather(policyOf(), { repo, version: null, clock: new JumpingClock(NOW) }, { records: async () => [], pull: named })).count;
  };
  expect(await count(rebased)).toBe(2);
  expect(await count(null, { messages: [first, last], count: 2 })).toBe(2);
  expect([await count(null), await count({ ...rebased, mergeSha: HEAD }), await count({ ...rebased, commits: [commitFacts({ message: "Squashed" }), commitFacts({ message: last })] })]).toEqual([1, 1, 1]);
});

test("records are read of the next few tasks before the commit, once", async () => {
  const other = TRACE.replace("1111", "2222");
  const line = lineOf([landed(HEAD, { message: `x\n\nTrace-Id: ${TRACE}` }), landed(SHA), landed(BASE, { message: `x\n\nTrace-Id: ${other}` }), landed("9".repeat(40), { message: `x\n\nTrace-Id: ${other}` })]);
  const asked: string[] = [];
  const records = recordsOnce({ read: async (id) => (asked.push(id), { task: {}, events: [] } as unknown as TaskRecord) }, SHA);
  expect([(await records(line)).length, (await records(line)).length, asked]).toEqual([1, 1, [other]]);
  expect(await recordsOnce(null, SHA)(line)).toEqual([]);
});
