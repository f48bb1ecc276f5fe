import { createHash, randomUUID } from "node:crypto";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new trace id: a UUID in lower case. Its 32 hex digits are the OpenTelemetry trace id. */
export function newTraceId(): string {
  return randomUUID();
}

/**
 * The trace id that these parts always have: a UUID of version 8 (RFC 9562, 5.8) from the first bits of their SHA-256, so that a run
 * that is started again works on the same task.
 */
export function traceIdFor(parts: readonly string[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

export function isTraceId(text: string): boolean {
  return UUID.test(text);
}

/** The first 7 digits of a commit SHA, as people write it. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}

export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

/** The trace id that a commit message (`Trace-Id: …`) or a pull request body (`trace-id: …`) carries, if any. */
export function traceIdIn(text: string): string | undefined {
  const found = /^trace-id:\s*([0-9a-f-]{36})\s*$/im.exec(text)?.[1];
  return found !== undefined && isTraceId(found) ? found : undefined;
}
