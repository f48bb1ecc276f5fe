import { diff3, type Chunk } from "./diff3.ts";
import { parseFaq, type FaqDocument } from "./document.ts";
import { segmentsOf, type Segment, type Segments } from "./segments.ts";

export interface MergeConflict {
  /** The question of an entry, the label of a link definition, or the first line of other text. */
  readonly what: string;
  readonly reason: string;
}

export type MergeResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly conflicts: readonly MergeConflict[] };

type Kept = ReadonlyMap<string, Segment | null>;

/**
 * Three-way merge of a FAQ by entries, never by lines. Branches that add different entries always merge: first ours, then
 * theirs, each behind the entry that it followed. Everything else is a classic three-way merge, entry by entry, definition by
 * definition and block by block. When both sides wrote the same entry differently:
 * - both answers are INSTANT's own: the one with the later date in its record is kept, ours on a tie;
 * - both sides added it and one is a person's: the person's is kept;
 * - otherwise it is a conflict, as is text that both changed in the same place.
 * Conflicts are all listed; the merged text is read back before it is given out.
 */
export function mergeFaq(base: string, ours: string, theirs: string): MergeResult {
  if (ours === theirs || theirs === base) return { ok: true, text: ours };
  if (ours === base) return { ok: true, text: theirs };
  const baseDocument = parseFaq(base);
  // All three are read alike, or an entry on one side would be mere text on the other.
  const convention = baseDocument.entries.length > 0 ? baseDocument.convention : parseFaq(ours).convention;
  const documents = [parseFaq(base, convention), parseFaq(ours, convention), parseFaq(theirs, convention)] as const;
  const [b, o, t] = documents.map(segmentsOf) as [Segments, Segments, Segments];
  const conflicts: MergeConflict[] = [];
  const kept = mergeKeyed(b, o, t, conflicts);
  const merged = diff3(b.list, o.list, t.list).flatMap((chunk) => mergeChunk(chunk, kept, conflicts));
  if (conflicts.length > 0) return { ok: false, conflicts };
  const list = renumber(settle(merged, kept), new Set(b.list.map(({ id }) => id)));
  const text = assemble(list, [b, o, t], documents[1]);
  return readsBack(text, list, documents[1]) ?? { ok: true, text };
}

/** Decides for every entry and definition what becomes of it; null: it goes. */
function mergeKeyed(base: Segments, ours: Segments, theirs: Segments, conflicts: MergeConflict[]): Map<string, Segment | null> {
  const [b, o, t] = [base, ours, theirs].map(keyed) as [Map<string, Segment>, Map<string, Segment>, Map<string, Segment>];
  const kept = new Map<string, Segment | null>();
  for (const key of new Set([...b.keys(), ...o.keys(), ...t.keys()])) {
    const outcome = threeWay(b.get(key), o.get(key), t.get(key));
    if (typeof outcome === "string") conflicts.push({ what: nameOf(o.get(key) ?? t.get(key)), reason: outcome });
    else kept.set(key, outcome);
  }
  return kept;
}

function keyed({ list }: Segments): Map<string, Segment> {
  return new Map(list.flatMap((segment) => (segment.key === undefined ? [] : [[segment.key, segment]])));
}

function nameOf(segment: Segment | undefined): string {
  return segment?.entry?.question ?? segment?.key ?? segment?.body.split("\n")[0] ?? "";
}

/** The segment to keep, null for none, or why it is a conflict. */
function threeWay(base: Segment | undefined, ours: Segment | undefined, theirs: Segment | undefined): Segment | null | string {
  if (ours?.body === theirs?.body || theirs?.body === base?.body) return ours ?? null;
  if (ours?.body === base?.body) return theirs ?? null;
  if (ours === undefined || theirs === undefined) return "One side removed it, the other changed it.";
  const [ownOurs, ownTheirs] = [isNewRecord(ours, base), isNewRecord(theirs, base)];
  if (ownOurs && ownTheirs) return dateOf(theirs) > dateOf(ours) ? theirs : ours;
  if (base === undefined && ownOurs !== ownTheirs) return ownOurs ? theirs : ours;
  return base === undefined ? "Both sides added it, each with another text." : "Both sides changed it.";
}

/** INSTANT wrote this text. A record that is as old as the base's stands on a text that a person has edited since. */
function isNewRecord(segment: Segment, base: Segment | undefined): boolean {
  const record = segment.entry?.record;
  return record !== undefined && record.traceId !== base?.entry?.record?.traceId;
}

function dateOf(segment: Segment): number {
  return Date.parse(segment.entry?.record?.date ?? "") || 0;
}

function mergeChunk(chunk: Chunk<Segment>, kept: Kept, conflicts: MergeConflict[]): Segment[] {
  const { base, ours, theirs } = chunk;
  if (chunk.stable || sameIds(theirs, base)) return [...ours];
  if (sameIds(ours, base)) return [...theirs];
  const [textBase, textOurs, textTheirs] = [base, ours, theirs].map(textOf) as [string, string, string];
  if (textOurs === textTheirs || textTheirs === textBase) return interleave(ours, theirs, base, kept);
  if (textOurs === textBase) return interleave(theirs, ours, base, kept);
  const changed = ours.find(({ key, id }) => key === undefined && !base.some((one) => one.id === id)) ?? base[0] ?? ours[0];
  conflicts.push({ what: nameOf(changed), reason: "Both sides changed the text outside the entries here." });
  return [];
}

