import { describe, expect, test } from "@jest/globals";
import type { LineCommit } from "../../../src/github/port.ts";
import { decide } from "../../../src/stages/rollback/decide.ts";
import type { Facts } from "../../../src/stages/rollback/facts.ts";
import type { TaskEvent, TaskRecord } from "../../../src/ledger/port.ts";
import { BASE, BRANCH, HEAD, HOTFIX, MARKERS, NOW, SHA, TRACE, commitFacts, factsOf, incident, landed, lineOf, olderOf, policyOf, pull, situation } from "./facts.ts";

const policy = policyOf();
const AUTO = { "detected-at": new Date(NOW - 30_000).toISOString() };
const kind = (facts: Facts, given: Record<string, string> = {}, more: Parameters<typeof situation>[0] = {}) => {
  const plan = decide(facts, policyOf(given), situation(more));
  return [plan.kind, ...plan.reasons.map(({ code }) => code)].join(" ");
};
const OTHER = "c0c0c0c0".repeat(5);
const GOOD = "d0d0d0d0".repeat(5);
const ours = commitFacts({ sha: HOTFIX, message: `Rollback: x\n\nRolls-Back: ${SHA}\nTrace-Id: y` });
const rollbackOf = (sha: string) => `Rollback: sick (#3)\n\nThis reverts commit ${sha}\n\nRolls-Back: ${sha}`;
const marks = (sha: string, state: string, served = "") => `trace-id: ${TRACE}\nrolls-back: ${sha}\nstate: ${state}${served === "" ? "" : `\nserved: ${served}`}\n\ntext`;
/** SHA as the newest, with these before it. */
const onTopOf = (...before: LineCommit[]) => lineOf([landed(SHA), ...before]);

describe("how a commit is taken back", () => {
  test("the newest by the tree of its parent", () => {
    expect(decide(factsOf(), policy, situation())).toMatchObject({ kind: "revert", how: { kind: "tree", tree: "tree before" } });
  });
  test("the newest merge of a pull request to the branch it was merged into", () => {
    const facts = factsOf({ pull: pull({ state: "merged", mergeSha: SHA, body: "", title: "x" }) }, { parents: [BASE, HOTFIX], parentTrees: ["main before", "the branch"] });
    expect(decide(facts, policy, situation())).toMatchObject({ how: { kind: "tree", tree: "main before" }, span: { base: BASE } });
  });
  test("the default branch that somebody pulled into their own work to the second parent", () => {
    const facts = factsOf({}, { message: "Merge branch 'main' of https://github.example/o/r", parents: [HOTFIX, BASE], parentTrees: ["their work", "main before"] });
    expect(decide(facts, policy, situation())).toMatchObject({ how: { tree: "main before" }, span: { base: BASE, commits: [{ mainline: 2 }] } });
  });
  test("an older one by git, from its parent", () => {
    expect(decide(olderOf(), policy, situation())).toMatchObject({ kind: "revert", how: { kind: "git" }, span: { sha: SHA, base: BASE } });
  });
  test("a pull request whose commits were put on the branch one by one as one, from what was before them", () => {
    const facts = factsOf({ line: onTopOf(landed(OTHER), landed(BASE, { tree: "before all" })), count: 2 });
    expect(decide(facts, policy, situation())).toMatchObject({ how: { kind: "tree", tree: "before all" }, span: { sha: SHA, base: BASE, commits: [{ sha: SHA }, { sha: OTHER }] } });
  });
});

describe("it goes on from what an earlier run left", () => {
  test.each<[string, Facts, string]>([
    ["a branch", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [] } }), "open continued"],
    ["an open pull request", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull()] } }), "merge continued"],
    ["a merged one, its branch gone", olderOf({ hotfix: { sha: null, commit: null, pulls: [pull({ state: "merged", mergeSha: HEAD })] } }), "finish already-merged"],
    ["a merged one, its branch there", olderOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ state: "merged" })] } }), "finish already-merged"],
    ["an open one after one that was closed", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull(), pull({ number: 3, state: "closed" })] } }), "merge continued"],
    ["one that was withdrawn", factsOf({ hotfix: { sha: null, commit: null, pulls: [pull({ state: "closed", title: "Withdrawn: Rollback: x" })] } }), "revert"],
  ])("%s", (_, facts, expected) => expect(kind(facts)).toBe(expected));
});

