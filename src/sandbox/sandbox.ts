/**
 * A small GitHub on this machine: real repositories, REST, GraphQL, tokens, workflows. Loopback only.
 * See README.md beside this file for how a test uses it.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createEngine, matchesEvent, resolveDispatchInputs, runName, workflowName } from "./engine/index.ts";
import type { Engine, Permissions } from "./engine/port.ts";
import { page } from "./pages/index.ts";
import { Faults } from "./server/faults.ts";
import { ApiServer } from "./server/http.ts";
import type { Exchange } from "./server/http.ts";
import { RateLimiter } from "./server/limits.ts";
import type { LimitOptions } from "./server/limits.ts";
import { githubSchema } from "./server/graphql/schema.ts";
import { RequestLog } from "./server/log.ts";
import { dispatchPayload, payloadOf } from "./server/payloads.ts";
import { runPage } from "./server/render/actions.ts";
import { createRouter } from "./server/routes/index.ts";
import { makeCertificate, trustEnvironment } from "./server/tls.ts";
import { engineHost } from "./world/actions/host.ts";
import type { ActionProvider } from "./world/actions/host.ts";
import { Runs } from "./world/actions/runs.ts";
import type { WorkflowLanguage } from "./world/actions/language.ts";
import { runControl } from "./world/actions/control.ts";
import type { RunControl } from "./world/actions/control.ts";
import { watchAutoMerge } from "./world/auto-merge.ts";
import { watchMergeQueues } from "./world/merge-queue.ts";
import { seeded } from "./world/random.ts";
import type { Delay } from "./world/random.ts";
import type { AppCredentials, NewInstallation } from "./world/installations.ts";
import { createRepository, deleteRepository, forkRepository } from "./world/repositories.ts";
import type { NewRepository } from "./world/repositories.ts";
import type { Account, Repository, Role } from "./world/types.ts";
import { World } from "./world/world.ts";
import type { Quirks, Urls } from "./world/world.ts";

export interface SandboxOptions {
  /** Default: any free port. Starting fails with the system's error (EADDRINUSE, EACCES) when it cannot be had. */
  readonly port?: number;
  /** Folder for `owner/repo/path@ref`; asked before the repositories of the sandbox itself. */
  readonly actions?: ActionProvider;
  /** Milliseconds a job waits for its runner; default 0. */
  readonly pickupDelay?: Delay;
  /** Jobs side by side over all runs; default 20, as GitHub's free plan. */
  readonly maxConcurrentJobs?: number;
  /** Default: GitHub's primary limits, no secondary ones. */
  readonly limits?: LimitOptions;
  /** Of sampled delays; default 1. */
  readonly seed?: number;
  /** Where the temporary folder is made; default the system's. */
  readonly directory?: string;
  /** Time for steps of a cancelled job, in milliseconds; default the runner's own. */
  readonly grace?: NonNullable<Parameters<typeof createEngine>[1]>["grace"];
  readonly now?: () => number;
  /** Reads GitHub's GraphQL schema before it answers the first request (about 150 ms), so that no measured query pays for it. */
  readonly warm?: boolean;
  /** HTTPS, with a certificate for 127.0.0.1 and localhost that jobs trust; see `trust` for other clients. Default: plain HTTP. */
  readonly tls?: boolean;
  /** `http://name`, where something in between (a proxy, a front) leads from that name to this server; without a path. */
  readonly publicUrl?: string;
  /** What the runners' machine sets for every process of a job, over the sandbox's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How other programs come to trust the certificate; the files are gone when the sandbox is closed. */
