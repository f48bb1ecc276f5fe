import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import path from "node:path";
import { newTraceId } from "../../kit/ids.ts";
import { parsePairs } from "../../sandbox/engine/files.ts";
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
  /** Hears of each repository before a job of it is measured. */
  readonly begun?: (repository: string) => Promise<void>;
}

export interface StageRun {
  readonly ms: number;
  /** Requests to GitHub. */
  readonly requests: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Its log, as the runner gets it. */
  readonly said: string;
}

const PERMISSIONS = {
  "faq-generate": { contents: "write", "pull-requests": "write", issues: "read" },
  "auto-merge-gate": { contents: "write", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" },
  "post-deploy-health": { contents: "read", "pull-requests": "read", issues: "read", actions: "write" },
  rollback: { contents: "write", "pull-requests": "write", issues: "write", actions: "write", checks: "read", statuses: "read" },
} as const;

const FAQ = "# FAQ\n\n## What is this?\n\nA product.\n";

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
    await place.begun?.(`bench/${name}`);
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
      prepare: () => greenPull(world, place, asks),
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
async function greenPull(world: LoopWorld, place: Place, asks: Stage): Promise<{ readonly repository: string; readonly inputs: Readonly<Record<string, string>> }> {
  const { sandbox } = world;
  const before = await asks.prepare();
  const { outputs } = await runStage(world, { ...asks, prepare: async () => before }, { ...place, more: {} });
  const sha = outputs["head-sha"] ?? "";
  const { token } = tokenFor(sandbox, before.repository, "auto-merge-gate");
  const check = { name: "instant/fast-ci", head_sha: sha, status: "completed", conclusion: "success" };
  await post(`${sandbox.urls.api}/repos/${before.repository}/check-runs`, { token, ca: sandbox.trust === undefined ? undefined : readFileSync(sandbox.trust.caFile, "utf8"), body: check });
  return { repository: before.repository, inputs: { "pr-number": outputs["pr-number"] ?? "", "head-sha": sha, "trace-id": outputs["trace-id"] ?? "" } };
}

/** A request of our own to the sandbox, whose certificate this process does not know. @throws Error when it is refused. */
async function post(url: string, { token, ca, body }: { readonly token: string; readonly ca: string | undefined; readonly body: object }): Promise<void> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "user-agent": "instant-bench" };
    const asked = request(url, { method: "POST", headers, timeout: 10_000, ...(ca === undefined ? {} : { ca }) }, (answer) => answer.resume().once("end", () => resolve(answer.statusCode)));
    asked.once("error", reject).once("timeout", () => asked.destroy(new Error(`${url} did not answer within 10 s`))).end(JSON.stringify(body));
  });
  if (status !== 201) throw new Error(`${url} answered ${status}`);
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
export async function runStage(world: Pick<LoopWorld, "sandbox" | "person">, stage: Stage, options: Place & { readonly more: Readonly<Record<string, string>>; readonly around?: (subject: Subject) => Subject }): Promise<StageRun> {
  const { repository, inputs } = await stage.prepare();
  const { runId, token } = tokenFor(world.sandbox, repository, stage.action);
  const folder = path.join(options.folder, String(runId));
  await mkdir(folder);
  const file = (name: string) => path.join(folder, name);
  await Promise.all([...["output", "summary"].map((name) => writeFile(file(name), "")), writeFile(file("event.json"), "{}")]);
  const given = Object.entries({ token, ...inputs, ...options.more }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const { urls } = world.sandbox;
  const env: Record<string, string> = {
    ...world.sandbox.trust?.environment,
    ...Object.fromEntries(given),
    CI: "true", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: repository, GITHUB_API_URL: urls.api, GITHUB_GRAPHQL_URL: urls.graphql, GITHUB_SERVER_URL: urls.server,
    GITHUB_WORKSPACE: folder, GITHUB_RUN_ID: String(runId), GITHUB_RUN_ATTEMPT: "1", GITHUB_JOB: stage.action, GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_EVENT_PATH: file("event.json"), GITHUB_ACTOR: world.person, GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary"), RUNNER_TEMP: folder,
  };
  const subject: Subject = { name: stage.name, args: [path.join(options.dist, stage.action, "index.js")], env };
  const { ms, said } = await timeBeside(options.around?.(subject) ?? subject);
  const outputs = parsePairs(await readFile(file("output"), "utf8"));
  for (const [name, value] of Object.entries(stage.proof)) {
    if (outputs[name] !== value) throw new Error(`${stage.name} was to answer ${name}=${value}, and answered ${JSON.stringify(outputs, null, 2)}`);
  }
  return { ms, outputs, said, requests: world.sandbox.requests.list({ runId }).filter(({ kind }) => kind !== "git").length };
}
