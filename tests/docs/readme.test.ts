// The front page and every other document: commands and options that exist, the variables the templates read, links that lead
// somewhere. What the front page says of `npm start` is what `npm start -- --help` says.
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { parseSandboxArguments, parseStartArguments, SANDBOX_HELP, START_HELP } from "../../src/cli/arguments.ts";
import { METRICS_HELP, parseMetricsArguments, parseReplayArguments, parseStatusArguments, REPLAY_HELP, STATUS_HELP } from "../../src/cli/ledger/arguments.ts";
import { parseLinks } from "../../src/checks/links/extract.ts";
import { blocksOf, documents, read, ROOT, rowsOf } from "./blocks.ts";

const README = read("README.md");
const { scripts, name: project } = JSON.parse(read("package.json")) as { scripts: Record<string, string>; name: string };
const templates = readdirSync(path.join(ROOT, "workflows-templates")).filter((file) => file.endsWith(".yml"));

/** What a shell line asks of npm: the script, and the words behind `--`. */
function npmCalls(text: string): { readonly line: string; readonly script: string; readonly args: readonly string[] }[] {
  const calls = text.matchAll(/(?:^|[`\s(])npm (start|test|run ([\w:-]+))(?: -- ((?:"[^"]*"|[^`\n#|&])*))?/gm);
  return [...calls].map(([line, verb = "", named, behind = ""]) => ({
    line: line.trim(), script: named ?? verb, args: [...behind.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ""),
  }));
}

/** Code of a document: spans and blocks of shell. */
function codeOf(file: string): string {
  const text = read(file);
  const spans = [...text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2\s*$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? "");
  return [...spans, ...blocksOf(file, text).filter(({ language }) => ["sh", "bash", "shell"].includes(language)).map((block) => block.text)].join("\n");
}

/** `DIR` is a folder, and this one is a repository. */
const STANDS_FOR: Readonly<Record<string, string>> = { DIR: ROOT, TRACE_ID: "b17a2f12-2ac5-48c3-963a-5466dec57030" };

describe.each(documents())("%s", (file) => {
  test("every npm script it names exists, with the options it names", () => {
    for (const { line, script, args } of npmCalls(codeOf(file))) {
      expect([line, Object.keys(scripts).includes(script)]).toEqual([line, true]);
      const given = args.map((word) => STANDS_FOR[word] ?? word);
      if (script === "start") expect(() => parseStartArguments(given)).not.toThrow();
      if (script === "sandbox") expect(() => parseSandboxArguments(given)).not.toThrow();
      if (script === "status") expect(() => parseStatusArguments(given)).not.toThrow();
      if (script === "metrics") expect(() => parseMetricsArguments(given)).not.toThrow();
      if (script === "replay") expect(() => parseReplayArguments(given)).not.toThrow();
    }
  });

  test("every link in it leads to a file that is there, and to a heading in it", () => {
    const broken = parseLinks(read(file)).links.flatMap(({ url }) => {
      if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return [];
      const [target = "", fragment] = url.split("#");
      const wanted = target === "" ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(target));
      if (wanted.startsWith("..") || !existsSync(path.join(ROOT, wanted))) return [`${url}: there is no ${wanted}`];
      if (fragment === undefined || statSync(path.join(ROOT, wanted)).isDirectory()) return [];
      return parseLinks(read(wanted)).anchors.has(fragment) ? [] : [`${url}: ${wanted} has no heading #${fragment}`];
    });
    expect(broken).toEqual([]);
  });
});

test("commands that are wrong would be found", () => {
  const calls = npmCalls('npm start -- --question "Why, and how?"\n`npm run nothing`, npm test # all\n');
  expect(calls.map(({ script, args }) => [script, args])).toEqual([["start", ["--question", "Why, and how?"]], ["nothing", []], ["test", []]]);
  expect(() => parseStartArguments(["--colour"])).toThrow(/colour/);
});

/** `npm start` and its like with the options behind them, without their values. */
const optionsIn = (text: string) => new Set(npmCalls(text).flatMap(({ script, args }) => (args[0] === undefined ? [] : [`${script} ${args[0]}`])));

test("the front page tells of every option of npm start and npm run sandbox, and of no other", () => {
  const told = [...optionsIn(rowsOf(README, "say").map(([say]) => say).join("\n"))].filter((one) => /^(start|sandbox) /.test(one));
  expect(told.sort()).toEqual([...optionsIn(`${START_HELP}\n${SANDBOX_HELP}`)].filter((one) => !one.includes("--help")).sort());
});

test("what the ledger's commands say of themselves are arguments that they take", () => {
  const takes: Readonly<Record<string, (args: readonly string[]) => unknown>> = { status: parseStatusArguments, metrics: parseMetricsArguments, replay: parseReplayArguments };
  const calls = [...[STATUS_HELP, METRICS_HELP, REPLAY_HELP].join("\n").matchAll(/^ {2}npm run (\w+)(?: -- (.+?))? {2,}\S/gm)];
  expect(new Set(calls.map(([, script]) => script))).toEqual(new Set(Object.keys(takes)));
  for (const [, script = "", args = ""] of calls) expect(() => takes[script]?.(args.split(" ").filter((word) => word !== "").map((word) => STANDS_FOR[word] ?? word))).not.toThrow();
});

test("the front page names the fields that npm start -- --json prints", () => {
  const [, fields = ""] = /one JSON object: `([^`]+)`/.exec(README) ?? [];
  const declared = [...read("src/cli/rehearsal/result.ts").matchAll(/^ {2}readonly (\w+):/gm)].map(([, field]) => field ?? "");
  const result = declared.slice(0, declared.indexOf("stages") + 1);
  expect(fields.split(", ")).toEqual(result);
});

/** The `vars.` and `secrets.` that workflows read. */
function settingsIn(...files: readonly string[]): string[] {
  const found = files.flatMap((file) => [...read(`workflows-templates/${file}`).matchAll(/\b(vars|secrets)\.([A-Z][A-Z0-9_]*)/g)]);
  return [...new Set(found.map(([, kind, name]) => `${name} ${kind === "vars" ? "variable" : "secret"}`))].sort();
}
const settingsTold = (text: string) => rowsOf(text, "name").map(([name = "", kind]) => `${name.replaceAll("`", "")} ${kind}`).sort();

test("the front page's table of variables is what the template it hands out reads", () => {
  expect(settingsTold(README)).toEqual(settingsIn("closed-loop.yml"));
});

test("the templates' table of variables is what they read, all of them", () => {
  expect(settingsTold(read("workflows-templates/README.md"))).toEqual(settingsIn(...templates));
});

test.each(templates)("%s names at its top the variables that it reads, and is told of on the front page", (file) => {
  const text = read(`workflows-templates/${file}`);
  const head = /^(?:#.*\n)*/.exec(text)?.[0] ?? "";
  const used = settingsIn(file).map((setting) => setting.split(" ")[0] ?? "");
  expect(used.filter((name) => !head.includes(name))).toEqual([]);
  expect(README).toContain(`(workflows-templates/${file})`);
  expect(read("workflows-templates/README.md")).toContain(`(${file})`);
});

test("the names on the front page are those that a person meets on GitHub", () => {
  const { name, on } = parse(read("workflows-templates/closed-loop.yml")) as { name: string; on: Record<string, unknown> };
  expect(README).toContain(`*${name}*`);
  expect(Object.keys(on)).toEqual(expect.arrayContaining(["workflow_dispatch", "issue_comment"]));
  expect(project).toBe("instant");
});

test("every action stands on the front page and in the catalog", () => {
  const names = readdirSync(path.join(ROOT, "actions")).filter((name) => existsSync(path.join(ROOT, "actions", name, "action.yml")));
  for (const name of names) {
    expect(README).toContain(`](actions/${name}/README.md)`);
    expect(read("action-catalog.md")).toContain(`## [${name}](actions/${name}/README.md)`);
  }
});
