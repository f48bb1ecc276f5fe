import { drive } from "../../kit/drive.ts";
import { failure } from "../../kit/errors.ts";
import { carryOut, type Doable } from "./apply.ts";
import { type Plan, type Situation, decide } from "./decide.ts";
import { effectsOf } from "./effects.ts";
import type { Ending } from "./ending.ts";
import { type Commit, type Facts, gather, recordsOnce } from "./facts.ts";
import { conclude, spared, stopped } from "./finish.ts";
import { saysItIsARollback } from "./line.ts";
import { isAutomatic, MAX_ROUNDS, type Policy } from "./policy.ts";
import { because, type Reason } from "./reasons.ts";
import { TOUCHES_WORKFLOWS } from "./refusals.ts";
import type { RunPorts } from "./run-ports.ts";
import type { NamedPull } from "./target.ts";
import type { Story } from "./texts.ts";

export interface Telling {
  readonly tell: (facts: Facts, commit: Commit) => Story;
  readonly startedAt: number;
  /** Which attempt of its job this is, from 1. */
  readonly attempt: number;
  readonly pull: NamedPull | null;
}

/** One run: it looks and acts, again when the world moved meanwhile, at most five times. */
export class Course {
  readonly #policy: Policy;
  readonly #ports: RunPorts;
  readonly #telling: Telling;
  readonly #records: ReturnType<typeof recordsOnce>;
  #judged = false;

  constructor(policy: Policy, ports: RunPorts, telling: Telling) {
    [this.#policy, this.#ports, this.#telling] = [policy, ports, telling];
    this.#records = recordsOnce(ports.ledger, policy.commitSha);
  }

  async run(): Promise<Ending> {
    let moved = "";
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const { facts, plan } = await this.#plan();
      const ended = await this.#take(facts, plan);
      if (!("again" in ended)) return ended;
      moved = ended.again;
      this.#ports.log.info("looking again", { operation: "rollback", reason: moved });
    }
    throw failure("service", { what: `The repository kept moving: ${moved}`, fix: "Run the job again; it goes on from where this one ended." });
  }

  /** Waits until it is this one's turn, at most `wait-seconds`. */
  async #plan(): Promise<{ readonly facts: Facts; readonly plan: Plan }> {
    const { log, clock, incidents, verify } = this.#ports;
    const { startedAt, attempt } = this.#telling;
    const situation: Situation = { startedAt, attempt, canJudge: verify !== null, judged: this.#judged };
    const { facts, decision } = await drive({
      gather: () => this.#gather(),
      decide: (found) => decide(found, this.#policy, situation),
      clock,
      limitMs: this.#policy.dryRun ? 0 : this.#policy.waitSeconds * 1_000,
      firstPauseMs: 1_000,
      onWait: ({ reasons }) => log.info("others go first", { operation: "rollback", reason: reasons.map(({ message }) => message).join("; ") }),
    });
    incidents.see(facts.incident);
    log.info("planned the rollback", { operation: "rollback", plan: decision.kind, reasons: decision.reasons.map(({ message }) => message).join("; ") || undefined });
    return { facts, plan: decision };
  }

  #gather(): Promise<Facts> {
    return gather(this.#policy, this.#ports, { records: this.#records, pull: this.#telling.pull });
  }

  async #take(facts: Facts, plan: Plan): Promise<Ending | { readonly again: string }> {
    const ports = this.#ports;
    if (facts.commit === null) return { kind: "refused", story: null, reasons: plan.reasons, handedOver: false };
    const story = this.#telling.tell(facts, facts.commit);
    if (this.#policy.dryRun) return { kind: "dry-run", story, reasons: plan.reasons, effects: effectsOf(plan, story) };
    switch (plan.kind) {
      case "refuse":
        if (plan.alarm) return stopped(story, { kind: "blocked", reasons: plan.reasons, evidence: "", pull: null }, ports);
        return { kind: "refused", story, reasons: plan.reasons, handedOver: plan.handedOver };
      case "wait":
        return this.#tiredOfWaiting(story, plan.reasons);
      case "judge":
        return this.#judgeAgain(story, plan);
      case "finish":
        return conclude(story, { sha: plan.pull.mergeSha ?? facts.head.sha, pull: plan.pull, now: false, first: false, byPerson: false }, ports, this.#incidents);
      default:
        return this.#carryOut(plan, story);
    }
  }

  /** Its time is up, and others are still at work: nobody may be looking when a verdict is not followed. */
  async #tiredOfWaiting(story: Story, reasons: readonly Reason[]): Promise<Ending> {
    if (!isAutomatic(this.#policy)) return { kind: "refused", story, reasons, handedOver: false };
    const late = because("waited-too-long", `others were still at work when the ${this.#policy.waitSeconds} s of \`wait-seconds\` were over`);
    return stopped(story, { kind: "blocked", reasons: [...reasons, late], evidence: "", pull: null }, this.#ports);
  }

  async #carryOut(plan: Doable, story: Story): Promise<Ending | { readonly again: string }> {
    const ports = this.#ports;
    const wide = plan.kind === "revert" && plan.span.commits.length > 1 && story.facts.viewer === "github-actions[bot]";
    if (wide && (await ports.repo.differsIn(".github/workflows", plan.span.base, plan.span.sha))) return stopped(story, { kind: "blocked", reasons: [TOUCHES_WORKFLOWS], evidence: "", pull: null }, ports);
    const step = await carryOut(plan, story, ports);
    switch (step.kind) {
      case "merged":
        return conclude(story, { sha: step.sha, pull: step.pull, now: true, first: plan.kind !== "merge", byPerson: false }, ports, this.#incidents);
      case "gone": {
        const byPerson = story.claim === null || !saysItIsARollback(story.claim);
        return conclude(story, { sha: story.facts.head.sha, pull: null, now: false, first: false, byPerson }, ports, this.#incidents);
      }
      case "conflict":
      case "blocked":
        return stopped(story, step, ports);
      case "again":
        return { again: step.why };
    }
  }

  /** Another rollback has changed production since the verdict: is it still sick? What cannot be told takes nothing back. */
  async #judgeAgain(story: Story, plan: Plan): Promise<Ending | { readonly again: string }> {
    const { facts } = story;
    const verified = await this.#ports.verify?.({ sha: facts.head.sha, defaultBranch: facts.defaultBranch });
    this.#judged = true;
    if (verified?.verdict === "healthy") return spared(story, verified, plan.reasons, this.#ports);
    if (verified?.verdict === "unhealthy") return { again: "production is still unhealthy after another rollback" };
    const seen = verified === undefined || verified.reasons.length === 0 ? "" : `: ${verified.reasons.join("; ")}`;
    const unknown = because("evidence-is-old", `another rollback has changed production since the verdict, and whether it is still unhealthy could not be told${seen}`);
    return stopped(story, { kind: "blocked", reasons: [unknown], evidence: "", pull: null }, this.#ports);
  }

  readonly #incidents = async () => (await this.#gather()).incidents;
}
