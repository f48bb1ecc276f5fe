import type { Check, Results, Subject } from "../../checks/port.ts";
import type { Repository } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import { failure } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Change, Checkouts, Comparisons, LineRange, Workspace } from "../../workspace/port.ts";
import type { CheckPolicy } from "./policy.ts";
import { readingOnce } from "./reading.ts";
import { type Outcome, runChecks } from "./run-checks.ts";
import type { Target } from "./target.ts";

export interface CiPorts {
  readonly repo: Pick<Repository, "owner" | "name" | "readPullRange" | "publishCheck" | "requestCount">;
  readonly checkouts: Pick<Checkouts, "headOfWorkspace" | "workspace" | "checkout"> & Comparisons;
  readonly checks: readonly Check[];
  /** Writes a file into the job's workspace. */
  readonly write?: (path: string, text: string) => Promise<void>;
  /** What was found out earlier, where it is kept. */
  readonly results?: Results;
  readonly clock: Clock;
  readonly log: Log;
}

export interface CiFacts {
  readonly prNumber: number | null;
  readonly prUrl: string;
  readonly body: string;
  readonly sha: string;
  /** True when the head is in another repository, whose runs have a read-only token. */
  readonly fork: boolean;
  readonly changes: readonly Change[];
  readonly outcomes: readonly Outcome[];
  /** What a person should know about how it was checked. */
  readonly notes: readonly string[];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly completedAt: number;
}

/** Finds the commit and what changed in it, and runs every check on its tree. */
export async function gather(policy: CheckPolicy, ports: CiPorts, target: Target): Promise<CiFacts> {
  const startedAt = ports.clock.now();
  const range = (await localRange(ports, target)) ?? (await remoteRange(ports, target));
  const { tree, dispose, notes } = await openTree(ports, range);
  try {
    const changes = await ports.checkouts.changes({ base: range.base, head: range.sha, lines: ["."], without: policy.ignorePaths });
    ports.log.info(`Checking ${shortSha(range.sha)}`, { files: changes.length, base: shortSha(range.base) });
    const subject = subjectOf(policy, ports, readingOnce(tree), range, changes);
    const outcomes = await runChecks(range.fork && !target.powerless ? ports.checks.map(withoutForeignCode) : ports.checks, subject, ports.clock);
    const { prNumber, prUrl, body, sha, fork } = range;
    const found = ports.results?.counts.found ?? 0;
    if (found > 0) notes.push(`${found} ${found === 1 ? "result was" : "results were"} known from an earlier run.`);
    return Object.freeze({ prNumber, prUrl, body, sha, fork, changes, outcomes, notes: [...range.notes, ...notes], startedAt, completedAt: ports.clock.now() });
  } finally {
    await dispose();
  }
}

/**
 * The smoke command runs what the pull request brings. For somebody else's that is code of a stranger, which may not run where the
 * job's token and secrets are worth taking (`pull_request_target`, `workflow_run`, a dispatch: "pwn requests",
 * https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/). It has not been checked then, which is no pass.
 */
function withoutForeignCode(check: Check): Check {
  if (check.name !== "smoke") return check;
  const refused = failure("configuration", {
    what: "the code of a fork is not run in a job that GitHub gives secrets or a token that may write",
    fix: "Start fast-ci on `pull_request` for pull requests from forks, or leave `smoke-command` empty in this job.",
  });
  return { name: check.name, run: () => Promise.reject(refused) };
}

interface Range {
  readonly prNumber: number | null;
  readonly prUrl: string;
  readonly body: string;
  readonly sha: string;
  /** The commit that the change starts from. */
  readonly base: string;
  readonly fork: boolean;
  /** True when the job's own workspace stands at `sha`, unchanged. */
  readonly local: boolean;
  readonly notes: readonly string[];
}

/** What a workspace with its history can tell alone costs no request. */
async function localRange({ checkouts }: CiPorts, target: Target): Promise<Range | null> {
  if (target.sha === "" || target.baseSha === null) return null;
  const [local, base] = await Promise.all([standsAt(checkouts, target.sha), checkouts.mergeBase(target.baseSha, target.sha)]);
  return !local || base === null ? null : { prNumber: target.prNumber, prUrl: "", body: target.body, sha: target.sha, base, fork: target.fork, local: true, notes: [] };
}

