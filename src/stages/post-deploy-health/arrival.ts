import type { DeploymentFacts, RunFacts } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import { because, type Reason } from "./reasons.ts";

/** What the version address showed; null where none is configured. */
export type VersionSeen =
  | null
  | { readonly sha: string; readonly contains: boolean; readonly reason: "" }
  | { readonly sha: null; readonly contains: false; readonly reason: string };

/** How sure it is that a run of the deploy workflow deploys this commit. */
export type Origin =
  /** It was started by this job. */
  | "dispatched"
  /** Its title names the commit, or it deploys whatever its own commit holds. */
  | "named"
  /** It began when the commit was there already and does not say what it deploys. */
  | "assumed";

/** One look at a deployment that is under way. */
export interface Look {
  readonly sha: string;
  readonly version: VersionSeen;
  readonly run: { readonly facts: RunFacts; readonly origin: Origin } | null;
  /** A workflow is configured. */
  readonly hasWorkflow: boolean;
  /** An environment is configured. */
  readonly hasEnvironment: boolean;
  /** The newest deployment of the commit, or of one that contains it and did not fail, to that environment; null: there is none yet. */
  readonly deployment: DeploymentFacts | null;
  /** Where nothing tells when it is done: how much of the delay is left, in milliseconds. */
  readonly delayLeftMs: number;
  /** This job has started it; its run may not be known yet. */
  readonly dispatched: boolean;
  /** How long the version has not been readable, in milliseconds; 0 while it is. */
  readonly darkMs: number;
  /** A version was read earlier in this watch, whatever commit it showed. */
  readonly wasLit: boolean;
}

export type Arrival =
  | { readonly kind: "arrived"; readonly sha: string; readonly how: "version" | "run" | "deployment" | "nothing-to-ask"; readonly reasons: readonly Reason[] }
  | { readonly kind: "dispatch"; readonly reasons: readonly Reason[] }
  | { readonly kind: "wait"; readonly reasons: readonly Reason[]; readonly retryAfterMs?: number }
  | { readonly kind: "failed"; readonly reasons: readonly Reason[] }
  /** It was deployed, and since then nothing tells its version: the probes have to say whether it is down. */
  | { readonly kind: "dark"; readonly reasons: readonly Reason[] }
  | { readonly kind: "lost"; readonly reasons: readonly Reason[] };

/**
 * Whether the deployment of a commit has arrived. What is served counts more than what a run says of itself: a version that
 * contains the commit has arrived, whoever brought it and however its run ended.
 * @param patienceMs how long a deployed service may stay without a readable version before it is probed all the same.
 */
export function decideArrival(look: Look, patienceMs: number): Arrival {
  const { version, run } = look;
  if (look.darkMs >= patienceMs && wentDark(look)) return { kind: "dark", reasons: notShown(look) };
  if (version?.contains) {
    const later = version.sha === look.sha ? [] : [because("later-version", `${shortSha(version.sha)} is served, which contains ${shortSha(look.sha)}`)];
    return { kind: "arrived", sha: version.sha, how: "version", reasons: later };
  }
  const byEnvironment = look.hasEnvironment ? ofDeployment(look) : undefined;
  if (byEnvironment) return byEnvironment;
  if (!look.hasWorkflow) return withoutWorkflow(look);
  if (run === null) return look.dispatched ? wait("run-unknown", "the run that was started does not show yet", look) : { kind: "dispatch", reasons: [] };
  if (run.facts.status !== "completed") return wait("run-pending", pending(run.facts), look);
  return afterRun(look, run.facts, run.origin);
}

/**
 * Whether the deployment itself took the version away: its run succeeded, or (where a platform deploys) a version could be
 * read before. An address that never answered one may just be the wrong address.
 */
export function wentDark({ version, run, hasWorkflow, wasLit, deployment }: Look): boolean {
  if (version === null || version.sha !== null) return false;
  if (deployment?.state === "success") return true;
  if (!hasWorkflow) return wasLit;
  // One that was stopped half-way may have taken the version away too.
  return run !== null && run.origin !== "assumed" && (run.facts.conclusion === "success" || (wasLit && run.facts.status === "completed" && brokeOff(run.facts)));
}

/** What a deployment to the environment says by itself; undefined where a run, or a new dispatch, has to say more. */
function ofDeployment(look: Look): Arrival | undefined {
  const { deployment, version, hasWorkflow, sha } = look;
  if (deployment === null) return hasWorkflow ? undefined : wait("awaiting-platform", "there is no deployment of it to the environment yet", look);
  const said = `the deployment of ${shortSha(deployment.sha)} to ${deployment.environment} is ${deployment.state}${deployment.url === "" ? "" : ` (${deployment.url})`}`;
  switch (deployment.state) {
    case "success": {
      if (version !== null) return wait("deployment-succeeded", said, look);
      return { kind: "arrived", sha: deployment.sha, how: "deployment", reasons: deployment.sha === sha ? [] : [because("later-version", `${shortSha(deployment.sha)} is deployed, which contains ${shortSha(sha)}`)] };
    }
    case "failure":
      if (deployment.sha !== sha) return hasWorkflow ? undefined : wait("deployment-of-another", `${said}, which says nothing of ${shortSha(sha)}`, look);
      // An earlier try may have failed, and this job has started another; and why one failed its run tells when it has ended.
      return hasWorkflow && (look.run === null || look.run.facts.status !== "completed" || brokeOff(look.run.facts)) ? undefined : { kind: "failed", reasons: [because("deploy-failed", said)] };
    case "inactive":
      return hasWorkflow ? undefined : wait("deployment-replaced", `${said}: another one took its place`, look);
    case "pending":
      return wait("deployment-pending", said, look);
  }
}

