import { InstantError, messageOf } from "../../kit/errors.ts";
import type { Log } from "../../kit/log.ts";
import { type GuardedStore, guarded } from "../../ledger/guard.ts";
import type { Store, StoreName } from "../../ledger/port.ts";
import { systemClock } from "../../runtime/clock.ts";
import { printable } from "../../runtime/explain.ts";
import type { Screen } from "../rehearsal/tree.ts";
import { openersOf, type Settings } from "./settings.ts";

/** A person waits longer than a job; Redis and PostgreSQL keep limits of their own, the branch is read by many requests. */
export const PATIENCE_MS = 60_000;

/** What the ledger has to say to the person in front of it. */
export interface Warnings {
  readonly log: Log;
  readonly said: string[];
}

/** Names of inputs become those of the settings that a person has here. */
const NAMES: readonly (readonly [string, string])[] = [["`database-url`", "`INSTANT_DATABASE_URL`"], ["`redis-url`", "`INSTANT_REDIS_URL`"]];

export function warnings(): Warnings {
  const said: string[] = [];
  const say = (message: string) => void said.push(printable(NAMES.reduce((text, [input, setting]) => text.replaceAll(input, setting), message)));
  return { said, log: { debug: () => {}, info: () => {}, warning: say, error: say } };
}

/** The stores that are set, in the order in which they are asked; one that fails is told of once, in `warnings`. */
export interface Places {
  readonly stores: readonly GuardedStore[];
  /** From each store that answers. */
  ask<T>(work: (store: Store) => Promise<T>): Promise<readonly { readonly store: StoreName; readonly value: T }[]>;
  close(): Promise<void>;
}

export function openPlaces(settings: Settings, { log }: Warnings): Places {
  const ports = { log, clock: systemClock, timeoutMs: PATIENCE_MS };
  const stores = openersOf(settings, ports).map((opener) => guarded(opener, ports));
  return {
    stores,
    ask: async (work) => {
      const answers = await Promise.all(stores.map(async (store) => ({ store: store.name, answer: await store.use(work) })));
      return answers.flatMap(({ store, answer }) => (answer === null ? [] : [{ store, value: answer.value }]));
    },
    close: async () => void (await Promise.all(stores.map((store) => store.close()))),
  };
}

/** Standard output as a program has it: colours for a person at a terminal only. */
export function terminal(): Screen {
  const { stdout, env } = process;
  const colour = stdout.isTTY === true && !env["NO_COLOR"] && !env["CI"];
  return { live: false, colour, columns: stdout.columns || 100, write: (text) => void stdout.write(text) };
}

/** One program: its exit status, and an error for a person instead of a stack. */
export async function program(name: string, main: () => Promise<number>): Promise<number> {
  try {
    return await main();
  } catch (error) {
    process.stderr.write(`${printable(error instanceof InstantError ? problemsOf(name, error) : error instanceof Error ? (error.stack ?? messageOf(error)) : String(error))}\n`);
    return 1;
  }
}

/** One problem in the line of the program, several in a list of one error. */
function problemsOf(name: string, { problems }: InstantError): string {
  const tell = (mark: string) => problems.map(({ what, cause, fix }) => [`${mark}${what}`, ...(cause === undefined ? [] : [`  Likely cause: ${cause}`]), `  What to do: ${fix}`].join("\n"));
  return problems.length === 1 ? tell(`${name}: `).join("") : [`${name}:`, ...tell("- ")].join("\n");
}

export function tellWarnings({ said }: Warnings): void {
  for (const text of said) process.stderr.write(`! ${text}\n`);
}
