import type { AlertMemory, AlertRecord } from "./port.ts";

/** What was told, as long as this process lives: for tests, and for users without a store, whose jobs each tell for themselves. */
export function processMemory(): AlertMemory {
  const records = new Map<string, { readonly record: AlertRecord; readonly version: string }>();
  let writes = 0;
  return {
    read: (key) => Promise.resolve(records.get(key) ?? null),
    write: (key, record, expected) => {
      if ((records.get(key)?.version ?? null) !== expected) return Promise.resolve("conflict");
      writes += 1;
      records.set(key, { record: structuredClone(record), version: String(writes) });
      return Promise.resolve("written");
    },
  };
}
