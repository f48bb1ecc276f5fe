/** What `npm start -- --json` prints. Times are milliseconds. */
export interface RehearsalResult {
  readonly trace_id: string | null;
  readonly status: "done" | "error";
  readonly phase: string | null;
  readonly pr_url: string | null;
  readonly merged_sha: string | null;
  readonly deployed_sha: string | null;
  readonly verdict: string | null;
  /** Request to merge; null when nothing was merged. */
  readonly tte_ms: number | null;
  /** Detection to recovery; null when nothing was rolled back. */
  readonly trb_ms: number | null;
  readonly api_requests: number;
  readonly stages: readonly StageResult[];
}

export interface StageResult {
  readonly name: string;
  readonly ms: number;
  readonly api_requests: number;
  readonly conclusion: string;
}

/** Whether the loop ended as it should: verified, or, when it was to break, rolled back and healthy again. */
export function endedWell(result: RehearsalResult, breaks: "health" | null): boolean {
  if (breaks === "health") return result.phase === "rolled_back" && result.verdict === "healthy";
  return result.status === "done";
}
