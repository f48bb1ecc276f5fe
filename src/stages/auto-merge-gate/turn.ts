import type { PullFacts } from "../../github/port.ts";

/** Open longer than this, a pull request is stuck and nobody waits for it (milliseconds). */
const STALE_MS = 60 * 60 * 1000;
const LONGEST_PAUSE_MS = 5 * 60 * 1000;
/** Nobody ahead has moved for as long as so many of them take: then they are stuck, or held up by a limit. */
const PATIENCE = 3;
/** More than these at once, and even one that still merges cleanly lets others go first: each attempt is a write, and most are in vain. */
export const BURST = 12;
/** With more than these before it, one that merges cleanly looks once more after a moment: the first of them makes it conflict. */
export const FEW = 2;
/** A rebuild with its check takes about as long as so many requests. */
export const LOOKS_A_ROUND = 15;
const LONGEST_MOMENT_MS = 2_000;

/** How one stands in line while it lets others go first. Times are epoch milliseconds. */
export interface Line {
  readonly ahead: number;
  /** When their number fell last, or it began to wait. */
  readonly movedAt: number;
  readonly first: { readonly ahead: number; readonly at: number };
  /** How long one of them takes, in milliseconds, as far as their number told. */
  readonly eachMs: number | null;
}

/**
 * How many pull requests of the loop stand before this one. When many conflict at once, the oldest goes first and the others
 * leave it the time: else each merge would undo everybody's rebuild, which costs a square of requests.
 * @param now epoch milliseconds.
 */
export function aheadOf(pull: PullFacts, now: number): number {
  const folder = folderOf(pull.head.branch);
  return pull.siblings.filter((other) => other.number < pull.number && !other.draft && folderOf(other.branch) === folder && now - other.createdAt < STALE_MS).length;
}

/**
 * How long to leave the field to those ahead, in milliseconds, and where one stands then; 0: it is this one's turn. It looks again before
 * they can be done, so that nobody sleeps through its turn, and goes when they have not moved for long, so that one that is stuck holds
 * nobody up.
 * @param before how it stood when it waited last; null: it has not yet.
 * @param guessMs how long one rebuild takes at least.
 * @param random uniform in [0, 1).
 */
export function lineUp(ahead: number, before: Line | null, now: number, { guessMs, random }: { readonly guessMs: number; readonly random: number }): { readonly pauseMs: number; readonly line: Line } {
  const first = before?.first ?? { ahead, at: now };
  const fell = before !== null && ahead < before.ahead;
  const movedAt = before === null || fell ? now : before.movedAt;
  const eachMs = fell ? (now - first.at) / Math.max(1, first.ahead - ahead) : (before?.eachMs ?? null);
  const line = { ahead, movedAt, first, eachMs };
  // The first of them merges without a rebuild: that one tells too little.
  const each = Math.max(eachMs ?? 0, guessMs);
  if (ahead === 0 || now - movedAt >= PATIENCE * each) return { pauseMs: 0, line };
  const wanted = ((ahead - 1) * 0.7 + 0.3) * each;
  return { pauseMs: Math.max(100, Math.round(Math.min(LONGEST_PAUSE_MS, wanted) * (0.85 + 0.3 * random))), line };
}

/** A moment for those ahead to merge, in milliseconds. @param lookMs how long one look takes. */
export function momentFor(ahead: number, lookMs: number): number {
  return Math.round(Math.min(LONGEST_MOMENT_MS, ahead * lookMs));
}

/** The loop's branches share a prefix such as `instant/faq-`. */
function folderOf(branch: string): string {
  return branch.slice(0, branch.lastIndexOf("/") + 1);
}
