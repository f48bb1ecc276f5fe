import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const tool = fileURLToPath(new URL("../../tools/generate.mjs", import.meta.url));
const CONTRACT = `name: A
description: Does | something.
inputs:
  first: { description: "Two\\nlines.", required: true }
  second: { description: Another., default: "x" }
outputs:
  phase: { description: How it ended. }
`;
const CATALOG = `triggers: [the loop]
permissions: { contents: [write, its commits], issues: [read, looks, "only with \`second\`"] }
side-effects: [one commit]
`;
const POLICY = `export const inputs = {
  first: { type: "text", parse: String },
  second: { type: "one | other", parse: String, fallback: "x" },
};
`;
const MEASURED = JSON.stringify({ a: [{ what: "the usual", requests: 3, budget: 5, which: ["GET /pulls"] }, { what: "again", requests: 1, which: [] }] });
const README = ["# a", "Before.", ...["permissions", "triggers", "inputs", "outputs", "cost"].map((name) => `<!-- ${name} -->\nold\n<!-- /${name} -->`), "After.\n"].join("\n\n");

let root = "";
const put = (file: string, text: string) => writeFileSync(path.join(root, file), text);
const get = (file: string) => readFileSync(path.join(root, file), "utf8");

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "instant-generate-"));
  for (const folder of ["actions/a", "src/stages/a", "tools/generate"]) mkdirSync(path.join(root, folder), { recursive: true });
  put("src/stages/a/policy.ts", POLICY);
  put("tools/generate/measured.json", MEASURED);
  put("actions/a/action.yml", CONTRACT);
  put("actions/a/catalog.yml", CATALOG);
  put("actions/a/README.md", README);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function generate(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [tool, "--root", root, ...args], { encoding: "utf8", timeout: 30_000 });
  return { status, stderr };
}

test("fills the tables between the markers and leaves the rest alone", () => {
  expect(generate().status).toBe(0);
  const readme = get("actions/a/README.md");
  expect(readme).toContain("| `first` | text | **required** | Two lines. |\n| `second` | one \\| other | `x` | Another. |");
  expect(readme).toContain("| `phase` | How it ended. |");
  expect(readme).toContain("| `contents: write` | its commits | always |\n| `issues: read` | looks | only with `second` |");
  expect(readme).toContain("<!-- triggers -->\n- the loop\n<!-- /triggers -->");
  expect(readme).toContain("| the usual | 3 | at most 5 |\n| again | 1 |  |");
  expect(readme.startsWith("# a\n\nBefore.\n\n<!-- permissions -->\n")).toBe(true);
  expect(readme.endsWith("<!-- /cost -->\n\nAfter.\n")).toBe(true);
  expect(readme).not.toContain("old");
});

test("writes the catalog, with pipes escaped", () => {
  generate();
  const catalog = get("action-catalog.md");
  expect(catalog).toContain("| [a](#a) | Does \\| something. | `contents: write`, `issues: read`\\* | 3 |");
  expect(catalog).toContain("- the loop");
  expect(catalog).toContain("- one commit");
  expect(catalog).toContain("| the usual | 3 | at most 5 | `GET /pulls` |");
});

test("--check passes when all is fresh, and else names what is not, writing nothing", () => {
  generate();
  expect(generate("--check")).toEqual({ status: 0, stderr: "" });
  put("actions/a/action.yml", CONTRACT.replace("Another.", "Changed."));
  const before = get("actions/a/README.md");
  const { status, stderr } = generate("--check");
  expect(status).toBe(1);
  expect(stderr).toContain("- actions/a/README.md is out of date.");
  expect(stderr).toContain("- action-catalog.md is out of date.");
  expect(stderr).toContain("Run `npm run generate`");
  expect(get("actions/a/README.md")).toBe(before);
});

test("every problem of the sources is named at once", () => {
  put("actions/a/catalog.yml", "triggers: loop\npermissions: { contents: [admin, why] }\nside-effects: []\n");
  mkdirSync(path.join(root, "actions/b"));
  put("actions/b/action.yml", CONTRACT);
  const { status, stderr } = generate();
  expect(status).toBe(1);
  expect(stderr).toContain("actions/a/catalog.yml: `triggers`: ");
  expect(stderr).toContain("actions/a/catalog.yml: `permissions.contents.0`: ");
  expect(stderr).toContain("actions/b/README.md is missing");
  expect(stderr).toContain("actions/b/catalog.yml is missing");
});

test("an input in only one of code and action.yml is named", () => {
  put("src/stages/a/policy.ts", POLICY.replace("second:", "third:"));
  const { status, stderr } = generate("--check");
  expect(status).toBe(1);
  expect(stderr).toContain("actions/a/action.yml: the code reads an input `third` that stands here nowhere.");
  expect(stderr).toContain("actions/a/action.yml: the code reads no input `second`.");
});

test("a README without markers is named", () => {
  put("actions/a/README.md", README.replace("<!-- /inputs -->", ""));
  expect(generate().stderr).toContain("the markers <!-- inputs --> and <!-- /inputs --> are missing");
});
