import type { Alert, AlertState } from "../kit/alert.ts";

/**
 * What a stage may ask of the ways to tell people something. One alert is one message until its state changes: see README.md beside
 * this file for the rules. Titles, texts and field values may come from anybody (questions, titles of pull requests, answers of a
 * model or a probe): every channel shows them as plain text.
 */

export type { Alert, AlertState, ChannelKind, Severity } from "../kit/alert.ts";

export interface Notifier {
  /**
   * Tells an alert by every channel at once, where it is news; each channel has its own time, and one that fails costs one warning
   * and does not stop the others.
   * @throws InstantError blaming the service, with every channel's reason, when it reached nobody and nobody knows it from before;
   *   blaming INSTANT, when the alert itself is malformed.
   */
  send(alert: Alert): Promise<Sent>;
  /** Says which alerts are about to be sent, so that a memory far away is asked once for all of them. Never throws. */
  foresee(keys: readonly string[]): Promise<void>;
}

export type Sent =
  /** At least one channel took the message now. */
  | { readonly kind: "told"; readonly answers: readonly ChannelAnswer[] }
  /** It is no news to anybody who could be reached: the reasons are in the answers. */
  | { readonly kind: "nothing-new"; readonly answers: readonly ChannelAnswer[] }
  /** No channel is configured for it, so nobody is told. Not an error: its issue is there, or nobody wants to be told. */
  | { readonly kind: "no-channels"; readonly answers: readonly [] };

/** What became of an alert in one channel. `reason` and `detail` hold no secret. */
export type ChannelAnswer =
  | { readonly channel: string; readonly kind: "delivered"; readonly detail: string }
  | { readonly channel: string; readonly kind: "failed"; readonly reason: string; readonly fix: string }
  | { readonly channel: string; readonly kind: "suppressed"; readonly reason: string };

// ---------------------------------------------------------------- what was told

/** What the readers of one channel were told of an alert that fires. */
export interface Told {
  /** When they were last told so, epoch milliseconds. */
  readonly at: number;
  /** The occasions that they know of, the newest last. */
  readonly occasions: readonly string[];
}

/** What is remembered of one alert, as plain JSON. */
export interface AlertRecord {
  /** The channels whose readers believe that it fires. Told of the resolution, a channel leaves; empty means that nobody believes so. */
  readonly firing: Readonly<Record<string, Told>>;
  /** Who is telling it just now. One that is older than `until` (epoch milliseconds) belongs to a job that died. */
  readonly claim: { readonly by: string; readonly state: AlertState; readonly occasions: readonly string[]; readonly until: number } | null;
}

/**
 * Where what was told is remembered, for all jobs that may send the same alert. `write` is compare-and-swap: of two jobs that write
 * over the same version one gets `conflict`, and that is how two that send the same alert at the same moment make one message.
 * Both throw when the place does not answer; records may be forgotten once nobody believes that the alert fires.
 */
export interface AlertMemory {
  /** Whether other jobs' telling is known here. Where it is not, a channel that finds its own messages again is asked for them. */
  readonly isShared?: boolean;
  /** null: nothing is known of this alert. */
  read(key: string): Promise<{ readonly record: AlertRecord; readonly version: string } | null>;
  /** @param expected the version that was read; null when there was none. */
  write(key: string, record: AlertRecord, expected: string | null): Promise<"written" | "conflict">;
  /** These are about to be read: a memory that is far away asks for all of them at once. */
  foresee?(keys: readonly string[]): Promise<void>;
}

// ---------------------------------------------------------------- issues

/** What the issue channel asks of a repository; the first two are the repository's own (src/github/port.ts). */
export interface AlertIssues {
  openIssue(issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] }): Promise<{ readonly number: number; readonly url: string }>;
  comment(number: number, body: string): Promise<void>;
  /** Open issues with this label, no pull requests, oldest first, at most 100. */
  openIssuesWith(label: string): Promise<readonly { readonly number: number; readonly url: string; readonly body: string }[]>;
  /** Closes as completed. Closing what is closed is fine. */
  closeIssue(number: number): Promise<void>;
}
