import { parseArgs } from "node:util";
import { everything } from "../../github/everything.ts";
import { connect } from "../../github/index.ts";
import type { Repository } from "../../github/port.ts";
import type { RunContext } from "../../kit/context.ts";
import { newTraceId } from "../../kit/ids.ts";
import { parseInputs } from "../../kit/inputs.ts";
import type { Log } from "../../kit/log.ts";
import { seeded } from "../../sandbox/world/random.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { gate, type Recheck } from "../../stages/auto-merge-gate/index.ts";
import { inputs } from "../../stages/auto-merge-gate/policy.ts";
import { aligned } from "./table.ts";
import { VirtualTime } from "./virtual.ts";

/** GitHub's limits for a job's own token (docs: rate limits for the REST API), and what its API and a check of a document take. */
export const LIMITS = { perHour: 1_000, createdPerMinute: 80, createdPerHour: 500 };
const LATENCY_MS = 120;
const CHECK_MS = 3_000;

const HELP = `npm run bench -- drain [options]

So many pull requests of the loop, all of them green, all changing the same FAQ, and a gate for each, all started in the same moment under
GitHub's limits for a job's token. Everything is real but the time: the clock jumps to the next gate that wants to wake.

  --count N          pull requests (default 100)
  --created N        content-creating requests an hour (default 500, GitHub's own)
  --keep-branches    the repository does not delete merged branches by itself
  --json             one JSON object on standard output
`;

export interface Drained {
  readonly count: number;
  readonly merged: number;
  /** Entries of the FAQ that are there once, and those that are missing or there twice. */
  readonly entries: { readonly once: number; readonly missing: number; readonly twice: number };
  /** Until the last one was merged, on the clock, in milliseconds. */
  readonly tookMs: number;
  readonly requests: { readonly all: number; readonly mostByOne: number; readonly limited: number; readonly writes: number };
  /** Pairs of neighbours of which the older was merged first. */
  readonly inOrder: number;
  readonly rebuilds: number;
}

interface Options {
  readonly count: number;
  readonly limits?: Partial<typeof LIMITS>;
  readonly deletesBranches?: boolean;
  readonly seed?: number;
}

/** What `npm run bench -- drain` does; answers with the exit status. @throws Error when a gate fails. */
export async function benchDrain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { count: { type: "string", default: "100" }, created: { type: "string", default: String(LIMITS.createdPerHour) }, "keep-branches": { type: "boolean", default: false }, json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [count, createdPerHour] = [Number(values.count), Number(values.created)];
  if (!Number.isInteger(count) || count < 1 || count > 500) throw new Error(`--count ${values.count}: give a whole number from 1 to 500.`);
  if (!Number.isInteger(createdPerHour) || createdPerHour < 10) throw new Error(`--created ${values.created}: give a whole number from 10.`);
  const began = Date.now();
  const drained = await drain({ count, limits: { createdPerHour }, deletesBranches: !values["keep-branches"] });
  process.stdout.write(values.json ? `${JSON.stringify({ bench: "drain", node: process.version, limits: { ...LIMITS, createdPerHour }, ...drained }, null, 2)}\n` : told(drained, (Date.now() - began) / 1_000));
  return isWhole(drained) ? 0 : 1;
}

/** Whether all were merged, none was lost and none is there twice. */
export function isWhole({ count, merged, entries }: Drained): boolean {
  return merged === count && entries.once === count && entries.missing === 0 && entries.twice === 0;
}

function told(drained: Drained, realSeconds: number): string {
  const { count, merged, entries, tookMs, requests, inOrder, rebuilds } = drained;
  const minutes = (ms: number) => `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
  const rows = [
    ["pull requests at once", String(count)], ["merged", String(merged)], ["entries lost, or there twice", `${entries.missing}, ${entries.twice}`], ["until the last was merged", minutes(tookMs)],
    ["each, on average", `${(tookMs / count / 1_000).toFixed(1)} s`], ["merged after its older neighbour", `${inOrder} of ${count - 1}`], ["rebuilds", String(rebuilds)],
    ["requests in all, most by one gate", `${requests.all}, ${requests.mostByOne}`], ["of them writes, and refused by a limit", `${requests.writes}, ${requests.limited}`],
  ];
  return `Time on a clock that jumps; it took ${realSeconds.toFixed(0)} s in truth.\n\n${aligned(rows)}\n`;
}

/** Lets a gate for each pull request run under the limits, on a clock of their own. */
export async function drain({ count, limits = {}, deletesBranches = true, seed = 1 }: Options): Promise<Drained> {
  const time = new VirtualTime();
  const { perHour, createdPerMinute, createdPerHour } = { ...LIMITS, ...limits };
  const sandbox = await startSandbox({ now: () => time.now(), limits: { primary: { job: perHour, app: 1_000_000 }, secondary: { perMinute: createdPerMinute, perHour: createdPerHour, of: ["job"] } } });
  try {
    sandbox.addUser("bench");
    const repository = await sandbox.createRepository({ owner: "bench", name: "docs", from: { "docs/FAQ.md": "# FAQ\n\n## What is this?\n\nA test.\n" } });
    repository.settings.deleteBranchOnMerge = deletesBranches;
    const pulls = await Promise.all(Array.from({ length: count }, (_, i) => i + 1).map((i) => opened(sandbox, repository, i)));
    const started = time.now();
    const ends: { number: number; at: number; requests: number; rounds: number }[] = [];
    const gates = pulls.toSorted((a, b) => a - b).map(async (number, index) => {
      const random = seeded(seed * 1_000 + index);
      const { report, requests } = await gated(sandbox, time, { number, random, jobId: index + 1 });
      if (report.outputs["decision"] !== "merged") throw new Error(`#${number} ended with ${report.outputs["decision"]}: ${report.outputs["reasons"]}`);
      ends.push({ number, at: time.now(), requests, rounds: Number(report.outputs["rounds"]) });
    });
    await time.until(gates);
    return await summed(sandbox, repository, { count, ends, started });
  } finally {
    await sandbox.close();
  }
}

