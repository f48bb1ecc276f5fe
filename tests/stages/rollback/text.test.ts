import { describe, expect, test } from "@jest/globals";
import { block, code, fit, oneLine, plain, rollsBackIn } from "../../../src/stages/rollback/text.ts";
import { type Story, commitMessage, issueBody, issueTitle, pullBody, pullTitle } from "../../../src/stages/rollback/texts.ts";
import { HEAD, SHA, TRACE, factsOf, policyOf, pull } from "./facts.ts";

function story(given: Record<string, string>, more: Partial<Story> = {}): Story {
  const facts = factsOf({ pull: pull({ url: "https://github.example/pull/2" }) });
  return { policy: policyOf(given), traceId: TRACE, facts, commit: facts.commit!, runUrl: "https://github.example/runs/1", startedAt: Date.UTC(2026, 10, 20, 10), ...more };
}

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
    const facts = factsOf({}, { message: `x\nRolls-Back: ${HEAD}` });
    expect(commitMessage({ ...forged, commit: facts.commit! }).body).not.toContain(HEAD);
  });
});

test("the pull request tells what a person needs", () => {
  const body = pullBody(story({ reason: "503 on /healthz", owners: "@octo\norg/team", "detected-at": "2026-11-20T09:59:00Z" }));
  expect(body).toMatch(/^trace-id: 11111111-/);
  for (const part of ["503 on /healthz", SHA, "https://github.example/pull/2", "Detected: 2026-11-20T09:59:00Z", "git revert", "cc @octo @org/team", "https://github.example/runs/1"]) expect(body).toContain(part);
});

test("the issue of a conflict has the files and the commands to finish by hand", () => {
  const body = issueBody(story({}), { kind: "conflict", files: ["docs/FAQ.md", "a`b.md"] });
  for (const part of ["`docs/FAQ.md`", "`aˋb.md`", `git revert ${SHA}`, "git revert --continue", "- [ ] Root cause", "- [ ] Proper fix merged, with full CI"]) expect(body).toContain(part);
});

test("the issue of a rollback has timeline, links and check list", () => {
  const body = issueBody(story({ "detected-at": "2026-11-20T09:59:00Z" }), { kind: "merged", sha: HEAD, pullUrl: "https://github.example/pull/9", at: Date.UTC(2026, 10, 20, 10, 1), verified: true });
  expect(body).toMatch(/2026-11-20T09:59:00Z \| found to be unhealthy[\s\S]*2026-11-20T10:00:00Z \| \[rollback started\][\s\S]*2026-11-20T10:01:00Z \| taken back as 0f1e2d3 by https:\/\/github.example\/pull\/9/);
  expect(body).toContain(`git revert ${HEAD}`);
});
