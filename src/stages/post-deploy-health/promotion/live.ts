import type { Clock } from "../../../kit/clock.ts";
import { drive } from "../../../kit/drive.ts";
import { shortSha } from "../../../kit/ids.ts";
import type { Measurement } from "../../../probes/port.ts";
import type { VersionSeen } from "../arrival.ts";
import type { Lookout } from "../facts.ts";
import { type Health, measureBefore, measureOnce } from "../health.ts";
import { wasSick } from "../judge.ts";
import { ERROR_LIMIT } from "../plan/plan.ts";
import { because, type Reason } from "../reasons.ts";

type Rounds = readonly (readonly Measurement[])[];

/** What users see before they are moved, for each check. */
export async function measureOld(live: Health, clock: Clock): Promise<Rounds> {
  const since = clock.now();
  return measureBefore(live, await measureOnce(live, { since, signal: new AbortController().signal }), { clock, since });
}

/** Critical probes that fail, with what they saw last. */
export function sickOf({ plan }: Health, rounds: Rounds): readonly { readonly probe: string; readonly detail: string }[] {
  return plan.checks.flatMap(({ spec, role }, index) => {
    const measured = rounds[index] ?? [];
    return role === "critical" && wasSick(measured) ? [{ probe: spec.name, detail: measured.findLast(({ outcome }) => outcome === "failure")?.detail ?? "" }] : [];
  });
}

/** From one look at the version to the next, in milliseconds. */
const FIRST_MS = 100;
const LONGEST_MS = 1_000;

/**
 * Waits until users are served the commit: load balancers and caches follow their configuration when they like.
 * @returns why it is not so; undefined when it is, when nothing tells, or when the version cannot be read, which is for the watch to judge.
 */
export async function seesCommit(lookout: Lookout, options: { readonly clock: Clock; readonly limitMs: number; readonly sha: string; readonly cancelled: AbortSignal }): Promise<Reason | undefined> {
  const { clock, limitMs, sha, cancelled } = options;
  let unread = 0;
  const { facts, decision } = await drive({
    clock, limitMs, firstPauseMs: FIRST_MS, longestPauseMs: LONGEST_MS,
    gather: () => lookout.version(cancelled),
    decide: (seen: VersionSeen) => {
      unread = seen !== null && seen.sha === null ? unread + 1 : 0;
      return { kind: cancelled.aborted || seen === null || seen.contains || unread > ERROR_LIMIT ? "seen" : "wait" };
    },
  });
  if (decision.kind === "seen") return undefined;
  const shown = facts === null || facts.sha === null ? "" : `: they are served ${shortSha(facts.sha)}`;
  return because("promotion-not-seen", `the promote command succeeded, and ${limitMs / 1_000} s later users were not served ${shortSha(sha)}${shown}`);
}

/** What users are served after they were moved back. */
export interface SeenBack {
  /** `commit`: what they should have been moved away from; `untold`: no address tells. */
  readonly served: "other" | "commit" | "unread" | "untold";
  readonly failing: ReturnType<typeof sickOf>;
}

/** Looks in a row that have to agree: what reads its configuration anew shows the one before until it has. */
const STEADY = 3;

/** Looks at what users are served after they were moved back, until it stays well and not the commit, or the time is up. */
export async function lookBack(live: Health, lookout: Lookout, options: { readonly clock: Clock; readonly limitMs: number; readonly sha: string; readonly cancelled: AbortSignal }): Promise<SeenBack> {
  const { clock, limitMs, sha, cancelled } = options;
  let well = 0;
  const { facts } = await drive({
    clock, limitMs, firstPauseMs: FIRST_MS, longestPauseMs: LONGEST_MS,
    gather: async (): Promise<SeenBack> => {
      const [version, round] = await Promise.all([lookout.version(cancelled), measureOnce(live, { since: clock.now(), signal: cancelled })]);
      return { served: servedOf(version, sha), failing: sickOf(live, round.map((one) => [one])) };
    },
    decide: ({ served, failing }) => {
      well = ["other", "untold"].includes(served) && failing.length === 0 ? well + 1 : 0;
      return { kind: cancelled.aborted || well === STEADY ? "seen" : "wait" };
    },
  });
  return cancelled.aborted ? UNSEEN : facts;
}

/** Nobody has looked. */
export const UNSEEN: SeenBack = { served: "untold", failing: [] };

function servedOf(version: VersionSeen, sha: string): SeenBack["served"] {
  if (version === null) return "untold";
  if (version.sha === null) return "unread";
  return isSame(version.sha, sha) ? "commit" : "other";
}

/** A version may be shown by a short SHA. */
export function isSame(seen: string, sha: string): boolean {
  return seen === sha || (seen.length < sha.length && sha.startsWith(seen));
}
