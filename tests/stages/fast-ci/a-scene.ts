import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { everything } from "../../../src/github/everything.ts";
import { connect } from "../../../src/github/index.ts";
import type { FileChange, Repository } from "../../../src/github/port.ts";
import type { RunContext } from "../../../src/kit/context.ts";
import type { Log } from "../../../src/kit/log.ts";
import { parsePairs } from "../../../src/sandbox/engine/files.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { bundleOf, MACHINE, runProcess } from "../../fakes/action-process.ts";
import { JumpingClock } from "../../fakes/clock.ts";

const MAIN = bundleOf("fast-ci");
const RECHECK = fileURLToPath(new URL("recheck-main.ts", import.meta.url));
export const TRACE = "0f8fad5b-d9cb-469f-a165-70867728950e";
/** What catalog.yml and the templates give it. */
export const NEEDED = { contents: "read", "pull-requests": "read", checks: "write" } as const;
export const FAQ = "# FAQ\n\n## What is this?\n\nA test. See the [guide](guide.md).\n";
export const FILES: Readonly<Record<string, string>> = {
  "README.md": "# Product\n",
  "docs/FAQ.md": FAQ,
  "docs/guide.md": "# Guide\n\n## First steps\n\nGo.\n",
  "smoke.sh": "echo smoke\n",
};

export interface Ran {
  readonly status: number | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** API requests of this run, without those of git. */
  readonly requests: readonly string[];
}

type Permissions = Readonly<Record<string, "read" | "write">>;
const silent: Log = { debug() {}, info() {}, warning() {}, error() {} };

/** A repository on a sandbox GitHub, and fast-ci started on it as a runner would. */
export class Scene {
  readonly sandbox: Sandbox;
  readonly folder: string;
  #runs = 100;

  private constructor(sandbox: Sandbox, folder: string) {
    this.sandbox = sandbox;
    this.folder = folder;
  }

  static async start(files: Readonly<Record<string, string>> = FILES): Promise<Scene> {
    const scene = new Scene(await startSandbox(), await mkdtemp(join(tmpdir(), "instant-fast-ci-")));
    for (const login of ["acme", "ada", "mallory"]) scene.sandbox.addUser(login);
    await scene.sandbox.createRepository({ owner: "acme", name: "product", from: files, roles: { ada: "write" } });
    return scene;
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  as(login: string, owner = "acme"): Repository {
    const { urls } = this.sandbox;
    const context = { owner, repo: "product", apiUrl: urls.api, graphqlUrl: urls.graphql, serverUrl: urls.server } as RunContext;
    return connect({ context, token: this.sandbox.tokens.user(login), log: silent, clock: new JumpingClock(), stage: "test" }, everything);
  }

  head(branch: string, owner = "acme"): string {
    return this.sandbox.repository(`${owner}/product`).git.ref(`refs/heads/${branch}`) ?? "";
  }

  /** Ada's pull request with these files (null deletes). */
  async pull(branch: string, files: Readonly<Record<string, string | null>>): Promise<{ readonly number: number; readonly sha: string; readonly base: string }> {
    const ada = this.as("ada");
    const base = this.head("main");
    await ada.createBranch(branch, base);
    const sha = await this.commit(branch, files);
    const opened = await ada.openPull({ head: branch, base: "main", title: branch, body: `trace-id: ${TRACE}\n` });
    if (typeof opened === "string") throw new Error(`not opened: ${opened}`);
    return { number: opened.number, sha, base };
  }

  async commit(branch: string, files: Readonly<Record<string, string | null>>): Promise<string> {
    const changes: FileChange[] = Object.entries(files).map(([path, text]) => ({ path, text }));
    const commit = await this.as("ada").commitFiles({ branch, expectedHead: this.head(branch), files: changes, headline: "Change", body: "" });
    if (commit === "moved") throw new Error("moved");
    return commit.sha;
  }

  checksAt(sha: string, owner = "acme") {
    const repository = this.sandbox.repository(`${owner}/product`);
    return [...repository.checkRuns.values()].filter((run) => run.headSha === sha);
  }

  async run(
    inputs: Readonly<Record<string, string>>,
    options: { readonly permissions?: Permissions; readonly event?: { readonly name: string; readonly payload: object }; readonly workspace?: string; readonly env?: Readonly<Record<string, string>>; readonly recheck?: boolean } = {},
  ): Promise<Ran> {
    this.#runs += 1;
    const runId = this.#runs;
    const folder = await mkdtemp(join(this.folder, "run-"));
    const temp = await mkdtemp(join(this.folder, "temp-"));
    const file = (name: string) => join(folder, name);
    await Promise.all([...["output", "summary"].map((name) => writeFile(file(name), "")), writeFile(file("event.json"), JSON.stringify(options.event?.payload ?? {}))]);
    const { token } = this.sandbox.world.tokens.job(this.sandbox.repository("acme/product"), runId, "ci", options.permissions ?? NEEDED);
    const { urls } = this.sandbox;
    const env = {
      ...MACHINE,
      HOME: folder,
      ...Object.fromEntries(Object.entries({ token, ...inputs }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      GITHUB_REPOSITORY: "acme/product",
      GITHUB_API_URL: urls.api,
      GITHUB_GRAPHQL_URL: urls.graphql,
      GITHUB_SERVER_URL: urls.server,
      GITHUB_WORKSPACE: options.workspace ?? folder,
      GITHUB_RUN_ID: String(runId),
      GITHUB_EVENT_NAME: options.event?.name ?? "workflow_dispatch",
      GITHUB_EVENT_PATH: file("event.json"),
      GITHUB_ACTOR: "ada",
      GITHUB_OUTPUT: file("output"),
      GITHUB_STEP_SUMMARY: file("summary"),
      RUNNER_TEMP: temp,
      ...options.env,
    };
    const { exitCode: status, log } = await runProcess(options.recheck ? RECHECK : MAIN, env, folder);
    const left = await readdir(temp);
    if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
    return {
      status,
      log,
      outputs: parsePairs(await readFile(file("output"), "utf8")),
      summary: await readFile(file("summary"), "utf8"),
      requests: this.sandbox.requests.list({ runId }).filter(({ kind }) => kind !== "git").map(({ method, template, operation, status: answer }) => `${method} ${operation ?? template} ${answer}`),
    };
  }
}
