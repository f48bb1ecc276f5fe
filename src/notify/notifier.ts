import { randomUUID } from "node:crypto";
import type { Clock } from "../kit/clock.ts";
import { InstantError, messageOf, type Problem } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import { type Channel, ChannelError, redact } from "./channel.ts";
import { checkAlert, compose, type Kind } from "./message.ts";
import { claimAlert, type Planned, settle } from "./claim.ts";
import type { Alert, AlertMemory, ChannelAnswer, Notifier, Sent } from "./port.ts";
import { fit, oneLine } from "./text.ts";

export interface NotifierOptions {
  readonly channels: readonly Channel[];
  readonly memory: AlertMemory;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a channel may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** After how long an alert that still fires is told again, in milliseconds; 0 is never. Default 4 hours. */
  readonly renotifyMs?: number;
  /** How long the memory may take for one answer, in milliseconds. */
  readonly memoryTimeoutMs?: number;
}

const FOUR_HOURS_MS = 4 * 60 * 60_000;

export function createNotifier(options: NotifierOptions): Notifier {
  const { memory, clock, log, timeoutMs = 5_000, renotifyMs = FOUR_HOURS_MS, memoryTimeoutMs } = options;

  async function send(alert: Alert): Promise<Sent> {
    checkAlert(alert);
    const channels = channelsFor(alert, options.channels);
    if (channels.length === 0) {
      log.info("an alert is told to nobody: no channel is configured for it", { operation: "notify", alert: alert.key, state: alert.state });
      return { kind: "no-channels", answers: [] };
    }
    const by = randomUUID();
    const names = channels.map(({ name }) => name);
    const finders = channels.filter(({ kind }) => kind === "issue").map(({ name }) => name);
    const plan = await claimAlert({ alert, names, finders, by, memory, clock, log, renotifyMs, claimMs: timeoutMs + 10_000, memoryTimeoutMs });
    const answers = await Promise.all(channels.map((channel, index) => answerOf(channel, plan.channels[index])));
    const attempted = answers.filter((_, index) => "kind" in (plan.channels[index] ?? {}));
    const reached = attempted.filter(({ kind }) => kind !== "failed").map(({ channel }) => channel);
    if (plan.claimed) await settle({ alert, reached, by, memory, clock, log, memoryTimeoutMs });
    const known = alert.state === "firing" && plan.channels.some((planned) => "because" in planned);
    const isGuess = plan.channels.every((planned) => !("kind" in planned) || planned.isGuess === true);
    if (attempted.length > 0 && reached.length === 0 && !known && !isGuess) throw reachedNobody(alert, answers);
    report(alert, answers);
    return { kind: answers.some(({ kind }) => kind === "delivered") ? "told" : "nothing-new", answers };

    async function answerOf(channel: Channel, planned: Planned | undefined): Promise<ChannelAnswer> {
      if (planned && "kind" in planned) return tell(channel, alert, planned.kind);
      const reason = planned === undefined ? "" : "because" in planned ? planned.because : planned.busy;
      return { channel: channel.name, kind: "suppressed", reason };
    }
  }

  /** Never throws, and ends in time whatever the channel does. */
  async function tell(channel: Channel, alert: Alert, kind: Kind): Promise<ChannelAnswer> {
    const abort = new AbortController();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const error = new ChannelError(`no answer within ${timeoutMs / 1_000} s`, "See whether the service is disturbed, and that the runner may go there (firewall, proxy).");
      late.reject(error);
      abort.abort(error);
    }, timeoutMs);
    try {
      const limits = { signal: abort.signal, deadline: clock.now() + timeoutMs };
      const delivery = channel.deliver(compose(alert, kind), limits);
      return { channel: channel.name, ...(await Promise.race([delivery, late.promise])) };
    } catch (error) {
      return { channel: channel.name, kind: "failed", ...explained(error, channel) };
    } finally {
      clearTimeout(timer);
    }
  }

  function report(alert: Alert, answers: readonly ChannelAnswer[]): void {
    const about = { operation: "notify", alert: alert.key, state: alert.state, ...(alert.traceId === "" ? {} : { trace_id: alert.traceId }) };
    for (const answer of answers) {
      if (answer.kind === "failed") log.warning(`${answer.channel} did not take an alert`, { ...about, reason: answer.reason, fix: answer.fix });
      else if (answer.kind === "delivered") log.info(`an alert was told by ${answer.channel}`, { ...about, detail: answer.detail });
    }
  }

  return {
    send,
    foresee: async (keys) => {
      // What goes wrong here is told by the reading itself.
      await memory.foresee?.(keys).catch(() => undefined);
    },
  };
}

/** That it is over is told by whatever channel told that it fires; `claimAlert` knows which did. */
function channelsFor({ state, via, hasIssue = false, expectsIssue = false }: Alert, channels: readonly Channel[]): readonly Channel[] {
  if (state === "resolved") return channels;
  const others = channels.filter(({ kind }) => kind !== "issue");
  const open = hasIssue || (expectsIssue && others.length > 0) ? others : channels;
  const wanted = open.filter(({ kind }) => via?.includes(kind) ?? true);
  return wanted.length > 0 ? wanted : open;
}

function explained(error: unknown, { secrets }: Channel): { readonly reason: string; readonly fix: string } {
  const first = error instanceof InstantError ? error.problems[0] : undefined;
  const fix = error instanceof ChannelError ? error.fix : (first?.fix ?? "Look at the reason; the next run tells it again.");
  const cause = first?.cause === undefined ? "" : ` (${first.cause})`;
  return { reason: fit(oneLine(redact(`${messageOf(error)}${cause}`, secrets)), 500), fix: redact(fix, secrets) };
}

/** Nobody knows: that is worse than the alert itself. */
function reachedNobody(alert: Alert, answers: readonly ChannelAnswer[]): InstantError {
  const failed = answers.filter((answer) => answer.kind === "failed");
  const all: Problem = {
    what: `The alert \`${alert.key}\` (${alert.severity} ${alert.state}: ${fit(oneLine(alert.title), 100)}) reached nobody`,
    cause: failed.length === 1 ? "the only channel failed" : `all ${failed.length} channels failed`,
    fix: "Mend at least one of the channels below; the alert is told again by the next run that sees it.",
  };
  return new InstantError("service", [all, ...failed.map(({ channel, reason, fix }) => ({ what: `${channel}: ${reason}`, where: channel, fix }))]);
}
