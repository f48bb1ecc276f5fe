import { describe, expect, test } from "@jest/globals";
import { matchesEvent, workflowName } from "../../../src/sandbox/engine/index.ts";
import type { TriggerEvent } from "../../../src/sandbox/engine/index.ts";
import { matchesFilter } from "../../../src/sandbox/engine/filters.ts";
import { InvalidFile, readYaml } from "../../../src/sandbox/engine/parse.ts";

const push = (ref: string, changedFiles?: readonly string[]): TriggerEvent => ({
  name: "push", payload: {}, ref, ...(changedFiles ? { changedFiles } : {}),
});
const pull = (action: string, base = "main", changedFiles?: readonly string[]): TriggerEvent => ({
  name: "pull_request", payload: { action, pull_request: { base: { ref: base } } }, ...(changedFiles ? { changedFiles } : {}),
});
const workflowRun = (action: string, name: string, branch = "main"): TriggerEvent => ({
  name: "workflow_run", payload: { action, workflow: { name }, workflow_run: { head_branch: branch } },
});
const main = push("refs/heads/main");
const tag = push("refs/tags/v1.2");

describe("reading a file", () => {
  test("the same text is read once, and what is read is nobody's to change", () => {
    const source = "on: { push: { branches: [main] } }\njobs: {}\n";
    const first = readYaml<{ on: { push: { branches: string[] } } }>(source, "a.yml");
    expect(readYaml(source, "a.yml")).toBe(first);
    expect(() => first.model.on.push.branches.push("other")).toThrow(TypeError);
    expect(readYaml(`${source}# `, "a.yml")).not.toBe(first);
    expect(readYaml(source, "b.yml").path).toBe("b.yml");
    for (const path of ["a.yml", "b.yml"]) expect(() => readYaml("on: [", path)).toThrow(InvalidFile);
    expect(() => readYaml("on: [", "b.yml")).toThrow("b.yml:1:");
  });
});

