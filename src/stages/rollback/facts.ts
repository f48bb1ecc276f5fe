import type { IncidentFacts, Repository, RollbackFacts } from "../../github/port.ts";
import { InstantError } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import type { TaskRecord } from "../../ledger/port.ts";
import { tasksBefore } from "./evidence.ts";
import { commitsOf, positionOf } from "./line.ts";
import { ISSUE_LABELS, MOST_RECORDS, PULL_LABELS, type Policy, isAutomatic } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import type { NamedPull } from "./target.ts";
import { rollsBackIn } from "./text.ts";

/** All that a rollback is decided on. */
export interface Facts extends RollbackFacts {
  readonly branch: string;
  /** The default branch contains the commit. */
  readonly onDefault: boolean;
  /** The incident of this commit, the first if there are several. */
  readonly incident: IncidentFacts | null;
  readonly served: Served;
  /** Address of a run of the deploy workflow for this commit; looked for only where another commit is served. */
  readonly deployRun: string | null;
  /** Records of the tasks before this commit. */
  readonly records: readonly TaskRecord[];
  /** How many commits of the line make up what is to be taken back, this one and those before it. */
  readonly count: number;
  /** When this was read, epoch milliseconds. */
  readonly now: number;
}

/** What production shows. `contains`: the commit in question; null when that could not be asked. */
export type Served =
  | { readonly kind: "none" }
  | { readonly kind: "unread"; readonly reason: string }
  | { readonly kind: "read"; readonly sha: string; readonly contains: boolean | null };

export type Commit = NonNullable<RollbackFacts["commit"]>;

type Sources = Pick<RollbackPorts, "version" | "clock"> & { readonly repo: Pick<Repository, "readRollback" | "contains" | "listDispatchedRuns"> };

interface More {
  readonly records: (line: RollbackFacts["line"]) => Promise<readonly TaskRecord[]>;
  readonly pull: NamedPull | null;
}

/** One query, and one of the version beside it; further requests only for a commit that is not among the newest, or not served. */
export async function gather(policy: Policy, ports: Sources, more: More): Promise<Facts> {
  const { repo, version, clock } = ports;
  const sha = policy.commitSha;
  const branch = `${policy.branchPrefix}${shortSha(sha)}`;
  const labels = [...new Set([...PULL_LABELS, ...ISSUE_LABELS])];
  const [read, seen] = await Promise.all([
    repo.readRollback({ sha, branch, branches: policy.branchPrefix, labels, environment: policy.deployEnvironment }),
    version === null ? null : version.read(policy.probeTimeoutSeconds * 1_000),
  ]);
  const onLine = read.head.sha === sha || positionOf(read.history, sha) >= 0;
  const [onDefault, served, records] = await Promise.all([read.commit !== null && (onLine || repo.contains(read.head.sha, sha)), servedAs(seen, sha, read.line, repo), more.records(read.line)]);
  const elsewhere = served.kind === "read" && served.contains === false && policy.deployWorkflow !== "" && !isAutomatic(policy);
  const deployRun = elsewhere ? await runFor(sha, policy, ports) : null;
  return { ...read, branch, onDefault, incident: incidentOf(read.incidents, sha), served, deployRun, records, count: commitsIn(read, sha, more.pull), now: clock.now() };
}

/** A rebase put the commits of a pull request onto the branch one by one, and left its last one as that of the merge. */
function commitsIn({ line, pull }: RollbackFacts, sha: string, named: NamedPull | null): number {
  const merged = named ?? (pull?.mergeSha === sha ? { messages: pull.commits.map(({ message }) => message), count: pull.commitCount } : null);
  return merged === null ? 1 : commitsOf(line, { sha, ...merged });
}

/** Of several that were opened in the same moment the first counts; the others were folded into it. */
export function incidentOf(incidents: readonly IncidentFacts[], sha: string): IncidentFacts | null {
  const own = incidents.filter(({ body }) => rollsBackIn(body) === sha);
  return own.toSorted((one, other) => one.number - other.number)[0] ?? null;
}

async function servedAs(seen: Awaited<ReturnType<NonNullable<RollbackPorts["version"]>["read"]>> | null, wanted: string, line: RollbackFacts["line"], repo: Pick<Repository, "contains">): Promise<Served> {
  if (seen === null) return { kind: "none" };
  if (seen.sha === null) return { kind: "unread", reason: seen.reason };
  const [at, from] = [positionOf(line, seen.sha), positionOf(line, wanted)];
  if (at >= 0 && from >= 0) return { kind: "read", sha: line[at]?.sha ?? seen.sha, contains: at <= from };
  if (wanted.startsWith(seen.sha)) return { kind: "read", sha: wanted, contains: true };
  return { kind: "read", sha: seen.sha, contains: await orUnknown(repo.contains(seen.sha, wanted)) };
}

/** What could not be asked because GitHub is disturbed is not known. */
async function orUnknown<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof InstantError && error.blame === "service") return null;
    throw error;
  });
}

/** Runs of the last three days are looked through: as long as a change is taken back without being asked twice (`window-hours`). */
const RUNS_SINCE_MS = 72 * 3_600_000;

/** A run of the deploy workflow that names the commit, whatever became of it. */
async function runFor(sha: string, policy: Policy, { repo, clock }: Sources): Promise<string | null> {
  const runs = (await orUnknown(repo.listDispatchedRuns(policy.deployWorkflow, clock.now() - RUNS_SINCE_MS))) ?? [];
  return runs.find(({ title, headSha }) => headSha === sha || title.includes(shortSha(sha)))?.url ?? null;
}

/** Reads the records once, however often the world is looked at. */
export function recordsOnce(ledger: RollbackPorts["ledger"], sha: string): (line: RollbackFacts["line"]) => Promise<readonly TaskRecord[]> {
  let read: Promise<readonly TaskRecord[]> | undefined;
  return (line) => {
    if (ledger === null) return Promise.resolve([]);
    read ??= Promise.all(tasksBefore(line, positionOf(line, sha), MOST_RECORDS).map((id) => ledger.read(id))).then((found) => found.filter((record) => record !== null));
    return read;
  };
}
