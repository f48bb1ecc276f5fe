import type { Questions } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Log } from "../../kit/log.ts";
import type { ChatModel } from "../../llm/port.ts";
import type { Answer } from "./answer.ts";
import type { Effect } from "./apply.ts";
import type { Writes } from "./writes.ts";

export interface GeneratePorts {
  readonly repo: Questions & Writes & { requestCount(): number };
  readonly model: ChatModel;
  readonly clock: Clock;
  readonly log: Log;
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