describe("matchesEvent", () => {
  test.each<[string, TriggerEvent, boolean]>([
    ["on: push", main, true],
    ["on: push", tag, true],
    ["on: push", pull("opened"), false],
    ["on: [push, pull_request]", pull("synchronize"), true],
    ["on: pull_request", pull("labeled"), false],
    ["on: pull_request", pull("reopened"), true],
    ["on: { pull_request: { types: [labeled] } }", pull("labeled"), true],
    ["on: { pull_request: { types: labeled } }", pull("opened"), false],
    ["on: { pull_request: { branches: [release-*] } }", pull("opened"), false],
    ["on: { pull_request: { branches: ['release-*'] } }", pull("opened", "release-1"), true],
    ["on: { pull_request: }", pull("opened"), true],
    ["on: { push: { branches: [main] } }", main, true],
    ["on: { push: { branches: [main] } }", push("refs/heads/feature/main"), false],
    ["on: { push: { branches: ['**'] } }", push("refs/heads/feature/main"), true],
    ["on: { push: { branches: ['*'] } }", push("refs/heads/feature/main"), false],
    ["on: { push: { branches: [main] } }", tag, false],
    ["on: { push: { branches-ignore: [dev] } }", tag, false],
    ["on: { push: { branches-ignore: [main] } }", main, false],
    ["on: { push: { tags: ['v1.*'] } }", tag, true],
    ["on: { push: { tags: ['v1.*'] } }", main, false],
    ["on: { push: { tags: [v2], branches: [main] } }", main, true],
    ["on: { push: { tags-ignore: ['v*'] } }", tag, false],
    ["on: { push: { branches: ['release/**', '!release/**-alpha'] } }", push("refs/heads/release/1/a"), true],
    ["on: { push: { branches: ['release/**', '!release/**-alpha'] } }", push("refs/heads/release/1-alpha"), false],
    ["on: { push: { paths: ['docs/**'] } }", push("refs/heads/main", ["src/a.ts", "docs/FAQ.md"]), true],
    ["on: { push: { paths: ['docs/**'] } }", push("refs/heads/main", ["src/a.ts"]), false],
    ["on: { push: { paths: ['docs/**'] } }", main, true],
    ["on: { push: { paths-ignore: ['**.md'] } }", push("refs/heads/main", ["a/b.md"]), false],
    ["on: { push: { paths-ignore: ['**.md'] } }", push("refs/heads/main", ["a/b.md", "x"]), true],
    ["on: { push: { paths: ['**', '!docs/**'] } }", push("refs/heads/main", ["docs/a"]), false],
    ["on: { pull_request: { paths: ['**/a.js'] } }", pull("opened", "main", ["a.js"]), true],
    ["on: { workflow_run: { workflows: [CI], types: [completed] } }", workflowRun("completed", "CI"), true],
    ["on: { workflow_run: { workflows: [CI], types: [completed] } }", workflowRun("requested", "CI"), false],
    ["on: { workflow_run: { workflows: CI } }", workflowRun("completed", "Other"), false],
    ["on: { workflow_run: { workflows: [CI], branches: [main] } }", workflowRun("completed", "CI", "dev"), false],
    ["on: { repository_dispatch: { types: [ask] } }", { name: "repository_dispatch", payload: { action: "ask" } }, true],
    ["on: { repository_dispatch: { types: [ask] } }", { name: "repository_dispatch", payload: { action: "other" } }, false],
    ["on: repository_dispatch", { name: "repository_dispatch", payload: { action: "any" } }, true],
    ["on: { schedule: [{ cron: '0 0 * * *' }] }", { name: "schedule", payload: { schedule: "0 0 * * *" } }, true],
    ["on: { schedule: [{ cron: '0 0 * * *' }] }", { name: "schedule", payload: { schedule: "5 0 * * *" } }, false],
    ["on: { issue_comment: { types: [created] } }", { name: "issue_comment", payload: { action: "edited" } }, false],
    ["on: deployment_status", { name: "deployment_status", payload: { action: "created" } }, true],
    ["on: workflow_dispatch", { name: "workflow_dispatch", payload: {} }, true],
    ["on: workflow_call", { name: "workflow_call", payload: {} }, false],
    ["on: { merge_group: { branches: [main] } }", { name: "merge_group", payload: { action: "checks_requested", merge_group: { base_ref: "refs/heads/main" } } }, true],
    ["on: [push", main, false],
  ])("%s takes %j: %s", (source, event, expected) => {
    expect(matchesEvent(source, "w.yml", event)).toBe(expected);
  });
});

describe("filter patterns, as in the cheat sheet", () => {
  test.each([
    ["feature/*", "feature/my-branch", true],
    ["feature/*", "feature/beta-a/x", false],
    ["feature/**", "feature/beta-a/x", true],
    ["**feature", "my-feature", true],
    ["v2*", "v2.9", true],
    ["v[12].[0-9]+.[0-9]+", "v1.10.1", true],
    ["v[12].[0-9]+.[0-9]+", "v3.1.1", false],
    ["*.jsx?", "page.js", true],
    ["*.jsx?", "page.jsx", true],
    ["docs/*", "docs/file/a.md", false],
    ["**/docs/**", "dir/docs/my.txt", true],
    ["**/docs/**", "docs/my.txt", true],
    ["**/README.md", "README.md", true],
    ["**/migrate-*.sql", "db/sept/migrate-v1.sql", true],
    ["*", "a/b", false],
    ["a\\*b", "a*b", true],
    ["a.b", "axb", false],
  ])("%s on %s: %s", (pattern, value, expected) => {
    expect(matchesFilter([pattern], value)).toBe(expected);
  });
});

test("a workflow is called by its name, or its path", () => {
  expect(workflowName("name: CI\non: push", "w.yml")).toBe("CI");
  expect(workflowName("on: push", "w.yml")).toBe("w.yml");
  expect(workflowName("on: [", "w.yml")).toBe("w.yml");
});
