// SECURITY.md cannot drift: what it names is there, every attack that is tried in tests/security is told, and what it says of each
// job's token is what the templates grant.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { read, ROOT, rowsOf, trackedFiles } from "./blocks.ts";

const page = read("SECURITY.md");
const there = (file: string) => existsSync(path.join(ROOT, file));

/** Files that a text names as code; one without a folder stands in that of the one before. */
function filesNamedIn(text: string): string[] {
  let folder = "";
  return [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = ""]) => {
    if (file.includes("/")) folder = path.posix.dirname(file);
    return file.includes("/") ? file : path.posix.join(folder, file);
  });
}

describe("the table of attacks", () => {
  const rows = rowsOf(page, "who");

  test("has a way in, a gain, what stops it and a test in each row", () => {
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) expect(row).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/), expect.stringMatching(/\S/), expect.stringMatching(/\S/), expect.stringMatching(/`(?:tests\/|\.ci\/run)/)]);
  });

  test.each(rows.map(([who = "", way = "", , stops = "", tried = ""]) => [`${who}: ${way}`, stops, tried]))("%s: the files it names are there", (_, stops, tried) => {
    expect(filesNamedIn(stops).filter((file) => !there(file))).toEqual([]);
    expect(filesNamedIn(tried).filter((file) => !there(file) || !file.endsWith(".test.ts"))).toEqual([]);
  });

  test("tells every attack that is tried in tests/security", () => {
    const told = rows.flatMap(([, , , , tried = ""]) => filesNamedIn(tried));
    expect(trackedFiles("tests/security/*.test.ts").filter((file) => !told.includes(file))).toEqual([]);
  });
});

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, string>> }[];
}

test("what each job can do is what the templates grant, an App's tokens included", () => {
  const granted = trackedFiles("workflows-templates/*.yml").flatMap((file) => {
    const { jobs } = parse(readFileSync(path.join(ROOT, file), "utf8")) as { jobs: Record<string, Job> };
    return Object.entries(jobs).map(([job, { permissions = {}, steps }]) => {
      const inputs = steps.map((step) => step.with ?? {});
      const app = inputs.flatMap((given) => Object.entries(given).flatMap(([name, level]) => (name.startsWith("permission-") ? [[name.slice(11), level] as const] : [])));
      const writes = [...Object.entries(permissions), ...app].filter(([, level]) => level === "write").map(([name]) => name);
      const has = (name: string) => (inputs.some((given) => name in given) ? "yes" : "");
      return [path.basename(file, ".yml"), job, writes.join(", "), has("smoke-command"), has("api-key")].join(" | ");
    });
  });
  expect(rowsOf(page, "template").map((row) => row.join(" | ")).toSorted()).toEqual(granted.toSorted());
});
