// A run that dies at any of its requests, just before it is sent, and one that is started after it: the
// whole adapter and real git against the small GitHub.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { everything } from "../../../src/github/everything.ts";
import { connect } from "../../../src/github/index.ts";
import type { RunContext } from "../../../src/kit/context.ts";
import type { Report } from "../../../src/kit/report.ts";
import { rollback } from "../../../src/stages/rollback/index.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { openCheckouts } from "../../../src/workspace/index.ts";
import { type Contract, attachContract } from "../../contract/attach.ts";
import { TRACE, policyOf } from "./facts.ts";

const PERMISSIONS = { contents: "write", "pull-requests": "write", issues: "write", checks: "read", statuses: "read" } as const;
const silent = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };
let sandbox: Sandbox;
let contract: Contract;
let folder: string;
let made = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "instant-killed-"));
  sandbox = await startSandbox();
  contract = await attachContract(sandbox);
  sandbox.addUser("ann");
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
  contract.verify();
});

interface More {
  readonly given?: Readonly<Record<string, string>>;
  /** Production is sick as long as it holds this file. */
  readonly sickWith?: string;
  /** What is served at first. */
  readonly served?: string;
}

/** A repository with a bad commit, the newest or followed by others. */
async function scene(kind: "newest" | "older") {
  const name = `r${(made += 1)}`;
  const repository = await sandbox.createRepository({ owner: "ann", name, from: { "docs/FAQ.md": "# FAQ\n\n## Good?\n\nYes.\n", "README.md": "# Site\n" } });
  const { token } = sandbox.world.tokens.job(repository, made, "rollback", PERMISSIONS);
  const { api, graphql, server } = sandbox.urls;
  const context: RunContext = { owner: "ann", repo: name, eventName: "workflow_dispatch", event: {}, sha: "", ref: "refs/heads/main", actor: "ann", runId: `${made}`, runAttempt: 1, runUrl: `${server}/ann/${name}/actions/runs/${made}`, workflow: "Rollback", job: "rollback", serverUrl: server, apiUrl: api, graphqlUrl: graphql, workspace: "", temp: folder };
  const clock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 20))) };
  const head = () => repository.git.ref("refs/heads/main") ?? "";
  const person = connect({ context, token: sandbox.tokens.user("ann"), log: silent, clock, stage: "test" }, everything);
  const commit = async (file: string, text: string) => ((await person.commitFiles({ branch: "main", expectedHead: head(), files: [{ path: file, text }], headline: `Change ${file}`, body: `Trace-Id: ${TRACE}` })) as { sha: string }).sha;
  const sha = await commit("docs/bad.md", "# Bad\n");
  const later = kind === "older" ? await commit("docs/later.md", "# Later\n") : sha;

  /** @param kill at which request of this run it dies. */
  const run = (kill?: { readonly at: number; readonly died: () => void }, more: More = {}): Promise<Report> => {
    let count = 0;
    const never = new Promise<never>(() => {});
    const repo = connect({
      context, token, log: silent, clock, stage: "rollback",
      traced: (fetch) => async (url, init) => {
        count += 1;
        if (kill === undefined || count < kill.at) return fetch(url, init);
        // Whatever it had begun beside this request dies with it.
        kill.died();
        return never;
      },
    }, everything);
    const verify = async ({ sha: deployed }: { readonly sha: string }) => {
      const sick = more.sickWith !== undefined && (await repository.git.fileAt(deployed, more.sickWith)) !== undefined;
      return { verdict: sick ? "unhealthy" as const : "healthy" as const, reasons: [], deployedSha: deployed, runUrl: "", at: Date.now() };
    };
    const version = more.served === undefined ? null : { read: async () => ({ sha: more.served! }) };
    return rollback(policyOf({ "commit-sha": sha, ...more.given }), { repo, checkouts: openCheckouts({ context, token, log: silent }), verify, version, ledger: null, clock, log: silent }, context);
  };
  return { repository, run, head, sha, later };
}

/** Killed at one request, then run again. @returns whether the first run came so far. */
async function killedAt(kind: "newest" | "older", at: number): Promise<boolean> {
  const { repository, run, head } = await scene(kind);
  let died = false;
  const first = await Promise.race([new Promise<"over">((resolve) => void run({ at, died: () => { died = true; resolve("over"); } }).then(() => resolve("over"))), new Promise<"late">((resolve) => setTimeout(() => resolve("late"), 20_000).unref())]);
  expect(first).toBe("over");
  const report = await run();
  const where = `${kind}, request ${at}`;
  expect([where, report.failed, ["rolled-back", "already-rolled-back"].includes(report.outputs["status"] ?? "")]).toEqual([where, undefined, true]);
  const all = [...repository.issues.values()];
  const [pulls, issues] = [all.flatMap(({ pull }) => pull ?? []), all.filter(({ pull }) => pull === undefined)];
  const labels = [...(pulls[0]?.issue.labels ?? [])].map(({ name }) => name).toSorted();
  expect([where, pulls.map(({ merged }) => merged), labels]).toEqual([where, [true], ["P0", "auto-rollback", "hotfix"]]);
  expect([where, issues.map(({ state, body, comments }) => [state, /^state: (\w+)/m.exec(body ?? "")?.[1], comments.length])]).toEqual([where, [["closed", "healthy", 1]]]);
  expect([where, repository.git.refs("refs/heads/").map(([name]) => name)]).toEqual([where, ["refs/heads/main"]]);
  const there = await Promise.all(["docs/bad.md", "docs/later.md"].map((file) => repository.git.fileAt(head(), file)));
  expect([where, there.map((text) => text !== undefined)]).toEqual([where, [false, kind === "older"]]);
  return died;
}

/** As many requests as a rollback makes, and one more that is never reached: so none is left out. */
async function killedAtAny(kind: "newest" | "older"): Promise<readonly boolean[]> {
  const results: boolean[] = [];
  // Two at a time: each has a repository of its own.
  for (let at = 1; results.at(-1) !== false && at < 20; at += 2) results.push(...(await Promise.all([killedAt(kind, at), killedAt(kind, at + 1)])));
  return results.slice(0, results.indexOf(false) + 1);
}

// A runner that dies while the answer is on its way: the drill that kills at every call of a rollback.
test.each([["newest", 8], ["older", 7]] as const)("the %s commit, killed before any of its %i requests: the next run finishes and does nothing twice", async (kind, requests) => {
  expect(await killedAtAny(kind)).toEqual([...Array(requests).fill(true), false]);
}, 60_000);

test("two changes that were served together, one of them sick: only that one goes, by the lists that GitHub answers with", async () => {
  const { repository, run, head, sha, later } = await scene("older");
  const shared = { sickWith: "docs/later.md", served: later };
  const detected = { "detected-at": new Date().toISOString() };
  const [older, newer] = await Promise.all([sha, later].map((one) => run(undefined, { ...shared, given: { ...detected, "commit-sha": one } })));
  expect([older?.outputs["status"], newer?.outputs["status"]]).toEqual(["not-needed", "rolled-back"]);
  const there = await Promise.all(["docs/bad.md", "docs/later.md"].map((file) => repository.git.fileAt(head(), file)));
  expect(there.map((text) => text !== undefined)).toEqual([true, false]);
  const all = [...repository.issues.values()];
  expect(all.map(({ pull, state }) => [pull === undefined ? "incident" : "hotfix", state])).toEqual([["hotfix", "closed"], ["incident", "closed"]]);
});
