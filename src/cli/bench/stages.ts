import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { connect } from "../../github/index.ts";
import type { RunContext } from "../../kit/context.ts";
import type { Log } from "../../kit/log.ts";
import { systemClock } from "../../runtime/clock.ts";
import { newTraceId } from "../../kit/ids.ts";
import type { LoopWorld } from "../rehearsal/world.ts";
import { type Subject, timeBeside } from "./measure.ts";

/** A stage in the world of a rehearsal, which can be run as often as wished. */
export interface Stage {
  readonly name: string;
  readonly action: string;
  /** Makes what one run is to meet. @returns its inputs. */
  readonly prepare: () => Promise<{ readonly repository: string; readonly inputs: Readonly<Record<string, string>> }>;
  /** Outputs that prove that a run did what it is measured for. */
  readonly proof: Readonly<Record<string, string>>;
}

/** Where the bundles are, and where runs may write. */
export interface Place {
  readonly dist: string;
  readonly folder: string;
}

export interface StageRun {
  readonly ms: number;
  /** Requests to GitHub. */
  readonly requests: number;
}

const PERMISSIONS = {
  "faq-generate": { contents: "write", "pull-requests": "write", issues: "read" },
  "auto-merge-gate": { contents: "write", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" },
  "post-deploy-health": { contents: "read", "pull-requests": "read", issues: "read", actions: "write" },
} as const;

const FAQ = "# FAQ\n\n## What is this?\n\nA product.\n";
const SILENT: Log = { debug() {}, info() {}, warning() {}, error() {} };

/** Runs begun so far in this process: each has a number of its own, by which the world knows its requests. */
let begun = 900_000;

/** What is measured: the shortest answer there is, a whole answer, a merge, and a verdict; the last two end a task. */
export function stagesOf(world: LoopWorld, place: Place): readonly Stage[] {
  const { sandbox, product, model, repository } = world;
  const asking = { "base-url": model?.url ?? "", "api-key": model?.apiKey ?? "", model: model?.models[0] ?? "" };
  let count = 0;
  const own = async () => {
    const name = `measured-${(count += 1)}`;
    await sandbox.createRepository({ owner: "bench", name, from: { "docs/FAQ.md": FAQ, "README.md": "# Kestrel\n\nKestrel is a small message queue. It listens on port 4711.\n" } });
    return `bench/${name}`;
  };
  const question = "Which port does Kestrel listen on?";
  const asks: Stage = { name: "faq-generate, question to PR", action: "faq-generate", proof: { status: "created" }, prepare: async () => ({ repository: await own(), inputs: { ...asking, question } }) };
  let asked: ReturnType<Stage["prepare"]> | undefined;
  const askBefore = async () => {
    const before = await asks.prepare();
    await runStage(world, { ...asks, prepare: async () => before }, { ...place, more: {} });
    return before;
  };
  return [
    { name: "faq-generate, asked before", action: "faq-generate", proof: { status: "duplicate" }, prepare: () => (asked ??= askBefore()) },
    asks,
    {
      name: "auto-merge-gate, green PR", action: "auto-merge-gate", proof: { decision: "merged" },
      prepare: async () => {
        const where = await own();
        return { repository: where, inputs: await greenPull(world, where) };
      },
    },
    {
      name: "post-deploy-health, healthy", action: "post-deploy-health", proof: { verdict: "healthy" },
      prepare: async () => {
        const { git, defaultBranch } = sandbox.repository(repository);
        const sha = git.ref(`refs/heads/${defaultBranch}`) ?? "";
        return { repository, inputs: { "commit-sha": sha, "trace-id": newTraceId(), "version-url": product.versionUrl, "health-urls": product.healthUrl, "probe-count": "1", "probe-interval-seconds": "0.05" } };
      },
    },
  ];
}

/** A pull request of the loop's that is checked and green. */
async function greenPull({ sandbox }: LoopWorld, where: string): Promise<Record<string, string>> {
  const { token } = tokenFor(sandbox, where, "auto-merge-gate");
  const [owner = "", repo = ""] = where.split("/");
  const context = { owner, repo, apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server } as RunContext;
  const loop = connect({ context, token, log: SILENT, clock: systemClock, stage: "bench" });
  const base = sandbox.repository(where).git.ref("refs/heads/main") ?? "";
  const [branch, traceId] = ["instant/faq-bench", newTraceId()];
  await loop.createBranch(branch, base);
  const commit = await loop.commitFiles({ branch, expectedHead: base, files: [{ path: "docs/FAQ.md", text: `${FAQ}\n## Does it work?\n\nYes.\n` }], headline: "Update FAQ - Does it work?", body: `Trace-Id: ${traceId}` });
  if (commit === "moved") throw new Error("the new branch of the benchmark moved");
  const pull = await loop.openPull({ head: branch, base: "main", title: "Update FAQ - Does it work?", body: `trace-id: ${traceId}\n` });
  if (typeof pull === "string") throw new Error(`the pull request of the benchmark was not opened: ${pull}`);
  const now = sandbox.world.now();
  await loop.publishCheck({ name: "instant/fast-ci", sha: commit.sha, conclusion: "success", title: "success", summary: "", annotations: [], externalId: traceId, startedAt: now, completedAt: now });
  return { "pr-number": String(pull.number), "head-sha": commit.sha, "trace-id": traceId };
}

function tokenFor(sandbox: LoopWorld["sandbox"], where: string, action: string) {
  const permissions = PERMISSIONS[action as keyof typeof PERMISSIONS];
  begun += 1;
  return { runId: begun, ...sandbox.world.tokens.job(sandbox.repository(where), begun, action, permissions) };
}

/**
 * Runs the compiled bundle of a stage once, as a runner does.
 * @param more inputs beside the stage's own.
 * @param around is put around the process, to watch it.
 * @throws Error when it fails, or did something else than what it is measured for.
 */
export async function runStage(world: LoopWorld, stage: Stage, options: Place & { readonly more: Readonly<Record<string, string>>; readonly around?: (subject: Subject) => Subject }): Promise<StageRun> {
  const { repository, inputs } = await stage.prepare();
  const { runId, token } = tokenFor(world.sandbox, repository, stage.action);
  const folder = path.join(options.folder, String(runId));
  await mkdir(folder);
  const file = (name: string) => path.join(folder, name);
  await Promise.all([...["output", "summary"].map((name) => writeFile(file(name), "")), writeFile(file("event.json"), "{}")]);
  const given = Object.entries({ token, ...inputs, ...options.more }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const { urls } = world.sandbox;
  const env: Record<string, string> = {
    ...Object.fromEntries(given),
    CI: "true", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: repository, GITHUB_API_URL: urls.api, GITHUB_GRAPHQL_URL: urls.graphql, GITHUB_SERVER_URL: urls.server,
    GITHUB_WORKSPACE: folder, GITHUB_RUN_ID: String(runId), GITHUB_RUN_ATTEMPT: "1", GITHUB_JOB: stage.action, GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_EVENT_PATH: file("event.json"), GITHUB_ACTOR: world.person, GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary"), RUNNER_TEMP: folder,
  };
  const subject: Subject = { name: stage.name, args: [path.join(options.dist, stage.action, "index.js")], env };
  const ms = await timeBeside(options.around?.(subject) ?? subject);
  const outputs = await readFile(file("output"), "utf8");
  for (const [name, value] of Object.entries(stage.proof)) {
    if (!new RegExp(`^${name}<<(\\S+)\\r?\\n${value}\\r?\\n\\1`, "m").test(outputs)) throw new Error(`${stage.name} was to answer ${name}=${value}, and answered:\n${outputs}`);
  }
  return { ms, requests: world.sandbox.requests.list({ runId }).filter(({ kind }) => kind !== "git").length };
}
