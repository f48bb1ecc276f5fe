import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../../src/checks/port.ts";
import { sarifOf } from "../../../src/stages/fast-ci/sarif.ts";
import { writeBelow } from "../../../src/workspace/output.ts";

/** OASIS's schema of SARIF 2.1.0, as a package of Microsoft's brings it. */
const SCHEMA = new URL("../../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json", import.meta.url);
const SHA = "a1b2c3d".padEnd(40, "0");
const finding = (more: Partial<Finding> = {}): Finding => ({ level: "failure", path: "docs/a b.md", line: 3, rule: "links/missing", message: "It is wrong.\nMend it.", ...more });
const outcome = (name: string, kind: "passed" | "failed" | "errored", findings: readonly Finding[] = []) => ({ name, kind, findings, detail: "broken", fix: "Mend it.", ms: 1 });
const made = (outcomes: Parameters<typeof sarifOf>[0]["outcomes"]) => JSON.parse(sarifOf({ outcomes, sha: SHA }, "https://github.test/o/r")) as { runs: [{ results: unknown[]; invocations: unknown; tool: unknown }] };

describe("SARIF", () => {
  const ajv = new Ajv({ strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const { id: _, ...schema } = JSON.parse(readFileSync(SCHEMA, "utf8")) as { readonly id?: string };
  const validate = ajv.compile({ ...schema, $schema: "http://json-schema.org/draft-07/schema#" });

  test.each<[string, Parameters<typeof sarifOf>[0]["outcomes"]]>([
    ["nothing", []],
    ["findings of all kinds", [outcome("links", "failed", [finding(), finding({ level: "warning", endLine: 5, column: 2 }), finding({ level: "notice", path: "", rule: "smoke" })])]],
    ["a check that could not run", [outcome("faq", "errored")]],
    ["more than anybody reads", [outcome("links", "failed", Array.from({ length: 6_000 }, (__, at) => finding({ line: at + 1 })))]],
  ])("of %s is valid", (__, outcomes) => {
    validate(made(outcomes));
    expect(validate.errors).toBeNull();
  });

  test("says where and what, and what could not run", () => {
    const { runs: [run] } = made([outcome("links", "failed", [finding({ endLine: 4, column: 7 })]), outcome("faq", "errored")]);
    expect(run.results).toEqual([{
      ruleId: "links/missing", ruleIndex: 0, level: "error", message: { text: "It is wrong.\nMend it." },
      locations: [{ physicalLocation: { artifactLocation: { uri: "docs/a%20b.md", uriBaseId: "%SRCROOT%" }, region: { startLine: 3, endLine: 4, startColumn: 7 } } }],
    }]);
    expect(run.invocations).toEqual([{ executionSuccessful: false, toolExecutionNotifications: [{ level: "error", message: { text: "faq could not run: broken" } }] }]);
    expect(made([outcome("links", "failed", Array.from({ length: 6_000 }, () => finding()))]).runs[0].results).toHaveLength(5_000);
  });
});

describe("the file", () => {
  let root: string;
  let outside: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "instant-output-"));
    outside = mkdtempSync(join(tmpdir(), "instant-outside-"));
  });
  afterEach(() => [root, outside].forEach((folder) => rmSync(folder, { recursive: true })));

  test("is written as a whole, in folders that are made for it", () => {
    writeBelow(root, "out/a/fast-ci.sarif", "one");
    writeBelow(root, "out/a/fast-ci.sarif", "two");
    expect(readFileSync(join(root, "out/a/fast-ci.sarif"), "utf8")).toBe("two");
    expect(readdirSync(join(root, "out/a"))).toEqual(["fast-ci.sarif"]);
  });

  test("a link that the tree brings leads it nowhere else", () => {
    writeFileSync(join(outside, "kept"), "kept");
    symlinkSync(join(outside, "kept"), join(root, "fast-ci.sarif"));
    symlinkSync(outside, join(root, "out"));
    symlinkSync(join(outside, "nowhere"), join(root, "dangling"));
    writeBelow(root, "fast-ci.sarif", "findings");
    expect([readFileSync(join(outside, "kept"), "utf8"), lstatSync(join(root, "fast-ci.sarif")).isSymbolicLink()]).toEqual(["kept", false]);
    for (const path of ["out/fast-ci.sarif", "dangling/fast-ci.sarif"]) expect(() => writeBelow(root, path, "x")).toThrow(/could not be written/);
    expect([existsSync(join(outside, "fast-ci.sarif")), existsSync(join(outside, "nowhere"))]).toEqual([false, false]);
  });

  test("a folder in its place is named", () => {
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "b"), "");
    expect(() => writeBelow(root, "a", "x")).toThrow("`a` is there, and is no file of its own");
    expect(() => writeBelow(root, "b/c", "x")).toThrow(/b\/c could not be written/);
    expect(readdirSync(root)).toEqual(["a", "b"]);
  });
});
