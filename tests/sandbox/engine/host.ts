/** A small GitHub in memory: all that the engine's tests need of the world around it. */
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { EngineHost, JobRef, Permissions, RunEvent, RunRequest } from "../../../src/sandbox/engine/index.ts";

export interface TestHost extends EngineHost {
  readonly events: RunEvent[];
  readonly tokens: { readonly token: string; readonly job: JobRef; readonly permissions: Permissions; revoked: boolean }[];
  readonly files: Map<string, string>;
  readonly actions: Map<string, string>;
  readonly stored: Map<string, { readonly id: number; readonly folder: string; readonly files: readonly string[] }>;
  readonly folder: string;
  /** Called with each event as it comes. */
  onEvent: (event: RunEvent, request: RunRequest) => void;
  /** Lines that a step of the job logged, headers and all. */
  lines(job?: string): string[];
  conclusions(): Record<string, string>;
  remove(): void;
}

export interface HostOptions {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly permissions?: Permissions;
  readonly server?: string;
  readonly maxConcurrentJobs?: number;
  readonly pickupDelay?: number;
}

export function makeHost(options: HostOptions = {}): TestHost {
  const folder = mkdtempSync(join(tmpdir(), "engine-test-"));
  const events: RunEvent[] = [];
  const tokens: TestHost["tokens"] = [];
  const files = new Map<string, string>();
  const actions = new Map<string, string>();
  const stored: TestHost["stored"] = new Map();
  const server = options.server ?? "http://127.0.0.1:1";
  const host: TestHost = {
    events, tokens, files, actions, stored, folder,
    urls: { api: `${server}/api/v3`, graphql: `${server}/api/graphql`, server },
    maxConcurrentJobs: options.maxConcurrentJobs ?? 4,
    onEvent: () => undefined,
    issueToken: async (_request, job, permissions) => {
      const issued = { token: `ghs_${randomUUID()}`, job, permissions, revoked: false };
      tokens.push(issued);
      return { token: issued.token, revoke: () => { issued.revoked = true; } };
    },
    defaultPermissions: () => options.permissions ?? { contents: "read", packages: "read" },
    secrets: () => options.secrets ?? {},
    variables: () => options.variables ?? {},
    readFile: async (_repository, _sha, path) => files.get(path),
    resolveAction: async ({ owner, repo, path }) => actions.get([owner, repo, path].filter((part) => part !== "").join("/")),
    artifacts: {
      save: async (_runId, name, root, paths) => {
        const target = join(folder, "artifacts", name);
        rmSync(target, { recursive: true, force: true });
        const inside = paths.map((path) => relative(root, path));
        for (const path of inside) {
          mkdirSync(dirname(join(target, path)), { recursive: true });
          cpSync(join(root, path), join(target, path));
        }
        const id = stored.size + 1;
        stored.set(name, { id, folder: target, files: inside });
        return { id, digest: `sha256:${id}` };
      },
      load: async (_runId, name, directory) => {
        const found = stored.get(name);
        if (found) cpSync(found.folder, directory, { recursive: true });
        return found && { id: found.id };
      },
      list: async () => [...stored.keys()],
    },
    pickupDelay: () => options.pickupDelay ?? 0,
    report: (request, event) => {
      events.push(event);
      host.onEvent(event, request);
    },
    lines: (job) => events.flatMap((event) => (event.type === "log" && (job === undefined || event.job.id === job) ? [event.line] : [])),
    conclusions: () => Object.fromEntries(events.flatMap((event) => (event.type === "job_completed" ? [[event.job.id, event.conclusion]] : []))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return host;
}

let runs = 0;

/** A push to main that starts the given workflow. */
export function requestFor(workflowSource: string, more: Partial<RunRequest> = {}): RunRequest {
  runs += 1;
  return {
    runId: 1000 + runs,
    runNumber: runs,
    runAttempt: 1,
    repository: "octo/site",
    repositoryId: 42,
    defaultBranch: "main",
    workflowPath: ".github/workflows/test.yml",
    workflowSource,
    event: { name: "push", payload: { ref: "refs/heads/main", repository: { fork: false, owner: { id: 7 } }, sender: { id: 8 } } },
    ref: "refs/heads/main",
    sha: "0123456789abcdef0123456789abcdef01234567",
    actor: "mona",
    ...more,
  };
}
