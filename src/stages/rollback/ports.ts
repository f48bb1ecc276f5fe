import type { Repository } from "../../github/port.ts";
import type { Alert } from "../../kit/alert.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Log } from "../../kit/log.ts";
import type { Ledger } from "../../ledger/port.ts";
import type { VersionReader } from "../../probes/port.ts";
import type { Checkouts } from "../../workspace/port.ts";

export interface RollbackPorts {
  readonly repo: Repository;
  readonly checkouts: Pick<Checkouts, "checkout" | "revert">;
  /** Deploys a commit and judges it (post-deploy-health's own watch); null when no deployment is configured. */
  readonly verify: ((target: { readonly sha: string; readonly defaultBranch: string }) => Promise<Verified>) | null;
  /** Which commit is served; null when no address tells. */
  readonly version: VersionReader | null;
  /** What is on record of tasks; null when no record is kept. */
  readonly ledger: Pick<Ledger, "read"> | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Begins to tell people while the stage goes on; absent where nobody is told before its end. */
  readonly tell?: (alerts: readonly Alert[]) => void;
}

/** What became of the reverted state in production. */
export interface Verified {
  readonly verdict: "healthy" | "unhealthy" | "inconclusive";
  readonly reasons: readonly string[];
  readonly deployedSha: string;
  readonly runUrl: string;
  /** When it was decided, epoch milliseconds. */
  readonly at: number;
}
