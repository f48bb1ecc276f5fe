import type { FaqDocument, FaqEntry } from "./document.ts";
import { endOf, startOf } from "./markdown.ts";

/**
 * A document as a row of pieces. Entries and link definitions have an identity of their own (`key`), so that they can be
 * told apart from each other however they change; any other block is known by its text alone.
 */
export interface Segment {
  readonly id: string;
  /** Set for pieces with an identity. */
  readonly key?: string;
  /** White space before it. */
  readonly lead: string;
  /** With line feeds only. */
  readonly body: string;
  readonly entry?: FaqEntry;
}

export interface Segments {
  readonly list: readonly Segment[];
  /** White space behind the last piece. */
  readonly trail: string;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly key?: string;
  readonly entry?: FaqEntry;
}

/** Cuts a document into segments; joined with their leads they are the document. */
export function segmentsOf(document: FaqDocument): Segments {
  const { text, source, entries } = document;
  const pieces: Piece[] = [];
  if (source.bodyStart > 0 && text.slice(0, source.bodyStart).trim() !== "") {
    const end = text.slice(0, source.bodyStart).trimEnd().length;
    pieces.push({ start: 0, end, key: "front matter" });
  }
  let next = 0;
  for (const block of source.blocks) {
    let at = startOf(block);
    // A block can hold several entries (a list) or be part of one; what is left of it stands for itself.
    for (; next < entries.length && (entries[next] as FaqEntry).start < endOf(block); next += 1) {
      const entry = entries[next] as FaqEntry;
      pushText(pieces, text, at, entry.start);
      pieces.push({ start: entry.start, end: entry.end, key: `entry ${entry.hash}`, entry });
      at = entry.end;
    }
    at = Math.max(at, pieces.at(-1)?.end ?? 0);
    if (at >= endOf(block)) continue;
    if (block.type === "definition") pieces.push({ start: at, end: endOf(block), key: `definition ${block.identifier}` });
    else pushText(pieces, text, at, endOf(block));
  }
  return toSegments(text, pieces);
}

function pushText(pieces: Piece[], text: string, from: number, to: number): void {
  const part = text.slice(from, to);
  if (part.trim() === "") return;
  const start = from + part.length - part.trimStart().length;
  pieces.push({ start, end: from + part.trimEnd().length });
}

function toSegments(text: string, pieces: readonly Piece[]): Segments {
  const seen = new Map<string, number>();
  let at = 0;
  const list = pieces.map(({ start, end, key, entry }) => {
    const lead = text.slice(at, start).replace(/\r\n/g, "\n");
    const body = text.slice(start, end).replace(/\r\n/g, "\n");
    at = end;
    if (key === undefined) return { id: `text ${body}`, lead, body };
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    const own = count === 1 ? key : `${key} ${count}`;
    return { id: own, key: own, lead, body, ...(entry === undefined ? {} : { entry }) };
  });
  return { list, trail: text.slice(at).replace(/\r\n/g, "\n") };
}
