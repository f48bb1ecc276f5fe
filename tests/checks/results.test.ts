import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChecks } from "../../src/checks/index.ts";
import { checkMarkdown } from "../../src/checks/markdown.ts";
import type { Results } from "../../src/checks/port.ts";
import { openResults } from "../../src/checks/results.ts";
import { aSubject, short } from "./a-subject.ts";
import { documents } from "./fixtures.ts";

const KEY = "a key that nobody else has";
let folder: string;
const file = () => join(folder, "instant-fast-ci.json");
const open = (more: Partial<Parameters<typeof openResults>[0]> = {}) => openResults({ folder, key: KEY, repository: "acme/product", workspace: "/nowhere", ...more });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "instant-results-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function keepOne(value: unknown = ["found"]): void {
  const results = open();
  results.keep("x", ["a", "b"], value);
  expect(results.close()).toBeNull();
}

describe("what was found out earlier", () => {
  test("is found again by all that it depended on, and by nothing less", () => {
    keepOne();
    const results = open();
    expect(results.find("x", ["a", "b"])).toEqual(["found"]);
    expect([results.find("x", ["ab", ""]), results.find("x", ["a"]), results.find("y", ["a", "b"]), results.find("x", ["b", "a"])]).toEqual([undefined, undefined, undefined, undefined]);
    expect(results.counts).toEqual({ found: 1, kept: 0 });
    expect(readdirSync(folder)).toEqual(["instant-fast-ci.json"]);
  });

  test("two jobs that end together keep what both had", () => {
    const [one, other] = [open(), open()];
    one.keep("x", ["1"], 1);
    other.keep("x", ["2"], 2);
    expect([one.close(), other.close()]).toEqual([null, null]);
    expect([open().find("x", ["1"]), open().find("x", ["2"])]).toEqual([1, 2]);
  });

  test("a folder that cannot be written costs a warning", () => {
    writeFileSync(join(folder, "a"), "");
    const results = open({ folder: join(folder, "a") });
    results.keep("x", [], 1);
    expect(results.close()).toMatch(/EEXIST|ENOTDIR/);
  });
});

describe("a file that somebody else wrote is as if it were not there", () => {
  const find = (results: Results) => results.find("x", ["a", "b"]);

  test.each<[string, () => void]>([
    ["with another key", () => rewrite((body) => `${createHmac("sha256", "").update(`1\0acme/product\0${body}`).digest("hex")}\n${body}`)],
    ["without a signature", () => rewrite((body) => body)],
    ["changed by one sign", () => writeFileSync(file(), readFileSync(file(), "utf8").replace("found", "founD"))],
    ["cut off", () => writeFileSync(file(), readFileSync(file(), "utf8").slice(0, -1))],
    ["with a signature of another length", () => writeFileSync(file(), `00\n{}`)],
    ["nonsense", () => writeFileSync(file(), "\0\n\0".repeat(1_000))],
    ["empty", () => writeFileSync(file(), "")],
    ["a folder", () => {
      rmSync(file());
      mkdirSync(file());
    }],
    ["a link", () => {
      const other = join(folder, "other");
      writeFileSync(other, readFileSync(file()));
      rmSync(file());
      symlinkSync(other, file());
    }],
    ["too large", () => writeFileSync(file(), Buffer.alloc(33 * 1024 * 1024))],
  ])("%s", (_, change) => {
    keepOne();
    change();
    expect(find(open())).toBeUndefined();
  });

  test("signed for another repository, or with another key of ours", () => {
    keepOne();
    expect([find(open({ repository: "acme/other" })), find(open({ key: `${KEY}!` }))]).toEqual([undefined, undefined]);
    expect(find(open())).toEqual(["found"]);
  });

  function rewrite(as: (body: string) => string): void {
    const body = readFileSync(file(), "utf8").split("\n").slice(1).join("\n");
    writeFileSync(file(), as(body));
  }
});

describe("the checks", () => {
  const names = ["markdown", "faq", "links", "config", "openapi"];
  const run = async (files: Readonly<Record<string, string>>, results: Results) => {
    const checks = openChecks({ checks: names, smokeCommand: "", openapiBreaking: "fail", externalLinks: "off" });
    const subject = { ...aSubject({ files, before: { "api.json": JSON.stringify({ openapi: "3.1.0", info: { title: "A", version: "1" }, paths: { "/a": { get: { responses: { 200: { description: "x" } } } } } }) } }), results };
    return Promise.all(checks.map((check) => check.run(subject)));
  };

  test("say the same with what was kept as without", async () => {
    const files = {
      ...Object.fromEntries(documents.filter(([, text]) => text.length < 8_000).map(([name, text]) => [`docs/${name}`, text])), "docs/FAQ.md": "# FAQ\n\n##Broken\n\n[x](gone.md)\n\n<<<<<<< a\n=======\n>>>>>>> b\n", ".github/workflows/a.yml": "on: push\njobs: {}\n", "a.json": "{,}",
      "api.json": JSON.stringify({ openapi: "3.1.0", info: { title: "A", version: "1" }, paths: {} }),
    };
    const first = open();
    const fresh = await run(files, first);
    expect([first.counts.found, first.counts.kept > 10, first.close()]).toEqual([0, true, null]);
    const second = open();
    expect(await run(files, second)).toEqual(fresh);
    expect(second.counts.kept).toBe(0);
    expect(fresh.flatMap(({ findings }) => findings).filter(({ level }) => level === "failure").length).toBeGreaterThan(4);
    // What changed is looked at anew.
    const third = open();
    const [markdown] = await run({ ...files, "docs/FAQ.md": "# FAQ\n\n##Another\n" }, third);
    expect(short(markdown?.findings ?? [])).toContain("docs/FAQ.md:3 failure markdown/MD018");
    expect(third.counts.kept).toBeGreaterThan(0);
  });

  test("are not told by a good result of another content or configuration", async () => {
    const results = open();
    const lint = async (text: string, config: string) => short((await checkMarkdown({ ...aSubject({ files: { "a.md": text, ".markdownlint.json": config }, changed: ["a.md"] }), results })).findings);
    const text = "# A\n\n##B\n";
    expect(await lint(text, '{ "MD018": false }')).toEqual([]);
    expect(await lint(text, "{}")).toEqual(["a.md:3 failure markdown/MD018"]);
    expect(await lint(`${text}\n`, '{ "MD018": false }')).toEqual(["a.md:5 failure markdown/MD012"]);
  });
});