function sameIds(one: readonly Segment[], other: readonly Segment[]): boolean {
  return one.length === other.length && one.every(({ id }, index) => id === other[index]?.id);
}

function textOf(list: readonly Segment[]): string {
  return list.filter(({ key }) => key === undefined).map(({ id }) => id).join("\0");
}

/** The main side's pieces with what the other side added put behind the piece that it follows there. */
function interleave(main: readonly Segment[], other: readonly Segment[], base: readonly Segment[], kept: Kept): Segment[] {
  const result = [...main];
  const inBase = new Set(base.map(({ id }) => id));
  other.forEach((segment, index) => {
    if (segment.key === undefined || result.some(({ id }) => id === segment.id) || kept.get(segment.key) == null) return;
    const before = other.slice(0, index).findLast(({ id }) => result.some((one) => one.id === id));
    let at = before === undefined ? behindTexts(result, other.slice(0, index)) : result.findIndex(({ id }) => id === before.id) + 1;
    // Behind the main side's own additions in the same place, so that ours come first and an order is kept.
    while (at < result.length && isAddition(result[at], inBase) && !other.slice(index).some(({ id }) => id === result[at]?.id)) at += 1;
    result.splice(at, 0, segment);
  });
  return result;
}

function isAddition(segment: Segment | undefined, inBase: ReadonlySet<string>): boolean {
  return segment?.key !== undefined && !inBase.has(segment.id);
}

/** Where a piece goes whose neighbour is gone or changed: behind as many blocks of plain text as stand before it there. */
function behindTexts(main: readonly Segment[], before: readonly Segment[]): number {
  const count = before.filter(({ key }) => key === undefined).length;
  const texts = main.flatMap(({ key }, index) => (key === undefined ? [index] : []));
  return count === 0 || texts.length === 0 ? 0 : (texts[Math.min(count, texts.length) - 1] ?? 0) + 1;
}

/** Puts the decided version of each piece in its place, once; a piece that both sides moved stands at the first. */
function settle(merged: readonly Segment[], kept: Kept): Segment[] {
  const done = new Set<string>();
  const list = merged.flatMap((segment) => {
    if (segment.key === undefined) return [segment];
    const final = kept.get(segment.key);
    if (final == null || done.has(segment.key)) return [];
    done.add(segment.key);
    return [final];
  });
  for (const [key, segment] of kept) if (segment !== null && !done.has(key)) list.push(segment);
  return list;
}

/** `(5) Question`: two branches that counted on from the same entry get different numbers. Only INSTANT's additions change. */
function renumber(list: readonly Segment[], inBase: ReadonlySet<string>): Segment[] {
  const number = /^(#{1,6}[ \t]+)?(\(|Q[ ]?)?(\d{1,3})(?=[).:：]\s)/i;
  const numberOf = ({ entry, body }: Segment): number => (entry === undefined || entry.level === 0 ? 0 : Number(number.exec(body)?.[3] ?? 0));
  const taken = new Set<number>();
  return list.map((segment) => {
    const own = numberOf(segment);
    const free = own === 0 || !taken.has(own) || inBase.has(segment.id) || segment.entry?.record === undefined;
    const next = free ? own : Math.max(...taken) + 1;
    taken.add(next);
    return free ? segment : { ...segment, body: segment.body.replace(number, `$1$2${next}`) };
  });
}

/** Joins the pieces with the white space that they had where they come from, in our document's line endings. */
function assemble(list: readonly Segment[], [base, ours, theirs]: readonly [Segments, Segments, Segments], own: FaqDocument): string {
  const firsts = new Set([base, ours, theirs].map(({ list: [first] }) => first));
  const fallback = own.convention.kind === "list" ? "\n" : "\n\n";
  const text = list
    .map((segment, index) => {
      if (index === 0) return (firsts.has(segment) ? segment.lead : "") + segment.body;
      return (segment.lead.includes("\n") ? segment.lead : fallback) + segment.body;
    })
    .join("");
  const trail = ours.trail === base.trail || ours.list.length === 0 ? theirs.trail : ours.trail;
  return own.source.eol === "\r\n" ? (text + trail).replace(/\n/g, "\r\n") : text + trail;
}

/** A merge that does not read back as what was decided is not given out. */
function readsBack(text: string, list: readonly Segment[], own: FaqDocument): MergeResult | undefined {
  const wanted = list.filter(({ entry }) => entry !== undefined).map(({ body }) => body);
  const found = parseFaq(text, own.convention).entries.map(({ start, end }) => text.slice(start, end).replace(/\r\n/g, "\n"));
  if (wanted.length === found.length && wanted.every((body, index) => body === found[index])) return undefined;
  return { ok: false, conflicts: [{ what: "the document", reason: "The merged entries do not read back as they were written." }] };
}
