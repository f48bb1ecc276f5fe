import type { Results } from "./port.ts";

/** For runs without a folder, or without the secret. */
export const noResults: Results = { counts: { found: 0, kept: 0 }, find: () => undefined, keep: () => {} };

/** The result for these parts, from an earlier run when there is one. */
export async function remembered<T>(results: Results, kind: string, parts: readonly string[], compute: () => Promise<T>): Promise<T> {
  const known = results.find(kind, parts);
  if (known !== undefined) return known as T;
  const value = await compute();
  results.keep(kind, parts, value);
  return value;
}
