/** `concurrency:` groups of workflows and jobs. */
import { evaluateValue, toText } from "./expressions.ts";
import type { Scope } from "./expressions.ts";
import { fieldsOf } from "./model.ts";
import { GaveUp } from "./slots.ts";

interface Member {
  readonly cancel: () => void;
  readonly start: () => void;
}

interface Group {
  running: Member | undefined;
  pending: Member[];
}

interface GroupOptions {
  readonly cancelInProgress: boolean;
  /** `single`: a newer member takes the place of the pending one. `max`: up to 100 wait. */
  readonly queue: "single" | "max";
}

export interface Concurrency extends GroupOptions {
  readonly name: string;
}

interface Entry extends Concurrency {
  /** Groups of two repositories have nothing to do with each other. */
  readonly space: string;
  /** Groups held around this member. */
  readonly held: ReadonlySet<string>;
  /** Called when a newer member wants this one, running or waiting, to end. */
  cancel(): void;
  readonly signal: AbortSignal;
}

export interface Entered {
  readonly held: ReadonlySet<string>;
  leave(): void;
}

const MAX_QUEUE = 100;

/** Reads a `concurrency` setting; undefined when it names no group. */
export function concurrencyOf(setting: unknown, scope: Scope): Concurrency | undefined {
  if (setting === undefined || setting === null) return undefined;
  const made = evaluateValue(setting, scope);
  const fields = typeof made === "object" ? fieldsOf(made) : { group: made };
  const name = toText(fields["group"]);
  if (name === "") return undefined;
  const queue = fields["queue"] === "max" ? "max" : "single";
  return { name, cancelInProgress: fields["cancel-in-progress"] === true, queue };
}

/**
 * Concurrency groups: one member runs, one waits, and a newer one cancels the older that waits.
 * @see https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /**
   * Waits until the group lets this member in.
   * @throws GaveUp when the wait is cancelled, or could never end
   */
  async enter(entry: Entry): Promise<Entered> {
    const { signal, cancel } = entry;
    if (signal.aborted) throw new GaveUp();
    const key = `${entry.space} ${entry.name}`.toLowerCase();
    if (entry.held.has(key)) {
      throw new GaveUp(
        `Canceling since a deadlock for concurrency group '${entry.name}' was detected: what is around the job holds it`,
      );
    }
    const group = this.#groups.get(key) ?? { running: undefined, pending: [] };
    this.#groups.set(key, group);
    const member = await new Promise<Member>((resolve, reject) => {
      const made: Member = {
        cancel: () => {
          cancel();
          leave();
        },
        start: () => {
          signal.removeEventListener("abort", leave);
          resolve(made);
        },
      };
      const leave = () => {
        const at = group.pending.indexOf(made);
        if (at < 0) return;
        group.pending.splice(at, 1);
        reject(new GaveUp());
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#admit(group, made, entry);
    });
    return { held: new Set([...entry.held, key]), leave: () => this.#leave(key, group, member) };
  }

  #admit(group: Group, member: Member, options: GroupOptions): void {
    if (!group.running) {
      group.running = member;
      member.start();
      return;
    }
    const keep = options.queue === "max" ? MAX_QUEUE - 1 : 0;
    for (const older of group.pending.slice(0, Math.max(0, group.pending.length - keep))) older.cancel();
    group.pending.push(member);
    if (options.cancelInProgress) group.running.cancel();
  }

  #leave(key: string, group: Group, member: Member): void {
    if (group.running !== member) return;
    group.running = group.pending.shift();
    if (group.running) group.running.start();
    else this.#groups.delete(key);
  }
}
