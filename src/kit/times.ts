/** A time as workers write it, in epoch milliseconds: ISO 8601, or seconds since the epoch; null when it is neither. */
export function timeIn(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  const at = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
  return Number.isFinite(at) ? at : null;
}
