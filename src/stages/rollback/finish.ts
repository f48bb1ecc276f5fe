import { messageOf } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Ending, Done } from "./ending.ts";
import { incidentOf } from "./facts.ts";
import { furtherOf } from "./further.ts";
import type { Incident } from "./incident.ts";
import { marked, type Outcome, settledBody, stateIn } from "./incident-text.ts";
import { saysItIsARollback } from "./line.ts";
import type { Reason } from "./reasons.ts";
import { WITHDRAWN } from "./refusals.ts";
import type { Verified } from "./ports.ts";
import type { RunPorts } from "./run-ports.ts";
import type { Pull, Step } from "./step.ts";
import { rollsBackIn } from "./text.ts";
import { pullTitle, type Story } from "./texts.ts";

/** How the change came off the default branch. */
export interface Merged {
  readonly sha: string;
  readonly pull: Pull | null;
  /** This run did it. */
  readonly now: boolean;
  /** This run began it, or nobody else can have: it calls people, and others leave that to it. */
  readonly first: boolean;
  /** A person did it: people know. */
  readonly byPerson: boolean;
}

/** Reads anew what incidents there are. */
type Look = () => Promise<Parameters<typeof incidentOf>[0]>;

/**
 * What comes after the merge, all at once: the incident, the branch, the deployment of the reverted state and its verdict.
 * Still unhealthy means that people are told once more, and that it ends there: a rollback of a rollback would loop.
 */
