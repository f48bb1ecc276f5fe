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
  readonly pageInfo: () => Readonly<Record<string, unknown>>;
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
 * `totalCount` alone may be asked for without `first` or `last`; whoever wants items must say how many.
 * @throws ApiError when one exceeds 100, and in `nodes`, `edges` and `pageInfo` when neither is given: GitHub refuses both.
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
  const slice = (): readonly T[] => {
    if (typeof args.first === "number" || typeof args.last === "number") return items.slice(from, to);
    throw new ApiError(422, "You must provide a `first` or `last` value to properly paginate the connection.", { type: "MISSING_PAGINATION_BOUNDARIES" });
  };
  return {
    ...extra,
    totalCount: items.length,
    pageInfo: () => {
      const { length } = slice();
      return {
        hasNextPage: to < items.length, hasPreviousPage: from > 0,
        startCursor: length > 0 ? cursor(from + 1) : null, endCursor: length > 0 ? cursor(from + length) : null,
      };
    },
    nodes: () => slice().map(render),
    edges: () => slice().map((item, index) => ({ cursor: cursor(from + index + 1), node: () => render(item) })),
  };
}

/** A connection to what a sandbox has none of. */
export function none(args: PageArguments): unknown {
  return connection([], args, () => null);
}

function checkArguments(args: PageArguments): void {
  for (const name of ["first", "last"] as const) {
    const value = args[name];
    if (typeof value === "number" && value > 100) {
      throw new ApiError(422, `Requesting ${value} records on the connection exceeds the \`${name}\` limit of 100 records.`, { type: "EXCESSIVE_PAGINATION" });
    }
  }
}
