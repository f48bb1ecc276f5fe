import { failure, type InstantError } from "../kit/errors.ts";
import { whereItsStatusIs } from "../kit/server.ts";
import { WayError } from "../net/errors.ts";
import { errorsIn, type GraphqlError, messageIn, type RestAnswer } from "./answers.ts";

/** What a request is for, in words that an error can use. */
export interface Purpose {
  /** Completes "GitHub refused to …": `open a pull request`. */
  readonly doing: string;
  /** The line of a job's `permissions:` that allows it: `pull-requests: write`. */
  readonly needs: string;
}

const WRITES = "nothing that was written is written twice when the job is run again";

/** A refused REST request (4xx), told to the person who can change something. */
export function explainRest(answer: RestAnswer, purpose: Purpose): InstantError {
  const said = messageIn(answer.data);
  const what = `GitHub refused to ${purpose.doing} (${answer.status}: ${said})`;
  if (answer.status < 400) return sentElsewhere(what, answer.headers?.get("location") ?? "");
  if (answer.status === 401) return badToken(what);
  if (answer.status === 403) return forbidden(what, said, acceptedPermissions(answer) ?? purpose.needs);
  if (answer.status === 404) {
    return failure("permission", {
      what,
      cause: "there is no such thing here, or the token may not see it: GitHub answers 404 to both",
      fix: `Check the name, and that the job's \`permissions:\` hold \`${purpose.needs}\`.`,
    });
  }
  if (answer.status === 410) return failure("configuration", { what, cause: "this feature is switched off in the repository", fix: "Switch it on in the repository's settings." });
  return failure("configuration", { what: `${what}${listErrors(answer.data)}`, fix: "Change what GitHub names in its answer; the same request is not tried again." });
}

/** Redirects inside the same origin were followed; a token is never taken to another one. */
function sentElsewhere(what: string, location: string): InstantError {
  const origin = URL.canParse(location) ? new URL(location).origin : "nowhere";
  return failure("configuration", {
    what: `${what}, and sent the request to ${origin}`,
    cause: "the address of GitHub's API is not the one that the server goes by (http for https, another name), or a proxy or login page answers in its place",
    fix: "Correct the addresses that the runner gives in GITHUB_API_URL, GITHUB_GRAPHQL_URL and GITHUB_SERVER_URL; INSTANT does not take a token to another host.",
  });
}

/**
 * An answer that cannot be GitHub's, whose API speaks JSON: the page of a proxy, of a login, or of a server that has its API elsewhere.
 * A page with a 5xx may be GitHub's own and is a disturbance.
 */
export function notGitHub({ status, data }: RestAnswer, purpose: Purpose, address: string): InstantError | undefined {
  if (typeof data !== "string" || status >= 500) return undefined;
  const page = /^\s*</.test(data);
  if (!page && (status >= 300 || data.trim() === "")) return undefined;
  const host = URL.canParse(address) ? new URL(address).host : address;
  return failure("service", {
    what: `What answered at ${host} is not GitHub's API: ${page ? "a web page" : "text"} came back (${status}) for the request to ${purpose.doing}`,
    cause: "a proxy or a login page answers in its place, or the API has another address",
    fix: "Check GITHUB_API_URL and GITHUB_GRAPHQL_URL (on GitHub Enterprise Server they end in /api/v3 and /api/graphql), and what the proxy lets through.",
  });
}

function badToken(what: string): InstantError {
  return failure("permission", {
    what,
    cause: "the token is wrong, has expired, or the job that it belongs to has ended",
    fix: "Leave out the `token` input to use the job's own token, or renew the secret that it comes from.",
  });
}

/** GitHub's words for a missing permission; `Resource not accessible by integration` names none, so the line to add is named here. */
export function forbidden(what: string, said: string, needs: string): InstantError {
  if (/not permitted to create or approve pull requests/i.test(said)) {
    return failure("permission", {
      what,
      cause: "the repository does not let GitHub Actions open pull requests, whatever `permissions:` says",
      fix: "Tick Settings > Actions > General > Workflow permissions > `Allow GitHub Actions to create and approve pull requests` (an organisation may have to allow it first), or pass the token of a GitHub App.",
    });
  }
  if (/authenticate via a GitHub App/i.test(said)) {
    return failure("permission", {
      what,
      cause: "the token is a person's, and GitHub lets only Apps do this; a job's own token is an App's",
      fix: "Leave out the `token` input to use the job's own token, or pass the token of a GitHub App.",
    });
  }
  if (/saml|sso/i.test(said)) return failure("permission", { what, cause: "the organisation asks for single sign-on", fix: "Authorise the token for the organisation, or use the job's own token." });
  if (/without `?workflows?`? (permission|scope)/i.test(said)) {
    return failure("permission", { what, cause: "a workflow's own token may not change files below .github/workflows", fix: "Leave workflow files out of the change, or pass the token of a GitHub App with `workflows: write`." });
  }
  return failure("permission", {
    what,
    cause: "the token lacks a permission, or a rule of the repository forbids it",
    fix: `Give the job this permission:\n${asYaml(needs)}`,
    permission: needs,
  });
}