export interface Trust {
  /** PEM file of the sandbox's authority, for what adds to the trusted ones: NODE_EXTRA_CA_CERTS, `http.<url>.sslCAInfo`. */
  readonly caFile: string;
  /** The variables that Node, git and Go programs such as gh read. Other https servers stay trusted. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One event as a subscribed app hears it. */
export interface WebhookDelivery {
  readonly event: string;
  readonly action: string | undefined;
  readonly repository: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Sandbox {
  /** By which jobs and people know it. */
  readonly urls: Urls;
  /** Where it listens: the origin of `urls`, unless those are of another name. */
  readonly address: string;
  /** undefined without `tls`. */
  readonly trust: Trust | undefined;
  /** The state itself, for what the methods here do not say. Change it through them. */
  readonly world: World;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** Rare but real behaviour that a test switches on. */
  readonly quirks: Quirks;
  readonly runs: RunControl;
  readonly tokens: {
    /** A person's token: it may what its owner may. */
    user(login: string): string;
    /** An installation token of an app on every repository. */
    app(slug: string, permissions: Permissions): string;
  };
  /** A GitHub App with a key of its own, installed on repositories of one owner. */
  installApp(wanted: NewInstallation): Promise<AppCredentials>;
  addUser(login: string, options?: { readonly name?: string; readonly email?: string; readonly roles?: Readonly<Record<string, Role>> }): Account;
  createRepository(options: NewRepository): Promise<Repository>;
  fork(repository: Repository, owner: string): Promise<Repository>;
  /** Its open pull requests keep branch name and commit, and lose their head repository. */
  deleteRepository(repository: Repository): void;
  repository(fullName: string): Repository;
  setSecret(fullName: string, name: string, value: string): void;
  setVariable(fullName: string, name: string, value: string): void;
  disableWorkflow(fullName: string, path: string): Promise<void>;
  /** Hears everything, also what starts no workflow. */
  onWebhook(listener: (delivery: WebhookDelivery) => void): () => void;
  /** Every API request with its answer, for validators. */
  onExchange(listener: (exchange: Exchange) => void): () => void;
  /** Ends every process and removes every file. */
  close(): Promise<void>;
}

const language: WorkflowLanguage = {
  matchesEvent, workflowName, runName,
  resolveDispatchInputs: (source, path, given) => {
    try {
      return { ok: true, inputs: resolveDispatchInputs(source, path, given) };
    } catch (cause) {
      const { problems } = cause as { problems?: readonly string[] };
      return { ok: false, problems: problems ?? [cause instanceof Error ? cause.message : String(cause)] };
    }
  },
};

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  if (options.warm === true) githubSchema();
  const root = await mkdtemp(join(options.directory ?? tmpdir(), "instant-sandbox-"));
  const certificate = options.tls === true ? await makeCertificate(root) : undefined;
  const trust = certificate === undefined ? undefined : { caFile: certificate.caFile, environment: trustEnvironment(certificate) };
  const now = options.now ?? Date.now;
  const world = new World(root, now);
  const faults = new Faults();
  faults.seed(options.seed ?? 1);
  const requests = new RequestLog();
  let engine: Engine | undefined;
  const runs: Runs = new Runs(world, {
    language,
    // Made at the first run: a test that runs no workflow pays nothing for the engine.
    engine: () => (engine ??= createEngine(engineHost(world, runs, {
      actions: options.actions, pickupDelay: options.pickupDelay ?? 0, maxConcurrentJobs: options.maxConcurrentJobs ?? 20,
      random: seeded((options.seed ?? 1) + 1), environment: { ...trust?.environment, ...options.environment },
    }), { directory: root, ...(options.grace === undefined ? {} : { grace: options.grace }) })),
    payload: (event) => payloadOf(world, event),
    dispatchPayload: (repository, actor, path, ref, inputs) => dispatchPayload(world, repository, actor, path, ref, inputs),
    jobPage: (run, job) => `${runPage(world, run)}/job/${job.id}`,
  });
  const autoMerges = watchAutoMerge(world);
  const mergeQueues = watchMergeQueues(world);
  const taps = new Set<(exchange: Exchange) => void>();
  const server = new ApiServer({
    world, runs, faults, taps, router: createRouter(), limiter: new RateLimiter(options.limits ?? {}, now), log: requests,
    page: (path) => page(world, path), certificate,
  });
  const port = await server.listen(options.port).catch(async (cause: unknown) => {
    await rm(root, { recursive: true, force: true });
    throw cause;
  });
  // The usual port of its protocol is not written.
  const { origin } = new URL(`${trust === undefined ? "http" : "https"}://127.0.0.1:${port}`);
  const known = options.publicUrl ?? origin;
  world.urls = { api: `${known}/api/v3`, graphql: `${known}/api/graphql`, server: known };
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    runs.stop();
    await engine?.close();
    await server.close();
    await runs.idle();
    await autoMerges();
    await mergeQueues();
    await Promise.all([...world.stores].map((store) => store.close(false)));
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  return { ...faces(world, runs, taps), address: origin, trust, faults, requests, close: () => (closing ??= close()) };
}

type Faces = Omit<Sandbox, "address" | "trust" | "faults" | "requests" | "close">;

function faces(world: World, runs: Runs, taps: Set<(exchange: Exchange) => void>): Faces {
  const repository = (fullName: string): Repository => {
    const found = world.repository(fullName);
    if (found === undefined) throw new Error(`The sandbox has no repository ${fullName}`);
    return found;
  };
  return {
    get urls() {
      return world.urls;
    },
    world, quirks: world.quirks, runs: runControl(world, runs), repository,
    tokens: {
      user: (login) => world.tokens.person(login),
      app: (slug, permissions) => world.tokens.app(world.apps.get(slug) ?? world.addApp(slug, permissions), permissions),
    },
    installApp: (wanted) => world.installations.install(wanted),
    addUser: (login, options = {}) => {
      const account = world.addAccount(login, options);
      for (const [fullName, role] of Object.entries(options.roles ?? {})) repository(fullName).roles.set(login.toLowerCase(), role);
      return account;
    },
    createRepository: (options) => createRepository(world, options),
    fork: (parent, owner) => forkRepository(world, parent, owner),
    deleteRepository: (one) => deleteRepository(world, one),
    setSecret: (fullName, name, value) => void (repository(fullName).secrets[name] = value),
    setVariable: (fullName, name, value) => void (repository(fullName).variables[name] = value),
    disableWorkflow: async (fullName, path) => {
      const found = (await runs.workflows(repository(fullName))).find((one) => one.path === path || one.path.endsWith(`/${path}`));
      if (found === undefined) throw new Error(`${fullName} has no workflow ${path} on its default branch`);
      found.state = "disabled_manually";
    },
    onWebhook: (listener) => {
      // Rendered at once, delivered in order. What cannot be rendered any more (the sandbox closed) is not delivered.
      let tail: Promise<unknown> = Promise.resolve();
      return world.listen((event) => {
        const payload = payloadOf(world, event).catch(() => undefined);
        tail = tail.then(() => payload).then((rendered) => {
          if (rendered === undefined) return;
          listener({
            event: event.name, action: "action" in event ? event.action : undefined, repository: event.repository.fullName, payload: rendered,
          });
        });
      });
    },
    onExchange: (listener) => {
      taps.add(listener);
      return () => taps.delete(listener);
    },
  };
}