async function remoteRange({ repo, checkouts }: CiPorts, target: Target): Promise<Range> {
  if (target.prNumber === null) return groupRange(checkouts, target);
  const [pull, head] = await Promise.all([repo.readPullRange(target.prNumber, target.sha), checkouts.headOfWorkspace()]);
  const sha = target.sha || pull.headSha;
  if (pull.mergeBase === null) {
    throw failure("service", {
      what: `GitHub does not tell which commit ${shortSha(sha)} and \`${pull.base.branch}\` grew from, so that nobody knows what the change is`,
      cause: "the commit is gone, or the two have no common history",
      fix: `Merge \`${pull.base.branch}\` into the branch of #${pull.number}, or run the job again with its newest commit.`,
    });
  }
  const fork = pull.headRepository?.toLowerCase() !== `${repo.owner}/${repo.name}`.toLowerCase();
  const notes = sha === pull.headSha ? [] : [`#${pull.number} has moved on to ${shortSha(pull.headSha)} in the meantime.`];
  const local = head === sha && (await checkouts.workspaceIsClean());
  return { prNumber: pull.number, prUrl: pull.url, body: pull.body, sha, base: pull.mergeBase, fork, local, notes };
}

/** The commit of a merge queue is built on its base: the two differ by nothing but the group's changes. */
async function groupRange(checkouts: CiPorts["checkouts"], { sha, baseSha }: Target): Promise<Range> {
  const local = await standsAt(checkouts, sha);
  return { prNumber: null, prUrl: "", body: "", sha, base: baseSha ?? "", fork: false, local, notes: [] };
}

/** A workspace that an earlier step changed is not the commit that is judged. */
async function standsAt(checkouts: CiPorts["checkouts"], sha: string): Promise<boolean> {
  const [head, clean] = await Promise.all([checkouts.headOfWorkspace(), checkouts.workspaceIsClean()]);
  return head === sha && clean;
}

async function openTree({ checkouts, checks }: CiPorts, { local, sha, base }: Range): Promise<{ tree: Workspace; dispose: () => Promise<void>; notes: string[] }> {
  if (!local) {
    const tree = await checkouts.checkout(sha, { also: [base] });
    return { tree, dispose: () => tree.dispose(), notes: [] };
  }
  const exposed = checks.some(({ name }) => name === "smoke") && (await checkouts.workspaceHoldsCredentials());
  const notes = exposed ? ["The smoke command can read the token that the checkout step left in `.git/config`: set `persist-credentials: false` there."] : [];
  // A checkout without its history lacks the commit that the change starts from.
  return { tree: checkouts.workspace(), dispose: await checkouts.bring([base, sha]), notes };
}

const nothingKept: Results = { counts: { found: 0, kept: 0 }, find: () => undefined, keep: () => {} };

type RunSubject = Omit<Subject, "signal">;

function subjectOf(policy: CheckPolicy, { checkouts, results = nothingKept }: CiPorts, workspace: Workspace, range: Range, changes: readonly Change[]): RunSubject {
  const here = changes.filter(({ status, kind }) => status !== "removed" && kind !== "submodule");
  const touched = new Map<string, readonly LineRange[]>();
  // A new file, or one that was a link before, is touched as a whole.
  for (const change of here) if (change.touched !== null && (change.status === "modified" || change.status === "renamed")) touched.set(change.path, change.touched);
  const removed = changes.flatMap(({ path, previousPath, status }) => (status === "removed" ? [path] : previousPath === null ? [] : [previousPath]));
  const before = async (path: string) => {
    const change = changes.find((one) => one.path === path);
    return change?.status === "added" ? null : checkouts.textAt(range.base, change?.previousPath ?? path);
  };
  const renamed = new Map(changes.flatMap(({ path, previousPath }) => (previousPath === null ? [] : [[path, previousPath] as const])));
  return {
    workspace, changed: here.map(({ path }) => path), removed: removed.toSorted(), renamed, touched, before,
    baseText: (path) => checkouts.textAt(range.base, path),
    search: (pattern, paths) => checkouts.filesMatching({ sha: range.sha, pattern, paths }),
    results, faqPath: policy.faqPath, timeoutMs: policy.checkTimeoutSeconds * 1000,
  };
}
