import { describe, expect, test } from "@jest/globals";
// @ts-expect-error plain JavaScript without declarations
import { sectionOf } from "../../tools/release/changelog.mjs";
// @ts-expect-error plain JavaScript without declarations
import { ownManifest } from "../../tools/release/contents.mjs";
// @ts-expect-error plain JavaScript without declarations
import { moveLinks } from "../../tools/release/links.mjs";
// @ts-expect-error plain JavaScript without declarations
import { compareVersions, parseVersion, tagsOf } from "../../tools/release/version.mjs";

describe("versions", () => {
  test("the order of semver.org, item 11", () => {
    const order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.9", "1.0.10", "1.2.0", "2.0.0"];
    for (const [index, one] of order.entries()) {
      for (const [other, text] of order.entries()) expect(Math.sign(compareVersions(parseVersion(one), parseVersion(text)))).toBe(Math.sign(index - other));
    }
  });

  test.each(["1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "1.0.0+5", "v1.0.0", "1.0.0 ", "1.0.0\n", "latest", ""])("%j is none", (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  test.each([
    ["1.0.0", [], ["v1.0.0", "v1.0", "v1"]],
    ["1.0.1", ["v1.0.0", "v1.0", "v1"], ["v1.0.1", "v1.0", "v1"]],
    ["1.0.2", ["v1.0.1", "v1.1.0", "v2.0.0"], ["v1.0.2", "v1.0"]],
    ["1.0.0", ["v1.0.1"], ["v1.0.0"]],
    ["1.1.0", ["v1.1.0", "v1.1.0-rc.1"], ["v1.1.0", "v1.1", "v1"]],
    ["1.9.0", ["v1.10.0"], ["v1.9.0", "v1.9"]],
    ["2.0.0-rc.1", ["v1.0.0"], ["v2.0.0-rc.1"]],
    ["1.0.0", ["v1.0.1-rc.1", "v1.5.0-beta", "wild", "v9", "1.7.0"], ["v1.0.0", "v1.0", "v1"]],
  ])("%s beside %j sets %j", (version, existing, moving) => {
    expect(tagsOf(parseVersion(version), existing).moving).toEqual(moving);
  });
});

describe("the section of a version", () => {
  const CHANGES = "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.1.0] - 2026-02-03\n\n### Added\n\n- this\n\n## [1.0.0]\n\n- first\n\n## [0.9.0] - 2026-02-30\n\n- x\n\n## [0.8.0] - 2026-01-01\n\nNothing listed.\n\n[1.1.0]: https://example.org\n";
  test("is what is under its heading, links of the file apart", () => {
    expect(sectionOf(CHANGES, "1.1.0")).toEqual({ notes: "### Added\n\n- this\n" });
  });
  test.each([["1.2.0", "has no section for 1.2.0"], ["1.1", "has no section"], ["1.0.0", "the day of 1.0.0"], ["0.9.0", "the day of 0.9.0"], ["0.8.0", "says nothing under 0.8.0"]])("%s: %s", (version, problem) => {
    expect(sectionOf(CHANGES, version).problem).toContain(problem);
  });
});

describe("links", () => {
  const SOURCE = new Map([["docs", "folder"], ["docs/a b.md", "file"], ["docs/logo.png", "file"], ["actions/x/README.md", "file"], ["actions/y/README.md", "file"], ["actions/y", "folder"]]);
  const RELEASED = new Map([["actions/x/README.md", "x/README.md"], ["actions/y/README.md", "y/README.md"], ["actions/y", "y"]]);
  const move = (markdown: string): { text: string; broken: string[] } => moveLinks(markdown, {
    from: "actions/x/README.md", to: "x/README.md", kind: (path: string) => SOURCE.get(path), released: (path: string) => RELEASED.get(path), permanent: "https://h/{kind}/SHA",
  });
  test.each([
    ["[a](../y/README.md#top)", "[a](../y/README.md#top)"],
    ["[a](../y/)", "[a](../y)"],
    ["[a](/docs) and [b](../../docs/)", "[a](https://h/tree/SHA/docs) and [b](https://h/tree/SHA/docs)"],
    ["[a](<../../docs/a%20b.md>)", "[a](<https://h/blob/SHA/docs/a%20b.md>)"],
    ["![logo](../../docs/logo.png \"title\")", "![logo](https://h/raw/SHA/docs/logo.png \"title\")"],
    ["[![logo](../../docs/logo.png)](../y/README.md)", "[![logo](https://h/raw/SHA/docs/logo.png)](../y/README.md)"],
    ["[label]: ../../docs/logo.png", "[label]: https://h/blob/SHA/docs/logo.png"],
    ["<img src=\"../../docs/logo.png\"> <a href=\"../y/README.md\">", "<img src=\"https://h/raw/SHA/docs/logo.png\"> <a href=\"../y/README.md\">"],
    ["[a](https://x.org/../y) [b](#top) [c](mailto:a@b.c) [d](//x.org)", "[a](https://x.org/../y) [b](#top) [c](mailto:a@b.c) [d](//x.org)"],
    ["`[a](../../docs)` and\n```md\n[a](../../docs)\n``\n[a](nowhere)\n```\n[a](../../docs)", "`[a](../../docs)` and\n```md\n[a](../../docs)\n``\n[a](nowhere)\n```\n[a](https://h/tree/SHA/docs)"],
  ])("%s", (from, to) => {
    expect(move(from)).toEqual({ text: to, broken: [] });
  });
  test("a target that is not there is named, and one above the repository too", () => {
    expect(move("[a](gone.md) [b](../../../x) [c](%zz)").broken).toEqual(["gone.md", "../../../x", "%zz"]);
  });
});

describe("action.yml", () => {
  const RUNS = "name: X\ndescription: Does it.\nruns:\n  using: node24\n";
  test("its scripts come to lie beside it, every other byte stays", () => {
    const text = `${RUNS}  pre: ../../dist/x/pre.js\n  main: "../../dist/x/index.js" \n  post: '../../dist/x/lib/post.js'\n# main: ../../dist/x/index.js\n`;
    const { text: own, scripts, problem } = ownManifest(text, "x");
    expect(problem).toBeUndefined();
    expect(scripts).toEqual(["pre.js", "index.js", "lib/post.js"]);
    expect(own).toBe(`${RUNS}  pre: pre.js\n  main: "index.js" \n  post: 'lib/post.js'\n# main: ../../dist/x/index.js\n`);
  });
  test.each([
    ["a script of another action", `${RUNS}  main: ../../dist/y/index.js\n`],
    ["a script outside of dist", `${RUNS}  main: ../../src/x.js\n`],
    ["a path that leads away", `${RUNS}  main: ../../dist/x/../y/index.js\n`],
    ["no main", RUNS],
    ["a script in a flow mapping", "name: X\ndescription: Does it.\nruns: { using: node24, main: ../../dist/x/index.js }\n"],
    ["a composite action", "name: X\ndescription: Does it.\nruns:\n  using: composite\n  steps: []\n"],
    ["a folded description", `${RUNS.replace("Does it.", ">")}  main: ../../dist/x/index.js\n`],
  ])("%s is refused", (_, text) => {
    expect(ownManifest(text, "x").problem).toEqual(expect.any(String));
  });
});
