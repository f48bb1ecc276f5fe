import type { RunContext } from "../../kit/context.ts";
import { failure } from "../../kit/errors.ts";
import { newTraceId, traceIdFor } from "../../kit/ids.ts";
import type { Answer } from "./answer.ts";
import { apply, type Effect } from "./apply.ts";
import { type Decision, decide } from "./decide.ts";
import type { Change, Ending, GeneratePorts } from "./ending.ts";
import { type Asked, type Facts, gather } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { requestedAt, requesterOf } from "./requester.ts";
import type * as Writing from "./writing.ts";

/** Others that ask the same at the same time take a branch from nothing to its pull request in a few steps; the rest is room. */
const MAX_ROUNDS = 8;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** After a slow model the world is looked at again before anything is written: another run may have answered, and merged, meanwhile. */
const STALE_MS = 2_500;

/** What one run knows and keeps from round to round. */
interface Course {
  readonly asked: Asked;
  readonly policy: Policy;
  readonly ports: GeneratePorts;
  readonly context: RunContext;
  readonly traceId: string;
  readonly createdAt: number;
  readonly followed: Promise<void>;
  claimed: boolean;
  readonly races: string[];
  writing: Promise<typeof Writing> | null;
  answer: Answer | null;
}

type Next = { readonly kind: "ended"; readonly ending: Ending } | { readonly kind: "again"; readonly pause: boolean };

/** gather → decide → apply, again while somebody else was quicker. */
export async function run(asked: Asked, policy: Policy, ports: GeneratePorts, context: RunContext): Promise<Ending> {
  const { repo, clock, model } = ports;
  const requester = requesterOf(context);
  // A run that is started again works on the same task; another server may have a run of the same number.
  const traceId = context.runId === "" ? newTraceId() : traceIdFor([context.serverUrl, `${context.owner}/${context.repo}`, context.runId, asked.hash]);
  const createdAt = requestedAt(context, clock.now());
  const followed = ports.follow?.({ traceId, question: asked.question, questionHash: asked.hash, createdAt }) ?? Promise.resolve();
  const course: Course = { asked, policy, ports, context, traceId, createdAt, followed, claimed: false, races: [], writing: null, answer: null };
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const reading = gather(repo, asked, requester, policy, clock);
    if (course.writing === null) {
      // Loaded while GitHub answers: what an answer will need. Nothing is asked of the model before the decision.
      model.warmUp?.();
      course.writing = import("./writing.ts");
    }
    const [facts, writing] = await Promise.all([reading, course.writing]);
    const next = await step(course, facts, writing);
    if (next.kind === "ended") return next.ending;
    if (next.pause) await clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (round - 1)));
  }
  throw failure("service", {
    what: `The branch of the question kept changing (${course.races.join("; ")})`,
    cause: "many runs answer the same question at the same time",
    fix: "Run the job again: it takes over what the others did.",
  });
}

/** One round: what the facts ask for, done. */
async function step(course: Course, facts: Facts, writing: typeof Writing): Promise<Next> {
  const { asked, policy, ports } = course;
  const decision = decide(facts, policy, ports.clock.now());
  ports.log.info(`${decision.kind}: ${decision.reasons.join("; ")}`, { question_hash: asked.hash });
  if (decision.kind === "duplicate") await signLate(course, facts, decision);
  if (decision.kind !== "write" && decision.kind !== "open") return { kind: "ended", ending: settled(course, decision) };
  const traceId = decision.traceId ?? course.traceId;
  if (decision.kind === "open") return write(course, facts, decision, null, writing.openEffects(asked, decision, facts, { traceId, context: course.context, policy }));
  if (course.answer === null) {
    const owner = await ownerOf(course, facts, decision);
    if (owner !== null && owner !== traceId) return { kind: "ended", ending: claimedBy(course, owner) };
    course.answer = await writing.answerTo(asked, facts, policy, ports);
    if (!policy.dryRun && ports.clock.now() - facts.readAt > STALE_MS) return { kind: "again", pause: false };
  }
  const change = writing.changeOf(asked, course.answer, decision, traceId, ports.clock.now());
  if (change.kind === "unchanged") return { kind: "ended", ending: unchanged(course, decision, change) };
  return write(course, facts, decision, change, writing.writeEffects({ asked, answer: course.answer, change, decision, facts, policy, traceId, context: course.context }));
}

/** Asked once, and only where GitHub cannot tell yet: with a branch there, its commits say whose it is. null: nobody can say. */
async function ownerOf(course: Course, facts: Facts, decision: Extract<Decision, { kind: "write" }>): Promise<string | null> {
  const { policy, ports, asked, traceId } = course;
  if (ports.claims === undefined || policy.dryRun || course.claimed || !decision.create || decision.pull !== null) return null;
  course.claimed = true;
  // Others must see somebody at work before they see the claim.
  await course.followed;
  const closed = facts.branches.flatMap(({ pulls }) => pulls.filter(({ state }) => state === "closed").map(({ url }) => url));
  return ports.claims.claim({ hash: asked.hash, traceId, closed });
}

