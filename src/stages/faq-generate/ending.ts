import type { Questions } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Log } from "../../kit/log.ts";
import type { ChatModel } from "../../llm/port.ts";
import type { Answer } from "./answer.ts";
import type { Effect } from "./apply.ts";
import type { Writes } from "./writes.ts";

/** Whose question it is while nothing of it is on GitHub yet. */
export interface Claims {
  /**
   * Takes the question for a task.
   * @param question `closed`: addresses of its pull requests that people closed; a task that made one of them has lost it.
   * @returns the task that owns it; null when nobody can say, and then the branch on GitHub decides.
   */
  claim(question: { readonly hash: string; readonly traceId: string; readonly closed: readonly string[] }): Promise<string | null>;
}

export interface GeneratePorts {
  readonly repo: Questions & Writes & { requestCount(): number };
  readonly model: ChatModel;
  readonly clock: Clock;
  readonly log: Log;
  readonly claims?: Claims;
  /** Names the task to whoever keeps the record; resolves when others can see that somebody works on it. */
  readonly follow?: (task: { readonly traceId: string; readonly question: string; readonly questionHash: string; readonly createdAt: number }) => Promise<void>;
}

export type Status = "created" | "updated" | "duplicate" | "unchanged" | "refused" | "paused" | "handed-over" | "dry-run";

/** What the FAQ becomes, and what else the reader should know about it. */
export interface Change {
  readonly before: string;
  readonly after: string;
  readonly kind: "added" | "updated" | "unchanged";
  /** Questions in the FAQ that ask nearly the same, most similar first. */
  readonly near: readonly string[];
}

/** How a question ended, with all that the report shows. */
export interface Ending {
  readonly status: Status;
  readonly traceId: string;
  /** Whose task it is: this run's, another's that is known by its trace id, or nobody's. */
  readonly task: "own" | "other" | "unknown";
  /** When it was asked, epoch milliseconds. */
  readonly createdAt: number;
  /** When this run made the question's branch, by which it is taken where no store gives it; null when it made none. */
  readonly claimedAt: number | null;
  readonly branch: string;
  readonly headSha: string;
  readonly pull: { readonly number: number; readonly url: string; readonly merged: boolean } | null;
  readonly answer: Answer | null;
  readonly change: Change | null;
  /** What was written, or would have been by a dry run. */
  readonly effects: readonly Effect[];
  readonly reasons: readonly string[];
  /** How often somebody else was quicker, in words. */
  readonly races: readonly string[];
}
