/** One way to measure health. */
export interface Probe {
  readonly name: string;
  /** A critical probe decides; an advisory one is only shown. */
  readonly critical: boolean;
  /** One measurement, never longer than `timeoutMs`; it does not throw. */
  measure(timeoutMs: number): Promise<Measurement>;
}

/** `error` means that it could not be measured, which is not a failure (ANCHORS, Argo Rollouts). */
export interface Measurement {
  readonly probe: string;
  readonly outcome: "success" | "failure" | "error";
  readonly latencyMs: number;
  /** What was seen, for a person: `503 {"status":"degraded"}`. Never a credential. */
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Reads which commit a deployment serves. */
export interface VersionReader {
  /** null with a reason when it could not be read. */
  read(timeoutMs: number): Promise<{ readonly sha: string } | { readonly sha: null; readonly reason: string }>;
}
