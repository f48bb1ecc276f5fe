import type { PastDeployment, IncidentFacts, LineCommit } from "../../github/port.ts";
import { shortSha, traceIdIn } from "../../kit/ids.ts";
import type { TaskRecord } from "../../ledger/port.ts";
import { type Line, saysItIsARollback, takenBackBy } from "./line.ts";
import { marksOf } from "./text.ts";

/** What is on record about production while a commit was served. */
export interface Evidence {
  readonly verdict: "healthy" | "unhealthy";
  /** Completes "…, says …": `the record of tasks`. */
  readonly source: string;
}

/** What the state before a commit is known to be. */
export type Before =
  | { readonly kind: "good"; readonly commit: LineCommit; readonly source: string }
  | { readonly kind: "bad"; readonly commit: LineCommit; readonly source: string }
  | { readonly kind: "unknown" };

interface Sources {
  readonly incidents: readonly IncidentFacts[];
  readonly deployments: readonly PastDeployment[] | null;
  readonly records: readonly TaskRecord[];
}

/** Records are kept of all environments, each under its name. */
type Where = { readonly environment: string };

/** By commit that was served. What an incident says counts most, then the record of tasks, then deployments. */
export function evidenceIn({ incidents, deployments, records }: Sources, { environment }: Where): ReadonlyMap<string, Evidence> {
  const found = new Map<string, Evidence>();
  // A deployment that succeeded was at least not seen to fail.
  for (const { sha, state } of (deployments ?? []).toReversed()) if (state !== "waiting") found.set(sha, { verdict: state === "deployed" ? "healthy" : "unhealthy", source: "its deployment on GitHub" });
  for (const record of records) for (const [sha, verdict] of verdictsIn(record, environment)) found.set(sha, { verdict, source: "the record of tasks" });
  for (const { body, open, number } of incidents.toReversed()) {
    const { state, served = "" } = marksOf(body);
    // Who closes an incident says that it is over.
    if (served !== "" && (state === "healthy" || (state === "unhealthy" && open))) found.set(served, { verdict: state, source: `incident #${number}` });
  }
  return found;
}

/** The verdicts of a task's story, each about the commit that was served when it was reached. */
function verdictsIn({ events }: TaskRecord, environment: string): ReadonlyMap<string, "healthy" | "unhealthy"> {
  const found = new Map<string, "healthy" | "unhealthy">();
  let deployed = "";
  for (const { kind, data } of events) {
    if (kind !== "deployment" && kind !== "health") continue;
    const { verdict, deployed_sha: sha } = data;
    if (kind === "deployment") deployed = typeof sha === "string" ? sha : "";
    const served = typeof sha === "string" ? sha : deployed;
    const here = (data.environment ?? environment) === environment;
    if (here && served !== "" && (verdict === "healthy" || verdict === "unhealthy")) found.set(served, verdict);
  }
  return found;
}

/** Tasks of the line whose records may tell how production was before a commit: the next few, newest first. */
export function tasksBefore(line: Line, position: number, most: number): readonly string[] {
  const before = position < 0 ? [] : line.slice(position + 1);
  return [...new Set(before.flatMap(({ message }) => traceIdIn(message) ?? []))].slice(0, most);
}

/**
 * What is known of the state that a commit was put on: the nearest evidence decides. A bad state that was mended by taking its commit
 * back is none any more, and behind a rollback of which nothing is known nothing is looked for.
 */
export function before(line: Line, position: number, evidence: ReadonlyMap<string, Evidence>): Before {
  for (const commit of line.slice(position + 1)) {
    const found = evidence.get(commit.sha);
    if (found?.verdict === "healthy") return { kind: "good", commit, source: found.source };
    if (found && takenBackBy(line, commit.sha, null) === null) return { kind: "bad", commit, source: found.source };
    if (saysItIsARollback(commit)) break;
  }
  return { kind: "unknown" };
}

export function knownBefore(state: Before): string {
  if (state.kind === "good") return `${shortSha(state.commit.sha)} was healthy, says ${state.source}`;
  return state.kind === "bad" ? `${shortSha(state.commit.sha)} was unhealthy, says ${state.source}` : "nothing on record tells whether production was healthy before it";
}
