import type { Clock } from "../kit/clock.ts";
import { failure } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import type { Channel } from "./channel.ts";
import { processMemory } from "./memory.ts";
import { createNotifier } from "./notifier.ts";
import type { AlertIssues, AlertMemory, Notifier } from "./port.ts";
import type { ChannelSettings } from "./settings.ts";

export { processMemory } from "./memory.ts";
export { channelsFrom, notifyInputs } from "./settings.ts";

/**
 * Opens the ways to tell people something (README.md beside this file). Nothing is reached, and no channel's code is loaded, before
 * there is an alert for it.
 * @param channels from `channelsFrom`.
 * @param issues where `alert-issue` opens issues.
 * @param memory shared by all jobs; by default each process remembers for itself.
 * @param timeoutMs how long each channel may take; default 5,000.
 * @param renotifyMs after how long an alert that still fires is told again; 0 is never; default 4 hours.
 * @param env for proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
 */
export function openNotifier(options: {
  readonly channels: ChannelSettings;
  readonly issues?: AlertIssues;
  readonly memory?: AlertMemory;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs?: number;
  readonly renotifyMs?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}): Notifier {
  const { channels: settings, issues, memory = processMemory(), ...rest } = options;
  if (settings.issue && issues === undefined) throw failure("instant", { what: "`alert-issue` is set, and this stage opens no issues", fix: "Report this with the log of the job." });
  return createNotifier({ ...rest, memory, channels: channelsOf(settings, options, issues) });
}

function channelsOf(settings: ChannelSettings, { clock, timeoutMs = 5_000, env = process.env }: Pick<Parameters<typeof openNotifier>[0], "clock" | "timeoutMs" | "env">, issues: AlertIssues | undefined): Channel[] {
  const { slack, telegram, email } = settings;
  const fetch = async () => (await import("../net/fetch.ts")).createFetch(env);
  const channels: Channel[] = [];
  if (slack) channels.push(lazy("slack", async () => (await import("./slack.ts")).slackChannel({ ...slack, clock, fetch: await fetch() })));
  if (telegram) channels.push(lazy("telegram", async () => (await import("./telegram.ts")).telegramChannel({ ...telegram, clock, fetch: await fetch() })));
  if (email) channels.push(lazy("email", async () => (await import("./email.ts")).emailChannel({ ...email, timeoutMs })));
  if (settings.issue && issues) channels.push(lazy("issue", async () => (await import("./issue.ts")).issueChannel(issues)));
  return channels;
}

/** A channel whose code is loaded at its first message; until then it has no secret to tell. */
function lazy(name: string, load: () => Promise<Channel>): Channel {
  let loading: Promise<Channel> | undefined;
  const secrets: string[] = [];
  return {
    name,
    secrets,
    deliver: async (message, limits) => {
      loading ??= load();
      const channel = await loading;
      if (secrets.length === 0) secrets.push(...channel.secrets);
      return channel.deliver(message, limits);
    },
  };
}
