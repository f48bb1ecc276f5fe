import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parsePairs } from "../../../src/sandbox/engine/files.ts";
import { type ModelServer, startModelServer } from "../../../src/sandbox/model/index.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { bundleOf, MACHINE } from "../../fakes/action-process.ts";

type Permissions = Readonly<Record<string, "read" | "write">>;
type Repository = ReturnType<Sandbox["repository"]>;

const MAIN = bundleOf("faq-generate");

export const NEEDED: Permissions = { contents: "write", "pull-requests": "write", issues: "read" };

export const FAQ = `# FAQ

## What is Kestrel?

A small message queue.

## How do I stop it?

Send it SIGTERM. It finishes what it is doing.
`;

export const FILES: Readonly<Record<string, string>> = {
  "README.md": "# Kestrel\n\nKestrel is a small message queue. It listens on port 4711 unless KESTREL_PORT says otherwise.\n",
  "docs/FAQ.md": FAQ,
  "docs/install.md": "# Install\n\nInstall Kestrel with `npm install kestrel`. It needs Node 20 or newer.\n\n## 安装\n\n用 `npm install kestrel` 安装 Kestrel。它需要 Node 20。\n\n## インストール\n\nKestrel は `npm install kestrel` でインストールします。\n\n## التثبيت\n\nثبّت Kestrel بالأمر `npm install kestrel`.\n",
  "docs/storage.md": "# Storage\n\nMessages are kept on disk in an append-only log. The log is compacted every hour. 🚀 emoji are stored as UTF-8.\n",
};

export interface Result {
  readonly status: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
}

export interface World {
  readonly sandbox: Sandbox;
  readonly model: ModelServer;
  readonly repository: Repository;
  /** Runs the action as a runner would. */
  act(inputs: Readonly<Record<string, string>>, options?: { event?: string; payload?: object; permissions?: Permissions; env?: Readonly<Record<string, string>> }): Promise<Result>;
  /** Ends it by SIGKILL at its first such request, whose every try fails in this way: how a runner that loses power leaves things. */
  kill(inputs: Readonly<Record<string, string>>, at: { method: string; path: string }, effect: Parameters<Sandbox["faults"]["add"]>[0]["effect"]): Promise<void>;
  /** The model's completions so far. */
  asked(): number;
  pulls(): readonly { readonly number: number; readonly title: string; readonly body: string; readonly headRef: string; readonly state: string }[];
  branches(): readonly string[];
  text(ref: string, file?: string): Promise<string | null>;
  close(): Promise<void>;
}

let count = 0;

export async function openWorld(files: Readonly<Record<string, string>> = FILES): Promise<World> {
  const [sandbox, model] = await Promise.all([startSandbox(), startModelServer()]);
  const folder = await mkdtemp(path.join(tmpdir(), "faq-generate-"));
  sandbox.addUser("mona");
  const repository = await sandbox.createRepository({ owner: "mona", name: "kestrel", from: files });
  const environment = async (inputs: Readonly<Record<string, string>>, options: Parameters<World["act"]>[1] = {}) => {
    count += 1;
    const id = `${count}`;
    const { token } = sandbox.world.tokens.job(repository, count, "generate", options.permissions ?? NEEDED);
    const file = (name: string) => path.join(folder, `${id}-${name}`);
    await Promise.all([...["output", "summary"].map((name) => writeFile(file(name), "")), writeFile(file("event.json"), JSON.stringify(options.payload ?? {}))]);
    const given: Record<string, string> = { token, "base-url": model.url, "api-key": model.apiKey, model: model.models[0] ?? "", ...inputs };
    const env: Record<string, string> = {
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      ...MACHINE,
      GITHUB_REPOSITORY: "mona/kestrel",
      GITHUB_API_URL: sandbox.urls.api,
      GITHUB_GRAPHQL_URL: sandbox.urls.graphql,
      GITHUB_SERVER_URL: sandbox.urls.server,
      GITHUB_WORKSPACE: folder,
      GITHUB_RUN_ID: id,
      GITHUB_EVENT_NAME: options.event ?? "workflow_dispatch",
      GITHUB_EVENT_PATH: file("event.json"),
      GITHUB_ACTOR: "mona",
      GITHUB_OUTPUT: file("output"),
      GITHUB_STEP_SUMMARY: file("summary"),
      ...options.env,
    };
    return { env, file, id: count, token };
  };
  return {
    sandbox,
    model,
    repository,
    act: async (inputs, options) => {
      const { env, file } = await environment(inputs, options);
      const { status, log } = await new Promise<{ status: number; log: string }>((resolve) => {
        execFile(process.execPath, [MAIN], { env, timeout: 50_000 }, (error, stdout, stderr) => {
          resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : -1, log: stdout + stderr });
        });
      });
      return { status, log, outputs: parsePairs(await readFile(file("output"), "utf8")), summary: await readFile(file("summary"), "utf8") };
    },
    kill: async (inputs, at, effect) => {
      const { env } = await environment(inputs);
      const disarm = sandbox.faults.add({ match: at, effect });
      await new Promise<void>((resolve) => {
        const child = execFile(process.execPath, [MAIN], { env, timeout: 50_000 }, () => resolve());
        const stop = sandbox.onExchange(({ method, template }) => {
          if (method !== at.method || template !== at.path) return;
          stop();
          child.kill("SIGKILL");
        });
      });
      disarm();
    },
    asked: () => model.requests.filter(({ path: at }) => at.endsWith("/chat/completions")).length,
    pulls: () =>
      [...repository.issues.values()].flatMap((issue) =>
        issue.pull === undefined ? [] : [{ number: issue.number, title: issue.title, body: issue.body ?? "", headRef: issue.pull.headRef, state: issue.state }],
      ),
    branches: () => repository.git.refs("refs/heads/").map(([name]) => name.slice("refs/heads/".length)),
    text: (ref, at = "docs/FAQ.md") => readAt(repository, ref, at),
    close: async () => {
      await Promise.all([sandbox.close(), model.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readAt(repository: Repository, ref: string, file: string): Promise<string | null> {
  const sha = /^[0-9a-f]{40}$/.test(ref) ? ref : repository.git.ref(`refs/heads/${ref}`);
  if (sha === undefined) return null;
  return (await repository.git.fileAt(sha, file))?.toString("utf8") ?? null;
}
