import { expect, test } from "@jest/globals";
import type { CheckFacts, CommitFacts, Entry, PullFacts, PullFile } from "../../../src/github/port.ts";
import { decide } from "../../../src/stages/auto-merge-gate/decide.ts";
import type { GateFacts } from "../../../src/stages/auto-merge-gate/facts.ts";
import { seeded } from "../../../src/sandbox/world/random.ts";
import { aCheck, aCommit, aFile, aPull, BASE, factsOf, HEAD, NOW, policyOf, TEXT } from "./a-pull.ts";

const STATES = 20_000;
const BUILD = { name: "build", appId: 77 };

/** Mostly the harmless value, so that merges stay frequent although every field may go wrong. */
function stateOf(random: () => number): GateFacts {
  const mostly = <T>(usual: T, ...rare: readonly T[]): T => (random() < 0.96 ? usual : (rare[Math.floor(random() * rare.length)] ?? usual));
  const several = <T>(make: () => T, most: number): T[] => Array.from({ length: Math.floor(random() * (most + 1)) }, make);
  const commit = (sha: string): CommitFacts =>
    aCommit({ sha, author: mostly<string | null>("github-actions[bot]", "ada", null), signature: mostly<CommitFacts["signature"]>("valid", "none", "invalid"), signedByGitHub: mostly(true, false) });
  const check = (): CheckFacts =>
    aCheck({
      name: mostly("instant/fast-ci", "build", "lint", "instant/gate"),
      ...mostly<Pick<CheckFacts, "app" | "appId">>({ app: "github-actions", appId: 15_368 }, { app: "other", appId: 77 }, { app: null, appId: null }),
      state: mostly<CheckFacts["state"]>("success", "failure", "pending", "skipped", "neutral", "action_required"),
      order: Math.floor(random() * 1e9),
    });
  const file = (): PullFile => aFile({ path: mostly("docs/FAQ.md", "src/a.ts", "docs/FAQ.md/x"), additions: mostly(3, 3_000), ...(random() < 0.05 ? { status: "renamed", previousPath: mostly<string | null>("docs/FAQ.md", "a", null) } : {}) });
  const entry = (): Entry => ({ mode: mostly("100644", "100755", "120000"), binary: mostly<boolean | null>(false, true, null) });
  const commits = [...several(() => commit(BASE), 2), commit(HEAD)];
  const files = [file(), ...several(file, 1)];
  const pull = aPull({
    state: mostly<PullFacts["state"]>("open", "closed"),
    draft: mostly(false, true),
    author: mostly("github-actions[bot]", "ada"),
    mergeable: mostly<PullFacts["mergeable"]>("mergeable", "conflicting", "unknown"),
    base: { branch: mostly("main", "release"), sha: BASE },
    head: { branch: "b", sha: HEAD, repository: mostly<string | null>("o/r", "x/r", null), exists: true, tip: mostly<string | null>(HEAD, BASE, null), shared: mostly(false, true) },
    commits,
    commitCount: commits.length + mostly(0, 1),
    files,
    fileCount: files.length + mostly(0, 7),
    filesComplete: mostly(true, false),
    labels: mostly<PullFacts["labels"]>(["docs"], ["WIP"], null),
    checks: [check(), ...several(check, 3)],
    checksComplete: mostly(true, false),
    requiredChecks: mostly<PullFacts["requiredChecks"]>([], [BUILD], null),
    requiredApprovals: mostly<number | null>(0, 1, null),
    approvals: mostly(0, 1),
    changesRequestedBy: mostly<readonly string[]>([], ["ada"]),
    reviewsComplete: mostly(true, false),
    reviewDecision: mostly<PullFacts["reviewDecision"]>(null, "approved", "review-required", "changes-requested"),
    conversations: { required: mostly<boolean | null>(false, true, null), unresolved: mostly(0, 1), complete: mostly(true, false) },
    methods: mostly<PullFacts["methods"]>(["squash"], ["merge"], null),
    pause: mostly<PullFacts["pause"]>(null, { number: 1, url: "u", title: "t" }),
  });
  const known = (paths: readonly string[]) => new Map(paths.map((path) => [path, mostly(true, false) ? TEXT : entry()] as const));
  return factsOf(pull, { entries: { head: known(files.map(({ path }) => path)), base: mostly(true, false) ? known(files.map(({ path, previousPath }) => previousPath ?? path)) : null } });
}

