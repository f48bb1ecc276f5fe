import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everything } from "../../../src/github/everything.ts";
import { connect } from "../../../src/github/index.ts";
import type { Repository } from "../../../src/github/port.ts";
import type { RunContext } from "../../../src/kit/context.ts";
import type { Log } from "../../../src/kit/log.ts";
import { parsePairs } from "../../../src/sandbox/engine/files.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { bundleOf, MACHINE, runProcess } from "../../fakes/action-process.ts";
import { JumpingClock } from "../../fakes/clock.ts";
import { TRACE } from "./a-pull.ts";

const PROGRAM = bundleOf("auto-merge-gate");
const PERMISSIONS = { contents: "write", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" } as const;
export const FAQ = "# FAQ\n\n## What is this?\n\nA test.\n";

export interface Gated {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
  readonly reasons: readonly string[];
  readonly requests: readonly string[];
}

/** A repository in a sandbox of its own, the loop's token for it, and the gate as the runner would start it. */
export class Scene {
  readonly sandbox: Sandbox;
  readonly folder: string;
  #runId = 7_000;

  private constructor(sandbox: Sandbox, folder: string) {
    this.sandbox = sandbox;
    this.folder = folder;
  }

  static async start(): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), "instant-gate-"));
    return new Scene(await startSandbox(), folder);
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A new repository with a FAQ; each test has its own. */
  async repository(name: string, options: Partial<Parameters<Sandbox["createRepository"]>[0]> = {}): Promise<Place> {
    for (const login of ["acme", "ada"]) this.sandbox.addUser(login);
    await this.sandbox.createRepository({ owner: "acme", name, from: { "docs/FAQ.md": FAQ, "README.md": "# Product\n" }, roles: { ada: "write" }, ...options });
    return new Place(this, name);
  }

  nextRunId(): number {
    this.#runId += 1;
    return this.#runId;
  }
}

const silent: Log = { debug() {}, info() {}, warning() {}, error() {} };

export class Place {
  readonly scene: Scene;
  readonly name: string;
  readonly loop: Repository;

  constructor(scene: Scene, name: string) {
    this.scene = scene;
    this.name = name;
    this.loop = this.as(this.jobToken(PERMISSIONS).token);
  }

  jobToken(permissions: Readonly<Record<string, "read" | "write">>) {
    const runId = this.scene.nextRunId();
    return { runId, ...this.scene.sandbox.world.tokens.job(this.scene.sandbox.repository(`acme/${this.name}`), runId, "gate", permissions) };
  }

  /** The repository as a token sees it. */
  as(token: string): Repository {
    const { urls } = this.scene.sandbox;
    const context = { owner: "acme", repo: this.name, apiUrl: urls.api, graphqlUrl: urls.graphql, serverUrl: urls.server } as RunContext;
    return connect({ context, token, log: silent, clock: new JumpingClock(), stage: "test" }, everything);
  }

  get ada(): Repository {
    return this.as(this.scene.sandbox.tokens.user("ada"));
  }

  ref(branch: string): string | undefined {
    return this.scene.sandbox.repository(`acme/${this.name}`).git.ref(`refs/heads/${branch}`);
  }

  faq(): Promise<string | null> {
    return this.loop.readFile(this.ref("main") ?? "", "docs/FAQ.md");
  }

  /** A pull request of the loop that adds an entry, checked green unless told otherwise. */
  async pull(question: string, options: { readonly by?: Repository; readonly path?: string; readonly check?: "success" | "failure" | null; readonly text?: string } = {}) {
    const { by = this.loop, path = "docs/FAQ.md", check = "success" } = options;
    const branch = `instant/faq-${question.replace(/\W+/g, "-").toLowerCase()}`;
    const base = this.ref("main") ?? "";
    await by.createBranch(branch, base);
    const text = options.text ?? `${FAQ}\n## ${question}\n\nYes, it does.\n`;
    const commit = await by.commitFiles({ branch, expectedHead: base, files: [{ path, text }], headline: `Update FAQ - ${question}`, body: `Trace-Id: ${TRACE}` });
    if (commit === "moved") throw new Error("the new branch moved");
    const opened = await by.openPull({ head: branch, base: "main", title: `Update FAQ - ${question}`, body: `trace-id: ${TRACE}\n` });
    if (typeof opened === "string") throw new Error(`the pull request was not opened: ${opened}`);
    if (check !== null) await this.check(commit.sha, check);
    return { ...opened, branch, sha: commit.sha };
  }

  async check(sha: string, conclusion: "success" | "failure", name = "instant/fast-ci"): Promise<void> {
    const now = this.scene.sandbox.world.now();
    const made = await this.loop.publishCheck({ name, sha, conclusion, title: conclusion, summary: "", annotations: [], externalId: TRACE, startedAt: now, completedAt: now });
    if (made === "read-only") throw new Error("the check could not be written");
  }

  /** Somebody's commit on top of a branch. */
  async push(by: Repository, branch: string, text: string, path = "docs/FAQ.md"): Promise<string> {
    const commit = await by.commitFiles({ branch, expectedHead: this.ref(branch) ?? "", files: [{ path, text }], headline: "Change it", body: "" });
    if (commit === "moved") throw new Error("the branch moved");
    return commit.sha;
  }

  /** Runs the action as a runner does: its own process, inputs and files in the environment. */
  async gate(inputs: Readonly<Record<string, string>>, options: { readonly permissions?: Readonly<Record<string, "read" | "write">> } = {}): Promise<Gated> {
    const { runId, token } = this.jobToken(options.permissions ?? PERMISSIONS);
    const folder = await mkdtemp(join(this.scene.folder, "run-"));
    const [outputFile, summaryFile] = [join(folder, "output"), join(folder, "summary")];
    await Promise.all([outputFile, summaryFile].map((file) => writeFile(file, "")));
    const given = { token, "trace-id": TRACE, "wait-seconds": "30", ...inputs };
    const { urls } = this.scene.sandbox;
    const env = {
      ...MACHINE,
      ...Object.fromEntries(Object.entries(given).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
      GITHUB_REPOSITORY: `acme/${this.name}`,
      GITHUB_API_URL: urls.api,
      GITHUB_GRAPHQL_URL: urls.graphql,
      GITHUB_SERVER_URL: urls.server,
      GITHUB_WORKSPACE: folder,
      GITHUB_RUN_ID: String(runId),
      GITHUB_JOB: "gate",
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      RUNNER_TEMP: folder,
    };
    const { exitCode, log } = await runProcess(PROGRAM, env, folder);
    const outputs = parsePairs(await readFile(outputFile, "utf8"));
    const requests = this.scene.sandbox.requests.list({ runId }).filter(({ kind }) => kind !== "git");
    return {
      exitCode,
      log,
      outputs,
      summary: await readFile(summaryFile, "utf8"),
      reasons: JSON.parse(outputs.reasons ?? "[]") as string[],
      requests: requests.map(({ method, template, operation, status }) => `${method} ${operation ?? template} ${status}`),
    };
  }
}
