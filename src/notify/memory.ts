import type { AlertMemory, AlertRecord, Told } from "./port.ts";

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

/** A place for short texts that are swapped by version: what the ledger is to this room. */
export interface Notes {
  foresee(keys: readonly string[]): Promise<void>;
  read(key: string): Promise<{ readonly text: string | null; readonly version: string }>;
  swap(key: string, text: string, version: string): Promise<"written" | "conflict">;
}

/** A memory in such a place. What is there and is no record of ours counts as nothing: an alert is rather told twice than never. */
export function memoryOver(notes: Notes): AlertMemory {
  return {
    isShared: true,
    foresee: (keys) => notes.foresee(keys),
    read: async (key) => {
      const { text, version } = await notes.read(key);
      return { record: recordIn(text) ?? { firing: {}, claim: null }, version };
    },
    write: (key, record, expected) => (expected === null ? Promise.resolve("conflict") : notes.swap(key, JSON.stringify(record), expected)),
  };
}

function recordIn(text: string | null): AlertRecord | null {
  try {
    const value = JSON.parse(text ?? "null") as Partial<AlertRecord> | null;
    if (value === null || typeof value.firing !== "object" || value.firing === null) return null;
    const firing = Object.entries(value.firing).filter(([, told]) => isTold(told));
    return { firing: Object.fromEntries(firing), claim: isClaim(value.claim) ? value.claim : null };
  } catch {
    return null;
  }
}

function isTold(value: unknown): value is Told {
  return typeof value === "object" && value !== null && Number.isFinite((value as Told).at) && areTexts((value as Told).occasions);
}

function isClaim(value: unknown): value is NonNullable<AlertRecord["claim"]> {
  if (typeof value !== "object" || value === null) return false;
  const { by, state, occasions, until } = value as NonNullable<AlertRecord["claim"]>;
  return typeof by === "string" && (state === "firing" || state === "resolved") && areTexts(occasions) && Number.isFinite(until);
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
