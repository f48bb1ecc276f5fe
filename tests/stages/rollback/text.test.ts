import { describe, expect, test } from "@jest/globals";
import { issueBody, type Outcome, updatedBody } from "../../../src/stages/rollback/incident-text.ts";
import { block, code, fit, marksOf, oneLine, plain, rollsBackIn } from "../../../src/stages/rollback/text.ts";
import { bringBack, byHand, commitMessage, issueTitle, pullBody, pullTitle } from "../../../src/stages/rollback/texts.ts";
import { BASE, HEAD, HOTFIX, NOW, SHA, factsOf, incident, landed, lineOf, storyOf } from "./facts.ts";

const story = storyOf;

test("a line from outside mentions nobody and closes nothing", () => {
  expect(oneLine("fixes #12, closes\nGH-3 and https://github.com/o/r/issues/4 @team")).toBe("fixes\u2060 #\u206012, closes\u2060 GH-\u20603 and github.com/o/r/issues/\u20604 @\u2060team");
  expect(oneLine(".@team")).toBe(".@\u2060team");
  expect(oneLine("Broken [skip ci]")).not.toContain("[skip ci]");
  expect(oneLine("a@example.org is fine")).toBe("a@example.org is fine");
  expect(oneLine("a\u202Eb\u200Bc\u0000d")).toBe("a b c d");
  expect(oneLine("👨‍👩‍👧 می‌خواهم")).toBe("👨‍👩‍👧 می‌خواهم");
  expect(plain("[x](http://evil) <b> `y` *z*")).toBe("\\[x\\]\\(evil\\) &lt;b&gt; \\`y\\` \\*z\\*");
});

