import type { MergeAnswer } from "../../github/port.ts";
import { drive, type Waitable } from "../../kit/drive.ts";
import { type Reason, because } from "./reasons.ts";
import type { RunPorts } from "./run-ports.ts";
import { rejoin } from "./rejoin.ts";
import type { Pull, Step } from "./step.ts";
import { type Story, commitMessage } from "./texts.ts";

/** One attempt to merge, and why GitHub did not. */
interface Attempt {
  readonly answer: MergeAnswer;
  /** The head of the default branch that it conflicts with; null when it does not, or was not asked because that could not be. */
  readonly conflictsWith: string | null;
}

type Decision = Waitable & ({ readonly kind: "step"; readonly step: Step } | { readonly kind: "conflict"; readonly onto: string } | { readonly kind: "wait" | "blocked"; readonly reason: Reason });

/**
 * Merges exactly `sha`. Only GitHub's own answer counts: rules, required checks and reviews are its to judge, and what may
 * still change is waited for within `wait-seconds`. `rejoined`: it conflicted with what was merged meanwhile, and the hotfix was
 * put on top of that; it has to be checked once more.
 */
export async function mergeHotfix(pull: Pull, sha: string, story: Story, ports: RunPorts): Promise<Step | { readonly kind: "rejoined"; readonly sha: string }> {
  const { policy } = story;
  const { title, body: message } = commitMessage(story, pull.number);
  const gather = async (): Promise<Attempt> => {
    const answer = await ports.repo.mergePull({ number: pull.number, sha, method: policy.mergeMethod === "push" ? "squash" : policy.mergeMethod, title, message });
    if (answer.kind !== "not-mergeable" || forGood(answer.reason)) return { answer, conflictsWith: null };
    const { mergeable, base } = await ports.repo.readPull(pull.number, { faqPath: "README.md" });
    return { answer, conflictsWith: mergeable === "conflicting" ? base.sha : null };
  };
  const { decision } = await drive({
    gather,
    decide: (attempt) => judgeAttempt(attempt, pull),
    clock: ports.clock,
    limitMs: policy.waitSeconds * 1_000,
    onWait: (waiting) => ports.log.info("waiting to merge", { operation: "rollback", reason: waiting.kind === "wait" ? waiting.reason.message : "" }),
  });
  switch (decision.kind) {
    case "step":
      return decision.step;
    case "conflict": {
      const joined = await rejoin(pull, sha, decision.onto, story, ports);
      if (joined === "moved") return { kind: "again", why: "somebody pushed to the hotfix branch" };
      if (joined !== null) return { kind: "rejoined", sha: joined.sha };
      return { kind: "conflict", files: await conflictingFiles(story, decision.onto, ports), pull };
    }
    case "wait":
    case "blocked":
      return { kind: "blocked", reasons: [decision.reason], evidence: "", pull };
  }
}

function judgeAttempt({ answer, conflictsWith }: Attempt, pull: Pull): Decision {
  switch (answer.kind) {
    case "merged":
      return { kind: "step", step: { kind: "merged", sha: answer.sha, pull } };
    case "head-moved":
      return { kind: "step", step: { kind: "again", why: "somebody pushed to the hotfix branch" } };
    case "base-moved":
      return { kind: "wait", reason: because("base-moved", "the default branch was moved in the same moment") };
    case "not-mergeable": {
      if (conflictsWith !== null) return { kind: "conflict", onto: conflictsWith };
      const reason = because("not-mergeable", `GitHub does not merge it: ${answer.reason}`);
      return { kind: forGood(answer.reason) ? "blocked" : "wait", reason };
    }
  }
}

/** Waiting does not change a setting of the repository. */
function forGood(reason: string): boolean {
  return /merges? (commits )?(is|are) not allowed|not allowed (on|in) this repository/i.test(reason);
}

/** By lines, as a person will meet them. */
async function conflictingFiles({ span, facts }: Story, onto: string, { checkouts }: RunPorts): Promise<readonly string[]> {
  if (span === null) return [];
  const answer = await checkouts.revert({ sha: span.sha, base: span.base, onto, branch: facts.branch, message: "what is in conflict", push: false });
  return answer.kind === "conflict" ? answer.files : [];
}
