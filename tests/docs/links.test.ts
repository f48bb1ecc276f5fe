// What our documents point at is there: links, files named as code, npm scripts.
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { documents, read, ROOT } from "./blocks.ts";

const there = (file: string) => existsSync(path.join(ROOT, file));
const prose = (file: string) => read(file).replace(/```[\s\S]*?```/g, "");
const scripts = Object.keys((JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts);

describe.each(documents())("%s", (file) => {
  test("links into the repository lead somewhere", () => {
    const links = [...prose(file).matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)\s]*)?\)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !there(path.posix.join(path.posix.dirname(file), decodeURIComponent(link))))).toEqual([]);
  });

  test("npm scripts that it names are in package.json", () => {
    const named = [...read(file).matchAll(/\bnpm run ([a-z:-]+)/g)].map(([, script = ""]) => script);
    expect(named.filter((script) => !scripts.includes(script))).toEqual([]);
  });
});

test.each(["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/README.md", "README.md"])("%s: files and folders that it names as code are there", (file) => {
  const named = [...prose(file).matchAll(/`((?:src|tests|tools|workflows-templates)\/[\w./-]*)`/g)].map(([, one = ""]) => one);
  expect(named.filter((one) => !there(one))).toEqual([]);
});