describe("it refuses", () => {
  const merge = { parents: [BASE, HOTFIX], parentTrees: ["one", "other"] };
  test.each<[string, Facts, string]>([
    ["a commit that nobody knows", factsOf({ commit: null, onDefault: false }), "refuse unknown"],
    ["while it is paused", factsOf({ pause: { number: 3, url: "u", title: "stop" } }), "refuse paused"],
    ["a commit of another branch", olderOf({ onDefault: false }), "refuse not-on-default"],
    ["a rollback, by its message", factsOf({}, { message: rollbackOf(HEAD) }), "refuse is-a-rollback"],
    ["a rollback of whoever's token this is", factsOf({ viewer: "ada", pull: pull({ state: "merged", author: "ada", body: `rolls-back: ${HEAD}` }) }), "refuse is-a-rollback"],
    ["a rollback, by its pull request", factsOf({ pull: pull({ state: "merged", body: `rolls-back: ${HEAD}` }) }), "refuse is-a-rollback"],
    ["the first commit", factsOf({}, { parents: [], parentTrees: [] }), "refuse first-commit"],
    ["a commit that changes nothing", factsOf({}, { parentTrees: ["tree"] }), "refuse changes-nothing"],
    ["a merge of which nothing tells what was merged into what", factsOf({}, { ...merge, message: "Bring it all together" }), "refuse unclear-mainline"],
    ["a merge of three", factsOf({}, { message: "Merge branch 'x'", parents: [BASE, HOTFIX, HEAD], parentTrees: ["1", "2", "3"] }), "refuse unclear-mainline"],
    ["a pull request of more commits than were read", factsOf({ count: 3 }), "refuse too-many-commits"],
    ["what a person closed", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ state: "closed" })] } }), "refuse given-up"],
    ["a pull request of something else", factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ body: `rolls-back: ${HEAD}` })] } }), "refuse branch-taken"],
    ["a branch of something else", factsOf({ hotfix: { sha: HOTFIX, commit: commitFacts({ message: "wip" }), pulls: [] } }), "refuse branch-taken"],
    ["a branch somebody committed to", factsOf({ hotfix: { sha: HEAD, commit: null, pulls: [pull({ commits: [ours, commitFacts({ message: "mine" })] })] } }), "refuse handed-over"],
    ["workflow files, with a workflow's own token", factsOf({}, { touchesWorkflows: true }), "refuse touches-workflows"],
    ["what was taken back and brought back since", factsOf({
      line: lineOf([landed(OTHER, { message: `Revert "Rollback: x"\n\nThis reverts commit ${HEAD}.` }), landed(HEAD, { message: rollbackOf(SHA) }), landed(SHA), landed(BASE)]),
      hotfix: { sha: null, commit: null, pulls: [pull({ state: "merged", mergeSha: HEAD })] },
    }), "refuse brought-back"],
    ["and says all reasons at once", olderOf({ onDefault: false, pause: { number: 3, url: "u", title: "stop" }, served: { kind: "read", sha: BASE, contains: false } }, { message: rollbackOf(HEAD), at: NOW - 100 * 3_600_000, touchesWorkflows: true }), "refuse paused is-a-rollback not-on-default not-deployed outside-window touches-workflows"],
  ])("%s", (_, facts, expected) => expect(kind(facts)).toBe(expected));

  test.each([["Merge branch 'feature'", "revert"], ["Merge branch 'feature' into main", "revert"], ["Merge remote-tracking branch 'origin/main' into feature", "revert"], ["Merge branch 'feature' into other", "refuse unclear-mainline"]])("or takes a merge that somebody pushed by git's own words: %s", (message, expected) => {
    expect(kind(factsOf({}, { ...merge, message }))).toBe(expected);
  });
});

