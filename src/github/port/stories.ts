import type { RunFacts } from "./deployments.ts";
import type { PullSummary } from "./shared.ts";

/** What became of a task as GitHub alone tells it, without any record: pull requests, commits, checks, runs and incidents. */
export interface Story {
  /** Pull requests of this repository's own branches whose body carries the trace id, the oldest first. */
  readonly pulls: readonly StoryPull[];
  /** Issues that a rollback opened for the task, the oldest first. */
  readonly incidents: readonly StoryIncident[];
  /** Runs that those name, by the first attempt's start; what cannot be read (deleted, or not allowed) is among `lostRuns`. */
  readonly runs: readonly StoryRun[];
  readonly lostRuns: readonly string[];
  /** Whether the token may not read the checks. */
  readonly lostChecks: boolean;
}

export interface StoryPull extends Omit<PullSummary, "commits"> {
  readonly branch: string;
  readonly base: string;
  readonly closedAt: number | null;
  readonly mergedBy: string | null;
  /** The first 100. */
  readonly reviews: readonly { readonly author: string; readonly at: number }[];
  /** The newest 20, oldest first. */
  readonly commits: readonly StoryCommit[];
  /** Of the newest commit, each name once, the first 100. */
  readonly checks: readonly StoryCheck[];
}

export interface StoryCommit {
  readonly sha: string;
  readonly url: string;
  readonly message: string;
  readonly traceId: string | null;
  readonly author: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface StoryCheck {
  readonly name: string;
  readonly state: "pending" | "success" | "failure";
  readonly at: number;
  readonly url: string | null;
}

export interface StoryIncident {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly createdAt: number;
  readonly closedAt: number | null;
}

export interface StoryRun extends RunFacts {
  /** Epoch milliseconds of the last change. */
  readonly updatedAt: number;
  /** Names of the jobs that did not end well, of the newest attempt. */
  readonly failedJobs: readonly string[];
}

/** A trace id with the pages that carry it. */
export interface Trace {
  readonly traceId: string;
  /** Epoch milliseconds of their last change. */
  readonly changedAt: number;
  /** Pull requests of this repository's own branches. */
  readonly numbers: readonly number[];
  readonly incidents: readonly (StoryIncident & { readonly body: string })[];
}

export interface Stories {
  /** null when nothing here carries the trace id. */
  find(traceId: string): Promise<Story | null>;
  /** What changed since (epoch milliseconds), the oldest change first; of very many the newest 500. */
  changedSince(at: number): Promise<readonly Trace[]>;
  /** The stories of traces, by their ids. */
  read(traces: readonly Trace[]): Promise<ReadonlyMap<string, Story>>;
  /** null when the run is gone, or is not this token's to read. */
  readRun(id: number): Promise<StoryRun | null>;
}
