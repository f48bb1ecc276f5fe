import type { Clock } from "../src/kit/clock.ts";
import type { commonInputs } from "../src/kit/common-inputs.ts";
import type { RunContext } from "../src/kit/context.ts";
import type { InputValues } from "../src/kit/inputs.ts";
import type { Log } from "../src/kit/log.ts";
import type { StoreOpener } from "../src/ledger/guard.ts";
import type { Ledger, StoreName } from "../src/ledger/port.ts";
import type { Telemetry } from "../src/telemetry/port.ts";
import { traceOf, tracing } from "./telemetry.ts";

type Settings = Pick<InputValues<typeof commonInputs>, "token" | "redisUrl" | "databaseUrl" | "ledgerBranch"> & {
  /** Of the gate: whether health is looked at behind it. */
  readonly awaitsHealth?: boolean;
};

interface RecordTools {
  readonly context: RunContext;
  readonly log: Log;
  readonly clock: Clock;
  readonly telemetry: Telemetry | null;
}

/** The branch of a record whose only other place is Redis, which forgets after an hour. */
const DEFAULT_BRANCH = "instant-ledger";

/**
 * The record of tasks, in the places that are set; null when none is, and then none of their code is loaded
 * (docs/decisions/0011-ledger-is-opt-in.md). Each place is opened when it is first needed.
 */
export async function openRecord(settings: Settings, tools: RecordTools): Promise<Ledger | null> {
  const { redisUrl, databaseUrl } = settings;
  const { context, log, clock, telemetry } = tools;
  const ledgerBranch = settings.ledgerBranch || (redisUrl !== "" && databaseUrl === "" ? DEFAULT_BRANCH : "");
  if (redisUrl === "" && databaseUrl === "" && ledgerBranch === "") return null;
  const stores: StoreOpener[] = [];
  const watched = await watchedBy(telemetry);
  if (databaseUrl !== "") stores.push(watched({ name: "postgres", open: async () => (await import("../src/ledger/postgres/index.ts")).openPostgres(databaseUrl) }, databaseUrl));
  if (redisUrl !== "") stores.push(watched({ name: "redis", open: async () => (await import("../src/ledger/redis/index.ts")).openRedis(redisUrl) }, redisUrl));
  const branch: StoreOpener = { name: "branch", open: () => openBranch(ledgerBranch, settings.token, tools) };
  const { openLedger } = await import("../src/ledger/ledger.ts");
  // Beside PostgreSQL the branch is a reserve, so that a loop whose stores are up makes no commits.
  const onFailure = (store: StoreName, error: unknown) => {
    telemetry?.breadcrumb("redis", `the ledger goes on without ${store}`);
    telemetry?.failure(error, { errorType: store });
  };
  const truth = { repository: `${context.owner}/${context.repo}`, open: () => openStories(settings.token, tools), endsAtMerge: settings.awaitsHealth === false };
  const shared = { log, clock, onFailure, truth };
  if (ledgerBranch === "") return openLedger({ stores, ...shared });
  return databaseUrl === "" ? openLedger({ stores: [...stores, branch], ...shared }) : openLedger({ stores, reserve: branch, ...shared });
}

/** How long a job may look on GitHub for what no store was told, in milliseconds. */
const LOOK_MS = 15_000;

async function openStories(token: string, { context, log, clock, telemetry }: RecordTools) {
  const { connectStories } = await import("../src/github/stories.ts");
  return connectStories({ context, token, log, clock, patienceMs: LOOK_MS, ...(await tracing(telemetry)) });
}

/** What makes each call of a store a span; nothing where nobody is told. */
async function watchedBy(telemetry: Telemetry | null): Promise<(opener: StoreOpener, url: string) => StoreOpener> {
  const { trace } = traceOf(telemetry);
  if (trace === undefined) return (opener) => opener;
  const { traced } = await import("../src/ledger/traced.ts");
  return (opener, url) => traced(opener, url, trace);
}

async function openBranch(branch: string, token: string, { context, log, clock, telemetry }: RecordTools) {
  const [{ connectRecords }, { branchStore }] = await Promise.all([import("../src/github/records.ts"), import("../src/ledger/branch/index.ts")]);
  const files = connectRecords({ context, token, branch, log, clock, ...(await tracing(telemetry)) });
  return branchStore({ files, writer: `${context.runId}-${context.runAttempt}-${context.job}`, clock });
}
