// Every address comes from the environment: nothing shipped names github.com, so that GitHub Enterprise Server works by itself.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Addresses that a person reads or that a format prescribes; nothing is ever sent there. */
const ALLOWED: readonly RegExp[] = [
  /https:\/\/docs\.github\.com\/en\/[\w\-/#.@]+/g,
  // Documentation and rules of what we build on.
  /https:\/\/github\.com\/(DavidAnson\/markdownlint|github-linguist\/linguist|git-lfs\/git-lfs)\b[\w\-/#.]*/g,
  // The first line of every pointer of Git LFS.
  /https:\/\/git-lfs\.github\.com\/spec\//g,
];

/** src/kit/server.ts is the one place that knows what github.com does otherwise than a server of one's own. */
const KNOWS = "src/kit/server.ts";

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|mjs|yml|yaml|json)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
}

const shipped = ["src", "actions", "workflows-templates"].flatMap(filesBelow).filter((file) => !/^src\/(sandbox|cli)\//.test(file) && file !== KNOWS);

/** The lines of a text, comments aside, that name a host of GitHub's otherwise than the allow-list has it. */
function strays(text: string): string[] {
  const rest = ALLOWED.reduce((left, allowed) => left.replace(allowed, ""), text);
  return rest.split("\n").filter((line) => /\bgithub(usercontent|status)?\.com\b|\bghcr\.io\b/i.test(line)).map((line) => line.trim()).filter((line) => !/^(\*|\/\*|\/\/|#)/.test(line));
}

test("there is something to look at", () => {
  expect(shipped.length).toBeGreaterThan(100);
  expect(shipped).toContain("src/github/client.ts");
});

test("nothing shipped names a host of github.com", () => {
  expect(shipped.flatMap((file) => strays(readFileSync(path.join(root, file), "utf8")).map((line) => `${file}: ${line}`))).toEqual([]);
});

test("what is allowed for github.com is asked for its address first", () => {
  const text = readFileSync(path.join(root, KNOWS), "utf8");
  expect(strays(text)).toHaveLength(3);
  expect(text).toContain('hostname === "github.com"');
});

test.each([
  'const url = "https://api.github.com/repos";',
  "fetch(`https://github.com/${owner}/${repo}`)",
  "https://raw.githubusercontent.com/x/y",
  "      GITHUB_API_URL: https://api.github.com",
  'fix: "see https://docs.github.com/en/rest and https://uploads.github.com"',
  "https://github.com/someone/else",
])("the rule sees %s", (line) => expect(strays(line)).toEqual([line.trim().replace(/https:\/\/docs\.github\.com\/en\/rest/, "")]));

test.each(["/** On github.com or elsewhere. */", 'fix: "https://docs.github.com/en/actions/reference/x#y"', "https://github.com/DavidAnson/markdownlint#configuration", 'text.startsWith("version https://git-lfs.github.com/spec/")', "github.event.comment.body", "@octokit/core"])(
  "the rule lets %s be",
  (line) => expect(strays(line)).toEqual([]),
);
