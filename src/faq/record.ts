/** What INSTANT knows about an entry that it wrote: the knowledge record that governance reads (DESIGN 7). */
export interface FaqRecord {
  /** `questionHash` of the question that was asked. */
  readonly hash: string;
  readonly traceId: string;
  readonly model: string;
  /** Repository paths that the answer is grounded in. */
  readonly sources: readonly string[];
  /** UTC, ISO 8601: a day or a full time. */
  readonly date: string;
}

const OPENING = /^<!--\s*instant\s*:/i;
const MAX_LENGTH = 20_000;

/** Whether an HTML comment claims to be a record, well-formed or not. */
export function isRecordComment(html: string): boolean {
  return OPENING.test(html);
}

/**
 * The record as one HTML comment on one line. Every `<`, `>`, `--` and every character outside printable ASCII is written
 * as a JSON escape, so no value can end the comment, start another, or hide text.
 */
export function writeRecord(record: FaqRecord): string {
  const { hash, traceId, model, sources, date } = record;
  const json = JSON.stringify({ q: hash, trace: traceId, model, sources, date });
  return `<!-- instant: ${json.replace(/-(?=-)|[<>&`]|[^ -~]/g, escapeUnit)} -->`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The record in an HTML comment; undefined when the comment is not one, an Error saying why when it is malformed. */
export function readRecord(html: string): FaqRecord | Error | undefined {
  if (!isRecordComment(html)) return undefined;
  const body = /^<!--\s*instant\s*:([\s\S]*?)-->\s*$/i.exec(html)?.[1];
  if (body === undefined || html.length > MAX_LENGTH) return new Error("the comment does not end after the record, or is too long");
  try {
    return toRecord(JSON.parse(body));
  } catch (cause) {
    return new Error("the comment does not hold JSON", { cause });
  }
}

function toRecord(value: unknown): FaqRecord | Error {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Error("the record is not a JSON object");
  const { q, trace, model, sources, date } = value as Record<string, unknown>;
  const wrong: string[] = [];
  if (typeof q !== "string" || !/^[0-9a-f]{16}$/.test(q)) wrong.push("q (16 hex digits)");
  if (typeof trace !== "string" || trace === "") wrong.push("trace (the trace id)");
  if (typeof model !== "string" || model === "") wrong.push("model (its name)");
  if (!Array.isArray(sources) || !sources.every((path) => typeof path === "string")) wrong.push("sources (a list of paths)");
  if (typeof date !== "string" || !isDate(date)) wrong.push("date (ISO 8601)");
  if (wrong.length > 0) return new Error(`the record lacks or misspells ${wrong.join(", ")}`);
  return { hash: q as string, traceId: trace as string, model: model as string, sources: sources as string[], date: date as string };
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) && !Number.isNaN(Date.parse(text));
}
