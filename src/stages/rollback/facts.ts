import type { Repository, RollbackFacts } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import { ISSUE_LABELS, PULL_LABELS, type Policy } from "./policy.ts";
import { rollsBackIn } from "./text.ts";

/** All that a rollback is decided on. */
export interface Facts extends RollbackFacts {
  readonly branch: string;
  /** The default branch contains the commit. */
  readonly onDefault: boolean;
  /** The open incident of this commit. */
  readonly incident: RollbackFacts["incidents"][number] | null;
}

export type Commit = NonNullable<RollbackFacts["commit"]>;

/** One query; a second request only for a commit that is not the newest. */
export async function gather(policy: Policy, repo: Pick<Repository, "readRollback" | "contains">): Promise<Facts> {
  const sha = policy.commitSha;
  const branch = `${policy.branchPrefix}${shortSha(sha)}`;
  const labels = [...new Set([...PULL_LABELS, ...ISSUE_LABELS])];
  const read = await repo.readRollback({ sha, branch, labels, traceHint: policy.traceId });
  const onDefault = read.commit !== null && (read.head.sha === sha || (await repo.contains(read.head.sha, sha)));
  return { ...read, branch, onDefault, incident: read.incidents.find(({ body }) => rollsBackIn(body) === sha) ?? null };
}
