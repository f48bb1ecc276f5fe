import { randomUUID } from "node:crypto";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new trace id: a UUID in lower case. Its 32 hex digits are the OpenTelemetry trace id. */
export function newTraceId(): string {
  return randomUUID();
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
