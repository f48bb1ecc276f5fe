import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { connectRecords } from "../../src/github/records.ts";
import { branchStore } from "../../src/ledger/branch/index.ts";
import type { Store } from "../../src/ledger/port.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { attachContract, type Contract } from "../contract/attach.ts";
import { contextAt, recordingLog } from "../github/fake.ts";
import { memory } from "./memory.ts";
import { anEvent, aTask, NOW, storeContract } from "./store-contract.ts";

let writers = 0;

/** A job's own connection, as a runner has it; `aheadMs` moves its clock. */
function connectTo(sandbox: Sandbox, aheadMs = () => 0, contents: "read" | "write" = "write"): { store: Store; requests: () => number } {
  writers += 1;
  const { token } = sandbox.world.tokens.job(sandbox.repository("octo/site"), 1, "test", { contents });
  const context = { ...contextAt(""), apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server };
  const clock = { now: () => Date.now() + aheadMs(), sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 50))) };
  const records = connectRecords({ context, token, branch: "instant-ledger", log: recordingLog(), clock });
  return { store: branchStore({ files: records, writer: `7-1-job${writers}`, clock }), requests: records.requestCount };
}

async function start(): Promise<{ sandbox: Sandbox; contract: Contract }> {
  const sandbox = await startSandbox();
  const contract = await attachContract(sandbox);
  sandbox.addUser("octo");
  await sandbox.createRepository({ owner: "octo", name: "site", from: { "README.md": "# Site" } });
  return { sandbox, contract };
}

storeContract("branch", async () => {
  const { sandbox, contract } = await start();
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    open: async () => connectTo(sandbox, () => ahead).store,
    expireClaims: async () => void (ahead += 3_600_000),
    close: async () => {
      contract.verify();
      await sandbox.close();
    },
  };
});

let sandbox: Sandbox;
beforeAll(async () => void ({ sandbox } = await start()));
afterAll(() => sandbox.close());

test("the branch has no history of the project, one file a task and writer, and costs two requests a job", async () => {
  const { store, requests } = connectTo(sandbox);
  const task = aTask({ finishedAt: Date.UTC(2026, 10, 20, 23, 59), status: "done", phase: "merged" });
  await store.write({ tasks: [task], events: [anEvent(task.taskId)] });
  const begun = requests();
  const other = connectTo(sandbox);
  await other.store.write({ tasks: [{ ...task, prUrl: "u/1" }], events: [] });
  expect(begun).toBe(4);
  expect(other.requests()).toBe(2);
  const { git } = sandbox.repository("octo/site");
  const head = git.ref("refs/heads/instant-ledger") ?? "";
  const files = (await git.run(["ls-tree", "-r", "--name-only", head])).stdout.toString().trim().split("\n");
  expect(files).toEqual([expect.stringMatching(`^tasks/20261120/${task.taskId}/7-1-job`), expect.stringMatching(`^tasks/20261120/${task.taskId}/7-1-job`)]);
  await other.store.write({ tasks: [{ ...task, prUrl: "u/1" }], events: [] });
  expect(git.ref("refs/heads/instant-ledger")).toBe(head);
});

test("a token that may only read says which permission is missing", async () => {
  const error = await connectTo(sandbox, () => 0, "read").store.write({ tasks: [aTask()], events: [] }).then(() => null, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InstantError);
  expect(JSON.stringify((error as InstantError).problems)).toContain("contents: write");
});

test("many tasks on many days are read by few queries, and written a hundred at a time", async () => {
  const { files, queries, commits } = memory();
  const store = branchStore({ files, writer: "w", clock: { now: () => NOW, sleep: async () => {} } });
  const tasks = Array.from({ length: 250 }, (_, index) => aTask({ updatedAt: NOW - (index % 60) * 86_400_000 }));
  await store.write({ tasks, events: tasks.map(({ taskId }) => anEvent(taskId)) });
  await store.noteMissed("redis", tasks.map(({ taskId }) => taskId));
  expect([commits, queries]).toEqual([[100, 100, 50, 100, 100, 50], [100, 100, 50, 100, 100, 50]]);
  queries.length = 0;
  const ids = tasks.slice(0, 100).map(({ taskId }) => taskId);
  expect([...(await store.readMany(ids)).keys()].toSorted()).toEqual(ids.toSorted());
  // The days, what each holds, and the tasks; of one task it is not worth it.
  expect(queries.splice(0)).toEqual([1, 60, 100]);
  expect((await store.read(ids[7] ?? ""))?.events).toHaveLength(1);
  expect(queries).toEqual([1, 60]);
});