/** `permissions:` of a job as it has to be typed. */
export function asYaml(needs: string): string {
  return `permissions:\n${needs.split(", ").map((line) => `  ${line}`).join("\n")}`;
}

/** A GraphQL answer that carries errors and is no use without what they are about. */
export function explainGraphql(errors: readonly GraphqlError[], purpose: Purpose, needsAt: (path: readonly (string | number)[]) => string | undefined): InstantError {
  const first = errors.find((error) => error.type === "FORBIDDEN") ?? errors[0];
  const said = first?.message ?? "no reason given";
  const what = `GitHub refused to ${purpose.doing} (${first?.type ?? "error"}: ${errors.map((error) => error.message).join("; ")})`;
  if (first?.type === "FORBIDDEN" || /not accessible by|must have push access|insufficient_scopes/i.test(said) || first?.type === "INSUFFICIENT_SCOPES") {
    return forbidden(what, said, needsAt(first?.path ?? []) ?? purpose.needs);
  }
  if (first?.type === "NOT_FOUND") {
    return failure("permission", {
      what,
      cause: "there is no such thing here, or the token may not see it: GitHub answers the same to both",
      fix: `Check the name, and that the job's \`permissions:\` hold \`${needsAt(first.path ?? []) ?? purpose.needs}\`.`,
    });
  }
  if (errors.some(isUnknownToServer)) {
    return failure("configuration", {
      what: `This GitHub does not know all that is needed to ${purpose.doing} (${errors.map((error) => error.message).join("; ")})`,
      cause: "it is a GitHub Enterprise Server older than INSTANT can work with",
      fix: "Update the server; docs/ghes-and-proxies.md names the oldest version that is known to do. Nothing was decided without what could not be read.",
    });
  }
  if (first?.type === undefined) return failure("service", { what, cause: "GitHub could not carry out the query", fix: `Run the job again; ${WRITES}.` });
  return failure("configuration", { what, fix: "Change what GitHub names in its answer; the same request is not tried again." });
}

/** Errors by which a schema says that it has no such field, argument or type (graphql-ruby's static validation, which GitHub uses). */
function isUnknownToServer({ message, extensions }: GraphqlError): boolean {
  return /^(undefined(Field|Type|Directive)|argumentNotAccepted|fieldConflict|variableRequiresValidType)$/.test(extensions?.code ?? "") || /doesn't exist on type|doesn't accept argument|isn't a defined input type|No such type/.test(message);
}

/** GitHub did not answer, or with a 5xx, as often as it was tried. */
export function unavailable(purpose: Purpose, seen: { readonly saw: string; readonly tries: number; readonly serverUrl: string }, cause: Error): InstantError {
  const { saw, tries, serverUrl } = seen;
  const what = `GitHub could not be asked to ${purpose.doing}: ${saw} (${tries} ${tries === 1 ? "try" : "tries"})`;
  // Nobody at GitHub has heard of a request whose way was closed.
  if (cause.cause instanceof WayError) return failure(cause.cause.blame, { ...cause.cause.problem, what }, cause);
  return failure("service", { what, cause: `GitHub or the way to it is disturbed; see ${whereItsStatusIs(serverUrl)}`, fix: `Run the job again; ${WRITES}.` }, cause);
}

/** A rate limit that would have to be waited for longer than a job should. */
export function limited(purpose: Purpose, said: string, waitMs: number): InstantError {
  const minutes = Math.ceil(waitMs / 60_000);
  return failure("service", {
    what: `GitHub's rate limit stands in the way to ${purpose.doing} (${said}); it lifts in about ${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
    cause: "a workflow's own token may make 1,000 requests an hour in a repository, and about 80 writes a minute",
    fix: `Run the job again later, or pass the token of a GitHub App, which may make more; ${WRITES}.`,
  });
}

function listErrors(data: unknown): string {
  const errors = errorsIn(data).filter((error) => error !== "");
  return errors.length === 0 ? "" : `: ${errors.join("; ").slice(0, 1_000)}`;
}

/**
 * The permissions an endpoint takes, from `X-Accepted-GitHub-Permissions` (`contents=write,pull_requests=write; …`, alternatives
 * split by semicolons): https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
function acceptedPermissions(answer: RestAnswer): string | undefined {
  const first = answer.headers?.get("x-accepted-github-permissions")?.split(";")[0]?.trim();
  if (!first) return undefined;
  return first
    .split(",")
    .map((pair) => pair.trim().replace("=", ": ").replaceAll("_", "-"))
    .join(", ");
}