/** A run that ended between its pull request and the signature left it without one. */
async function signLate({ policy, ports, context, traceId }: Course, facts: Facts, decision: Extract<Decision, { kind: "duplicate" }>): Promise<void> {
  if (policy.signingKey === "" || policy.dryRun) return;
  const { signEffects } = await import("./vouch.ts");
  const { pull } = decision;
  const effects = signEffects({ facts, decision, signingKey: policy.signingKey, repository: `${context.owner}/${context.repo}`, traceId: decision.traceId ?? traceId, body: pull.body });
  await apply(effects, { headSha: pull.headSha, key: policy.signingKey }, ports.repo);
}

function claimedBy(course: Course, owner: string): Ending {
  const reasons = [`the same question is being answered by the task ${owner}`];
  return { ...common(course, { traceId: owner }), status: "duplicate", branch: "", headSha: "", pull: null, change: null, effects: [], reasons };
}

type Due = Extract<Decision, { kind: "write" | "open" }>;

async function write(course: Course, facts: Facts, decision: Due, change: Change | null, effects: readonly Effect[]): Promise<Next> {
  const { policy, ports } = course;
  const base = { ...common(course, decision), branch: decision.branch, change, effects };
  if (policy.dryRun) return { kind: "ended", ending: { ...base, status: "dry-run", headSha: "", pull: null, reasons: decision.reasons } };
  const applied = await apply(effects, { headSha: decision.kind === "open" ? decision.headSha : "", key: policy.signingKey }, ports.repo);
  if (applied.kind === "overtaken") {
    course.races.push(`${applied.by} was there first`);
    ports.log.info(`Somebody else was quicker (${applied.by}); looking again`);
    return { kind: "again", pause: true };
  }
  if (applied.kind === "no-difference") {
    await ports.repo.deleteBranch(decision.branch);
    return { kind: "ended", ending: { ...base, status: "unchanged", headSha: "", pull: null, effects: [], reasons: [`${facts.base.branch} holds this answer already`] } };
  }
  const claimedAt = decision.kind === "write" && decision.create ? ports.clock.now() : null;
  const updated = decision.kind === "write" ? decision.pull : null;
  const pull = applied.pull ?? updated;
  return {
    kind: "ended",
    ending: { ...base, claimedAt, status: updated === null ? "created" : "updated", headSha: applied.headSha, pull: pull && { number: pull.number, url: pull.url, merged: false }, reasons: [] },
  };
}

function common({ traceId, createdAt, answer, races }: Course, decision: Decision | { readonly traceId: string }): Pick<Ending, "traceId" | "task" | "createdAt" | "claimedAt" | "answer" | "races"> {
  const named = "traceId" in decision ? decision.traceId : undefined;
  return { traceId: named ?? traceId, task: named === undefined ? "unknown" : named === traceId ? "own" : "other", createdAt, claimedAt: null, answer, races };
}

/** Decisions that need nothing written. */
function settled(course: Course, decision: Exclude<Decision, Due>): Ending {
  const nothing = { ...common(course, decision), branch: "", headSha: "", pull: null, change: null, effects: [], reasons: decision.reasons };
  switch (decision.kind) {
    case "paused":
    case "refused":
      return { ...nothing, status: decision.kind };
    case "duplicate": {
      const { pull, branch } = decision;
      return { ...nothing, status: "duplicate", branch, headSha: pull.headSha, pull: { number: pull.number, url: pull.url, merged: pull.state === "merged" } };
    }
    case "handed-over": {
      const { pull, branch, headSha } = decision;
      return { ...nothing, status: "handed-over", branch, headSha, pull: pull && { number: pull.number, url: pull.url, merged: false } };
    }
    case "exhausted":
      throw failure("configuration", {
        what: decision.reasons.join("; "),
        cause: "people closed each of them, so this question seems to be unwanted",
        fix: "Write the entry by hand, reopen one of them, or choose another `branch-prefix`.",
      });
  }
}

/** The same answer as before: no commit, and no pull request unless it is open already. */
function unchanged(course: Course, decision: Extract<Decision, { kind: "write" }>, change: Change): Ending {
  const { pull } = decision;
  const base = { ...common(course, decision), change, effects: [] };
  if (pull === null) return { ...base, status: "unchanged", branch: "", headSha: "", pull: null, reasons: ["the FAQ holds this answer already"] };
  return { ...base, status: "duplicate", branch: decision.branch, headSha: pull.headSha, pull: { number: pull.number, url: pull.url, merged: false }, reasons: [`#${pull.number} holds this answer already`] };
}
