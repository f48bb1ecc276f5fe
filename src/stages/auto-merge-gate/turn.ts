import type { PullFacts } from "../../github/port.ts";

/** Open longer than this, a pull request is stuck and nobody waits for it (milliseconds). */
const STALE_MS = 60 * 60 * 1000;
const LONGEST_PAUSE_MS = 20_000;

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
 * How long to leave the field to those ahead, in milliseconds; 0: it is this one's turn. It waits only while their number falls, so
 * that one that is stuck holds nobody up.
 * @param before how many were ahead when this one waited last; null: it has not waited yet.
 * @param roundMs how long one rebuild takes.
 * @param random uniform in [0, 1).
 */
export function pauseFor(ahead: number, before: number | null, roundMs: number, random: number): number {
  if (ahead === 0 || (before !== null && ahead >= before)) return 0;
  return Math.round(Math.min(LONGEST_PAUSE_MS, ahead * roundMs) * (0.8 + 0.4 * random));
}

/** The loop's branches share a prefix such as `instant/faq-`. */
function folderOf(branch: string): string {
  return branch.slice(0, branch.lastIndexOf("/") + 1);
}
