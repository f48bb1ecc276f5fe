import type { Branches } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import { failure } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Connect, Connected, Counted, Measurement } from "../../probes/port.ts";
import type { Verification } from "../verification.ts";
import { type Check, type Comparison, type Plan, readPlan } from "./plan/plan.ts";

/** A plan, and what measures it. */
export interface Health {
  readonly plan: Plan;
  readonly connected: Connected;
}

/** The commit that is judged. */
export interface Commit {
  readonly sha: string;
  /** Whether it is one of the default branch; asked only where that matters. */
  readonly isOnDefaultBranch: () => Promise<boolean>;
}

/**
 * What is to be measured of a commit, ready to be.
 * @throws InstantError blaming the configuration, with all that is wrong with health.yaml or with the variables it names.
 */
export async function openHealth(settings: Verification, ports: { readonly repo: Pick<Branches, "readFile">; readonly connect: Connect }, { sha, isOnDefaultBranch }: Commit): Promise<Health> {
  const plan = await readPlan(settings, (path) => ports.repo.readFile(sha, path));
  // The file of a pull request whose preview is judged is anybody's: it may look, but not take secrets along, nor run anything here.
  const isTrusting = settings.healthFile !== "" && (settings.healthEnv.length > 0 || [...plan.checks, ...(plan.green?.checks ?? [])].some(({ spec }) => spec.kind === "command"));
  if (isTrusting && !(await isOnDefaultBranch())) {
    throw failure("configuration", {
      what: `The \`${settings.healthFile}\` of ${shortSha(sha)} may neither read variables nor run commands: the commit is not on the default branch, so nobody may have read it`,
      where: "health-file",
      fix: "For commits of other branches leave out `health-env` and probes of kind `command`.",
    });
  }
  const connected = await ports.connect({ probes: plan.checks.map(({ spec }) => spec), traffic: plan.traffic.map(({ spec }) => spec), commit: sha });
  return { plan, connected };
}

/** Every probe once, side by side; in the order of the plan's checks. */
export function measureOnce({ plan, connected }: Health, occasion: { readonly since: number; readonly signal: AbortSignal }): Promise<Measurement[]> {
  return Promise.all(connected.probes.map((probe, index) => probe.measure({ ...occasion, timeoutMs: plan.checks[index]?.rule.timeoutMs ?? 0 })));
}

/** From one round of the old version to the next, in milliseconds. */
const ROUND_MS = 250;
/** As often it is measured that the old version does not look well, before that is believed. */
const TO_BE_SURE = 3;

/**
 * What the old version looks like, before the deployment is started: once is enough where it is well; where it is not, it is looked at
 * again, because a deployment is not blamed for what was there before.
 * @param first a round that was measured while the old version was served.
 * @returns for each check what was measured, oldest first.
 */
export async function measureBefore(health: Health, first: readonly Measurement[], { clock, since }: { readonly clock: Clock; readonly since: number }): Promise<readonly (readonly Measurement[])[]> {
  const { plan } = health;
  const rounds = [first];
  const isWell = () => rounds.every((round) => round.every(({ outcome }, index) => plan.checks[index]?.role !== "critical" || outcome !== "failure"));
  const unlimited = new AbortController();
  while (rounds.length < Math.max(plan.beforeRounds, isWell() ? 1 : TO_BE_SURE)) {
    await clock.sleep(ROUND_MS);
    rounds.push(await measureOnce(health, { since, signal: unlimited.signal }));
  }
  return plan.checks.map((_, index) => rounds.flatMap((round) => round[index] ?? []));
}

/** What one comparison counted, of all the windows that there are. */
export interface Counts {
  readonly after: Counted;
  readonly before: Counted | null;
  readonly control: { readonly after: Counted; readonly before: Counted | null } | null;
}

/**
 * Counts the window that ends now and the one that ended when the deployment began.
 * @param endAt epoch milliseconds, both. `before` is null when nobody knows when it began.
 */
export async function countTraffic({ connected, plan }: Health, index: number, endAt: { readonly after: number; readonly before: number | null }, signal: AbortSignal): Promise<Counts> {
  const [traffic, comparison] = [connected.traffic[index], plan.traffic[index]];
  const unread: Counted = { kind: "unread", detail: "it was not asked" };
  if (traffic === undefined || comparison === undefined) return { after: unread, before: null, control: null };
  const read = (which: "target" | "control", at: number | null) => (at === null ? null : traffic.count(which, at, { timeoutMs: comparison.timeoutMs, signal }));
  const hasControl = comparison.spec.control !== null;
  const [after, before, controlAfter, controlBefore] = await Promise.all([read("target", endAt.after), read("target", endAt.before), hasControl ? read("control", endAt.after) : null, hasControl ? read("control", endAt.before) : null]);
  return { after: after ?? unread, before, control: hasControl ? { after: controlAfter ?? unread, before: controlBefore } : null };
}

/** Longest time that one measurement of the plan may take, in milliseconds. */
export function longestMs({ checks, traffic }: Plan, otherwise: number): number {
  return Math.max(otherwise, ...checks.map(({ rule }: Check) => rule.timeoutMs), ...traffic.map(({ timeoutMs }: Comparison) => timeoutMs));
}
