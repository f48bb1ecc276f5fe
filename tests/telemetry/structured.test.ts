import { expect, test } from "@jest/globals";
import { type LineBase, structured } from "../../src/telemetry/structured.ts";
import { recordingLog } from "./support.ts";

const TRACE = "0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11";

function opened() {
  const log = recordingLog();
  let now = 1_000;
  let base: LineBase = { operation: "fast-ci", trace_id: null, task_id: null, pr_url: null, success: null };
  return { log, lines: structured(log, () => base, { now: () => now }), at: (ms: number) => void (now = ms), know: (more: Partial<LineBase>) => void (base = { ...base, ...more }) };
}

test("each line is one JSON object with the fields of the contract, and what became known meanwhile", () => {
  const { log, lines, at, know } = opened();
  lines.info("reading", { files: 3, dry: false, gone: undefined, none: null });
  at(2_234);
  know({ trace_id: TRACE, task_id: TRACE, pr_url: "https://github.com/acme/docs/pull/7" });
  lines.error("failed", { success: false, level: "info", message: "not this", elapsed: 1 });
  lines.debug("d");
  lines.warning("w");
  expect(log.lines.map(({ level, message, fields }) => [level, JSON.parse(message), fields])).toEqual([
    ["info", { level: "info", message: "reading", operation: "fast-ci", trace_id: null, task_id: null, elapsed_ms: 0, pr_url: null, success: null, files: 3, dry: false, none: null }, {}],
    ["error", { level: "error", message: "failed", operation: "fast-ci", trace_id: TRACE, task_id: TRACE, elapsed_ms: 1_234, pr_url: "https://github.com/acme/docs/pull/7", success: false, elapsed: 1 }, {}],
    ["debug", expect.objectContaining({ level: "debug" }), {}],
    ["warning", expect.objectContaining({ level: "warning" }), {}],
  ]);
  expect(Object.keys(JSON.parse(log.lines[0]!.message)).slice(0, 8)).toEqual(["level", "message", "operation", "trace_id", "task_id", "elapsed_ms", "pr_url", "success"]);
});

test.each([
  "::error::gone", "\n::set-output name=x::y", "##[error]x", "\r##[group]", "a\u2028b\u2029c\u0085d\u000be", "\u001b[31mred\u0007", "\u202Eevil\u2066", '"}\n{"level":"error"', "\uD800 lone", "é你😀", "\u0000", "%0A::stop-commands::x", "__proto__",
])("what is said cannot leave its line or command the runner: %j", (text) => {
  const { log, lines } = opened();
  lines.info(text, { [`k${text}`]: text, __proto__x: 1 });
  const { message } = log.lines[0]!;
  expect(message).toMatch(/^\{[^\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]*\}$/u);
  expect(message).not.toContain("##[");
  expect(message.isWellFormed()).toBe(true);
  // Read as JSON it is what was said.
  expect(JSON.parse(message)).toMatchObject({ message: text, [`k${text}`]: text });
});

test("what is too much is cut", () => {
  const { log, lines } = opened();
  lines.info("😀".repeat(100_000), Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`f${at}`, "x".repeat(10_000)])));
  const said = JSON.parse(log.lines[0]!.message) as Record<string, string>;
  expect(said["message"]!.length).toBeLessThanOrEqual(8_192);
  expect(said["message"]!.isWellFormed()).toBe(true);
  expect(Object.keys(said)).toHaveLength(8 + 64);
  expect(said["f0"]!).toHaveLength(4_096);
});
