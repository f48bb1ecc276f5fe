import type { Clock } from "../kit/clock.ts";
import { messageOf } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import type { Kind } from "./message.ts";
import type { Alert, AlertMemory, AlertRecord } from "./port.ts";
import { fit, oneLine } from "./text.ts";

/**
 * What one channel has to do. `because`: nothing, its readers know already. `busy`: nothing that this job may do now. `isGuess`: it may be
 * that nobody there was told, which the channel finds out itself.
 */
export type Planned = { readonly kind: Kind; readonly isGuess?: true } | { readonly because: string } | { readonly busy: string };

export interface Plan {
  /** In the order of the channels. */
  readonly channels: readonly Planned[];
  /** Whether the memory says that it is this job that tells it, so that the outcome has to be written there. */
  readonly claimed: boolean;
}

interface Wanted {
  readonly alert: Alert;
  readonly names: readonly string[];
  /** Those of them that find by themselves what they told of an alert. */
  readonly finders: readonly string[];
  /** Names this call among all others. */
  readonly by: string;
  readonly memory: AlertMemory;
  readonly clock: Clock;
  readonly log: Log;
  readonly renotifyMs: number;
  /** How long the alert may stay claimed, in milliseconds: longer than telling it takes. */
  readonly claimMs: number;
  /** How long the memory may take for one answer, in milliseconds. */
  readonly memoryTimeoutMs?: number | undefined;
}

const NEW: AlertRecord = { firing: {}, claim: null };
/** The memory is asked this long, in milliseconds: longer than the ledger waits for its slowest place. */
const MEMORY_TIMEOUT_MS = 20_000;
/** Occasions that are remembered of one channel. */
const MOST_OCCASIONS = 50;
const POLL_MS = 250;
const MOST_ROUNDS = 200;
/** A claim that ends later than this, in milliseconds from now, was made by a broken clock and holds nothing. */
const LONGEST_CLAIM_MS = 5 * 60_000;

/**
 * Decides what each channel has to tell and takes the alert for this job, so that of two jobs with the same alert one tells it.
 *
 * The same state being told by another job is left to that job. The other state being told is waited for, because what is news
 * depends on it; a job that died in the middle holds the alert no longer than `claimMs`. A memory that cannot be asked must not
 * keep a fire from being told, so firing goes out (perhaps once more); the end of one waits until the memory can say that it was told.
 */
export async function claimAlert(wanted: Wanted): Promise<Plan> {
  const { alert, names, by, memory, clock, log, claimMs, memoryTimeoutMs } = wanted;
  const everywhere = (planned: Planned): Plan => ({ channels: names.map(() => planned), claimed: false });
  let trouble = "others kept writing";
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const seen = await within(memory.read(alert.key), memoryTimeoutMs);
      const record = seen?.record ?? NEW;
      const now = clock.now();
      const { claim } = record;
      if (claim !== null && claim.until > now && claim.until - now <= LONGEST_CLAIM_MS) {
        if (claim.state === alert.state && isKnown(alert, claim.occasions)) return everywhere({ busy: "another job is telling it just now" });
        await clock.sleep(Math.min(POLL_MS, claim.until - now));
        continue;
      }
      const channels = names.map((name) => planFor(name, record, wanted, now));
      if (!channels.some((planned) => "kind" in planned)) return { channels, claimed: false };
      const mine = { ...record, claim: { by, state: alert.state, occasions: alert.occasions ?? [], until: now + claimMs } };
      if ((await within(memory.write(alert.key, mine, seen?.version ?? null), memoryTimeoutMs)) === "written") return { channels, claimed: true };
    }
  } catch (error) {
    trouble = fit(oneLine(messageOf(error)), 300);
  }
  log.warning("it cannot be told whether an alert is news: what was told before cannot be read or written", { operation: "notify", alert: alert.key, reason: trouble });
  if (alert.state === "firing") return everywhere({ kind: "firing" });
  return everywhere({ busy: "whether anybody was told that it fires cannot be read now; the next run tells it" });
}

function planFor(name: string, { firing }: AlertRecord, { alert, renotifyMs, memory, finders }: Wanted, now: number): Planned {
  const told = Object.hasOwn(firing, name) ? firing[name] : undefined;
  // Another job may have told it, which a memory of this job alone does not know.
  if (alert.state === "resolved" && told === undefined && memory.isShared !== true && finders.includes(name)) return { kind: "resolved", isGuess: true };
  if (alert.state === "resolved") return told === undefined ? { because: "nobody here was told that it fires" } : { kind: "resolved" };
  if (told === undefined || !isKnown(alert, told.occasions)) return { kind: "firing" };
  if (renotifyMs > 0 && now - told.at >= renotifyMs) return { kind: "reminder" };
  return { because: `told at ${new Date(told.at).toISOString()}, and nothing has changed since` };
}

function isKnown({ occasions = [] }: Alert, known: readonly string[]): boolean {
  return occasions.every((one) => known.includes(one));
}

/** Writes which channels were reached and gives the alert free. A failure costs a warning: then it may be told twice. */
export async function settle(outcome: Pick<Wanted, "alert" | "by" | "memory" | "clock" | "log" | "memoryTimeoutMs"> & { readonly reached: readonly string[] }): Promise<void> {
  const { alert, reached, by, memory, clock, log, memoryTimeoutMs } = outcome;
  let trouble = "others kept writing";
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const seen = await within(memory.read(alert.key), memoryTimeoutMs);
      const { firing, claim } = seen?.record ?? NEW;
      const others = Object.entries(firing).filter(([name]) => !reached.includes(name));
      const mine = alert.state === "firing" ? reached.map((name) => [name, { at: clock.now(), occasions: occasionsOf(alert, firing, name) }] as const) : [];
      const next: AlertRecord = { firing: Object.fromEntries([...others, ...mine]), claim: claim?.by === by ? null : claim };
      if ((await within(memory.write(alert.key, next, seen?.version ?? null), memoryTimeoutMs)) === "written") return;
    }
  } catch (error) {
    trouble = fit(oneLine(messageOf(error)), 300);
  }
  log.warning("that an alert was told could not be written down: it may be told again", { operation: "notify", alert: alert.key, reason: trouble });
}

function occasionsOf({ occasions = [] }: Alert, firing: AlertRecord["firing"], name: string): string[] {
  const known = Object.hasOwn(firing, name) ? (firing[name]?.occasions ?? []) : [];
  return [...new Set([...known.filter((one) => !occasions.includes(one)), ...occasions])].slice(-MOST_OCCASIONS);
}

async function within<T>(answer: Promise<T>, limitMs = MEMORY_TIMEOUT_MS): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${limitMs / 1_000} s`)), limitMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
