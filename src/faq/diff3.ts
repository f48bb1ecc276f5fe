/** A stretch of the three versions of a list. In a stable one all three are the same. */
export interface Chunk<T> {
  readonly stable: boolean;
  readonly base: readonly T[];
  readonly ours: readonly T[];
  readonly theirs: readonly T[];
}

/**
 * Aligns two changed versions with their base: the diff3 of Khanna, Kunal and Pierce ("A Formal Investigation of Diff3",
 * FSTTCS 2007). Concatenated, the chunks give back each of the three lists.
 */
export function diff3<T extends { readonly id: string }>(
  base: readonly T[],
  ours: readonly T[],
  theirs: readonly T[],
): Chunk<T>[] {
  const toOurs = matches(base, ours);
  const toTheirs = matches(base, theirs);
  const chunks: Chunk<T>[] = [];
  let [b, o, t] = [0, 0, 0];
  const flush = (nextB: number, nextO: number, nextT: number): void => {
    if (b === nextB && o === nextO && t === nextT) return;
    chunks.push({ stable: false, base: base.slice(b, nextB), ours: ours.slice(o, nextO), theirs: theirs.slice(t, nextT) });
  };
  base.forEach((item, index) => {
    const inOurs = toOurs.get(index);
    const inTheirs = toTheirs.get(index);
    if (inOurs === undefined || inTheirs === undefined) return;
    flush(index, inOurs, inTheirs);
    chunks.push({ stable: true, base: [item], ours: ours.slice(inOurs, inOurs + 1), theirs: theirs.slice(inTheirs, inTheirs + 1) });
    [b, o, t] = [index + 1, inOurs + 1, inTheirs + 1];
  });
  flush(base.length, ours.length, theirs.length);
  return chunks;
}

/** A longest common subsequence: for each matched index of one list the index in the other. */
function matches<T extends { readonly id: string }>(one: readonly T[], other: readonly T[]): Map<number, number> {
  const found = new Map<number, number>();
  let start = 0;
  while (start < one.length && start < other.length && one[start]?.id === other[start]?.id) {
    found.set(start, start);
    start += 1;
  }
  let [endOne, endOther] = [one.length, other.length];
  while (endOne > start && endOther > start && one[endOne - 1]?.id === other[endOther - 1]?.id) {
    endOne -= 1;
    endOther -= 1;
    found.set(endOne, endOther);
  }
  const width = endOther - start + 1;
  const lengths = new Uint32Array((endOne - start + 1) * width);
  const at = (i: number, j: number): number => (i - start) * width + (j - start);
  for (let i = endOne - 1; i >= start; i -= 1) {
    for (let j = endOther - 1; j >= start; j -= 1) {
      lengths[at(i, j)] =
        one[i]?.id === other[j]?.id
          ? (lengths[at(i + 1, j + 1)] ?? 0) + 1
          : Math.max(lengths[at(i + 1, j)] ?? 0, lengths[at(i, j + 1)] ?? 0);
    }
  }
  for (let i = start, j = start; i < endOne && j < endOther; ) {
    if (one[i]?.id === other[j]?.id) found.set(i++, j++);
    else if ((lengths[at(i + 1, j)] ?? 0) >= (lengths[at(i, j + 1)] ?? 0)) i += 1;
    else j += 1;
  }
  return found;
}