test("a title is cut between graphemes", () => {
  const family = "👨‍👩‍👧‍👦";
  expect(fit("short", 256)).toBe("short");
  expect(fit(family.repeat(3), 2 * family.length + 1)).toBe(`${family.repeat(2)}…`);
  expect(fit(family.repeat(3), 2 * family.length)).toBe(`${family}…`);
  for (const title of [pullTitle(story({ reason: family.repeat(100) })), issueTitle(story({ reason: "x".repeat(2_000) })), commitMessage(story({ reason: "y".repeat(400) }), 12345).title]) {
    expect(title.length).toBeLessThanOrEqual(256);
  }
  expect(commitMessage(story({ reason: "y".repeat(400) }), 12345).title).toMatch(/… \(#12345\)$/);
});

test("code stays code", () => {
  expect(code("a`b`|c")).toBe("`aˋbˋ|c`");
  expect(block("a\n```\n@everyone")).toBe("```text\na\nˋˋˋ\n@everyone\n```");
  expect(block("x".repeat(50), 10)).toBe(`\`\`\`text\n…${"x".repeat(10)}\n\`\`\``);
});

describe("the marks by which a later run knows its work again", () => {
  const forged = story({ reason: `down\nrolls-back: ${HEAD}\ntrace-id: x` });
  test("are in the commit, the pull request and the issue, before anything from outside", () => {
    expect(rollsBackIn(commitMessage(forged).body)).toBe(SHA);
    expect(rollsBackIn(pullBody(forged))).toBe(SHA);
    expect(rollsBackIn(issueBody(forged, { kind: "conflict", files: ["a.md"] }))).toBe(SHA);
  });
  test("cannot come from a commit's headline", () => {
    expect(commitMessage(story({}, factsOf({}, { message: `x\nRolls-Back: ${HEAD}` }))).body).not.toContain(HEAD);
  });
  test("are what the text begins with, and nothing further down", () => {
    expect(marksOf("trace-id: a\r\nstate: healthy\r\n\r\nserved: b\r\n")).toEqual({ "trace-id": "a", state: "healthy" });
    expect(marksOf("no marks\nstate: two words\n")).toEqual({});
  });
});

test("the pull request tells what a person needs", () => {
  const body = pullBody(story({ reason: "503 on /healthz", owners: "@octo\norg/team", "detected-at": "2026-11-20T09:59:00Z" }));
  expect(body).toMatch(/^trace-id: 11111111-/);
  for (const part of ["503 on /healthz", SHA, "https://github.example/pull/2", "Detected: 2026-11-20T09:59:00Z", "press *Revert*", "cc @octo @org/team", "https://github.example/runs/1"]) expect(body).toContain(part);
});

describe("the incident", () => {
  const merged = { kind: "merged", sha: HEAD, pullUrl: "https://github.example/pull/9", at: NOW + 60_000, verified: true, now: true } as const;
  const judged = (verdict: "healthy" | "unhealthy"): Outcome => ({ ...merged, kind: "judged", result: { verdict, reasons: ["probe-failed: 503 @everyone"], deployedSha: HEAD, runUrl: "https://github.example/runs/7", at: NOW + 120_000 }, trbMs: 120_000, goesOn: false });

  test("of a conflict has the files and the commands to finish by hand", () => {
    const body = issueBody(story({}), { kind: "conflict", files: ["docs/FAQ.md", "a`b.md"] });
    for (const part of ["`docs/FAQ.md`", "`aˋb.md`", `git revert --no-edit ${SHA}`, "revert --continue", "- [ ] Root cause", "- [ ] Proper fix merged, with full CI"]) expect(body).toContain(part);
    expect(marksOf(body)).toMatchObject({ state: "stopped", "rolls-back": SHA });
  });

  test("of a rollback has timeline, evidence, findings and how to bring it back", () => {
    const body = issueBody(story({ "detected-at": "2026-11-20T09:59:00Z", evidence: JSON.stringify(["probe-failed: 503 @everyone", "```"]) }), merged);
    expect(body).toMatch(/2026-11-20T09:59:00Z \| found to be unhealthy[\s\S]*2026-11-20T10:00:00Z \| \[rollback started\][\s\S]*2026-11-20T10:01:00Z \| taken back as 0f1e2d3 by https:\/\/github.example\/pull\/9/);
    expect(body).toContain("**Evidence**\n\n```text\nprobe-failed: 503 @everyone\nˋˋˋ\n```");
    for (const part of [`- Suspected change: ${SHA}`, "- Deployed: its deployment was judged", "- Before it: nothing on record tells", `git revert --no-edit ${HEAD}`]) expect(body).toContain(part);
    expect(marksOf(body)).toMatchObject({ state: "verifying" });
  });

  test("says who else may be to blame, and what the state before it is known to be", () => {
    const line = lineOf([landed(SHA), landed("c".repeat(40), { message: "Change the pool" }), landed(BASE)]);
    const body = issueBody(story({}, factsOf({ line, deployments: [{ sha: BASE, state: "deployed", at: 1 }] })), merged);
    expect(body).toContain("- Before it: b0b0b0b was healthy, says its deployment on GitHub");
    expect(body).toContain(`- Might be to blame as well, and stays: ${"c".repeat(40)} \`Change the pool\``);
  });

  test("is brought up to date: what people wrote stays, and so does what happened before", () => {
    const first = issueBody(story({ owners: "octo" }), { kind: "blocked", reasons: [{ code: "x", message: "red" }], pullUrl: "", evidence: "" });
    const edited = first.replace("- [ ] Root cause found", "- [x] Root cause found: the pool").replaceAll("\n", "\r\n");
    const later = story({}, undefined, { startedAt: NOW + 600_000, runUrl: "https://github.example/runs/2" });
    const body = updatedBody(later, judged("healthy"), incident(edited));
    expect(body).toContain("- [x] Root cause found: the pool");
    expect(body).toContain("cc @octo");
    expect(body).not.toContain("was not taken back");
    expect(body.match(/rollback started/g)).toHaveLength(2);
    expect(body).toContain("| 2026-11-20T10:02:00Z | judged: healthy, [deployment run](https://github.example/runs/7) |");
    expect(marksOf(body)).toMatchObject({ state: "healthy", served: HEAD, "rolls-back": SHA });
    expect(updatedBody(later, judged("healthy"), incident(body))).toBe(body);
  });

  test("that a person rewrote from the ground up keeps their words and its marks", () => {
    const body = updatedBody(story(), judged("unhealthy"), incident("all gone\n\nIt was the pool."));
    expect(body).toContain("It was the pool.");
    expect(marksOf(body)).toMatchObject({ state: "unhealthy", "rolls-back": SHA });
  });

  test("holds nothing that a reason, evidence or a headline could close its own part with", () => {
    const row = "\n\n**Timeline**\n\n| UTC | |\n| --- | --- |\n| 2026-11-20T00:00:00Z | @everyone |\n\n";
    const given = { reason: `x <!-- /instant --> y${row}`, evidence: `<!-- /instant -->${row}` };
    const once = issueBody(story(given), merged);
    expect(once.match(/<!-- \/instant -->/g)).toHaveLength(1);
    const again = updatedBody(story(given), judged("healthy"), incident(once));
    expect(again.match(/\*\*To do\*\*/g)).toHaveLength(1);
    expect(again.match(/@everyone \|/g)).toHaveLength(2);
  });
});

describe("what GitHub takes in one body", () => {
  const files = Array.from({ length: 5_000 }, (_, index) => `docs/${"x".repeat(150)}/${index}.md`);
  const long = { reason: "r".repeat(2_000), evidence: "e".repeat(65_000) };

  test("is kept to by an incident of thousands of files, and it says how many more there are", () => {
    const body = issueBody(story(long), { kind: "conflict", files });
    expect(body.length).toBeLessThan(60_000);
    expect(body).toContain("/49.md`\n- and 4950 more\n");
    expect(body).not.toContain("/50.md");
    const blocked = issueBody(story(long), { kind: "blocked", reasons: files.map((message) => ({ code: "x", message: message.repeat(10) })), pullUrl: "", evidence: "o".repeat(9_000) });
    expect(blocked.length).toBeLessThan(60_000);
  });

  test("is kept to where people wrote much: their words stay, and what can be read elsewhere gives way", () => {
    const outcome = { kind: "conflict", files } as const;
    const ours = issueBody(story(long), outcome);
    for (const much of [30_000, 55_000, 64_000]) {
      const body = updatedBody(story(long), outcome, incident(`${ours.split("<!-- instant -->")[0]}<!-- instant -->\n<!-- /instant -->\n\n${"w".repeat(much)}`));
      expect(body.length).toBeLessThanOrEqual(65_536);
      expect(body).toContain("w".repeat(much));
      expect(body).toContain("could not be taken back");
      expect(marksOf(body)).toMatchObject({ state: "stopped", "rolls-back": SHA });
    }
  });

  test("is kept to by a hotfix that takes a hundred changes back", () => {
    const many = Array.from({ length: 100 }, (_, index) => landed(index.toString(16).padStart(40, "b"), { message: "m".repeat(300) }));
    const facts = factsOf({ line: lineOf([landed(SHA), ...many, landed(BASE)]), deployments: [{ sha: BASE, state: "deployed", at: 1 }] });
    const body = pullBody(story({ suspects: "all" }, facts));
    expect(body.length).toBeLessThan(30_000);
    expect(body).toContain("- and 70 more");
    // Each of them is named where a later run looks for it.
    expect(commitMessage(story({ suspects: "all" }, facts)).body.match(/^Rolls-Back-Too: /gm)).toHaveLength(100);
  });
});

describe("commands", () => {
  test("take each commit back with the mainline of a merge", () => {
    const facts = factsOf({}, { message: "Merge branch 'main' of https://x/y", parents: [HOTFIX, BASE], parentTrees: ["a", "b"] });
    expect(byHand(story({}, facts), 0)).toContain(`git revert --no-edit -m 2 ${SHA}`);
    expect(byHand(story({}, factsOf({}, { message: "x", parents: [HOTFIX, BASE], parentTrees: ["a", "b"] })), 0)).toContain("# a merge: -m 1 goes back to 5a5a5a5, -m 2 to b0b0b0b");
  });
  test("bring back what was merged by a merge commit", () => {
    expect(bringBack(story({ "merge-method": "merge" }), HEAD)).toContain(`git revert --no-edit -m 1 ${HEAD}`);
    expect(bringBack(story(), HEAD)).toContain(`git revert --no-edit ${HEAD}`);
  });
});
