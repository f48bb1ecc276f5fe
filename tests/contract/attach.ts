import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { OpenApiValidator } from "./openapi.ts";

export interface Contract {
  /** @throws Error listing every request and answer so far that GitHub's own description does not allow. */
  verify(): void;
  /** How many exchanges were looked at. */
  readonly checked: number;
}

/**
 * Listens to a sandbox and holds every REST exchange against GitHub's OpenAPI description. GraphQL needs no such
 * check: graphql-js executes GitHub's own schema. Left out: 501 (the sandbox naming itself), injected 5xx, and
 * answers in other media types than JSON.
 */
export async function attachContract(sandbox: Sandbox): Promise<Contract> {
  const validator = await OpenApiValidator.load();
  const problems = new Set<string>();
  let checked = 0;
  sandbox.onExchange((exchange) => {
    const type = exchange.responseHeaders["content-type"] ?? "application/json";
    if (exchange.kind === "graphql" || exchange.status >= 500 || !type.startsWith("application/json")) return;
    checked += 1;
    const query = exchange.query.size > 0 ? `?${exchange.query}` : "";
    for (const problem of validator.check({ ...exchange, path: exchange.path + query })) problems.add(problem);
  });
  return {
    verify: () => {
      if (problems.size > 0) throw new Error(`GitHub's OpenAPI description does not allow:\n${[...problems].join("\n")}`);
    },
    get checked() {
      return checked;
    },
  };
}
