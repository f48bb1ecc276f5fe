import type { Branches, DeploymentFacts, Deployments, RunFacts } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import { InstantError, messageOf } from "../../kit/errors.ts";
import type { Log } from "../../kit/log.ts";
import type { Connect, VersionReader } from "../../probes/port.ts";
import type { Verification } from "../verification.ts";
import { adopt, type Look, names, namesACommit, type Origin, type VersionSeen } from "./arrival.ts";

/** What facts about a deployment are read from. */
export interface Sources {
  readonly repo: Pick<Deployments, "dispatchWorkflow" | "readRun" | "listDispatchedRuns" | "findDeployment"> & Pick<Branches, "contains" | "readFile">;
  readonly version: VersionReader | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a watch over a deployment goes by. */
export interface WatchPorts extends Sources {
  readonly connect: Connect;
}

function isOutage(error: unknown): boolean {
  return error instanceof InstantError && error.blame === "service";
}

/** Asks once per commit whether it contains the wanted one: what is contained stays contained. */
export function containment(repo: Pick<Branches, "contains">, sha: string): (seen: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (seen) => {
    if (seen === sha || (seen.length < sha.length && sha.startsWith(seen))) return Promise.resolve(true);
    const answer = known.get(seen) ?? repo.contains(seen, sha);
    known.set(seen, answer);
    // What could not be asked is asked again.
    answer.catch(() => known.delete(seen));
    return answer;
  };
}

/** A run is looked at this often at most where the version address tells when it is done; milliseconds. */
const RUN_EVERY_MS = 1_000;
/** Runs of the last hour are looked through: as long as the same question counts as the same task (CONTRACTS). */
const SINCE_MS = 3_600_000;
/** Clocks of GitHub and of the runner differ by less than this, in milliseconds. */
const SKEW_MS = 30_000;

/** Looks at one deployment again and again: remembers its run, and reads no more than it has to. */
export class Lookout {
  readonly #sources: Sources;
  readonly #settings: Verification;
  readonly #sha: string;
  readonly #contains: (seen: string) => Promise<boolean>;
  #run: { facts: RunFacts; origin: Origin } | null = null;
  #searched = false;
  #readAt = -Infinity;
  #dispatched: { readonly at: number; readonly id: number | null } | null = null;
  #early: Promise<VersionSeen> | null = null;
  #darkSince: number | null = null;
  #wasLit = false;
  #deployment: DeploymentFacts | null = null;
  #deploymentReadAt = -Infinity;
  /** Deployments up to this one were there before this job started its own. */
  #oldest = 0;
  readonly #startedAt: number;

  constructor(sources: Sources, settings: Verification, sha: string) {
    this.#startedAt = sources.clock.now();
    this.#sources = sources;
    this.#settings = settings;
    this.#sha = sha;
    this.#contains = containment(sources.repo, sha);
  }

  /** Begins to read the version for the first look, while the caller still has something else to ask. Never rejects by itself. */
  prepare(): void {
    this.#early = this.version();
    this.#early.catch(() => {});
  }

