import type { Ledger, TaskEvent } from "../../ledger/port.ts";
import type { Errors } from "../../stats/fisher.ts";

/** What was seen of the last deployment that was found healthy. */
export interface LastGood {
  readonly sha: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Latencies of the successes of each probe, in milliseconds, by its name. */
  readonly latencies: ReadonlyMap<string, readonly number[]>;
  /** Error counts of each comparison, by its name. */
  readonly traffic: ReadonlyMap<string, Errors>;
}

/** What is older says little of today. */
const SINCE_MS = 30 * 24 * 3_600_000;
/** As many records are read. */
const RECORDS = 3;

/**
 * The last good deployment on record, of this repository to this environment, other than that of the commit itself; null when there is
 * none. What `observationsOf` wrote is what it reads.
 */
export async function readLastGood(ledger: Pick<Ledger, "list" | "read">, wanted: { readonly repository: string; readonly environment: string; readonly commit: string; readonly now: number }): Promise<LastGood | null> {
  const verified = await ledger.list(wanted.now - SINCE_MS, RECORDS, { repository: wanted.repository, phase: "verified" });
  for (const { taskId, status } of verified) {
    if (status !== "done") continue;
    const record = await ledger.read(taskId);
    const found = record === null ? null : lastGoodIn(record.events, wanted);
    if (found !== null) return found;
  }
  return null;
}

function lastGoodIn(events: readonly TaskEvent[], { environment, commit }: { readonly environment: string; readonly commit: string }): LastGood | null {
  const verdict = events.findLast(({ kind, data }) => kind === "health" && data.verdict === "healthy" && data.environment === environment && data.deployed_sha !== commit);
  if (verdict === undefined) return null;
  // The events of one job differ by their last number only.
  const job = jobOf(verdict);
  const seen = events.filter((event) => event.kind === "health" && jobOf(event) === job);
  return {
    sha: String(verdict.data.deployed_sha ?? ""), at: verdict.at,
    latencies: new Map(seen.flatMap(({ data }) => (data.observation === "probe" ? [[String(data.name), numbersIn(data.latencies_ms)] as const] : []))),
    traffic: new Map(seen.flatMap(({ data }) => {
      const [errors, requests] = [Number(data.errors), Number(data.requests)];
      const isCount = data.observation === "traffic" && Number.isSafeInteger(errors) && Number.isSafeInteger(requests) && errors >= 0 && errors <= requests && requests > 0;
      return isCount ? [[String(data.name), { errors, requests }] as const] : [];
    })),
  };
}

function jobOf({ eventId }: TaskEvent): string {
  return eventId.replace(/-\d+$/, "");
}

function numbersIn(text: unknown): readonly number[] {
  return typeof text === "string" ? text.split(",").map(Number).filter((value) => Number.isFinite(value) && value > 0) : [];
}
