import type { Alert } from "./alert.ts";
import type { Phase } from "./phases.ts";

/** What a stage hands to the runtime when it is done; the runtime alone knows how to show it. */
export interface Report {
  /** Outputs by their name in action.yml; every declared output is set, an unknown one is an empty string. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown for the job summary. */
  readonly summary: string;
  readonly annotations?: readonly Annotation[];
  /** Set when the job has to fail although the stage did its work, e.g. a red check: one line that says why. */
  readonly failed?: string;
  /** What goes on record, where a record is kept; absent when the stage did nothing to a task, or does not know to which. */
  readonly record?: TaskNote;
  /** The same of other tasks, whose work it undid with that. */
  readonly alsoRecorded?: readonly TaskNote[];
  /** What people have to hear of, or that it is over; told where `notify` names a way. */
  readonly alerts?: readonly Alert[];
}

/** What a stage knows of a task; the runtime adds what it knows of the job (CONTRACTS, Task). Times are epoch milliseconds. */
export interface TaskNote {
  readonly traceId: string;
  /** What became of it; null when something only happened to it. */
  readonly task: TaskState | null;
  readonly events: readonly Happening[];
}

export interface TaskState {
  readonly phase: Phase;
  /** `done` and `error` finish it. */
  readonly status: "running" | "done" | "error";
  readonly question?: string;
  readonly questionHash?: string;
  readonly prUrl?: string;
  /** Of the pull request. */
  readonly state?: "open" | "closed" | "merged";
  readonly errorType?: string;
  readonly errorMsg?: string;
  /** When it was asked for. */
  readonly createdAt?: number;
  /** When its question became its own: a store gave it, or its branch was made. */
  readonly claimedAt?: number;
  readonly mergedAt?: number;
  /** By `interventionsIn` (src/kit/people.ts). */
  readonly humanInterventionCount?: number;
}

export type EventKind = "run" | "pull-request" | "commit" | "decision" | "cost" | "alert" | "deployment" | "health" | "warning";

/** One line of a task's story. */
export interface Happening {
  readonly kind: EventKind;
  /** For a person; it may quote what came from outside. */
  readonly text: string;
  readonly url?: string;
  /** Figures behind the line; small, flat, no secrets. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Annotation {
  readonly level: "failure" | "warning" | "notice";
  readonly message: string;
  readonly title?: string;
  readonly path?: string;
  /** 1-based. */
  readonly line?: number;
  readonly endLine?: number;
  readonly column?: number;
}
