import type { commonInputs } from "../src/kit/common-inputs.ts";
import type { InputValues } from "../src/kit/inputs.ts";
import type { Notifier } from "../src/notify/port.ts";
import type { PeopleTools } from "../src/runtime/run-action.ts";
import type { People } from "../src/runtime/telling.ts";

type Settings = Pick<InputValues<typeof commonInputs>, "token" | "notify">;

/**
 * Who is told of what goes wrong; null when nobody is, and then none of its code is loaded. What was told is remembered where tasks are
 * on record, so that all jobs know of it; without a record each job remembers for itself.
 */
export async function openPeople(settings: Settings, tools: PeopleTools): Promise<People | null> {
  const { ledger, telemetry, clock, context } = tools;
  const notifier = settings.notify === "" ? null : await openNotify(settings, tools);
  if (notifier === null && (ledger === null || telemetry === null)) return null;
  const repository = `${context.owner}/${context.repo}`;
  const look = ledger === null ? null : async () => (await import("./alarms.ts")).lookForAlarms(ledger, { repository, clock, telemetry });
  return { notifier, look };
}

async function openNotify({ notify, token }: Settings, { context, log, clock, ledger, mask }: PeopleTools): Promise<Notifier> {
  const { channelsFrom, memoryOver, openNotifier } = await import("../src/notify/index.ts");
  const { channels, problems, secrets } = channelsFrom(notify);
  for (const secret of secrets) mask(secret);
  for (const { what, fix } of problems) log.warning(`${what}. ${fix}`);
  const issues = async () => {
    const [{ connect }, areas] = await Promise.all([import("../src/github/index.ts"), import("../src/github/issues.ts")]);
    return connect({ context, token, log, clock, stage: "notify" }, areas.issues);
  };
  const memory = ledger === null ? {} : { memory: memoryOver(ledger.alerts(`${context.owner}/${context.repo}`)) };
  return openNotifier({ channels, issues, clock, log, ...memory });
}
