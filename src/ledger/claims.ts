import type { Heartbeat, Ledger, TaskRecord } from "./port.ts";

/** CONTRACTS: a heartbeat that is older is stale. Milliseconds. */
const STALE_MS = 120_000;

/**
 * Whether a task that owns a question will not answer it any more: it failed; or people closed what it made; or nobody works on it and
 * nothing is on record of it. What cannot be read is never a yes.
 * @param heartbeats of every runner; null when no store could be asked.
 * @param closed addresses of the question's pull requests that people closed.
 */
export function isGone(owner: { readonly taskId: string; readonly record: TaskRecord | null; readonly heartbeats: readonly Heartbeat[] | null; readonly closed: readonly string[]; readonly now: number }): boolean {
  const { taskId, record, heartbeats, closed, now } = owner;
  const isAtWork = heartbeats === null || heartbeats.some(({ currentTaskId, at }) => currentTaskId === taskId && now - at <= STALE_MS);
  // A job that runs again makes good what failed.
  if (isAtWork) return false;
  if (record === null) return true;
  const { status, prUrl } = record.task;
  return status === "error" || (prUrl !== null && closed.includes(prUrl));
}

/** Claims in a ledger; a claim that a dead task holds is taken from it. */
export function claimsIn(ledger: Ledger, options: { readonly repository: string; readonly clock: { now(): number } }) {
  const { repository, clock } = options;
  return {
    claim: async ({ hash, traceId, closed }: { readonly hash: string; readonly traceId: string; readonly closed: readonly string[] }): Promise<string | null> => {
      const claim = { repository, questionHash: hash, taskId: traceId };
      const owner = await ledger.claim(claim);
      if (owner === null || owner === traceId) return owner;
      const [record, heartbeats] = await Promise.all([ledger.read(owner), ledger.heartbeats("runner")]);
      return isGone({ taskId: owner, record, heartbeats, closed, now: clock.now() }) ? ledger.claim({ ...claim, instead: owner }) : owner;
    },
  };
}
