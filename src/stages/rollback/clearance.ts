import type { CheckFacts, PullFacts } from "../../github/port.ts";
import { drive } from "../../kit/drive.ts";
import { type Reason, because } from "./reasons.ts";
import type { Policy } from "./policy.ts";
import type { RunPorts } from "./run-ports.ts";
import { blocked, type Pull, type Step } from "./step.ts";
import type { Story } from "./texts.ts";

type Clearance =
  | { readonly kind: "clear" }
  | { readonly kind: "wait" | "blocked"; readonly reasons: readonly Reason[] }
  /** A person merged it: that is their word. */
  | { readonly kind: "merged"; readonly sha: string }
  | { readonly kind: "again"; readonly why: string };

/** Whether policy waits for more than GitHub does: checks that are never skipped, a person's confirmation. */
export function wantsClearance({ neverSkip, confirmation }: Policy): boolean {
  return neverSkip.length > 0 || confirmation !== "none";
}

/**
 * Waits for what policy asks of the hotfix beside GitHub's own rules, at most `wait-seconds`.
 * @returns what it came to; undefined when it may be merged.
 */
export async function clear(pull: Pull, sha: string, { policy }: Story, { repo, clock, log }: RunPorts): Promise<Step | undefined> {
  const { decision } = await drive({
    gather: () => repo.readPull(pull.number, { faqPath: "README.md" }),
    decide: (facts) => clearanceOf(facts, sha, policy),
    clock,
    limitMs: policy.waitSeconds * 1_000,
    onWait: (waiting) => log.info("waiting before the merge", { operation: "rollback", reason: waiting.kind === "wait" ? waiting.reasons.map(({ message }) => message).join("; ") : "" }),
  });
  switch (decision.kind) {
    case "clear":
      return undefined;
    case "wait":
    case "blocked":
      return blocked(decision.reasons, pull);
    case "merged":
      return { kind: "merged", sha: decision.sha, pull };
    case "again":
      return decision;
  }
}

export function clearanceOf(facts: PullFacts, sha: string, policy: Pick<Policy, "neverSkip" | "confirmation" | "waitSeconds">): Clearance {
  if (facts.merge !== null) return { kind: "merged", sha: facts.merge.sha };
  if (facts.state === "closed") return { kind: "again", why: "somebody closed the hotfix pull request" };
  if (facts.head.sha !== sha) return { kind: "again", why: "somebody pushed to the hotfix branch" };
  const checks = policy.neverSkip.flatMap((name) => lacking(name, facts, policy));
  const word = policy.confirmation === "none" ? [] : unconfirmed(facts);
  const reasons = [...checks, ...word];
  if (reasons.length === 0) return { kind: "clear" };
  return { kind: checks.some(({ code }) => code === "never-skip-failed") ? "blocked" : "wait", reasons };
}

/** The newest run of each app under a name counts; only success is good enough for one that is never skipped. */
function lacking(name: string, { checks, checksComplete }: PullFacts, { waitSeconds }: Pick<Policy, "waitSeconds">): Reason[] {
  const newest = new Map<string, CheckFacts>();
  for (const check of checks) if (check.name === name && (newest.get(`${check.kind} ${check.app}`)?.order ?? -Infinity) <= check.order) newest.set(`${check.kind} ${check.app}`, check);
  const states = [...newest.values()].map(({ state }) => state);
  if (!checksComplete) return [because("never-skip-pending", `\`${name}\` is never skipped, and not all checks of the hotfix could be read`)];
  if (states.length === 0) return [because("never-skip-pending", `\`${name}\` is never skipped, and did not run on the hotfix within ${waitSeconds} s; GitHub starts nothing for a commit of \`GITHUB_TOKEN\`'s, so this needs the token of a GitHub App`)];
  if (states.includes("pending")) return [because("never-skip-pending", `\`${name}\` is never skipped, and has not ended on the hotfix within ${waitSeconds} s`)];
  return states.every((state) => state === "success") ? [] : [because("never-skip-failed", `\`${name}\` is never skipped, and is ${states.filter((state) => state !== "success").join(", ")} on the hotfix`)];
}

function unconfirmed({ approvals, changesRequestedBy, url }: PullFacts): Reason[] {
  if (changesRequestedBy.length > 0) return [because("unconfirmed", `${changesRequestedBy.join(", ")} requested changes on ${url}`)];
  return approvals > 0 ? [] : [because("unconfirmed", `nobody with write permission has approved ${url} yet; approve or merge it, and run the rollback again if it has ended`)];
}
