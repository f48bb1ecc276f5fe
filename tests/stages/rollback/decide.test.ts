import { describe, expect, test } from "@jest/globals";
import { decide } from "../../../src/stages/rollback/decide.ts";
import type { Facts } from "../../../src/stages/rollback/facts.ts";
import { HEAD, HOTFIX, MARKERS, SHA, commitFacts, factsOf, olderOf, policyOf, pull } from "./facts.ts";

const policy = policyOf();
const kind = (facts: Facts) => {
  const plan = decide(facts, policy);
  return [plan.kind, ...plan.reasons.map(({ code }) => code)].join(" ");
};
const ours = commitFacts({ sha: HOTFIX, message: `Rollback: x\n\nRolls-Back: ${SHA}\nTrace-Id: y` });

describe("how a commit is taken back", () => {
  test("the newest by the tree of its parent", () => {
    expect(decide(factsOf(), policy)).toMatchObject({ kind: "revert", how: { kind: "tree", tree: "tree before" } });
  });
  test("the newest merge to the branch it was merged into", () => {
    const facts = factsOf({}, { parents: [HEAD, HOTFIX], parentTrees: ["main before", "the branch"] });
    expect(decide(facts, policy)).toMatchObject({ how: { kind: "tree", tree: "main before" } });
  });
  test("an older one by git", () => {
    expect(decide(olderOf(), policy)).toMatchObject({ kind: "revert", how: { kind: "git", mainline: null } });
  });
  test("an older merge by git, with its mainline", () => {
    expect(decide(olderOf({}, { parents: [HEAD, HOTFIX] }), policy)).toMatchObject({ how: { kind: "git", mainline: 1 } });
  });
});

describe("it goes on from what an earlier run left", () => {
  test.each<[string, Facts, string]>([
    ["a branch", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [] } }), "open continued"],
    ["an open pull request", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull()] } }), "merge continued"],
    ["a merged one, its branch gone", olderOf({ hotfix: { sha: null, commit: null, pulls: [pull({ state: "merged", mergeSha: HEAD })] } }), "finish already-merged"],
    ["a merged one, its branch there", olderOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ state: "merged" })] } }), "finish already-merged"],
    ["an open one after one that was closed", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull(), pull({ number: 3, state: "closed" })] } }), "merge continued"],
  ])("%s", (_, facts, expected) => expect(kind(facts)).toBe(expected));
});

describe("it refuses", () => {
  const rollbackMessage = `Rollback: sick (#3)\n\nThis reverts commit ${HEAD}\n\nRolls-Back: ${HEAD}`;
  test.each<[string, Facts, string]>([
    ["a commit that nobody knows", factsOf({ commit: null, onDefault: false }), "refuse unknown"],
    ["while it is paused", factsOf({ pause: { number: 3, url: "u", title: "stop" } }), "refuse paused"],
    ["a commit of another branch", olderOf({ onDefault: false }), "refuse not-on-default"],
    ["a rollback, by its message", factsOf({}, { message: rollbackMessage }), "refuse is-a-rollback"],
    ["a rollback of whoever's token this is", factsOf({ viewer: "ada", pull: pull({ state: "merged", author: "ada", body: `rolls-back: ${HEAD}` }) }), "refuse is-a-rollback"],
    ["a rollback, by its pull request", factsOf({ pull: pull({ state: "merged", body: `rolls-back: ${HEAD}` }) }), "refuse is-a-rollback"],
    ["the first commit", factsOf({}, { parents: [], parentTrees: [] }), "refuse first-commit"],
    ["a commit that changes nothing", factsOf({}, { parentTrees: ["tree"] }), "refuse changes-nothing"],
    ["what a person closed", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ state: "closed" })] } }), "refuse given-up"],
    ["a pull request of something else", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ body: `rolls-back: ${HEAD}` })] } }), "refuse branch-taken"],
    ["a branch of something else", factsOf({ hotfix: { sha: HOTFIX, commit: commitFacts({ message: "wip" }), pulls: [] } }), "refuse branch-taken"],
    ["a branch somebody committed to", factsOf({ hotfix: { sha: HEAD, commit: null, pulls: [pull({ commits: [ours, commitFacts({ message: "mine" })] })] } }), "refuse handed-over"],
    ["workflow files, with a workflow's own token", factsOf({}, { touchesWorkflows: true }), "refuse touches-workflows"],
    ["and says all reasons at once", olderOf({ onDefault: false, pause: { number: 3, url: "u", title: "stop" } }, { message: rollbackMessage }), "refuse paused is-a-rollback not-on-default"],
  ])("%s", (_, facts, expected) => expect(kind(facts)).toBe(expected));

  test("with an alarm only where a person has to do it", () => {
    expect(decide(factsOf({}, { touchesWorkflows: true }), policy)).toMatchObject({ alarm: true });
    expect(decide(olderOf({ onDefault: false }), policy)).toMatchObject({ alarm: false });
    expect(decide(factsOf({ viewer: "our-app[bot]" }, { touchesWorkflows: true }), policy).kind).toBe("revert");
  });
});

test("whoever wrote a pull request cannot make of it, before or after its merge, what is never taken back", () => {
  const claims = { title: "Rollback: nothing", body: `rolls-back: ${HEAD}` };
  const message = `Rollback: nothing (#4)\n\nRolls-Back: ${HEAD}`;
  expect(kind(factsOf({ pull: pull({ state: "merged", author: "mallory", ...claims }) }, { message, author: "mallory" }))).toBe("revert");
  expect(kind(factsOf({ pull: pull({ state: "merged", author: "mallory", ...claims }) }, { message, author: "github-actions[bot]" }))).toBe("revert");
  expect(kind(factsOf({ pull: pull({ state: "merged", author: "github-actions[bot]", ...claims }) }))).toBe("refuse is-a-rollback");
});

test("a title or a trailer alone does not make a rollback", () => {
  expect(kind(factsOf({}, { message: "Rollback: the pool size\n\nby hand" }))).toBe("revert");
  expect(kind(factsOf({}, { message: `Update FAQ - why?\n\nRolls-Back: ${HEAD}` }))).toBe("revert");
  expect(kind(factsOf({ pull: pull({ state: "merged", title: "Update FAQ - why?", body: `${MARKERS}` }) }))).toBe("revert");
});
