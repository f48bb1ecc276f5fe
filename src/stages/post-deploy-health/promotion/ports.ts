import type { VersionReader } from "../../../probes/port.ts";
import type { CommandResult } from "../../../workspace/port.ts";

/** How users are moved. */
export interface PromotionPorts {
  /** Reads which commit the new deployment serves, where nobody uses it yet; null: no address tells. */
  readonly greenVersion: VersionReader | null;
  /**
   * Runs a command of the workflow's, with the variables that it names, and `INSTANT_COMMIT`. `spared`: it goes on when the job is ended.
   * @throws Error when it cannot be run.
   */
  readonly run: (command: string, options: { readonly commit: string; readonly timeoutMs: number; readonly signal?: AbortSignal; readonly spared?: boolean }) => Promise<CommandResult>;
  /** While the work is under way, the end of the job does not end it: it is told by the signal, and has a few seconds. */
  readonly holding: <T>(work: (cancelled: AbortSignal) => Promise<T>) => Promise<T>;
}
