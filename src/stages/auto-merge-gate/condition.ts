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
}

export function met(title: string, evidence: string): Condition {
  return { title, standing: "met", evidence, reason: null };
}

export function open(title: string, standing: Exclude<Standing, "met">, evidence: string, reason: Reason): Condition {
  return { title, standing, evidence, reason };
}

/** At most ten, and how many more there are. */
export function listed(items: readonly string[]): string {
  const more = items.length > 10 ? ` and ${items.length - 10} more` : "";
  return items.slice(0, 10).join(", ") + more;
}
