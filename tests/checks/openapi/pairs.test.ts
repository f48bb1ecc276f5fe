import { describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkOpenapi } from "../../../src/checks/openapi.ts";
import { aSubject } from "../a-subject.ts";

const folder = join(import.meta.dirname, "../../fixtures/openapi");
const read = (file: string) => readFileSync(join(folder, file), "utf8");

interface Expectations {
  readonly pairs: readonly { readonly id: string; readonly old: string; readonly new: string; readonly breaking: boolean; readonly breaking_operations: readonly { readonly operation: string }[]; readonly counts: { readonly operations_new: number } }[];
  readonly lint: readonly { readonly file: string; readonly errors: readonly { readonly operations?: readonly string[]; readonly lines: readonly number[] }[] }[];
}
const { pairs, lint } = JSON.parse(read("expectations.json")) as Expectations;
const name = (file: string) => `api/${file.split("/").at(-1)?.replace(/^(?:old|new)/, "api")}`;

async function compare(pair: Expectations["pairs"][number], policy: "fail" | "warn" | "allow" = "fail") {
  const path = name(pair.new);
  return checkOpenapi(aSubject({ files: { [path]: read(pair.new) }, before: { [path]: read(pair.old) } }), policy);
}

/** What each pair is expected to break, beside the verdict and the operations of expectations.json: `line rule what`. */
const BREAKS: Readonly<Record<string, readonly string[]>> = {
  ofrep: [
    "57 request-body-became-required the request body became required", "306 request-property-became-required request property `context` became required", "417 request-property-became-required request property `context.targetingKey` became required",
    "150 request-body-became-required the request body became required", "257 request-property-became-required request property `context` became required", "417 request-property-became-required request property `context.targetingKey` became required",
  ],
  "agent-protocol": [
    "29 api-path-removed-without-deprecation the whole path was removed", "29 api-path-removed-without-deprecation the whole path was removed",
    ...["next", "checkpoint", "metadata", "created_at"].map((property) => `2191 response-required-property-removed response 200 property \`[].${property}\` was removed, and was always there`),
  ],
  unitycatalog: ["2117 request-property-became-required request property `source` became required", '2189 request-property-enum-value-removed request property `operation` cannot be "PATH_REFRESH" any more'],
  "iceberg-rest": [],
};

/** What may be listed and may not turn the verdict. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  ofrep: ["request-body-type-changed", "request-body-type-changed", "response-header-one-of-added"],
  "agent-protocol": ["response-optional-property-removed", "no-required-schema-properties-undefined"],
  unitycatalog: ["request-property-removed", "request-property-removed", "request-property-removed"],
  "iceberg-rest": [],
};

describe.each(pairs)("$id", (pair) => {
  test("gets its verdict, with every operation named", async () => {
    const { findings, detail } = await compare(pair);
    const failures = findings.filter(({ level }) => level === "failure");
    expect(failures.length > 0).toBe(pair.breaking);
    const operations = new Set(failures.map(({ message }) => message.split(": ")[0]));
    expect([...operations].toSorted()).toEqual(pair.breaking_operations.map(({ operation }) => operation).toSorted());
    expect(failures.map(({ line, rule, message }) => `${line} ${rule.replace("openapi/", "")} ${message.slice(message.indexOf(": ") + 2).split(/\. (?=Callers)/)[0]}`)).toEqual(BREAKS[pair.id]);
    expect(findings.filter(({ level }) => level === "warning").map(({ rule }) => rule.replace("openapi/", ""))).toEqual(WARNINGS[pair.id]);
    expect(findings.every(({ path }) => path === name(pair.new))).toBe(true);
    expect(detail).toBe(`1 description, ${pair.counts.operations_new} operations`);
  });

  test("can be let pass, or only shown", async () => {
    expect((await compare(pair, "allow")).findings.filter(({ level }) => level === "failure")).toEqual([]);
    const shown = (await compare(pair, "warn")).findings;
    expect(shown.filter(({ level }) => level === "failure")).toEqual([]);
    expect(shown.filter(({ level }) => level === "warning")).toHaveLength((BREAKS[pair.id]?.length ?? 0) + (WARNINGS[pair.id]?.length ?? 0));
  });

  test("is no change to itself; additions read the other way round are removals", async () => {
    const path = name(pair.new);
    const text = read(pair.new);
    const { findings } = await checkOpenapi(aSubject({ files: { [path]: text }, before: { [path]: text } }), "fail");
    expect(findings.filter(({ level }) => level !== "notice")).toEqual([]);
    const back = await checkOpenapi(aSubject({ files: { [path]: read(pair.old) }, before: { [path]: text } }), "fail");
    if (pair.id === "iceberg-rest") expect(back.findings.filter(({ level }) => level === "failure").map(({ rule }) => rule)).toEqual(Array(3).fill("openapi/api-path-removed-without-deprecation"));
  });
});

describe.each(lint)("$file", ({ file, errors }) => {
  test("has its errors at their lines, with every operation named", async () => {
    const { findings } = await checkOpenapi(aSubject({ files: { [name(file)]: read(file) } }), "fail");
    for (const { lines, operations = [] } of errors) {
      const at = findings.filter(({ line }) => lines.includes(line));
      expect(at.length).toBeGreaterThanOrEqual(Math.max(1, operations.length));
      for (const operation of operations) expect(at.some(({ level, message }) => level === "failure" && message.startsWith(`${operation}: the path parameter \`thread_id\` is not in the path`))).toBe(true);
    }
    const expected = lint.flatMap((one) => one.errors.flatMap(({ lines }) => lines));
    expect(findings.filter(({ line }) => !expected.includes(line))).toEqual([]);
  });

  test("does not fail for what it had before", async () => {
    const path = name(file);
    const { findings } = await checkOpenapi(aSubject({ files: { [path]: read(file).replace('"title": ', '"title":  ') }, before: { [path]: read(file) } }), "fail");
    expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(["notice"]));
  });
});

test("the fixtures are what SOURCES.md says, byte for byte", () => {
  const rows = [...read("SOURCES.md").matchAll(/^\| `([^`]+)` \| `([0-9a-f]{40})` \| (\d+) \|$/gm)];
  expect(rows).toHaveLength(10);
  for (const [, file = "", blob, bytes] of rows) {
    const content = readFileSync(join(folder, file));
    expect([file, content.length, createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex")]).toEqual([file, Number(bytes), blob]);
  }
});
