import { incidentAlert } from "./alerts.ts";
import type { Ending, Done } from "./ending.ts";
import { gather } from "./facts.ts";
import { type Incident, ensureIncident } from "./incident.ts";
import type { RollbackPorts, Verified } from "./ports.ts";
import type { Pull, Step } from "./step.ts";
import { type Outcome, type Story, verdictComment } from "./texts.ts";

/**
 * What comes after the merge, all at once: the incident, the branch, the deployment of the reverted state and its verdict.
 * Still unhealthy means that people are told once more, and that it ends there: a rollback of a rollback would loop.
 */
export async function conclude(story: Story, merged: Merged, ports: RollbackPorts): Promise<Ending> {
  const outcome: Outcome = { kind: "merged", sha: merged.sha, pullUrl: merged.pull?.url ?? "a person", at: ports.clock.now(), verified: ports.verify !== null };
  ports.log.info("the change is taken back", { operation: "rollback", sha: merged.sha, pr_url: merged.pull?.url });
  // Production goes first: a missing label or a full issue tracker must not keep the old version from coming back.
  const verifying = Promise.resolve(ports.verify?.({ sha: merged.sha, defaultBranch: story.facts.defaultBranch }) ?? null);
  const [verified, incident, deleted] = await Promise.allSettled([
    verifying,
    merged.first || story.facts.incident !== null ? callPeople(story, outcome, ports) : lateIncident(story, outcome, verifying, ports),
    tidyUp(story, merged, ports),
  ]);
  if (deleted.status === "rejected") ports.log.warning("the hotfix branch could not be deleted", { operation: "rollback", error: String(deleted.reason) });
  const failed = [verified, incident].find((result) => result.status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  const done = settle(story, merged, valueOf(verified), valueOf(incident));
  await tellVerdict(done, merged.first || story.facts.incident !== null, ports);
  return done;
}

/** How the change came off the default branch; `first`: this run opened the hotfix itself. */
interface Merged {
  readonly sha: string;
  readonly pull: Pull | null;
  readonly now: boolean;
  readonly first: boolean;
}

/** How long another run has to call people, where verifying takes no time; milliseconds. */
const HEAD_START_MS = 3_000;

/**
 * GitHub opens as many issues of one title as it is asked for, but only one pull request of a branch: whoever opened that calls
 * people at once. Another run at work on the same commit leaves it the time of its own verification, and calls only when nobody has.
 */
async function lateIncident(story: Story, outcome: Outcome, verifying: Promise<unknown>, ports: RollbackPorts): Promise<Incident> {
  await Promise.all([verifying.catch(() => undefined), ports.clock.sleep(HEAD_START_MS)]);
  const facts = await gather(story.policy, ports.repo);
  return callPeople({ ...story, facts }, outcome, ports);
}

/** By the issue, and at once by whatever else is set: production may take minutes to be well again. */
async function callPeople(story: Story, outcome: Outcome, ports: RollbackPorts): Promise<Incident> {
  const incident = await ensureIncident(story, outcome, ports);
  if (incident.isNew) ports.tell?.([incidentAlert(story, incident)]);
  return incident;
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

async function tidyUp({ facts }: Story, merged: { readonly pull: Pull | null; readonly now: boolean }, { repo }: RollbackPorts): Promise<void> {
  if (merged.pull !== null && (merged.now || facts.hotfix.sha !== null)) await repo.deleteBranch(facts.branch);
}

function settle(story: Story, { sha, pull, now }: Merged, verified: Verified | null, incident: Incident): Done {
  const from = story.policy.detectedAt ?? story.startedAt;
  const trbMs = verified?.verdict === "healthy" ? Math.max(0, verified.at - from) : null;
  return { kind: "done", story, sha, pull, now, incident, verified, trbMs };
}

/** People who were called by the issue learn there how it ended; a run that found all well, and neither called nor began, stays silent. */
async function tellVerdict({ story, verified, incident, now, trbMs }: Done, leading: boolean, { repo }: RollbackPorts): Promise<void> {
  if (verified === null || (verified.verdict === "healthy" && !(now && leading) && !incident.isNew)) return;
  await repo.comment(incident.number, verdictComment(story, { ...verified, trbMs: trbMs ?? 0 }));
}

type Stop = Extract<Step, { kind: "conflict" }> | (Omit<Extract<Step, { kind: "blocked" }>, "pull"> & { readonly pull: Pull | null });

/** It cannot be done without a person, so one is called. */
export async function stopped(story: Story, step: Stop, ports: RollbackPorts): Promise<Ending> {
  const outcome: Outcome = step.kind === "conflict" ? { kind: "conflict", files: step.files } : { kind: "blocked", reasons: step.reasons, pullUrl: step.pull?.url ?? "", evidence: step.evidence };
  const incident = await ensureIncident(story, outcome, ports);
  return { ...step, story, incident };
}
