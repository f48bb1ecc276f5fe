/** Trouble that people have to hear of, or the end of it: what a stage hands over as data (src/notify/README.md says when it is told). */
export interface Alert {
  /**
   * Names the trouble, the same each time it is looked at, so that firing and resolved find each other: `deployment:production`.
   * At most 200 letters, digits and `. _ : / @ -`. Never from untrusted text.
   */
  readonly key: string;
  readonly state: AlertState;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  /** Any number of lines; may be empty. Cut to what a channel takes. */
  readonly text: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** The only things in a message that can be clicked. Other addresses than http(s) ones without credentials are left out. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** Of the task it is about; empty when there is none. */
  readonly traceId: string;
  /** What it happens to (commits, workers, permissions): one that was not told yet is news, although the alert fires already. */
  readonly occasions?: readonly string[];
  /** The kinds of channels by which it is told that it fires, where one of them is configured; else, and without, all. */
  readonly via?: readonly ChannelKind[];
  /** It has an issue already: none is opened for it. */
  readonly hasIssue?: boolean;
  /** Another job usually opens one: none is opened for it, unless issues are the only channel. */
  readonly expectsIssue?: boolean;
}

/** `P0`: production is hurt; `P1`: somebody should look today; `P2`: soon; `P3`: worth knowing. */
export type Severity = "P0" | "P1" | "P2" | "P3";
export type AlertState = "firing" | "resolved";
export type ChannelKind = "slack" | "telegram" | "email" | "issue";
