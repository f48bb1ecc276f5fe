import type { Entry, PermissionLevel, PullFacts, PullFile, Repository } from "../../github/port.ts";
import type { Reason } from "./condition.ts";
import { matchesAny } from "./globs.ts";
import type { Policy } from "./policy.ts";
import type { Line } from "./turn.ts";

/** Everything the decision rests on, as it was at one moment. */
export interface GateFacts {
  /** `owner/name` of the repository the gate guards. */
  readonly repository: string;
  /** This run, so that it does not judge its own job. */
  readonly runId: string;
  /** The id of its job in the workflow's file. */
  readonly job: string;
  readonly pull: PullFacts;
  /** Changed files; from the REST API where GraphQL leaves out the old name of a rename. */
  readonly files: readonly PullFile[];
  /** False when they may be those of another head: somebody pushed while they were read. */
  readonly filesComplete: boolean;
  /** What the files that could be merged are at the head, and were at the merge base; null where that commit is not known. */
  readonly entries: { readonly head: ReadonlyMap<string, Entry>; readonly base: ReadonlyMap<string, Entry> | null };
  /** What people in `trusted-people` may do here, by login in lower case; asked of the API, and only where it could prove an origin. */
  readonly permissions: ReadonlyMap<string, PermissionLevel>;
  readonly memory: Memory;
}

/** What this run did and was told before; it holds only for the commits it names. */
export interface Memory {
  /** Commits this run put on the branch itself. */
  readonly rebuilt: readonly string[];
  /** Commits this run checked itself. */
  readonly rechecked: readonly string[];
  /** Heads that GitHub would not merge because it knew of another one (409): none of them is sent again. */
  readonly stale: readonly string[];
  /** GitHub's last answer when this run asked it to merge, and how often it gave one for these two commits. */
  readonly refusal: Refusal | null;
  /** The head at which this run armed GitHub's auto-merge; null: it has not, or has taken it back. */
  readonly armed: string | null;
  /** Heads at which GitHub did not let itself be armed, or is not to be again. */
  readonly unarmable: readonly string[];
  /** Heads that this run left to GitHub, by auto-merge or its queue; one of them is what it may merge. */
  readonly left: readonly string[];
  /** The head that this run put into the merge queue, and whether it was seen there. */
  readonly queued: { readonly head: string; readonly seen: boolean; readonly at: number } | null;
  /** How it stood in line when it last let others go first; null: it has not yet. */
  readonly line: Line | null;
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
  /** When it was given last, in epoch milliseconds. */
  readonly at: number;
}

export const nothingYet: Memory = { rebuilt: [], rechecked: [], stale: [], refusal: null, armed: null, unarmable: [], left: [], queued: null, line: null, roundMs: 0, obstacles: [] };

type Reads = Pick<Repository, "owner" | "name" | "readPull" | "listPullFiles" | "readEntries" | "permissionOf">;
type Wanted = Pick<Policy, "prNumber" | "faqPath" | "allowedPaths" | "trustedPeople" | "explain">;

/** The run and the job that the gate works in. */
export type Run = Pick<GateFacts, "runId" | "job">;

/** Reads a pull request: one request, and others only for what it leaves out. */
export async function gather(repo: Reads, policy: Wanted, run: Run & { readonly memory: Memory }): Promise<GateFacts> {
  const pull = await repo.readPull(policy.prNumber, { faqPath: policy.faqPath });
  const judged = pull.state === "open" || policy.explain;
  const [listed, permissions] = await Promise.all([judged && needsListing(pull) ? repo.listPullFiles(policy.prNumber, pull.head.sha) : pull.files, judged ? permissionsOf(repo, pull, policy) : new Map()]);
  const isOfHead = listed !== "moved" && (listed === pull.files || isSameDiff(listed, pull));
  const files = isOfHead ? listed : pull.files;
  const entries = await entriesOf(repo, pull, judged ? files : [], policy);
  return Object.freeze({ repository: `${repo.owner}/${repo.name}`, runId: run.runId, job: run.job, pull, files, filesComplete: pull.filesComplete && isOfHead, entries, permissions, memory: run.memory });
}

/** The FAQ's came with the pull request; other files cost a request, and those that are not allowed are not asked for. */
async function entriesOf(repo: Pick<Repository, "readEntries">, pull: PullFacts, files: readonly PullFile[], { faqPath, allowedPaths }: Wanted): Promise<GateFacts["entries"]> {
  const asked = (paths: readonly string[]) => [...new Set(paths)].filter((path) => path !== faqPath && matchesAny(path, allowedPaths));
  const atHead = asked(files.flatMap(({ path, status }) => (status === "removed" ? [] : [path])));
  const atBase = asked(files.flatMap(({ path, previousPath, status }) => (status === "added" ? [] : [previousPath ?? path])));
  const wanted = [{ sha: pull.head.sha, paths: atHead }, ...(pull.mergeBase === null ? [] : [{ sha: pull.mergeBase, paths: atBase }])];
  const [head = [], base = []] = atHead.length + atBase.length > 0 ? await repo.readEntries(wanted) : [];
  const { faqEntry } = pull;
  return {
    head: new Map([...head, ...(faqEntry.head === null ? [] : [[faqPath, faqEntry.head] as const])]),
    base: pull.mergeBase === null || faqEntry.mergeBase === undefined ? null : new Map([...base, ...(faqEntry.mergeBase === null ? [] : [[faqPath, faqEntry.mergeBase] as const])]),
  };
}

/** GraphQL tells of a rename only its new name, and may leave out a page (PLATFORM, Merging); REST ends at 3,000 files as well. */
function needsListing(pull: PullFacts): boolean {
  const renamed = pull.files.some((file) => (file.status === "renamed" || file.status === "copied") && file.previousPath === null);
  return renamed || (pull.files.length < pull.fileCount && pull.fileCount <= 3_000);
}

/** Removed files do not tell which head they are of; as many files in all, and these among those removed at the head that is judged, do. */
function isSameDiff(listed: readonly PullFile[], { files, fileCount }: PullFacts): boolean {
  const known = files.length < fileCount ? null : new Set(files.flatMap(({ path, status }) => (status === "removed" ? [path] : [])));
  return listed.length === Math.min(fileCount, 3_000) && listed.every(({ path, status }) => status !== "removed" || known === null || known.has(path));
}

/** More people than these on one pull request are not asked for, and so prove nothing. */
const MAX_PEOPLE = 5;

async function permissionsOf(repo: Pick<Repository, "permissionOf">, pull: PullFacts, { trustedPeople }: Wanted): Promise<GateFacts["permissions"]> {
  const trusted = new Set(trustedPeople.map((login) => login.toLowerCase()));
  if (!trusted.has(pull.author.toLowerCase())) return new Map();
  const people = new Set([pull.author, ...pull.commits.flatMap(({ author }) => author ?? [])].map((login) => login.toLowerCase()).filter((login) => trusted.has(login)));
  return new Map(await Promise.all([...people].slice(0, MAX_PEOPLE).map(async (login) => [login, await repo.permissionOf(login)] as const)));
}
