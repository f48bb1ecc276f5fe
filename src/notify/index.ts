import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import { type Channel, ChannelError } from "./channel.ts";
import { processMemory } from "./memory.ts";
import { createNotifier } from "./notifier.ts";
import type { AlertIssues, AlertMemory, Notifier } from "./port.ts";
import type { NamedSetting } from "./settings.ts";

export { memoryOver, processMemory } from "./memory.ts";
export { channelsFrom } from "./settings.ts";

interface Options {
  /** From `channelsFrom`. */
  readonly channels: readonly NamedSetting[];
  /** Where the channel `issue` opens issues; asked for at its first message. */
  readonly issues: () => Promise<AlertIssues>;
  /** Shared by all jobs; by default each process remembers for itself. */
  readonly memory?: AlertMemory;
  readonly clock: Clock;
  readonly log: Log;
  /** How long each channel may take, in milliseconds; default 5,000. */
  readonly timeoutMs?: number;
  /** After how long an alert that still fires is told again, in milliseconds; 0 is never; default 4 hours. */
  readonly renotifyMs?: number;
  /** For proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the ways to tell people something (README.md beside this file). Nothing is reached, and no channel's code is loaded, before
 * there is an alert for it. Without any channel every alert reaches nobody, which is an error of its own: somebody set `notify` to be told.
 */
export function openNotifier(options: Options): Notifier {
  const { channels, memory = processMemory(), clock, log, timeoutMs = 5_000, renotifyMs } = options;
  const ways = channels.map((setting) => channelOf(setting, options));
  return createNotifier({ channels: ways.length > 0 ? ways : [nobody], memory, clock, log, timeoutMs, ...(renotifyMs === undefined ? {} : { renotifyMs }) });
}

function channelOf(setting: NamedSetting, { clock, issues, timeoutMs = 5_000, env = process.env }: Options): Channel {
  const fetch = async () => (await import("../net/fetch.ts")).createFetch(env);
  return lazy(setting, async () => {
    switch (setting.kind) {
      case "slack":
        return (await import("./slack.ts")).slackChannel({ webhookUrl: setting.webhookUrl, clock, fetch: await fetch() });
      case "telegram": {
        const { token, chatId, baseUrl } = setting;
        return (await import("./telegram.ts")).telegramChannel({ token, chatId, clock, fetch: await fetch(), ...(baseUrl === null ? {} : { baseUrl }) });
      }
      case "email":
        return (await import("./email.ts")).emailChannel({ ...setting, timeoutMs });
      case "issue":
        return (await import("./issue.ts")).issueChannel(await issues());
    }
  });
}

/** A channel whose code is loaded at its first message; until then it has no secret to tell. */
function lazy({ name, kind }: NamedSetting, load: () => Promise<Channel>): Channel {
  let loading: Promise<Channel> | undefined;
  const secrets: string[] = [];
  return {
    name,
    kind,
    secrets,
    deliver: async (message, limits) => {
      loading ??= load();
      const channel = await loading;
      if (secrets.length === 0) secrets.push(...channel.secrets);
      return channel.deliver(message, limits);
    },
  };
}

/** Stands for `notify` when it holds no line that can be used. */
const nobody: Channel = {
  name: "notify",
  kind: "slack",
  secrets: [],
  deliver: async () => {
    throw new ChannelError("it holds no line that can be used", "Correct the lines that the warnings of this job name.");
  },
};
