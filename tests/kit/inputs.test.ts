import { describe, expect, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { boolean, list, number, oneOf, parseInputs, repoPath, secret, sha, text, url } from "../../src/kit/inputs.ts";

const specs = {
  question: text({ max: 20 }),
  "faq-path": repoPath({ fallback: "docs/FAQ.md" }),
  "max-words": number({ min: 1, max: 500, integer: true, fallback: 100 }),
  "dry-run": boolean({ fallback: false }),
  method: oneOf(["squash", "merge"], { fallback: "squash" }),
  "health-urls": list({ fallback: [], each: url() }),
  "commit-sha": sha({ fallback: "" }),
  token: secret(),
};

function read(given: Record<string, string>) {
  return parseInputs(specs, (name) => given[name] ?? "");
}

function problemsOf(given: Record<string, string>) {
  try {
    read(given);
  } catch (error) {
    if (error instanceof InstantError) return error.problems;
    throw error;
  }
  return [];
}

test("names become camel case, values are typed, absent ones take their default", () => {
  expect(read({ question: " Why? ", token: "t", "health-urls": "http://a/\n\nhttps://b/x" })).toEqual({
    question: "Why?",
    faqPath: "docs/FAQ.md",
    maxWords: 100,
    dryRun: false,
    method: "squash",
    healthUrls: ["http://a/", "https://b/x"],
    commitSha: "",
    token: "t",
  });
});

test("every problem is in one error, each with its mend", () => {
  const problems = problemsOf({
    "faq-path": "../secrets.md",
    "max-words": "1.5",
    "dry-run": "yes",
    method: "octopus",
    "health-urls": "https://user:pw@host/",
    "commit-sha": "abc",
  });
  expect(problems.map((problem) => problem.where)).toEqual(["question", "faq-path", "max-words", "dry-run", "method", "health-urls", "commit-sha", "token"]);
  expect(problems.every((problem) => problem.fix !== "")).toBe(true);
});

test("a secret is never shown in an error", () => {
  const failing = { key: { ...secret(), parse: () => { throw new Error("takes something else"); } } };
  try {
    parseInputs(failing, () => "hunter2");
    throw new Error("it was taken");
  } catch (error) {
    expect(String(error)).not.toContain("hunter2");
    expect(String(error)).toContain("takes something else");
  }
});

describe("paths stay inside the repository", () => {
  test.each(["/etc/passwd", "a/../b", "a//b", ".git/config", "a\\b", "./a"])("%s is refused", (path) => {
    expect(problemsOf({ question: "q", token: "t", "faq-path": path })).toHaveLength(1);
  });
});

test.each(["docs/FAQ.md", "FAQ", "a b/日本.md", ".github/FAQ.md", "docs/.gitbook/x.md"])("%s is a path of the repository", (path) => {
  expect(repoPath().parse(path)).toBe(path);
});

test.each(["../x", "a/../b", "/etc/passwd", "a//b", "./a", ".git/config", ".GIT/config", "a/.Git/hooks/x", "GIT~1/config", "a\\b", "a\nb", "a\u0000b", "a\u202Eb", "docs/", "."])("%j is none", (path) => {
  expect(() => repoPath().parse(path)).toThrow("a path inside the repository");
});
