import { expect, test } from "@jest/globals";
import type { CheckFacts, CommitFacts, PullFacts, PullFile } from "../../../src/github/port.ts";
import { decide } from "../../../src/stages/auto-merge-gate/decide.ts";
import { aCheck, aCommit, aFile, aPull, BASE, factsOf, HEAD, NOW, policyOf } from "./a-pull.ts";

const STATES = 40_000;

/** mulberry32: small, seeded, good enough to mix states. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mostly the harmless value, so that merges stay frequent although every field may go wrong. */
function stateOf(random: () => number): PullFacts {
  const mostly = <T>(usual: T, ...rare: readonly T[]): T => (random() < 0.93 ? usual : (rare[Math.floor(random() * rare.length)] ?? usual));
  const several = <T>(make: () => T, most: number): T[] => Array.from({ length: Math.floor(random() * (most + 1)) }, make);
  const commit = (sha: string): CommitFacts =>
    aCommit({ sha, author: mostly<string | null>("github-actions[bot]", "ada", null), signature: mostly<CommitFacts["signature"]>("valid", "none", "invalid"), signedByGitHub: mostly(true, false) });
  const check = (): CheckFacts =>
    aCheck({
      name: mostly("instant/fast-ci", "build", "lint"),
      app: mostly<string | null>("github-actions", "other", null),
      state: mostly<CheckFacts["state"]>("success", "failure", "pending", "skipped", "neutral", "action_required"),
      at: NOW - Math.floor(random() * 1e9),
    });
  const file = (): PullFile => aFile({ path: mostly("docs/FAQ.md", "src/a.ts", "docs/FAQ.md/x"), ...(random() < 0.05 ? { status: "renamed", previousPath: mostly<string | null>("docs/FAQ.md", "a", null) } : {}) });
  const commits = [...several(() => commit(BASE), 2), commit(HEAD)];
  const files = [file(), ...several(file, 1)];
  return aPull({
    state: mostly<PullFacts["state"]>("open", "closed"),
    draft: mostly(false, true),
    author: mostly("github-actions[bot]", "ada"),
    mergeable: mostly<PullFacts["mergeable"]>("mergeable", "conflicting", "unknown"),
    base: { branch: mostly("main", "release"), sha: BASE },
    head: { branch: "b", sha: HEAD, repository: mostly<string | null>("o/r", "x/r", null), exists: true },
    commits,
    commitCount: commits.length + mostly(0, 1),
    files,
    fileCount: files.length + mostly(0, 7),
    checks: [check(), ...several(check, 3)],
    checksComplete: mostly(true, false),
    requiredChecks: mostly<readonly string[] | null>([], ["build"], null),
    requiredApprovals: mostly<number | null>(0, 1, null),
    approvals: mostly(0, 1),
    changesRequestedBy: mostly<readonly string[]>([], ["ada"]),
    pause: mostly<PullFacts["pause"]>(null, { number: 1, url: "u", title: "t" }),
  });
}

/** The same conditions, said a second time and another way: what has to hold for a merge. */
function mayMerge(pull: PullFacts): boolean {
  const required = ["instant/fast-ci", ...(pull.requiredChecks ?? [])];
  const latest = (check: CheckFacts) => pull.checks.every((other) => other.name !== check.name || other.app !== check.app || other.at <= check.at);
  const counted = pull.checks.filter(latest);
  const green = (name: string) => {
    const own = counted.filter((check) => check.name === name);
    const isTrusted = name !== "instant/fast-ci" || own.some(({ app }) => app === "github-actions");
    return isTrusted && own.length > 0 && own.every(({ state }) => state === "success" || state === "neutral" || state === "skipped");
  };
  return [
    pull.state === "open" && !pull.draft && pull.pause === null && pull.mergeable === "mergeable",
    pull.base.branch === "main" && pull.head.repository === "o/r",
    pull.commitCount === pull.commits.length && pull.commits.every((one) => one.signature === "valid" && one.signedByGitHub && one.author === "github-actions[bot]"),
    pull.fileCount === pull.files.length && pull.files.every((one) => one.path === "docs/FAQ.md" && (one.status !== "renamed" || one.previousPath === "docs/FAQ.md")),
    pull.checksComplete && pull.requiredChecks !== null && required.every(green),
    counted.some((check) => required.includes(check.name) && check.state === "success"),
    !counted.some(({ state, name }) => state === "failure" && !required.includes(name)),
    pull.requiredApprovals !== null && pull.approvals >= pull.requiredApprovals && pull.changesRequestedBy.length === 0,
  ].every(Boolean);
}

test("over random states it merges when, and only when, every condition holds", () => {
  const random = randomOf(20_260_901);
  const policy = policyOf();
  const seen = new Map<string, number>();
  for (let round = 0; round < STATES; round += 1) {
    const pull = stateOf(random);
    const decision = decide(factsOf(pull), policy, NOW);
    seen.set(decision.kind, (seen.get(decision.kind) ?? 0) + 1);
    const wrong = (decision.kind === "merge") !== mayMerge(pull) || (decision.kind === "merge") !== (decision.reasons.length === 0);
    if (wrong) throw new Error(`round ${round}: decided ${decision.kind}, but mayMerge is ${mayMerge(pull)} for ${JSON.stringify(pull)}`);
  }
  // Each outcome is common enough for the above to mean something.
  for (const kind of ["merge", "blocked", "wait", "rebuild", "handed-over"]) expect(seen.get(kind) ?? 0).toBeGreaterThan(150);
});