describe("what is not in production is not taken back", () => {
  const elsewhere = { kind: "read", sha: BASE, contains: false } as const;
  test.each<[string, Partial<Facts>, string, Record<string, string>]>([
    ["another commit is served", { served: elsewhere }, "refuse not-deployed", {}],
    ["it is served", { served: { kind: "read", sha: SHA, contains: true } }, "revert", {}],
    ["another commit is served, but it was deployed and failed", { served: elsewhere, deployments: [{ sha: SHA, state: "failed", at: NOW }] }, "revert", {}],
    ["another commit is served, but a newer one that holds it was deployed", { served: elsewhere, line: lineOf([landed(HEAD), landed(SHA), landed(BASE)]), deployments: [{ sha: HEAD, state: "waiting", at: NOW }] }, "revert", {}],
    ["another commit is served, and only what was before it was deployed", { served: elsewhere, deployments: [{ sha: BASE, state: "deployed", at: NOW }] }, "refuse not-deployed", {}],
    ["another commit is served, but a run was to deploy it", { served: elsewhere, deployRun: "u" }, "revert", {}],
    ["another commit is served again, but a verdict was reached about it", { served: elsewhere }, "revert", AUTO],
    ["a service that is down tells nothing", { served: { kind: "unread", reason: "refused" } }, "revert", {}],
    ["whether it is contained could not be asked", { served: { kind: "read", sha: HEAD, contains: null } }, "revert", {}],
  ])("%s", (_, more, expected, given) => expect(kind(factsOf(more), given)).toBe(expected));
});

describe("the window", () => {
  const hours = (count: number) => ({ at: NOW - count * 3_600_000 });
  test("counts from the merge, which GitHub tells, else from the commit", () => {
    expect(kind(factsOf({}, hours(73)))).toBe("refuse outside-window");
    expect(kind(factsOf({}, hours(71)))).toBe("revert");
    expect(kind(factsOf({ pull: pull({ state: "merged", title: "x", body: "", mergedAt: NOW - 3_600_000 }) }, hours(500)))).toBe("revert");
    expect(kind(factsOf({}, hours(-5)))).toBe("revert");
  });
  test("can be widened and left out", () => {
    expect(kind(factsOf({}, hours(73)), { "window-hours": "80" })).toBe("revert");
    expect(kind(factsOf({}, hours(9_000)), { "window-hours": "0" })).toBe("revert");
  });
  test("does not stop what was begun in time", () => {
    expect(kind(factsOf({ hotfix: { sha: HOTFIX, commit: ours, pulls: [pull()] } }, hours(73)))).toBe("merge continued");
  });
});

describe("a state that is known to be bad is no way back", () => {
  const event = (kind: TaskEvent["kind"], data: TaskEvent["data"]): TaskEvent => ({ taskId: TRACE, eventId: `${kind}`, at: 1, stage: "", kind, text: "", url: null, data });
  const record = (...events: TaskEvent[]) => ({ task: {} as TaskRecord["task"], events });
  const records = (verdict: string, served: string) => [record(event("deployment", { deployed_sha: served }), event("health", { verdict }))];
  test.each<[string, Partial<Facts>, string]>([
    ["says its deployment", { deployments: [{ sha: BASE, state: "failed", at: 1 }] }, "refuse target-known-bad"],
    ["says the newest of its deployments", { deployments: [{ sha: BASE, state: "deployed", at: 2 }, { sha: BASE, state: "failed", at: 1 }] }, "revert"],
    ["says the record of tasks", { records: records("unhealthy", BASE) }, "refuse target-known-bad"],
    ["says the record, of what was served then", { records: records("unhealthy", SHA) }, "revert"],
    ["says the record, which names it itself", { records: [record(event("health", { verdict: "unhealthy", deployed_sha: BASE, environment: "production" }))] }, "refuse target-known-bad"],
    ["not the record of another environment", { records: [record(event("health", { verdict: "unhealthy", deployed_sha: BASE, environment: "staging" }))] }, "revert"],
    ["says the last word of the record", { records: [record(event("health", { verdict: "unhealthy", deployed_sha: BASE }), event("health", { verdict: "healthy", deployed_sha: BASE }))] }, "revert"],
    ["says a rollback that left it so", { incidents: [incident(marks(OTHER, "unhealthy", BASE))] }, "refuse target-known-bad"],
    ["not when its incident is over", { incidents: [incident(marks(OTHER, "unhealthy", BASE), { open: false })] }, "revert"],
    ["not when it was inconclusive", { incidents: [incident(marks(OTHER, "inconclusive", BASE))] }, "revert"],
    ["nor when what was bad in it was taken back", { line: onTopOf(landed(BASE, { message: rollbackOf(OTHER), at: NOW - 9e6 }), landed(OTHER), landed(GOOD)), records: records("unhealthy", OTHER) }, "revert"],
  ])("%s", (_, more, expected) => expect(kind(factsOf(more), AUTO)).toBe(expected));

  test("a person may go there all the same", () => {
    expect(kind(factsOf({ deployments: [{ sha: BASE, state: "failed", at: 1 }] }))).toBe("revert");
  });
});

