/** Every request, as a client's cost is counted. */

export type RequestKind = "rest" | "graphql" | "git";

export interface LoggedRequest {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: RequestKind;
  readonly tokenKind: "person" | "app" | "job" | "anonymous";
  readonly login: string;
  readonly runId: number | undefined;
  /** Id of the job whose GITHUB_TOKEN asked. */
  readonly job: string | undefined;
  readonly method: string;
  readonly path: string;
  /** As GitHub documents it: `/repos/{owner}/{repo}/pulls/{pull_number}/merge`. */
  readonly template: string | undefined;
  /** GraphQL: the operation's name and its top-level fields. */
  readonly operation: string | undefined;
  readonly fields: readonly string[];
  readonly userAgent: string;
  readonly status: number;
  readonly ms: number;
}

/** How many are kept: the newest. */
const bound = 200_000;

export class RequestLog {
  #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > bound) this.#entries.splice(0, this.#entries.length - bound);
  }

  /** What was asked so far; API calls only unless `git` is wanted too. */
  list(filter: Partial<Pick<LoggedRequest, "kind" | "job" | "runId" | "userAgent" | "tokenKind">> = {}): readonly LoggedRequest[] {
    return this.#entries.filter((entry) =>
      Object.entries(filter).every(([key, value]) => entry[key as keyof LoggedRequest] === value));
  }

  /** API requests (git transfers apart) of each job of a run. */
  countByJob(runId: number): ReadonlyMap<string, number> {
    return count(this.list({ runId }).filter((one) => one.kind !== "git"), (one) => one.job ?? "");
  }

  countByUserAgent(): ReadonlyMap<string, number> {
    return count(this.#entries.filter((one) => one.kind !== "git"), (one) => one.userAgent);
  }

  clear(): void {
    this.#entries = [];
  }
}

function count(entries: readonly LoggedRequest[], key: (entry: LoggedRequest) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1);
  return counts;
}
