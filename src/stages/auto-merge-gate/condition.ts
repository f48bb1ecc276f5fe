import type { PullFacts } from "../../github/port.ts";

/** Why a pull request is not merged now: what is the case, and what a person can do about it. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** How one condition stands: everything but `met` keeps the pull request from being merged. */
export type Standing = "met" | "waiting" | "rebuild" | "recheck" | "unmet" | "person";

/** One thing that has to hold before a merge, with what was seen. */
export interface Condition {
  readonly title: string;
  readonly standing: Standing;
  readonly evidence: string;
  /** Set unless it is met. */
  readonly reason: Reason | null;
  /** GitHub's own rules wait for it too, so that its auto-merge would not go past it. */
  readonly byGitHub?: boolean;
}

export function met(title: string, evidence: string): Condition {
  return { title, standing: "met", evidence, reason: null };
}

export function open(title: string, standing: Exclude<Standing, "met">, evidence: string, reason: Reason): Condition {
  return { title, standing, evidence, reason };
}

/** What a branch's rules ask is not known; a permission is named only where one may be missing. @param what it is that they would have told. */
export function rulesUnread(what: string, { rulesUnread: why, base }: Pick<PullFacts, "rulesUnread" | "base">): Reason {
  if (why === "base-gone") return { code: "rules-unknown", message: `${what} could not be read: \`${base.branch}\` is gone`, fix: "Give the pull request a base that exists, then run the gate again." };
  if (why === "too-many") {
    return { code: "rules-unknown", message: `${what} could not be read: more than a hundred rules apply to \`${base.branch}\``, fix: "Join rulesets (Settings, Rules) until a hundred rules are left, or merge by hand." };
  }
  return { code: "rules-unread", message: `${what} could not be read`, fix: "Give the job `contents: write` and `pull-requests: write`, then run the gate again." };
}

/** A name from outside, in code; a path may be thousands of characters long. */
export function named(name: string): string {
  return `\`${name.length <= 200 ? name : `${name.slice(0, 199).toWellFormed()}…`}\``;
}

/** At most ten, and how many more there are. */
export function listed(items: readonly string[]): string {
  const more = items.length > 10 ? ` and ${items.length - 10} more` : "";
  return items.slice(0, 10).join(", ") + more;
}
