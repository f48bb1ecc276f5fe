import type { Repository } from "../../github/port.ts";
import { type Reason, because } from "./reasons.ts";
import type { Policy } from "./policy.ts";

/** The commits of a pull request that was named, newest last, as far as they were read. */
export interface NamedPull {
  readonly messages: readonly string[];
  readonly count: number;
}

/** The change that is meant: its newest commit on the default branch; `pull` is null where a commit was named. */
export type Target = { readonly kind: "found"; readonly sha: string; readonly pull: NamedPull | null } | { readonly kind: "refuse"; readonly reasons: readonly Reason[] };

/** A pull request is looked up first, which is one request more. */
export async function targetOf(policy: Pick<Policy, "commitSha" | "prNumber">, repo: Pick<Repository, "readPull">): Promise<Target> {
  if (policy.commitSha !== "") return { kind: "found", sha: policy.commitSha, pull: null };
  const pull = await repo.readPull(policy.prNumber, { faqPath: "README.md" });
  if (pull.merge === null) return { kind: "refuse", reasons: [because("not-merged", `#${pull.number} is ${pull.state}, not merged, so nothing of it is on ${pull.defaultBranch}`)] };
  return { kind: "found", sha: pull.merge.sha, pull: { messages: pull.commits.map(({ message }) => message), count: pull.commitCount } };
}