  async look(): Promise<Look> {
    const early = this.#early;
    this.#early = null;
    const [seen] = await Promise.all([early ?? this.version(), this.#refresh(), this.#refreshDeployment()]);
    let version = seen;
    if (!version?.contains && this.#settings.deployWorkflow !== "") {
      const before = this.#run?.facts.status;
      if (!this.#searched) await this.#search();
      // A run that has just ended may have brought the commit after the version was read.
      if (version !== null && before !== "completed" && this.#run?.facts.status === "completed") version = await this.version();
    }
    const { darkMs, wasLit } = this.#note(version);
    const { deployWorkflow, deployEnvironment, deployDelaySeconds } = this.#settings;
    return {
      sha: this.#sha, version, run: this.#run, hasWorkflow: deployWorkflow !== "", dispatched: this.#dispatched !== null, darkMs, wasLit,
      hasEnvironment: deployEnvironment !== "", deployment: this.#deployment, delayLeftMs: Math.max(0, this.#startedAt + deployDelaySeconds * 1_000 - this.#sources.clock.now()),
    };
  }

  #note(version: VersionSeen): Pick<Look, "darkMs" | "wasLit"> {
    const now = this.#sources.clock.now();
    const dark = version !== null && version.sha === null;
    this.#darkSince = dark ? (this.#darkSince ?? now) : null;
    if (version !== null && !dark) this.#wasLit = true;
    return { darkMs: this.#darkSince === null ? 0 : now - this.#darkSince, wasLit: this.#wasLit };
  }

  /** @param signal ends it before its time: nobody looks at the answer any more. */
  async version(signal?: AbortSignal): Promise<VersionSeen> {
    const read = await this.#sources.version?.read(this.#settings.probeTimeoutSeconds * 1_000, signal);
    if (read === undefined) return null;
    if (read.sha === null) return { sha: null, contains: false, reason: read.reason };
    try {
      return { sha: read.sha, contains: await this.#contains(read.sha), reason: "" };
    } catch (error) {
      // Unknown is never yes; but GitHub being down for a moment is no reason to end a watch.
      if (!isOutage(error)) throw error;
      return { sha: read.sha, contains: false, reason: "" };
    }
  }

  /** From now on the run that was started by this job is the one. */
  started(at: number, id: number | null): void {
    this.#dispatched = { at, id };
    this.#run = null;
    this.#readAt = -Infinity;
    this.#oldest = (this.#deployment?.id ?? 0) + 1;
    this.#deployment = null;
    this.#deploymentReadAt = -Infinity;
  }

  get runUrl(): string {
    return this.#run?.facts.url || this.#deployment?.url || "";
  }

  /** When the deployment began, epoch milliseconds; null when nothing tells. */
  get beganAt(): number | null {
    return this.#dispatched?.at ?? this.#run?.facts.createdAt ?? this.#deployment?.createdAt ?? null;
  }

  async #refreshDeployment(): Promise<void> {
    const { clock, repo, version, log } = this.#sources;
    const { deployEnvironment } = this.#settings;
    if (deployEnvironment === "" || clock.now() - this.#deploymentReadAt < RUN_EVERY_MS) return;
    this.#deploymentReadAt = clock.now();
    try {
      const found = await repo.findDeployment(deployEnvironment, this.#sha, (seen) => this.#contains(seen));
      // One that was there before the run that is watched belongs to an earlier try.
      const isOlder = found !== null && (found.id < this.#oldest || found.createdAt < (this.#run?.facts.createdAt ?? 0));
      this.#deployment = isOlder ? null : found;
    } catch (error) {
      if (version === null || !isOutage(error)) throw error;
      log.warning("the deployments could not be read; the version is looked at on", { operation: "deploy", error: messageOf(error) });
    }
  }

  async #refresh(): Promise<void> {
    const { clock, repo, version } = this.#sources;
    const id = this.#run?.facts.id ?? this.#dispatched?.id ?? null;
    if (this.#run?.facts.status === "completed") return;
    if (version !== null && clock.now() - this.#readAt < RUN_EVERY_MS) return;
    this.#readAt = clock.now();
    try {
      if (id !== null) this.#run = { facts: await repo.readRun(id), origin: this.#run?.origin ?? "dispatched" };
      else if (this.#dispatched) await this.#findStarted(this.#dispatched.at);
    } catch (error) {
      // The version tells as well; without one nothing does, and the error is the answer.
      if (version === null || !isOutage(error)) throw error;
      this.#sources.log.warning("the deployment run could not be read; the version is looked at on", { operation: "deploy", error: messageOf(error) });
    }
  }

  /**
   * Whether a run may be the one that this job started: GitHub does not tell the inputs of a run, and the loops of other commits start
   * the same workflow. What names another commit is another's.
   */
  async mayBeOurs({ title, headSha }: RunFacts): Promise<boolean> {
    if (names(title, this.#sha)) return true;
    if (this.#settings.deployInput !== "" && namesACommit(title)) return false;
    return this.#contains(headSha);
  }

  /** Older servers do not tell the id of the run they start. */
  async #findStarted(at: number): Promise<void> {
    const runs = (await this.#sources.repo.listDispatchedRuns(this.#settings.deployWorkflow, at - SKEW_MS)).filter(({ createdAt }) => createdAt >= at - SKEW_MS);
    const ours = await Promise.all(runs.map(async (run) => ((await this.mayBeOurs(run)) ? [run] : [])));
    const found = ours.flat();
    const run = found.find(({ title }) => names(title, this.#sha)) ?? found[0];
    if (run !== undefined) this.#run = { facts: run, origin: "dispatched" };
  }

  async #search(): Promise<void> {
    this.#searched = true;
    const { repo, clock } = this.#sources;
    const now = clock.now();
    const runs = await repo.listDispatchedRuns(this.#settings.deployWorkflow, now - SINCE_MS);
    const heads = [...new Set(runs.filter(({ status }) => status !== "completed").map(({ headSha }) => headSha))].slice(0, 5);
    const answers = await Promise.all(heads.map(async (head) => ((await this.#contains(head)) ? [head] : [])));
    const wanted = { sha: this.#sha, takesInput: this.#settings.deployInput !== "", now, containing: new Set([this.#sha, ...answers.flat()]) };
    this.#run = adopt(runs, wanted);
  }
}