describe("two rollbacks in a short time", () => {
  const after = (ms: number) => ({ line: onTopOf(landed(BASE, { message: rollbackOf(OTHER), at: NOW - ms })), incidents: [incident(marks(OTHER, "healthy"), { open: false })] });
  test("of deployments one after the other are one too many for automation", () => {
    expect(kind(factsOf(after(300_000)), AUTO)).toBe("refuse cooling-down");
    expect(kind(factsOf(after(700_000)), AUTO)).toBe("revert");
    expect(kind(factsOf(after(300_000)), { ...AUTO, "cooldown-minutes": "0" })).toBe("revert");
    expect(kind(factsOf(after(300_000)))).toBe("revert");
  });
  test("a commit that only says that it is a rollback holds nothing up", () => {
    expect(kind(factsOf({ ...after(300_000), incidents: [] }), AUTO)).toBe("revert");
  });
  test("of changes that were there together are not", () => {
    const line = lineOf([landed(HEAD, { message: rollbackOf(OTHER), at: NOW - 60_000 }), landed(OTHER), landed(SHA), landed(BASE)]);
    expect(kind(factsOf({ line, incidents: [incident(marks(OTHER, "healthy"), { open: false })] }), AUTO, { judged: true })).toBe("revert");
  });
});

describe("one attempt for a verdict", () => {
  const facts = factsOf({ incident: incident(marks(SHA, "stopped")) });
  test("what people were called for is not tried again without them", () => {
    expect(kind(facts, AUTO)).toBe("refuse attempted");
    expect(decide(facts, policyOf(AUTO), situation())).toMatchObject({ alarm: false });
  });
  test.each<[string, Facts, Record<string, string>, number]>([
    ["who runs the job again", facts, AUTO, 2],
    ["who starts one by hand", facts, {}, 1],
    ["a run that only died", factsOf({ incident: incident(marks(SHA, "verifying")) }), AUTO, 1],
    ["an incident that was closed", factsOf({ incident: incident(marks(SHA, "stopped"), { open: false }) }), AUTO, 1],
  ])("not: %s", (_, again, given, attempt) => expect(kind(again, given, { attempt })).toBe("revert"));
});

describe("others go first", () => {
  const theirs = (more: { number?: number; createdAt?: number; message?: string } = {}) => ({ name: "hotfix/rollback-c0c0c0c", message: more.message ?? rollbackOf(OTHER), pull: { number: more.number ?? 3, url: "https://github.example/pull/3", createdAt: more.createdAt ?? NOW - 60_000 } });
  const own = { name: BRANCH, message: rollbackOf(SHA), pull: { number: 4, url: "u", createdAt: NOW } };
  const begun = { hotfix: { sha: HOTFIX, commit: ours, pulls: [pull({ number: 4 })] } };
  test.each<[string, Partial<Facts>, string]>([
    ["another hotfix is open", { hotfixes: [theirs()] }, "wait another-under-way"],
    ["another was opened before this one's", { ...begun, hotfixes: [theirs(), own] }, "wait another-under-way"],
    ["another was opened after this one's", { ...begun, hotfixes: [theirs({ number: 5 }), own] }, "merge continued"],
    ["another is only a branch", { hotfixes: [{ ...theirs(), pull: null }] }, "revert"],
    ["another has died", { hotfixes: [theirs({ createdAt: NOW - 900_001 })] }, "revert"],
    ["another waits for people", { hotfixes: [theirs()], incidents: [incident(marks(OTHER, "stopped"))] }, "revert"],
    ["another waits for a person's word", { hotfixes: [theirs()], incidents: [incident(marks(OTHER, "waiting"))] }, "revert"],
    ["another is merged and being judged", { incidents: [incident(marks(OTHER, "verifying"))] }, "wait another-under-way"],
    ["another died while it was being judged", { incidents: [incident(marks(OTHER, "verifying"), { updatedAt: NOW - 900_001 })] }, "revert"],
    ["this one is being judged", { incidents: [incident(marks(SHA, "verifying"))] }, "revert"],
    ["nothing but a reason of one's own is said first", { hotfixes: [theirs()], pause: { number: 3, url: "u", title: "stop" } }, "refuse paused"],
  ])("%s", (_, more, expected) => expect(kind(factsOf(more))).toBe(expected));

  test("and what they may change is decided when they are done", () => {
    const bad = { deployments: [{ sha: BASE, state: "failed", at: 1 }] as const };
    expect(kind(factsOf({ ...bad, hotfixes: [theirs()] }), AUTO)).toBe("wait another-under-way");
  });
});

