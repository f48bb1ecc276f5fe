import { describe, expect, test } from "@jest/globals";
import { isSha, isTraceId, newTraceId, shortSha, traceIdFor, traceIdIn } from "../../src/kit/ids.ts";

test("a trace id is found in a commit trailer and in a pull request body, and nowhere else", () => {
  const id = newTraceId();
  expect(isTraceId(id)).toBe(true);
  expect(traceIdIn(`Update FAQ\n\nTrace-Id: ${id}\n`)).toBe(id);
  expect(traceIdIn(`trace-id: ${id}\r\nmore`)).toBe(id);
  expect(traceIdIn(`see trace-id: ${id}`)).toBeUndefined();
  expect(traceIdIn("trace-id: ------------------------------------")).toBeUndefined();
});

test("a SHA is 40 or 64 hexadecimal digits", () => {
  expect(isSha("a".repeat(40))).toBe(true);
  expect(isSha("a".repeat(64))).toBe(true);
  expect(isSha("a".repeat(41))).toBe(false);
  expect(isSha("G".repeat(40))).toBe(false);
  expect(shortSha("0123456789")).toBe("0123456");
});

describe("the trace id of a run that may be started again", () => {
  test("is always the same for the same parts, a UUID of version 8, and another for any other", () => {
    const id = traceIdFor(["https://github.com", "acme/docs", "77", "0123456789abcdef"]);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(traceIdFor(["https://github.com", "acme/docs", "77", "0123456789abcdef"])).toBe(id);
    const ids = Array.from({ length: 500 }, (_, run) => traceIdFor(["https://github.com", "acme/docs", String(run), "0123456789abcdef"]));
    expect(new Set(ids).size).toBe(500);
    expect(ids.every(isTraceId)).toBe(true);
    // Parts are not merely joined.
    expect(traceIdFor(["a", "bc"])).not.toBe(traceIdFor(["ab", "c"]));
  });
});