type Docs = ReturnType<Sandbox["repository"]>;
const silent: Log = { debug() {}, info() {}, warning() {}, error() {} };

function repositoryOf(sandbox: Sandbox, token: string, time: VirtualTime | null, random: () => number): Repository {
  const { urls } = sandbox;
  const context = { owner: "bench", repo: "docs", apiUrl: urls.api, graphqlUrl: urls.graphql, serverUrl: urls.server } as RunContext;
  const clock = time ?? { now: () => sandbox.world.now(), sleep: async () => {} };
  return connect({ context, token, log: silent, clock, stage: "auto-merge-gate", patienceMs: 6 * 3_600_000, random, ...(time === null ? {} : { traced: time.through(LATENCY_MS) }) }, everything);
}

/** A pull request as faq-generate makes it, by commits that GitHub signs for the bot, and green. Its own limits are another bench's. */
async function opened(sandbox: Sandbox, repository: Docs, index: number): Promise<number> {
  const { world } = sandbox;
  // An App of its own, whose writes are not counted.
  const token = sandbox.tokens.app("loop", { contents: "write", pull_requests: "write", checks: "write" });
  const repo = repositoryOf(sandbox, token, null, Math.random);
  const [branch, base, traceId] = [`instant/faq-${String(index).padStart(4, "0")}`, repository.git.ref("refs/heads/main") ?? "", newTraceId()];
  await repo.createBranch(branch, base);
  const text = `# FAQ\n\n## What is this?\n\nA test.\n\n## Question ${index}?\n\nAnswer ${index}.\n`;
  const commit = await repo.commitFiles({ branch, expectedHead: base, files: [{ path: "docs/FAQ.md", text }], headline: `Update FAQ - Question ${index}?`, body: `Trace-Id: ${traceId}` });
  if (commit === "moved") throw new Error("a new branch moved");
  const pull = await repo.openPull({ head: branch, base: "main", title: `Update FAQ - Question ${index}?`, body: `trace-id: ${traceId}\n` });
  if (typeof pull === "string") throw new Error(`no pull request: ${pull}`);
  await publish(repo, commit.sha, traceId, world.now());
  return pull.number;
}

async function publish(repo: Pick<Repository, "publishCheck">, sha: string, traceId: string, now: number): Promise<void> {
  await repo.publishCheck({ name: "instant/fast-ci", sha, conclusion: "success", title: "ok", summary: "", annotations: [], externalId: traceId, startedAt: now, completedAt: now });
}

interface Job {
  readonly number: number;
  readonly jobId: number;
  readonly random: () => number;
}

async function gated(sandbox: Sandbox, time: VirtualTime, { number, jobId, random }: Job) {
  const permissions = { contents: "write", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" } as const;
  const { token } = sandbox.world.tokens.job(sandbox.repository("bench/docs"), jobId, "gate", permissions);
  const repo = repositoryOf(sandbox, token, time, random);
  // As fast-ci: it reads what the pull request is, looks at the document, and publishes its check.
  const recheck: Recheck = async ({ sha, prNumber, traceId }) => {
    await repo.readPullRange(prNumber, sha);
    await time.sleep(CHECK_MS);
    await publish(repo, sha, traceId, time.now());
    return { conclusion: "success", failedChecks: [], url: "u" };
  };
  const given: Record<string, string> = { token, "pr-number": String(number), "wait-seconds": "21600", "max-rounds": "500", "trusted-authors": "github-actions[bot], loop[bot]" };
  const policy = parseInputs(inputs, (name) => given[name] ?? "");
  const report = await gate(policy, { repo, recheck, clock: time, log: silent, random }, { runId: String(jobId), runUrl: "", job: "gate" });
  return { report, requests: repo.requestCount() };
}

async function summed(sandbox: Sandbox, repository: Docs, { count, ends, started }: { count: number; ends: readonly { number: number; at: number; requests: number; rounds: number }[]; started: number }): Promise<Drained> {
  const head = await repository.git.read(`${repository.git.ref("refs/heads/main")}:docs/FAQ.md`);
  const found = [...(head?.body.toString("utf8") ?? "").matchAll(/^## Question (\d+)\?$/gm)].map((match) => Number(match[1]));
  const times = Array.from({ length: count }, (_, i) => found.filter((one) => one === i + 1).length);
  const at = (index: number) => ends.toSorted((a, b) => a.number - b.number)[index]?.at ?? Number.NaN;
  const made = sandbox.requests.list({}).filter(({ kind, tokenKind }) => kind !== "git" && tokenKind === "job");
  const isWrite = ({ kind, method }: (typeof made)[number]) => kind === "rest" && method !== "GET";
  return {
    count, merged: ends.length,
    entries: { once: times.filter((one) => one === 1).length, missing: times.filter((one) => one === 0).length, twice: times.filter((one) => one > 1).length },
    tookMs: Math.max(...ends.map((end) => end.at)) - started,
    requests: { all: made.length, mostByOne: Math.max(...ends.map(({ requests }) => requests)), limited: made.filter(({ status }) => status === 403 || status === 429).length, writes: made.filter(isWrite).length },
    inOrder: Array.from({ length: count - 1 }, (_, i) => at(i) <= at(i + 1)).filter(Boolean).length,
    rebuilds: ends.reduce((sum, { rounds }) => sum + rounds, 0),
  };
}
