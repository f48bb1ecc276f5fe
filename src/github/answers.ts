/** What GitHub answers, REST and GraphQL, and the words in it. */
export interface RestAnswer {
  readonly status: number;
  readonly data: unknown;
  readonly headers?: ReadonlyMap<string, string>;
}

/** One error of a GraphQL answer, as far as GitHub documents and shows it. */
export interface GraphqlError {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
  /** Of errors in the query itself: `undefinedField` and its like. */
  readonly extensions?: { readonly code?: string };
}

export function messageIn(data: unknown): string {
  const message = typeof data === "object" && data !== null && "message" in data ? data.message : data;
  return typeof message === "string" && message !== "" ? message.slice(0, 500) : "no reason given";
}

/** Every entry of a validation error's `errors` as one word of text each. */
export function errorsIn(data: unknown): readonly string[] {
  const errors = typeof data === "object" && data !== null && "errors" in data ? data.errors : undefined;
  const list: readonly unknown[] = Array.isArray(errors) ? errors : errors === undefined ? [] : [errors];
  return list.map((error) => {
    if (typeof error === "string") return error;
    if (typeof error !== "object" || error === null) return String(error);
    const { message, field, code } = error as Record<string, unknown>;
    return typeof message === "string" ? message : [field, code].filter((part) => typeof part === "string").join(" ");
  });
}
