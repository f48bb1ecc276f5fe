import type { PullFacts, PullFile, Repository } from "../../github/port.ts";
import type { Reason } from "./condition.ts";
import { matchesAny } from "./globs.ts";
import type { Policy } from "./policy.ts";

/** Everything the decision rests on, as it was at one moment. */
export interface GateFacts {
  /** `owner/name` of the repository the gate guards. */
  readonly repository: string;
  /** This run, so that it does not judge its own job. */
  readonly runId: string;
  readonly pull: PullFacts;
  /** Changed files; from the REST API where GraphQL leaves out a page or the old name of a rename. */
  readonly files: readonly PullFile[];
  /** Modes at the head of the files that could be merged, as git writes them. */
  readonly modes: ReadonlyMap<string, string>;
  readonly memory: Memory;
}

/** What this run did and was told before; it holds only for the commits it names. */
export interface Memory {
  /** Commits this run put on the branch itself. */
  readonly rebuilt: readonly string[];
  /** Commits this run checked itself. */
  readonly rechecked: readonly string[];
  /** GitHub's last answer when this run asked it to merge, and how often it gave one for these two commits. */
  readonly refusal: Refusal | null;
  /** How many stood before this one when it last let others go first; null: it has not yet. */
  readonly ahead: number | null;
  /** How long a rebuild takes here, in milliseconds: an estimate until there was one. */
  readonly roundMs: number;
  /** Why a rebuild or its check did not come about. */
  readonly obstacles: readonly { readonly head: string; readonly base: string | null; readonly reason: Reason }[];
}

export interface Refusal {
  readonly head: string;
  readonly base: string;
  readonly reason: string;
  readonly times: number;
}

export const nothingYet: Memory = { rebuilt: [], rechecked: [], refusal: null, ahead: null, roundMs: 0, obstacles: [] };

/** Reads a pull request: one request, and the pages of its files only when names could not be trusted otherwise. */
export async function gather(
  repo: Pick<Repository, "owner" | "name" | "readPull" | "listPullFiles" | "readModes">,
  policy: Pick<Policy, "prNumber" | "faqPath" | "allowedPaths">,
  run: { readonly runId: string; readonly memory: Memory },
): Promise<GateFacts> {
  const pull = await repo.readPull(policy.prNumber, { faqPath: policy.faqPath });
  const files = pull.state === "open" && needsListing(pull) ? await repo.listPullFiles(policy.prNumber) : pull.files;
  return Object.freeze({ repository: `${repo.owner}/${repo.name}`, runId: run.runId, pull, files, modes: await modesOf(repo, pull, files, policy), memory: run.memory });
}

/** The FAQ's came with the pull request; other files cost a request, and those that are not allowed are not asked for. */
async function modesOf(repo: Pick<Repository, "readModes">, pull: PullFacts, files: readonly PullFile[], policy: Pick<Policy, "faqPath" | "allowedPaths">): Promise<ReadonlyMap<string, string>> {
  const others = files.filter(({ path, status }) => status !== "removed" && path !== policy.faqPath && matchesAny(path, policy.allowedPaths)).map(({ path }) => path);
  const read = pull.state === "open" && others.length > 0 ? await repo.readModes(pull.head.sha, others) : [];
  return new Map([...read, ...(pull.faqMode === null ? [] : [[policy.faqPath, pull.faqMode] as const])]);
}

/** GraphQL tells of a rename only its new name, and a long list in part (PLATFORM, Merging). */
function needsListing(pull: PullFacts): boolean {
  const renamed = pull.files.some((file) => (file.status === "renamed" || file.status === "copied") && file.previousPath === null);
  return renamed || pull.files.length < pull.fileCount;
}
