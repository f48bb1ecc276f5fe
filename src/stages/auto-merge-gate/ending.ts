import type { Repository } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Log } from "../../kit/log.ts";
import type { Effect } from "./apply.ts";
import type { Reason } from "./condition.ts";
import type { Decision } from "./decide.ts";
import type { GateFacts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import type { Recheck } from "./rebuild.ts";

type Asked = "readPull" | "listPullFiles" | "readEntries" | "permissionOf";
type Written = "mergePull" | "armAutoMerge" | "disarmAutoMerge" | "enqueuePull" | "dequeuePull" | "deleteBranch" | "commitMerge" | "changePullBody";
type Told = "ownComments" | "comment" | "editComment" | "deleteComment" | "publishCheck" | "openIssue" | "openIssuesWith" | "closeIssue";

export interface GatePorts {
  readonly repo: Pick<Repository, "owner" | "name" | "requestCount" | Asked | Written | Told>;
  readonly recheck: Recheck;
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1); spreads gates that work at the same time. */
  readonly random?: () => number;
}

/** How it ended, with everything the report tells. */
export interface Ending {
  /** `stuck`: it waited for something that did not come; `timeout`: what it was to be merged into never rested. */
  readonly outcome: "merged" | "already-merged" | "blocked" | "handed-over" | "queued" | "stuck" | "timeout" | "dry-run" | "explained";
  readonly mergedSha: string;
  readonly facts: GateFacts;
  /** The last decision, with its conditions. */
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
  readonly effects: readonly Effect[];
  readonly looks: number;
  readonly rebuilds: number;
}

export interface Progress {
  readonly policy: Policy;
  readonly ports: GatePorts;
  readonly facts: GateFacts;
  readonly decision: Decision;
  readonly effects: readonly Effect[];
  readonly looks: number;
  readonly rebuilds: number;
}
