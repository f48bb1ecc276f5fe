import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEPLOY_PATH, Front } from "./front.ts";
import { Instance } from "./instance.ts";
import { hasCommit, isAncestor, materialise } from "./tree.ts";

export interface ProductOptions {
  /** The bare repository that commits are taken from. */
  readonly gitDir: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** A deployed FAQ that contains this text makes /healthz degraded. */
  readonly breakWhen?: string;
  /** Default docs/FAQ.md. */
  readonly faqPath?: string;
  /** Name shown on the pages. */
  readonly name?: string;
  /** Folder in which it makes its own for deployed trees; default: the system's for temporary files. */
  readonly folder?: string;
}

export type DeploymentStatus =
  /** It runs now. */
  | "live"
  /** It ran already. */
  | "unchanged"
  /** What runs contains it; going back in time is not a deployment. */
  | "superseded"
  /** Its app did not start; what ran before runs on. */
  | "failed"
  /** The repository has no such commit. */
  | "unknown";

export interface Deployment {
  readonly status: DeploymentStatus;
  readonly commit: string;
  /** The commit that runs afterwards. */
  readonly running: string | undefined;
  readonly ms: number;
  /** When it was done, in epoch milliseconds. */
  readonly at: number;
  readonly reason?: string;
}

export interface Product {
  readonly url: string;
  readonly versionUrl: string;
  readonly healthUrl: string;
  readonly faqUrl: string;
  /** Takes `POST {"commit": sha}` with the token as bearer and answers when it is done. */
  readonly deployUrl: string;
  readonly deployToken: string;
  readonly history: readonly Deployment[];
  deployedSha(): string | undefined;
  /** Process id of the app that runs, for tests that end it. */
  pid(): number | undefined;
  deploy(sha: string): Promise<Deployment>;
  /** A hosting platform's webhook: a push deploys what was pushed. */
  onPush(sha: string): Promise<Deployment>;
  close(): Promise<void>;
}

/**
 * The sample product's host. It changes only by deployment: each starts a new process from the tree of a commit, moves the
 * stable address over once that process listens, and stops the one before. Deployments follow one another, and none goes back
 * to an ancestor of what runs, in whatever order they arrive. Closing it leaves no process and no folder.
 */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const root = await mkdtemp(join(options.folder ?? tmpdir(), "instant-product-"));
  const host = new Host(options, root);
  const token = randomBytes(24).toString("hex");
  const deploy = (sha: string): Promise<Deployment> => host.deploy(sha);
  const front = new Front({ port: options.port ?? 0, token, target: () => host.current?.port, deploy });
  let port: number;
  try {
    port = await front.listen();
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    versionUrl: `${url}/version`,
    healthUrl: `${url}/healthz`,
    faqUrl: `${url}/faq`,
    deployUrl: `${url}${DEPLOY_PATH}`,
    deployToken: token,
    history: host.history,
    deployedSha: () => host.current?.sha,
    pid: () => host.current?.pid,
    deploy,
    onPush: deploy,
    close: async () => {
      await front.close();
      await host.close();
    },
  };
}

class Host {
  current: Instance | undefined;
  readonly history: Deployment[] = [];
  private readonly options: ProductOptions;
  private readonly root: string;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;
  private count = 0;

  constructor(options: ProductOptions, root: string) {
    this.options = options;
    this.root = root;
  }

  /** Waits for the deployments before it. Never throws: a failure is a status. */
  deploy(sha: string): Promise<Deployment> {
    const turn = this.tail.then(() => this.carryOut(sha));
    this.tail = turn;
    return turn;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.tail;
    await this.current?.stop();
    this.current = undefined;
    await rm(this.root, { recursive: true, force: true });
  }

  private async carryOut(commit: string): Promise<Deployment> {
    const before = performance.now();
    const { status, reason } = await this.change(commit).catch((error: unknown) => {
      return { status: "failed" as const, reason: error instanceof Error ? error.message : String(error) };
    });
    const ms = Math.round(performance.now() - before);
    const deployment = { status, commit, running: this.current?.sha, ms, at: Date.now(), ...(reason === undefined ? {} : { reason }) };
    this.history.push(deployment);
    return deployment;
  }

  private async change(sha: string): Promise<{ status: DeploymentStatus; reason?: string }> {
    const { gitDir, breakWhen, name, faqPath = "docs/FAQ.md" } = this.options;
    if (this.closed) return { status: "failed", reason: "the host is closed" };
    if (!/^[0-9a-f]{40}$/.test(sha) || !(await hasCommit(gitDir, sha))) return { status: "unknown", reason: "the repository has no such commit" };
    const running = this.current;
    if (running?.sha === sha && running.alive) return { status: "unchanged" };
    if (running !== undefined && running.sha !== sha && (await isAncestor(gitDir, sha, running.sha))) return { status: "superseded" };
    this.count += 1;
    const folder = join(this.root, `${this.count}-${sha.slice(0, 7)}`);
    try {
      await materialise(gitDir, sha, folder);
      this.current = await Instance.start({ sha, folder, faqPath, name, breakWhen });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    // From here on the new one answers; the old one finishes what it has begun.
    await running?.stop();
    return { status: "live" };
  }
}