describe("a verdict is old when a rollback came after it", () => {
  const line = (at: number) => lineOf([landed(HEAD, { message: rollbackOf(OTHER), at }), landed(OTHER), landed(SHA), landed(BASE)]);
  test("production is judged again before anything else is taken back", () => {
    expect(kind(factsOf({ line: line(NOW - 10_000) }), AUTO)).toBe("judge evidence-is-old");
    expect(kind(factsOf({ line: line(NOW - 10_000), hotfix: { sha: HOTFIX, commit: ours, pulls: [pull()] } }), AUTO)).toBe("judge evidence-is-old");
  });
  test.each<[string, Facts, Record<string, string>, Parameters<typeof situation>[0]]>([
    ["once is enough", factsOf({ line: line(NOW - 10_000) }), AUTO, { judged: true }],
    ["one before it is no news", factsOf({ line: line(NOW - 60_000) }), AUTO, {}],
    ["a person's wish does not grow old", factsOf({ line: line(NOW - 10_000) }), {}, {}],
    ["without a way to judge there is nothing to wait for", factsOf({ line: line(NOW - 10_000) }), AUTO, { canJudge: false }],
  ])("%s", (_, facts, given, more) => expect(kind(facts, given, more)).toBe("revert"));
});

describe("of changes that were served together the newest goes first", () => {
  const task = `Update FAQ - When?\n\nTrace-Id: ${TRACE}`;
  const together = (message = task, served = HEAD) => factsOf({ line: lineOf([landed(HEAD, { message }), landed(SHA), landed(BASE)]), served: { kind: "read", sha: served, contains: true } });
  test("for a minute, in which it may be found unhealthy itself", () => {
    expect(kind(together(), AUTO)).toBe("wait newer-goes-first");
    expect(kind(together(), AUTO, { startedAt: NOW - 60_000 })).toBe("revert");
    expect(kind(together(), { ...AUTO, "wait-seconds": "60" }, { startedAt: NOW - 30_000 })).toBe("revert");
  });
  test.each<[string, Facts, Record<string, string>, Parameters<typeof situation>[0]]>([
    ["one that was not served yet is not to blame", together(task, SHA), AUTO, {}],
    ["nobody judges what is no task", together("Change the colours"), AUTO, {}],
    ["a rollback is not to blame", together(rollbackOf(BASE)), AUTO, {}],
    ["a person says which", together(), {}, {}],
    ["without a way to judge nothing would be known", together(), AUTO, { canJudge: false }],
    ["all go together", together(), { ...AUTO, suspects: "all" }, {}],
  ])("not: %s", (_, facts, given, more) => expect(kind(facts, given, more)).toBe("revert"));
});

