import type { Sandbox } from "../../../src/sandbox/sandbox.ts";

export interface Answer<T = Record<string, never>> {
  readonly status: number;
  readonly headers: Headers;
  // Tests look at answers of every shape; what they expect of them is what is checked.
  readonly body: T;
}

export interface Client {
  rest(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer<Json>>;
  /** `data` and `errors` of one operation. */
  graphql(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Json>;
}

/** JSON as tests read it: any property may be asked for. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export function clientOf(sandbox: Sandbox, token: string | undefined): Client {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    rest: async (method, path, body, headers = {}) => {
      const response = await fetch(sandbox.urls.api + path, {
        method, redirect: "manual", headers: { ...authorization, "user-agent": "tests", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = response.headers.get("content-type")?.startsWith("application/json") === true;
      return { status: response.status, headers: response.headers, body: json && text !== "" ? (JSON.parse(text) as Json) : text };
    },
    graphql: async (query, variables = {}) => {
      const response = await fetch(sandbox.urls.graphql, {
        method: "POST", headers: { ...authorization, "user-agent": "tests" }, body: JSON.stringify({ query, variables }),
      });
      return response.json();
    },
  };
}

export const all = {
  contents: "write", pull_requests: "write", issues: "write", checks: "write", statuses: "write", actions: "write",
  deployments: "write", workflows: "write", administration: "write",
} as const;

/** Text of a git identity that never reads the machine's configuration. */
export const gitIdentity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
