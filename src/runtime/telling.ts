import type { Alert } from "../kit/alert.ts";
import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { failure, messageOf } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import type { Notifier } from "../notify/port.ts";
import type { Telemetry } from "../telemetry/port.ts";
import type { Recording } from "./recording.ts";

/** Who is told of what goes wrong. */
export interface People {
  /** null: nobody is, but Sentry may be told of what `look` finds. */
  readonly notifier: Notifier | null;
  /** What goes wrong in the loop as a whole, or does so no more; looked at when a loop ends. null where no record is kept. */
  readonly look: (() => Promise<readonly Alert[]>) | null;
}

/** A job's side of telling people. Nothing here throws. */
export interface Telling {
  /** Begins to tell, and waits for nothing. */
  tell(alerts: readonly Alert[]): void;
  /** Tells these too; ends when all is told, or after 30 s. */
  end(alerts: readonly Alert[]): Promise<void>;
  /** At the end of a loop, after `end`: looks how the loop does, and tells what it finds; ends when all is told, or after 30 s. */
  look(): Promise<void>;
}

interface Job {
  readonly people: People;
  readonly context: RunContext;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry | null;
  readonly recording: Recording | null;
  /** An alert that reached nobody: an error that people see, though it does not fail the job (docs/decisions/0013-alerts.md). */
  readonly unheard: (error: unknown) => Promise<void>;
}

/** How long a job that is done goes on for its alerts, in milliseconds; each channel and each store has a shorter time of its own. */
const LIMIT_MS = 30_000;

export function startTelling(job: Job): Telling {
  const { people: { notifier, look }, recording, clock, log } = job;
  /** The last message about each alert: what is told of one is told in order. */
  const queues = new Map<string, Promise<void>>();
  const waiting = new Set<Alert>();

  const send = async (alert: Alert): Promise<void> => {
    try {
      const sent = await notifier?.send(withOrigin(alert, job.context));
      for (const { channel, kind } of sent?.answers ?? []) if (kind === "delivered") recording?.add(alert.traceId, told(alert, channel));
    } catch (error) {
      await giveUp(alert, error);
    } finally {
      waiting.delete(alert);
    }
  };

  const giveUp = async (alert: Alert, error: unknown): Promise<void> => {
    recording?.add(alert.traceId, { kind: "warning", text: `nobody was reached: ${alert.severity} ${alert.state}: ${alert.title}`, data: { alert: alert.key } });
    job.telemetry?.failure(error, { errorType: "alert", level: alert.severity === "P0" ? "fatal" : "error" });
    await job.unheard(error);
  };

  const tell = (alerts: readonly Alert[]): void => {
    for (const alert of notifier === null ? [] : alerts) {
      waiting.add(alert);
      queues.set(alert.key, (queues.get(alert.key) ?? Promise.resolve()).then(() => send(alert)));
    }
  };

  const tellAtOnce = async (alerts: readonly Alert[]): Promise<void> => {
    // What this job told before has to be in the memory before that is read.
    await Promise.all(queues.values());
    if (alerts.length > 0) await notifier?.foresee(alerts.map(({ key }) => key));
    tell(alerts);
  };

  let isLate = false;
  const inTime = async (alerts: () => Promise<readonly Alert[]>): Promise<void> => {
    const done = new AbortController();
    const late = clock.sleep(LIMIT_MS, done.signal).then(() => "late" as const, () => "late" as const);
    const telling = async () => {
      await tellAtOnce(await alerts());
      await Promise.all(queues.values());
      return "told" as const;
    };
    const how = await Promise.race([telling(), late]);
    done.abort();
    if (how === "told") return;
    isLate = true;
    log.warning(`Not all alerts were dealt with in ${LIMIT_MS / 1_000} s`, { operation: "notify", alerts: [...waiting].map(({ key, state }) => `${key} ${state}`).join(", ") });
    // Of what is over nobody has to hear at once, and most of it nobody was told of.
    for (const alert of [...waiting].filter(({ state }) => state === "firing")) await giveUp(alert, overdue(alert));
  };

  return {
    tell,
    end: (alerts) => inTime(async () => alerts),
    // Where the first message did not go out in time, more would not either.
    look: async () => void (look !== null && !isLate && recording?.isOver() && (await inTime(() => found(look, log)))),
  };
}

/** That the loop could not be looked at is no reason to fail a job. */
async function found(look: () => Promise<readonly Alert[]>, log: Log): Promise<readonly Alert[]> {
  try {
    return await look();
  } catch (error) {
    log.warning(`It was not looked at how the loop does: ${messageOf(error)}`);
    return [];
  }
}

/** From where it is told, for those who watch several repositories. */
function withOrigin(alert: Alert, { owner, repo, runUrl }: RunContext): Alert {
  const fields = [{ name: "repository", value: `${owner}/${repo}` }, ...alert.fields];
  return { ...alert, fields, links: [...alert.links, { label: "run", url: runUrl }] };
}

function told({ key, state, severity, title }: Alert, channel: string) {
  return { kind: "alert", text: `told by ${channel}: ${severity} ${state}: ${title}`, data: { alert: key, state, channel } } as const;
}

function overdue({ key, severity, state }: Alert): Error {
  return failure("service", {
    what: `Whether the alert \`${key}\` (${severity} ${state}) reached anybody is not known: it was not told within ${LIMIT_MS / 1_000} s`,
    cause: "a channel, or the place where it is remembered what was told, does not answer",
    fix: "See the warnings of this job; the alert is told again by the next run that sees it.",
  });
}
