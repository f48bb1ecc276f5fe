import { failure, InstantError, messageOf } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import type { Store, StoreName } from "./port.ts";

/** How long one store may take for one thing, connecting included, in milliseconds. */
export const STORE_TIMEOUT_MS = 2_000;

/** The branch is a chain of requests to GitHub, with others that commit to it at the same moment. */
const BRANCH_TIMEOUT_MS = 15_000;

/** A store that is opened when it is first wanted, and given up for the rest of the job when it fails. */
export interface GuardedStore {
  readonly name: StoreName;
  /** Whether it has failed in this job. */
  failed(): boolean;
  /** Does something with it. null when it has failed, now or before: that was told once, and is nobody's failure. */
  use<T>(work: (store: Store) => Promise<T>): Promise<{ readonly value: T } | null>;
  close(): Promise<void>;
}

export interface StoreOpener {
  readonly name: StoreName;
  readonly open: () => Promise<Store>;
}

export interface GuardOptions {
  readonly log: Log;
  readonly timeoutMs?: number;
  /** Hears, once for each store, why it was given up. */
  readonly onFailure?: (store: StoreName, error: unknown) => void;
}

/** One warning for all that a store does not do in a job; it never fails a stage (DESIGN 6). A person who asks may have more time than a job. */
export function guarded({ name, open }: StoreOpener, options: GuardOptions): GuardedStore {
  const { log, onFailure, timeoutMs = name === "branch" ? BRANCH_TIMEOUT_MS : STORE_TIMEOUT_MS } = options;
  let opening: Promise<Store> | undefined;
  let broken = false;
  const giveUp = (error: unknown) => {
    if (broken) return;
    broken = true;
    log.warning(`The ledger goes on without ${name}: ${told(error)}`);
    onFailure?.(name, error);
  };
  return {
    name,
    failed: () => broken,
    use: async (work) => {
      if (broken) return null;
      try {
        opening ??= open();
        const store = opening;
        const value = await within(timeoutMs, name, async () => work(await store));
        return broken ? null : { value };
      } catch (error) {
        giveUp(error);
        return null;
      }
    },
    close: async () => {
      const store = opening;
      if (store === undefined) return;
      // One that never came has nothing to close, and one that hangs is not waited for.
      if (broken) return void store.then((one) => one.close()).catch(() => {});
      await within(STORE_TIMEOUT_MS, name, async () => (await store).close()).catch(() => {});
    },
  };
}

function told(error: unknown): string {
  if (!(error instanceof InstantError)) return messageOf(error);
  return error.problems.map(({ what, cause, fix }) => `${what}${cause === undefined ? "" : `, likely because ${cause}`}. ${fix}`).join(" ");
}

/**
 * The work's own end, or an error when that takes too long; the work is not ended by it, its answer is dropped. A timer of its own, because
 * a signal and its errors would cost each call more than a store takes to answer.
 */
async function within<T>(limitMs: number, name: StoreName, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = () => failure("service", { what: `${name} did not answer within ${limitMs / 1_000} s`, fix: "See whether it runs and can be reached from the runners." });
    timer = setTimeout(() => reject(error()), limitMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
