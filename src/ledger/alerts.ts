import type { GuardedStore } from "./guard.ts";
import type { AlertNote, AlertNotes, StoreName } from "./port.ts";

/** What the places know of one alert. */
interface Seen {
  /** The newest of all, this process' own included. */
  readonly note: AlertNote | null;
  /** The revision in each store that answered; null: it knows nothing. */
  readonly revisions: Readonly<Partial<Record<StoreName, number | null>>>;
}

/**
 * What was told of alerts, in several stores and in this process.
 *
 * The first store that works decides by compare-and-swap who tells an alert; the others are brought the same beside it, so that they can
 * go on when it fails. All are read, and the newest revision counts: a store that comes back knows less than those that stayed.
 * Where none works this process remembers for itself.
 * @param stores those that a job uses, in the order of preference.
 */
export function alertNotes(stores: () => readonly GuardedStore[], repository: string): AlertNotes & { readonly settled: () => Promise<void> } {
  const own = new Map<string, AlertNote>();
  const foreseen = new Map<string, Seen>();
  let mirroring: Promise<unknown> = Promise.resolve();

  async function look(keys: readonly string[]): Promise<Map<string, Seen>> {
    // What this process wrote last is in every place before it is read again.
    await mirroring;
    const answers = await Promise.all(stores().map(async (store) => ({ name: store.name, found: await store.use((one) => one.readAlerts(repository, keys)) })));
    return new Map(keys.map((key) => {
      const asked = answers.flatMap(({ name, found }) => (found === null ? [] : [[name, found.value.get(key) ?? null] as const]));
      const notes = [own.get(key) ?? null, ...asked.map(([, note]) => note)].filter((note) => note !== null);
      const note = notes.reduce<AlertNote | null>((newest, one) => (newest === null || one.revision > newest.revision ? one : newest), null);
      return [key, { note, revisions: Object.fromEntries(asked.map(([name, known]) => [name, known?.revision ?? null])) }];
    }));
  }

  async function swap(key: string, text: string, { note, revisions }: Seen): Promise<"written" | "conflict"> {
    const next = { text, revision: (note?.revision ?? 0) + 1 };
    const [first, ...others] = stores().filter((store) => !store.failed());
    if (first === undefined) {
      if ((own.get(key)?.revision ?? 0) !== (note?.revision ?? 0)) return "conflict";
    } else {
      // One that was not asked has to be, before it may decide.
      const revision = revisions[first.name];
      if (revision === undefined) return "conflict";
      const answer = await first.use((one) => one.writeAlert(repository, key, next, revision));
      if (answer === null || !answer.value) return "conflict";
      const mirror = others.map(async (store) => {
        const known = revisions[store.name];
        // Whoever was quicker there has written something newer.
        if (known !== undefined) await store.use((one) => one.writeAlert(repository, key, next, known));
      });
      mirroring = Promise.all([mirroring, ...mirror]);
    }
    own.set(key, next);
    return "written";
  }

  return {
    foresee: async (keys) => {
      for (const [key, seen] of keys.length === 0 ? [] : await look([...new Set(keys)])) foreseen.set(key, seen);
    },
    read: async (key) => {
      const seen = foreseen.get(key) ?? (await look([key])).get(key);
      // Known once: whoever comes back has met somebody else, or itself.
      foreseen.delete(key);
      return { text: seen?.note?.text ?? null, version: JSON.stringify(seen) };
    },
    swap: (key, text, version) => swap(key, text, JSON.parse(version) as Seen),
    settled: async () => void (await mirroring),
  };
}
