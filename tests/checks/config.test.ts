import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { checkConfig } from "../../src/checks/config.ts";
import { parseData } from "../../src/checks/data/document.ts";
import { parseJson } from "../../src/checks/data/json.ts";
import { aSubject, short } from "./a-subject.ts";

const folder = join(import.meta.dirname, "../fixtures/workflows");
const workflows = readdirSync(folder).filter((name) => /^\d\d-.*\.ya?ml$/.test(name)).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);
const place = (name: string) => (name.startsWith("15") ? "action.yml" : `.github/workflows/${name}`);
const check = (files: Record<string, string>, rest: Omit<Parameters<typeof aSubject>[0], "files"> = {}) => checkConfig(aSubject({ files, ...rest }));
const found = async (path: string, text: string) => (await check({ [path]: text })).findings.map(({ line, level, rule, message }) => `${line} ${level} ${rule} ${message}`);

describe("workflows and actions, by GitHub's own parser", () => {
  test.each(workflows)("%s passes, and what is read of it is what another reader reads", async (name, text) => {
    expect(await found(place(name), text)).toEqual([]);
    expect(isDeepStrictEqual((await parseData(name, text)).document?.value, parse(text))).toBe(true);
  });

  test.each([
    ["12", /^on:/m, "in:", /Unexpected value 'in'|Required property/],
    ["12", /runs-on: .*/, "runs_on: ubuntu-latest", /Unexpected value 'runs_on'/],
    ["05", /needs: .*/, "needs: nowhere", /nowhere/],
    ["11", /\$\{\{ steps\.deployment/, "${{ step.deployment", /Unrecognized named-value: 'step'/],
    ["01", /os: \[/, "os: {", /./],
    ["13", /cron: "[^"]*"/, 'cron: "61 * * * *"', /cron/],
    ["15", /using: .*/, "using: nothing", /./],
    ["02", /^ {4}steps:/m, "\tsteps:", /tab/],
  ])("%s with a mistake in it fails at its place: %s", async (prefix, wrong, written, message) => {
    const [name, text] = workflows.find(([one]) => one.startsWith(prefix)) ?? ["", ""];
    const broken = text.replace(wrong, written);
    expect(broken).not.toBe(text);
    const { findings } = await check({ [place(name)]: broken });
    expect(findings.map((finding) => finding.message).join("\n")).toMatch(message);
    expect(findings[0]).toMatchObject({ level: "failure", line: broken.slice(0, broken.indexOf(written)).split("\n").length });
  });

  test("an action.yml that runs nothing is plain YAML", async () => {
    expect(await found("docs/action.yml", "verb: go\n")).toEqual([]);
  });
});

describe("YAML", () => {
  test.each([
    ["a key twice", "a: 1\nb: 2\na: 3\n", '3 failure config/yaml This key stands twice in its mapping. Take one out.'],
    ["a tab", "a:\n\tb: 1\n", "2 failure config/yaml A tab stands where YAML takes only blanks. Indent with blanks."],
    ["no end", 'a: "b\nc: d\n', "3 failure config/yaml A quoted text has no end."],
    ["an unknown alias", "a: *b\n", "1 failure config/yaml This alias names no anchor that stands above it."],
    ["a colon in a text", "a: b: c\n", "1 failure config/yaml This line is indented otherwise"],
    ["the second document", "a: 1\n---\nb: 1\nb: 2\n", "4 failure config/yaml This key stands twice"],
  ])("%s fails at its line", async (_, text, message) => {
    expect(await found("a.yaml", text)).toEqual([expect.stringContaining(message)]);
    expect(await found("a.yml", text.replaceAll("\n", "\r\n"))).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ["nothing", ""], ["a comment", "# a\n"], ["several documents", "a: 1\n---\na: 2\n...\n"], ["tags of others", "a: !Ref b\nc: !Sub [d, e]\ne: !vault |\n  f\ng: !GetAtt\n  h: i\nj: !!binary aGk=\nk: !reference [a, b]\n"],
    ["merge keys", "a: &a { b: 1 }\nc:\n  <<: *a\n  d: 2\n"], ["a byte order mark", "\uFEFFa: 1\n"], ["a closing brace at its parent's column", "a: {\n  b: 1\n}\n"], ["a date", "a: 2026-01-01\non: off\n"], ["a flow over lines", "a: [1,\n  2,\n]\n"],
  ])("%s passes", async (_, text) => {
    expect(await found("a.yml", text)).toEqual([]);
  });

  test("a template is told and does not fail; a workflow's expressions make none", async () => {
    expect(await found("chart/templates/a.yaml", "a:\n{{- if .Values.b }}\n  b: {{ .Values.b }}\n{{- end }}\n")).toEqual([expect.stringMatching(/^\d+ notice config\/template .*taken for a template/)]);
    expect(await found("a.yaml", "a: ${{ b }}\na: 1\n")).toEqual([expect.stringContaining("2 failure config/yaml")]);
  });
});

function parsed(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

describe("JSON", () => {
  test.each([
    ["a trailing comma", '{\n  "a": 1,\n}\n', "2 failure config/json JSON has no comma in front of `}`. Take it out."],
    ["a comment", '// why\n{}\n', "1 failure config/json JSON has no comments."],
    ["a key twice", '{\n  "a": 1,\n  "a": 2\n}\n', "3 failure config/json This key stands twice"],
    ["single quotes", "{ 'a': 1 }\n", "1 failure config/json A key in double quotes was expected here."],
    ["a word", '{ "a": yes }\n', "1 failure config/json This word is no value"],
    ["no end", '{ "a": [1, 2\n', "2 failure config/json A comma or `]` was expected here."],
    ["no comma", '[1 2]\n', "1 failure config/json A comma or `]` was expected here."],
    ["two documents", '{}\n{}\n', "2 failure config/json The document has ended, and more follows."],
    ["a line end in a text", '{ "a": "b\n" }\n', "1 failure config/json This text has no end in its line"],
    ["a leading zero", "[01]\n", "1 failure config/json A comma or `]` was expected here."],
    ["nothing", "", "1 failure config/json The document ends here"],
  ])("%s fails at its line", async (_, text, message) => {
    expect(await found("a.json", text)).toEqual([expect.stringContaining(message)]);
  });

  test.each(["tsconfig.json", "tsconfig.build.json", "a.jsonc", ".vscode/settings.json", ".eslintrc.json", "x.code-workspace", ".devcontainer/devcontainer.json", "deno.json"])("%s may hold comments and trailing commas", async (path) => {
    expect(await found(path, '{\n  // why\n  "a": [1, 2,], /* and */\n}\n')).toEqual([]);
    expect(await found(path, '{ "a": 1 "b": 2 }\n')).toHaveLength(1);
  });

  test("what JSON.parse reads is read alike, and what it refuses is refused", () => {
    const parts = ["{", "}", "[", "]", ",", ":", '"a"', '"b\\n"', '"\\u00e9"', '"\\x"', "1", "-0.5e3", "01", "true", "null", "nul", " ", "\n", '"', "'", "\t", '"__proto__"', "//", "\u00a0"];
    let state = 5;
    const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
    let read = 0;
    const wrong: string[] = [];
    for (let round = 0; round < 8_000; round += 1) {
      const text = Array.from({ length: 1 + random(9) }, () => parts[random(parts.length)]).join("");
      const { document, problems } = parseJson(text, { comments: false });
      const expected = parsed(text);
      if (expected !== null) read += 1;
      const twice = problems.some(({ message }) => message.includes("stands twice"));
      const alike = expected === null ? problems.length > 0 : twice || (problems.length === 0 && isDeepStrictEqual(document?.value, expected.value));
      if (!alike) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(200);
  });
});

describe("what the change did not break", () => {
  const old = "a: 1\na: 2\n\nb: 1\n";

  test("is shown and does not fail; what it broke fails though it shows elsewhere", async () => {
    const touched = { "a.yml": [{ start: 4, end: 4 }] };
    const changed = old.replace("b: 1", "b: 2");
    expect(short((await check({ "a.yml": changed }, { before: { "a.yml": old }, touched })).findings)).toEqual(["a.yml:2 notice config/yaml"]);
    expect(short((await check({ "a.yml": changed }, { before: { "a.yml": "a: 1\nb: 1\n" }, touched })).findings)).toEqual(["a.yml:2 failure config/yaml"]);
  });

  test("without such files is skipped", async () => {
    expect(await check({ "a.md": "# A\n" })).toEqual({ findings: [], detail: "no YAML or JSON changed", skipped: true });
  });
});

describe("hostile files", () => {
  test("bombs, depth and sizes end in a finding or in nothing, soon", async () => {
    const began = performance.now();
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh".split("").map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefg"[at]}`).join(",")}]`).join("\n")}\n`;
    expect(await found("bomb.yml", bomb)).toEqual([]);
    expect(await found("merge.yml", `a: &a {${Array.from({ length: 300 }, (_, at) => `k${at}: 1`).join(", ")}}\nb:\n  <<: [${Array(200).fill("*a").join(",")}]\n`)).toEqual([expect.stringContaining("Abnormal merge sequence size")]);
    expect(await found("deep.yml", `${"[".repeat(5_000)}${"]".repeat(5_000)}`)).toEqual([expect.stringContaining("nests too deep")]);
    expect(await found("deep.yml", Array.from({ length: 3_000 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"))).toEqual([expect.stringContaining("nests too deep")]);
    expect(await found("deep.json", "[".repeat(100_000))).toEqual([expect.stringContaining("More than 500 levels")]);
    expect(await found("long.json", `{"a": "${"x".repeat(3_000_000)}"}`)).toEqual([]);
    expect(await found("utf16.yml", "\uFFFD\uFFFDa\0:\0")).toEqual([expect.stringContaining("1 failure config/encoding")]);
    expect(await found("nul.yml", "a: \0\n")).toEqual([expect.stringContaining("1 failure config/yaml")]);
    expect(await found(".github/workflows/a.yml", `on: push\njobs: ${"x".repeat(60_000)}\n`)).toEqual([expect.stringContaining("2 failure config/too-large")]);
    expect(await found(".github/workflows/a.yml", "on: push\njobs: *a\n")).toHaveLength(1);
    expect(await found("proto.json", '{ "__proto__": { "polluted": true } }')).toEqual([]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("a link that leads nowhere is no configuration", async () => {
    expect((await check({}, { changed: ["a.yml"] })).findings).toEqual([]);
  });
});