export async function conclude(story: Story, merged: Merged, ports: RunPorts, look: Look): Promise<Ending> {
  const how = merged.pull?.url ?? (merged.byPerson ? "a person" : "a push");
  const shared = { sha: merged.sha, pullUrl: how, at: ports.clock.now() };
  const outcome = { kind: "merged", ...shared, verified: ports.verify !== null, now: merged.now } as const;
  ports.log.info("the change is taken back", { operation: "rollback", sha: merged.sha, pr_url: merged.pull?.url });
  const leads = merged.first || story.facts.incident !== null;
  // Production goes first: a missing label or a full issue tracker must not keep the old version from coming back.
  const verifying = Promise.resolve(ports.verify?.({ sha: merged.sha, defaultBranch: story.facts.defaultBranch }) ?? null);
  const calling = leads ? ports.incidents.call(story, outcome) : merged.byPerson ? callIfSick(story, outcome, verifying, ports) : lateCall(story, outcome, { verifying, ports, look });
  const [verified, incident, deleted] = await Promise.allSettled([verifying, calling, tidyUp(story, merged, ports)]);
  if (deleted.status === "rejected") ports.log.warning("the hotfix branch could not be deleted", { operation: "rollback", error: String(deleted.reason) });
  if (verified.status === "rejected") await notJudged(story, shared, verified.reason, ports);
  const failed = [verified, incident].find((result) => result.status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  const done = settle(story, merged, valueOf(verified), valueOf(incident));
  if (done.verified === null) return done;
  if (!leads && !ports.incidents.opened) await leave(story, done.verified, ports, look);
  const goesOn = merged.now && done.verified.verdict === "unhealthy" && furtherOf(story).length > 0;
  await ports.incidents.end(story, { kind: "judged", ...shared, result: done.verified, trbMs: done.trbMs, goesOn });
  if (done.verified.verdict === "healthy") await closeOthers(story, done, ports);
  return done;
}

/** The job fails by what it could not do; those who were called must not wait for a result that does not come. */
async function notJudged(story: Story, shared: { readonly sha: string; readonly pullUrl: string; readonly at: number }, cause: unknown, { incidents, clock, log }: RunPorts): Promise<void> {
  const result = { verdict: "inconclusive", reasons: [`it could not be deployed and judged: ${messageOf(cause)}`], deployedSha: "", runUrl: "", at: clock.now() } as const;
  await incidents.end(story, { kind: "judged", ...shared, result, trbMs: null, goesOn: false }).catch((error: unknown) => log.warning("the incident could not be brought up to date", { operation: "rollback", error: messageOf(error) }));
}

/** Rollbacks that did not mend production called people, who need not look any more. */
async function closeOthers({ facts, commit, runUrl }: Story, { incident }: Done, { repo, log }: RunPorts): Promise<void> {
  const others = facts.incidents.filter(({ open, body }) => open && ["unhealthy", "inconclusive"].includes(stateIn({ body })) && rollsBackIn(body) !== commit.sha);
  const why = marked(`✅ Production is healthy since ${shortSha(commit.sha)} was taken back${incident === null ? "" : ` (#${incident.number})`}. What is left to do stands in the check list. [This run](${runUrl}) has the details.`, "settled");
  for (const other of others) {
    await repo.tellIncident({ incident: other, body: settledBody(other), comment: why, state: "closed" }).catch((error: unknown) => log.warning(`#${other.number} could not be closed`, { operation: "rollback", error: messageOf(error) }));
  }
}

/** What a person took back needs no alarm, as long as production is well. */
async function callIfSick(story: Story, outcome: Extract<Outcome, { kind: "merged" }>, verifying: Promise<Verified | null>, { incidents }: RunPorts): Promise<Incident | null> {
  const verified = await verifying;
  return verified === null || verified.verdict === "healthy" ? null : incidents.call(story, outcome);
}

/** How long another run has to call people, and to tell them how it ended, where verifying takes no time; milliseconds. */
const HEAD_START_MS = 3_000;

interface Late {
  readonly verifying: Promise<unknown>;
  readonly ports: RunPorts;
  readonly look: Look;
}

/**
 * GitHub opens as many issues of one title as it is asked for, but only one pull request of a branch: whoever opened that calls
 * people at once. Another run at work on the same commit leaves it the time of its own verification, and calls only when nobody has.
 */
async function lateCall(story: Story, outcome: Extract<Outcome, { kind: "merged" }>, { verifying, ports, look }: Late): Promise<Incident> {
  await Promise.all([verifying.catch(() => undefined), ports.clock.sleep(HEAD_START_MS)]);
  ports.incidents.see(incidentOf(await look(), story.commit.sha));
  return ports.incidents.call(story, outcome);
}

/** Whoever called people also tells them how it ended, unless it died. */
async function leave(story: Story, verified: Verified, { clock, incidents }: RunPorts, look: Look): Promise<void> {
  if (incidents.state === verified.verdict) return;
  await clock.sleep(HEAD_START_MS);
  incidents.see(incidentOf(await look(), story.commit.sha));
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

async function tidyUp({ facts, span, policy }: Story, { pull, now }: Pick<Merged, "pull" | "now">, { repo }: RunPorts): Promise<void> {
  const pushedByGit = policy.mergeMethod === "push" && now && span?.sha !== facts.head.sha;
  if (facts.hotfix.sha !== null || (now && pull !== null) || pushedByGit) await repo.deleteBranch(facts.branch);
}

function settle(story: Story, { sha, pull, now }: Merged, verified: Verified | null, incident: Incident | null): Done {
  const from = story.policy.detectedAt ?? story.startedAt;
  const trbMs = verified?.verdict === "healthy" ? Math.max(0, verified.at - from) : null;
  return { kind: "done", story, sha, pull, now, incident, verified, also: [], trbMs };
}

type Stop = Extract<Step, { kind: "conflict" | "blocked" }>;

/** It cannot be done without a person, so one is called. */
export async function stopped(story: Story, step: Stop, ports: RunPorts): Promise<Ending> {
  const outcome: Extract<Outcome, { kind: "conflict" | "blocked" }> = step.kind === "conflict" ? { kind: "conflict", files: step.files } : { kind: "blocked", reasons: step.reasons, pullUrl: step.pull?.url ?? "", evidence: step.evidence };
  const incident = await ports.incidents.call(story, outcome);
  return { ...step, story, incident };
}

/** Production is healthy after another rollback: what was begun is withdrawn, and whoever was called is told. */
export async function spared(story: Story, verified: Verified, reasons: readonly Reason[], ports: RunPorts): Promise<Ending> {
  const { facts, claim } = story;
  const open = facts.hotfix.pulls.find(({ state }) => state === "open");
  if (open) await ports.repo.closePull(open.number, `${WITHDRAWN}${pullTitle(story)}`.slice(0, 256));
  if (facts.hotfix.sha !== null) await ports.repo.deleteBranch(facts.branch);
  // It may have gone together with the other one.
  if (claim !== null && saysItIsARollback(claim)) return { kind: "done", story, sha: claim.sha, pull: null, now: false, incident: null, verified, also: [], trbMs: null };
  await ports.incidents.end(story, { kind: "not-needed", result: verified });
  return { kind: "not-needed", story, reasons, verified };
}
