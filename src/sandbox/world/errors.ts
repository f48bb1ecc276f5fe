/** Refusals, with what both APIs need to word them. */

export interface ErrorDetail {
  readonly resource: string;
  readonly field?: string;
  readonly code: string;
  readonly message?: string;
  readonly value?: unknown;
}

export interface ApiErrorOptions {
  /** `errors` of the body: details, or plain sentences. */
  readonly errors?: readonly (ErrorDetail | string)[];
  /** `type` of the GraphQL error. */
  readonly type?: string;
  /** What GraphQL says, where it differs from REST. */
  readonly graphql?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly documentation?: string;
}

/** What the API answers instead of a result. */
export class ApiError extends Error {
  readonly status: number;
  readonly options: ApiErrorOptions;
  constructor(status: number, message: string, options: ApiErrorOptions = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.options = options;
  }

  get graphqlType(): string {
    if (this.options.type !== undefined) return this.options.type;
    if (this.status === 404) return "NOT_FOUND";
    return this.status === 403 ? "FORBIDDEN" : "UNPROCESSABLE";
  }

  get graphqlMessage(): string {
    if (this.options.graphql !== undefined) return this.options.graphql;
    const details = (this.options.errors ?? []).map((one) => (typeof one === "string" ? one : (one.message ?? one.code)));
    return details.length > 0 && this.message === "Validation Failed" ? details.join(", ") : this.message;
  }
}

export function notFound(graphql?: string): ApiError {
  return new ApiError(404, "Not Found", graphql === undefined ? {} : { graphql });
}

/** 422 in GitHub's usual dress. */
export function invalid(...errors: (ErrorDetail | string)[]): ApiError {
  return new ApiError(422, "Validation Failed", { errors });
}

export function missingField(resource: string, field: string): ApiError {
  return invalid({ resource, field, code: "missing_field" });
}