describe("all that came since the last known good state", () => {
  const line = lineOf([landed(HEAD), landed(SHA), landed(BASE), landed(OTHER), landed(GOOD, { tree: "the good tree" })]);
  const deployments = [{ sha: GOOD, state: "deployed", at: 1 }] as const;
  const all = { ...AUTO, suspects: "all" };
  test("goes back to it, what was served together included", () => {
    const facts = factsOf({ line, deployments, served: { kind: "read", sha: HEAD, contains: true } });
    expect(decide(facts, policyOf(all), situation())).toMatchObject({ how: { kind: "tree", tree: "the good tree" }, span: { sha: HEAD, base: GOOD, commits: [{ sha: HEAD }, { sha: SHA }, { sha: BASE }, { sha: OTHER }] } });
  });
  test("leaves what was not served yet", () => {
    const facts = factsOf({ line, deployments, served: { kind: "read", sha: SHA, contains: true } });
    expect(decide(facts, policyOf(all), situation())).toMatchObject({ how: { kind: "git" }, span: { sha: SHA, base: GOOD } });
  });
  test("is one commit where no good state is known, or a rollback lies between", () => {
    expect(decide(factsOf({ line }), policyOf(all), situation())).toMatchObject({ span: { sha: SHA, base: BASE, commits: [{ sha: SHA }] } });
    const between = lineOf([landed(SHA), landed(BASE), landed(OTHER, { message: rollbackOf(GOOD), at: NOW - 9e6 }), landed(GOOD)]);
    expect(decide(factsOf({ line: between, deployments }), policyOf(all), situation())).toMatchObject({ span: { commits: [{ sha: SHA }] } });
  });
});

describe("people are called", () => {
  const alarm = (facts: Facts, given: Record<string, string> = {}) => (decide(facts, policyOf(given), situation()) as { alarm?: boolean }).alarm;
  test("where only they can do it, or a verdict is not followed", () => {
    expect(alarm(factsOf({}, { touchesWorkflows: true }))).toBe(true);
    expect(alarm(factsOf({}, { parents: [BASE, HOTFIX], message: "x" }))).toBe(true);
    expect(alarm(factsOf({ deployments: [{ sha: BASE, state: "failed", at: 1 }] }), AUTO)).toBe(true);
    expect(alarm(factsOf({}, { at: 0 }), AUTO)).toBe(true);
    expect(alarm(factsOf({}, { message: rollbackOf(HEAD) }), AUTO)).toBe(true);
  });
  test("not where they know, or asked for it themselves", () => {
    expect(alarm(factsOf({}, { at: 0 }))).toBe(false);
    expect(alarm(olderOf({ onDefault: false }), AUTO)).toBe(false);
    expect(alarm(factsOf({ pause: { number: 3, url: "u", title: "stop" } }, { touchesWorkflows: true }), AUTO)).toBe(false);
    expect(alarm(factsOf({ incidents: [incident(marks(HEAD, "unhealthy"))] }, { message: rollbackOf(HEAD) }), AUTO)).toBe(false);
  });
  test("an App's token may touch workflows", () => {
    expect(decide(factsOf({ viewer: "our-app[bot]" }, { touchesWorkflows: true }), policy, situation()).kind).toBe("revert");
  });
});

test("whoever wrote a pull request cannot make of it, before or after its merge, what is never taken back", () => {
  const claims = { title: "Rollback: nothing", body: `rolls-back: ${HEAD}` };
  const message = `Rollback: nothing (#4)\n\nRolls-Back: ${HEAD}`;
  expect(kind(factsOf({ pull: pull({ state: "merged", author: "mallory", ...claims }) }, { message, author: "mallory" }))).toBe("revert");
  expect(kind(factsOf({ pull: pull({ state: "merged", author: "mallory", ...claims }) }, { message, author: "github-actions[bot]" }))).toBe("revert");
  expect(kind(factsOf({ pull: pull({ state: "merged", author: "github-actions[bot]", ...claims }) }))).toBe("refuse is-a-rollback");
});

test("a commit that says it took this one back keeps nobody from looking", () => {
  const line = lineOf([landed(HEAD, { message: `Tidy up\n\nThis reverts commit ${SHA}.` }), landed(SHA), landed(BASE)]);
  expect(kind(factsOf({ line }))).toBe("revert");
});

test("a title or a trailer alone does not make a rollback", () => {
  expect(kind(factsOf({}, { message: "Rollback: the pool size\n\nby hand" }))).toBe("revert");
  expect(kind(factsOf({}, { message: `Update FAQ - why?\n\nRolls-Back: ${HEAD}` }))).toBe("revert");
  expect(kind(factsOf({ pull: pull({ state: "merged", title: "Update FAQ - why?", body: `${MARKERS}` }) }))).toBe("revert");
});
