/** Answers that are not results: refusals, limits, failures, in GitHub's words. */

import type { ApiError } from "../world/errors.ts";
import type { Effect } from "./faults.ts";
import type { RequestKind } from "./log.ts";
import type { Reply } from "./router.ts";

const documentation = "https://docs.github.com/rest";

export function refused(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body: { message, documentation_url: documentation, status: String(status) }, headers };
}

export function errorReply(error: ApiError): Reply {
  const { errors, headers } = error.options;
  return {
    status: error.status,
    body: {
      message: error.message, ...(errors === undefined ? {} : { errors }),
      documentation_url: error.options.documentation ?? documentation, status: String(error.status),
    },
    headers: headers ?? {},
  };
}

export function serverError(status: number): Reply {
  return { status, body: { message: status === 503 ? "Service Unavailable" : "Server Error" } };
}

export function effectAfter(reply: Reply, effects: readonly Effect[]): Reply {
  const failing = effects.find((one) => one.type === "error" && one.when === "after");
  return failing?.type === "error" ? serverError(failing.status ?? 502) : reply;
}

/** GraphQL says it with status 200 and an error of type RATE_LIMITED, unless a test wants it otherwise. */
export function primaryLimit(kind: RequestKind, status: number | undefined, reset: number): Reply {
  const message = "API rate limit exceeded for installation.";
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
  if (kind === "graphql" && status === undefined) return { status: 200, body: { errors: [{ type: "RATE_LIMITED", message }] }, headers };
  return refused(status ?? 403, message, headers);
}

export function secondaryLimit(status: number, retryAfter: number | null): Reply {
  return refused(
    status,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    retryAfter === null ? {} : { "retry-after": String(retryAfter) },
  );
}

export function notImplemented(request: { readonly method: string; readonly path: string }): Reply {
  return { status: 501, body: { message: `The sandbox does not implement ${request.method} ${request.path}` } };
}
