import { createHash, randomBytes } from "node:crypto";
import { isTraceId, newTraceId } from "../kit/ids.ts";

/** The trace id as OpenTelemetry and Sentry write it: its 32 hex digits; undefined when it is none. */
export function traceHex(traceId: string): string | undefined {
  return isTraceId(traceId) && /[1-9a-f]/.test(traceId) ? traceId.replaceAll("-", "") : undefined;
}

/** A trace for a job without a task. */
export function newTraceHex(): string {
  return newTraceId().replaceAll("-", "");
}

/**
 * The id of a task's root span, the same in every job: so the spans of all jobs hang together though no job tells another anything.
 */
export function rootSpanId(hex: string): string {
  const id = createHash("sha256").update(`instant root span of ${hex}`).digest("hex").slice(0, 16);
  // All zeros would be no span at all (https://www.w3.org/TR/trace-context/#parent-id).
  return /^0+$/.test(id) ? "1".padStart(16, "0") : id;
}

export function newSpanId(): string {
  const id = randomBytes(8).toString("hex");
  return /^0+$/.test(id) ? newSpanId() : id;
}

/** Whether a trace belongs to the sample: decided by its id, so that all jobs of a task decide alike. @param rate 0 to 1. */
export function sampled(hex: string, rate: number): boolean {
  return Number.parseInt(hex.slice(-8), 16) / 2 ** 32 < rate;
}
