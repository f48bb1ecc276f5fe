import { expect, test } from "@jest/globals";
import { isSha, isTraceId, newTraceId, shortSha, traceIdIn } from "../../src/kit/ids.ts";

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