/** The same conditions, said a second time and another way: what has to hold for a merge. */
function mayMerge({ pull, entries }: GateFacts): boolean {
  const required = ["instant/fast-ci", ...(pull.requiredChecks ?? []).map(({ name }) => name)];
  const latest = (check: CheckFacts) => pull.checks.every((other) => other.name !== check.name || other.app !== check.app || other.order <= check.order);
  const counted = pull.checks.filter((check) => latest(check) && !(check.name === "instant/gate" && check.app === "github-actions"));
  const green = (name: string) => {
    const own = counted.filter((check) => check.name === name);
    const isTrusted = name === "instant/fast-ci" ? own.some(({ app }) => app === "github-actions") : own.some(({ appId }) => appId === BUILD.appId);
    return isTrusted && own.every(({ state }) => state === "success" || state === "neutral" || state === "skipped");
  };
  const plain = (entry: Entry | undefined) => entry?.mode === "100644" || entry?.mode === "100755";
  const sound = (file: PullFile) => {
    const [before, after] = [entries.base?.get(file.previousPath ?? file.path), entries.head.get(file.path)];
    return plain(before) && plain(after) && before?.mode === after?.mode && after?.binary === false;
  };
  return [
    pull.state === "open" && !pull.draft && pull.pause === null && pull.mergeable === "mergeable",
    pull.base.branch === "main" && pull.head.repository === "o/r" && (pull.head.tip === null || pull.head.tip === HEAD),
    pull.commitCount === pull.commits.length && pull.commits.every((one) => one.signature === "valid" && one.signedByGitHub && one.author === "github-actions[bot]"),
    pull.fileCount === pull.files.length && pull.filesComplete && pull.files.every((one) => one.path === "docs/FAQ.md" && (one.status !== "renamed" || one.previousPath === "docs/FAQ.md")),
    pull.files.every(sound) && pull.files.reduce((sum, one) => sum + one.additions + one.deletions, 0) <= 2_000,
    pull.checksComplete && pull.requiredChecks !== null && required.every(green),
    counted.some((check) => required.includes(check.name) && check.state === "success"),
    !counted.some(({ state, name }) => state === "failure" && !required.includes(name)),
    pull.requiredApprovals !== null && pull.approvals >= pull.requiredApprovals && pull.changesRequestedBy.length === 0 && pull.reviewsComplete,
    pull.reviewDecision === null || pull.reviewDecision === "approved",
    pull.conversations.required === false || (pull.conversations.required === true && pull.conversations.complete && pull.conversations.unresolved === 0),
    pull.labels !== null && !pull.labels.includes("WIP") && pull.methods !== null && pull.methods.includes("squash"),
  ].every(Boolean);
}

test("over random states it merges when, and only when, every condition holds", () => {
  const random = seeded(20_260_901);
  const policy = policyOf();
  const seen = new Map<string, number>();
  for (let round = 0; round < STATES; round += 1) {
    const facts = stateOf(random);
    const decision = decide(facts, policy, NOW);
    seen.set(decision.kind, (seen.get(decision.kind) ?? 0) + 1);
    const wrong = (decision.kind === "merge") !== mayMerge(facts) || (decision.kind === "merge") !== (decision.reasons.length === 0);
    if (wrong) throw new Error(`round ${round}: decided ${decision.kind}, but mayMerge is ${mayMerge(facts)} for ${JSON.stringify({ ...facts, entries: [[...facts.entries.head], [...(facts.entries.base ?? [])]] })}`);
  }
  // Each outcome is common enough for the above to mean something.
  for (const kind of ["merge", "blocked", "wait", "handed-over"]) expect(seen.get(kind) ?? 0).toBeGreaterThan(150);
  expect(seen.get("rebuild") ?? 0).toBeGreaterThan(30);
});
