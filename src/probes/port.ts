/**
 * Ways to measure health. What is to be measured is data (`ProbeSpec`), so that health.yaml and the simple inputs become the same;
 * every text of it may name variables of the environment as `${NAME}` (resolve.ts says which).
 */

/** What a measurement came to. `error`: it could not be measured, which is not a failure (docs/decisions/0003-probe-errors.md). */
export type Outcome = "success" | "failure" | "error" | "inconclusive";

export interface Measurement {
  readonly probe: string;
  /** `inconclusive`: it was measured, and neither what makes it pass nor what makes it fail was met. */
  readonly outcome: Outcome;
  readonly latencyMs: number;
  /** What was seen, for a person: `503 {"status":"degraded"}`. Never a credential. */
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The service answered that there is no such address (404). */
  readonly isAbsent?: boolean;
}

/** What a measurement may take, and what it is about. */
export interface Occasion {
  readonly timeoutMs: number;
  /** When it is aborted, nobody looks at the answer any more. */
  readonly signal: AbortSignal;
  /** When the deployment began, epoch milliseconds: what is older is not its doing. */
  readonly since: number;
}

/** One way to measure health. */
export interface Probe {
  readonly name: string;
  /** One measurement, never longer than its time limit (a command may take 3 s more to be ended); it does not throw. */
  measure(occasion: Occasion): Promise<Measurement>;
}

export type ProbeSpec = HttpSpec | WorkersSpec | SentrySpec | PrometheusSpec | CommandSpec;

interface Named {
  readonly name: string;
}

export interface HttpSpec extends Named {
  readonly kind: "http";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The version of IP to go by; 0 takes what there is. */
  readonly family: 0 | 4 | 6;
  /** How many redirects are followed. */
  readonly redirects: number;
  readonly expect: HttpExpectation;
}

export interface HttpExpectation {
  /** Ranges of the status, both ends included; one of them has to hold. */
  readonly status: readonly (readonly [from: number, to: number])[];
  /** What the headers have to hold, letter case aside. */
  readonly headers: Readonly<Record<string, string>>;
  /** Conditions on the JSON body such as `checks.db=true` or `queue.depth<100` (json-path.ts), all of them; none: it need not be JSON. */
  readonly json: readonly string[];
  /** Texts that the body has to hold. */
  readonly contains: readonly string[];
  /** A regular expression that the body has to match; empty: none. */
  readonly matches: string;
  /** The longest time it may take, its body included, in milliseconds. */
  readonly latencyMs: number | null;
  /** How many days its certificate has to be valid yet. */
  readonly certificateDays: number | null;
}

/** Heartbeats of a product's workers in Redis (CONTRACTS, Redis). */
export interface WorkersSpec extends Named {
  readonly kind: "redis-workers";
  /** `redis://user:password@host:6379/0` */
  readonly url: string;
  /** Pattern of the keys, as Redis matches it. */
  readonly keys: string;
  readonly maxAgeSeconds: number;
  readonly atLeast: number;
}

/** Issues that Sentry first saw since the deployment began. */
export interface SentrySpec extends Named {
  readonly kind: "sentry";
  readonly url: string;
  readonly token: string;
  readonly organization: string;
  /** Slug or number. */
  readonly project: string;
  /** Empty: in any. */
  readonly environment: string;
  /** Empty: of any. */
  readonly release: string;
  /** How many new issues are tolerated. */
  readonly tolerated: number;
}

/** An instant query that has to answer one number. */
export interface PrometheusSpec extends Named {
  readonly kind: "prometheus";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
  /** Such as `< 0.05`. */
  readonly pass: string;
  /** Empty: whatever does not pass fails; otherwise what is neither is inconclusive. */
  readonly fail: string;
}

/** A user's command, without tokens in its environment. 0 is a success, 75 an error to measure, anything else a failure. */
export interface CommandSpec extends Named {
  readonly kind: "command";
  readonly run: string;
}

/** How many requests there were, and how many of them went wrong, in a window of time. */
export type Counted =
  | { readonly kind: "counted"; readonly errors: number; readonly requests: number }
  /** There is no such series, or nobody asked the service for anything. */
  | { readonly kind: "empty"; readonly detail: string }
  /** It could not be counted. */
  | { readonly kind: "unread"; readonly detail: string };

/** Counts by Prometheus: two instant queries in which `${window}` stands for the length of the window. */
export interface TrafficSpec {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly windowSeconds: number;
  readonly target: TrafficQueries;
  /** The same of something that was not deployed to. */
  readonly control: TrafficQueries | null;
}

export interface TrafficQueries {
  readonly errors: string;
  readonly requests: string;
}

export interface Traffic {
  readonly name: string;
  /** Counts of the window that ends at `endAt`, epoch milliseconds; it does not throw. */
  count(which: "target" | "control", endAt: number, occasion: Omit<Occasion, "since">): Promise<Counted>;
}

/** What is to be measured of which commit. */
export interface Wanted {
  readonly probes: readonly ProbeSpec[];
  readonly traffic: readonly TrafficSpec[];
  readonly commit: string;
}

export interface Connected {
  /** In the order of their specs. */
  readonly probes: readonly Probe[];
  readonly traffic: readonly Traffic[];
}

/** @throws InstantError blaming the configuration, with every variable that may not be read or is not set. */
export type Connect = (wanted: Wanted) => Promise<Connected>;

/** Reads which commit a deployment serves. */
export interface VersionReader {
  /** null with a reason when it could not be read. */
  read(timeoutMs: number, signal?: AbortSignal): Promise<{ readonly sha: string } | { readonly sha: null; readonly reason: string }>;
}
