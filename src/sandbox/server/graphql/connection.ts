/** Relay connections as GitHub pages them: opaque cursors, at most 100 a page. */

import { ApiError } from "../../world/errors.ts";

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

export interface Connection {
  readonly totalCount: number;
  readonly pageInfo: Readonly<Record<string, unknown>>;
  readonly nodes: () => unknown[];
  readonly edges: () => unknown[];
}

function cursor(position: number): string {
  return Buffer.from(`cursor:v2:${position}`).toString("base64");
}

function position(text: string): number {
  const found = /^cursor:v2:(\d+)$/.exec(Buffer.from(text, "base64").toString("utf8"))?.[1];
  if (found === undefined) throw new ApiError(422, `\`${text}\` does not appear to be a valid cursor.`, { type: "INVALID_CURSOR_ARGUMENTS" });
  return Number(found);
}

/**
 * @throws ApiError when neither `first` nor `last` is given, or one exceeds 100: GitHub refuses both.
 */
export function connection<T>(
  items: readonly T[],
  args: PageArguments,
  render: (item: T) => unknown,
  extra: Readonly<Record<string, unknown>> = {},
): Connection & Readonly<Record<string, unknown>> {
  checkArguments(args);
  let from = args.after === undefined || args.after === null ? 0 : position(args.after);
  let to = args.before === undefined || args.before === null ? items.length : Math.min(items.length, position(args.before) - 1);
  if (typeof args.first === "number") to = Math.min(to, from + args.first);
  if (typeof args.last === "number") from = Math.max(from, to - args.last);
  const slice = items.slice(from, to);
  return {
    ...extra,
    totalCount: items.length,
    pageInfo: {
      hasNextPage: to < items.length, hasPreviousPage: from > 0,
      startCursor: slice.length > 0 ? cursor(from + 1) : null, endCursor: slice.length > 0 ? cursor(from + slice.length) : null,
    },
    nodes: () => slice.map(render),
    edges: () => slice.map((item, index) => ({ cursor: cursor(from + index + 1), node: () => render(item) })),
  };
}

function checkArguments(args: PageArguments): void {
  const given = (["first", "last"] as const).filter((name) => typeof args[name] === "number");
  if (given.length === 0) {
    throw new ApiError(422, "You must provide a `first` or `last` value to properly paginate the connection.", { type: "MISSING_PAGINATION_BOUNDARIES" });
  }
  for (const name of given) {
    const value = args[name] as number;
    if (value > 100) {
      throw new ApiError(422, `Requesting ${value} records on the connection exceeds the \`${name}\` limit of 100 records.`, { type: "EXCESSIVE_PAGINATION" });
    }
  }
}