function withoutWorkflow(look: Look): Arrival {
  if (look.delayLeftMs > 0) return { ...wait("delay", `nothing tells when it is done: ${Math.ceil(look.delayLeftMs / 1_000)} s are waited`, look), retryAfterMs: look.delayLeftMs };
  if (look.version !== null) return wait("awaiting-platform", "no deploy workflow is configured, so a platform has to bring the commit", look);
  const unknown = because("commit-unknown", "neither `version-url` nor `deploy-workflow` nor `deploy-environment` is set, so nothing tells which commit was probed");
  return { kind: "arrived", sha: "", how: "nothing-to-ask", reasons: [unknown] };
}

function afterRun(look: Look, run: RunFacts, origin: Origin): Arrival {
  const said = `the deployment run ${run.url} ended with ${run.conclusion ?? "no conclusion"}`;
  // Whatever became of somebody else's run: this commit is not served, so it is deployed now.
  if (origin === "assumed") return { kind: "dispatch", reasons: [because("run-was-anothers", `${said} and ${shortSha(look.sha)} is not served`)] };
  if (run.conclusion === "success") {
    if (look.version === null && !look.hasEnvironment) return { kind: "arrived", sha: look.sha, how: "run", reasons: [] };
    return wait("run-succeeded", said, look);
  }
  if (run.conclusion === "startup_failure") return { kind: "lost", reasons: [because("deploy-not-started", `${said}: it never began, so nothing of it reached production`)] };
  if (brokeOff(run)) {
    // A newer deployment may have taken its place (a concurrency group does that), and the version will tell.
    if (look.version !== null || look.hasEnvironment) return wait("run-cancelled", said, look);
    return { kind: "lost", reasons: [because("deploy-cancelled", `${said}; without \`version-url\` nothing tells what is served`)] };
  }
  return { kind: "failed", reasons: [because("deploy-failed", said)] };
}

/** It ended for what the change cannot help: somebody or something stopped it, or it was never begun. */
function brokeOff({ conclusion }: RunFacts): boolean {
  return ["cancelled", "skipped", "stale", "neutral", "timed_out", "startup_failure"].includes(conclusion ?? "");
}

function pending(run: RunFacts): string {
  const waiting = run.status === "waiting" || run.status === "action_required";
  return waiting ? `the deployment run ${run.url} waits for someone's approval` : `the deployment run ${run.url} is ${run.status.replace("_", " ")}`;
}

function wait(code: string, message: string, look: Look): Extract<Arrival, { kind: "wait" }> {
  return { kind: "wait", reasons: [because(code, message), ...notShown(look)] };
}

function notShown({ version, sha }: Look): Reason[] {
  if (version === null) return [];
  if (version.sha === null) return [because("version-unread", `the version cannot be read: ${version.reason}`)];
  return [because("version-other", `${shortSha(version.sha)} is served, which does not contain ${shortSha(sha)}`)];
}

/** A run that finished longer ago than this before the first look is no deployment under way; milliseconds. */
const JUST_FINISHED_MS = 600_000;

/**
 * The run to adopt among those of the deploy workflow (newest first), so that a job that is run again does not deploy twice.
 * GitHub does not tell the inputs of a run: a title that names the commit (`run-name: Deploy ${{ inputs.commit_sha }}`) is the
 * proof; a run without any SHA in its title that is still going and began at this commit or later may be ours.
 * @param containing the head SHAs among the runs that are known to contain the commit.
 */
export function adopt(
  runs: readonly RunFacts[],
  wanted: { readonly sha: string; readonly takesInput: boolean; readonly now: number; readonly containing: ReadonlySet<string> },
): { readonly facts: RunFacts; readonly origin: Origin } | null {
  const alive = runs.filter((run) => run.status !== "completed" || (run.conclusion === "success" && wanted.now - run.createdAt <= JUST_FINISHED_MS));
  const named = alive.find((run) => names(run.title, wanted.sha) || (!wanted.takesInput && wanted.containing.has(run.headSha)));
  if (named) return { facts: named, origin: "named" };
  const assumed = alive.find((run) => run.status !== "completed" && !namesACommit(run.title) && wanted.containing.has(run.headSha));
  return assumed ? { facts: assumed, origin: "assumed" } : null;
}

/** Whether a title holds what may be the SHA of a commit, in full or in short. */
export function namesACommit(title: string): boolean {
  return /\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/i.test(title);
}

/** Whether a title names this commit. */
export function names(title: string, sha: string): boolean {
  return (title.toLowerCase().match(/\b[0-9a-f]{7,64}\b/g) ?? []).some((word) => sha.startsWith(word));
}
