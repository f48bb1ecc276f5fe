import type { ChannelKind } from "../kit/alert.ts";
import type { Message } from "./message.ts";
import { spellingsOf } from "./secrets.ts";

/** One way to tell people something. */
export interface Channel {
  /** What it is remembered by, and called in logs: it must not change from job to job. */
  readonly name: string;
  readonly kind: ChannelKind;
  /** Every text by which its secrets could show themselves: they are taken out of whatever it reports. */
  readonly secrets: readonly string[];
  /**
   * Tells one message.
   * @param limits `signal` ends it; `deadline`, in epoch milliseconds, is when: nothing is waited for beyond it.
   * @returns `suppressed` when its readers see what they should without another message.
   * @throws ChannelError, or whatever went wrong.
   */
  deliver(message: Message, limits: { readonly signal: AbortSignal; readonly deadline: number }): Promise<Delivery>;
}

export type Delivery = { readonly kind: "delivered"; readonly detail: string } | { readonly kind: "suppressed"; readonly reason: string };

/** Why a channel did not take a message, and what to change. It carries no cause: those of requests hold addresses, which are secrets here. */
export class ChannelError extends Error {
  readonly fix: string;
  /** Milliseconds after which another try may do; null when none will, or when the message may have gone out already. */
  readonly retryAfterMs: number | null;

  constructor(reason: string, fix: string, retryAfterMs: number | null = null) {
    super(reason);
    this.name = "ChannelError";
    this.fix = fix;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Text without secrets, in whichever of the usual spellings they come. */
export function redact(text: string, secrets: readonly string[]): string {
  const wanted = [...new Set(secrets.flatMap(spellingsOf))].filter((spelling) => spelling !== "").toSorted((a, b) => b.length - a.length);
  return wanted.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
