import { InstantError, messageOf, type Problem } from "../kit/errors.ts";
import type { Proxy } from "../kit/proxy.ts";

/** The way to a service is closed: nobody there has been asked anything. */
export class WayError extends InstantError {
  /** Whether another try, a moment later, may find it open. */
  readonly retryable: boolean;
  readonly problem: Problem;

  constructor(blame: "configuration" | "service", problem: Problem, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(blame, [problem], { cause: options.cause });
    this.name = "WayError";
    this.retryable = options.retryable;
    this.problem = problem;
  }
}

/** The WayError, or another InstantError, that an error was caused by, if any: libraries wrap what a request rejects with. */
export function wayErrorIn(error: unknown): WayError | InstantError | undefined {
  let inner = error;
  for (let depth = 0; depth < 6 && inner instanceof Error; depth += 1) {
    if (inner instanceof InstantError) return inner;
    inner = inner.cause;
  }
  return undefined;
}

/** A proxy that answered something else than "established" to CONNECT, or 407 to a request. */
export function refusedByProxy(proxy: Proxy, target: string, status: number): WayError {
  const what = `The proxy ${proxy.name} did not let this job through to ${target} (${status})`;
  if (status === 407) {
    return new WayError("configuration", {
      what,
      cause: proxy.authorization === undefined ? `it asks for a user and a password, and ${proxy.variable} holds none` : `it does not take the user and password in ${proxy.variable}`,
      where: proxy.variable,
      fix: `Set ${proxy.variable} to \`http://user:password@host:port\` where the runner is started; encode special characters (\`@\` as %40). Only Basic authentication is spoken.`,
    }, { retryable: false });
  }
  if (status >= 500) {
    return new WayError("service", {
      what,
      cause: `the proxy cannot reach ${target}, or does not know the name`,
      where: proxy.variable,
      fix: `Look at the proxy's log; if the runner can reach ${target} itself, add it to NO_PROXY.`,
    }, { retryable: true });
  }
  return new WayError("configuration", {
    what,
    cause: "its rules do not allow this host or port",
    where: proxy.variable,
    fix: `Have ${target} allowed on the proxy, or add it to NO_PROXY if the runner can reach it itself.`,
  }, { retryable: false });
}

export function silentProxy(proxy: Proxy, target: string, ms: number): WayError {
  return new WayError("service", {
    what: `The proxy ${proxy.name} did not open the way to ${target} within ${ms / 1_000} s`,
    where: proxy.variable,
    fix: `Look at the proxy's log; if the runner can reach ${target} itself, add it to NO_PROXY.`,
  }, { retryable: true });
}

export function unreachableProxy(proxy: Proxy, cause: unknown): WayError {
  const trust = trustProblem(cause, proxy.name);
  if (trust) return trust;
  return new WayError("service", {
    what: `The proxy ${proxy.name} cannot be reached (${codeOf(cause) || messageOf(cause)})`,
    cause: "the proxy is down, or its address is wrong",
    where: proxy.variable,
    fix: `Correct ${proxy.variable} where the runner is started, or unset it if there is no proxy any more.`,
  }, { retryable: true, cause });
}

/** What a connection that failed says about the way; undefined when it says nothing, as when it broke in the middle. */
export function explainConnection(error: unknown, url: URL, proxy: Proxy | undefined): WayError | undefined {
  const trust = trustProblem(error, url.host);
  if (trust) return trust;
  const code = codeOf(error);
  if (!NOT_REACHED.has(code)) return undefined;
  if (proxy) return unreachableProxy(proxy, error);
  const unknown = code === "ENOTFOUND" || code === "EAI_AGAIN";
  return new WayError("service", {
    what: unknown ? `The name ${url.hostname} cannot be resolved (${code})` : `${url.host} cannot be reached (${code})`,
    cause: "it is down, its address is wrong, or only a proxy leads there",
    fix: `Check the address; where the network asks for a proxy, set ${url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"} where the runner is started and keep ${url.hostname} out of NO_PROXY.`,
  }, { retryable: true, cause: error });
}

const NOT_REACHED = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EADDRNOTAVAIL"]);

/** OpenSSL's names for a chain that ends in nothing that is trusted (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNTRUSTED = new Set(["SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
const WRONG = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "CERT_REVOKED", "CERT_UNTRUSTED", "CERT_REJECTED", "CERT_SIGNATURE_FAILURE", "INVALID_PURPOSE", "ERR_TLS_CERT_ALTNAME_INVALID", "HOSTNAME_MISMATCH"]);

function trustProblem(error: unknown, host: string): WayError | undefined {
  const code = codeOf(error);
  if (UNTRUSTED.has(code)) {
    return new WayError("configuration", {
      what: `The certificate of ${host} is not trusted (${code})`,
      cause: "it was made by an authority of your own, or a proxy in between puts its own in its place",
      fix: "Set NODE_EXTRA_CA_CERTS, where the runner is started, to a PEM file with that authority's certificate; git needs its own setting (docs/ghes-and-proxies.md).",
    }, { retryable: false, cause: error });
  }
  if (WRONG.has(code)) {
    return new WayError("configuration", {
      what: `The certificate of ${host} is not valid (${code})`,
      cause: "it is out of date, made for another name, or not signed by the authority that it names",
      fix: "Have the certificate renewed, or use the name that it was made for.",
    }, { retryable: false, cause: error });
  }
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return new WayError("configuration", {
      what: `${host} does not speak TLS (${code})`,
      cause: "the address says https where the service, or the proxy, speaks plain http",
      fix: "Correct the address: `http://` for what speaks no TLS. A proxy's own address nearly always begins with `http://`, also in HTTPS_PROXY.",
    }, { retryable: false, cause: error });
  }
  return undefined;
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  // Several addresses of one name that all failed: https://nodejs.org/api/net.html#socketconnectoptions-connectlistener
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return typeof first === "object" && first !== null && "code" in first ? String(first.code) : "";
}
