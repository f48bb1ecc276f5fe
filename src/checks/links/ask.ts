import { lookup as systemLookup, type LookupAddress } from "node:dns";
import type { IncomingMessage, RequestOptions } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { namesProxy, proxyFor } from "../../kit/proxy.ts";
import { isPublic } from "./addresses.ts";

/** `gone`: nobody is there, or says that it is not. `unsure`: it was not asked, or the answer says nothing about the page. */
export interface Answer {
  readonly kind: "alive" | "gone" | "unsure";
  readonly detail: string;
  /** True when the host asked to be left alone. */
  readonly busy?: boolean;
}

export type Ask = (url: URL, signal: AbortSignal) => Promise<Answer>;

type Resolve = (hostname: string, answer: (error: NodeJS.ErrnoException | null, addresses?: readonly LookupAddress[]) => void) => void;

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 10_000;
const HEADERS = { accept: "*/*", "user-agent": "instant-link-check" };

/**
 * Asks whether a page is there, by HEAD and where that says nothing by GET, of which no body is read. Whoever opens a pull request
 * chooses the addresses, so that only those of the public internet are asked: of a name it is the addresses that are connected to
 * which count, whatever the name leads to a moment later, and each redirect is judged anew.
 * @param tools.isAllowed and `tools.resolve` are others in tests.
 */
export function openAsk(tools: { readonly isAllowed?: (address: string) => boolean; readonly resolve?: Resolve; readonly env?: Readonly<Record<string, string | undefined>> } = {}): Ask {
  const { isAllowed = isPublic, resolve = (name, answer) => systemLookup(name, { all: true }, answer), env = process.env } = tools;
  const guard = { isAllowed, lookup: guardedLookup(isAllowed, resolve), env };
  return async (url, signal) => {
    const first = await follow(url, "HEAD", guard, signal);
    // Many servers know no HEAD, or lie to it.
    return first.kind === "alive" || first.busy === true || first.status === undefined ? first : follow(url, "GET", guard, signal);
  };
}

interface Guard {
  readonly isAllowed: (address: string) => boolean;
  readonly lookup: LookupFunction;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Judged = Answer & { readonly status?: number };

async function follow(url: URL, method: "HEAD" | "GET", guard: Guard, signal: AbortSignal): Promise<Judged> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const refused = refusal(at, guard);
    if (refused !== null) return { kind: "unsure", detail: refused };
    const answer = await send(at, method, guard, signal).catch(judgeError);
    if (!("location" in answer)) return answer;
    if (!URL.canParse(answer.location, at.href)) return { kind: "unsure", detail: "it leads on to what is no address" };
    at = new URL(answer.location, at.href);
  }
  return { kind: "unsure", detail: `it leads on more than ${MAX_REDIRECTS} times` };
}

/** Why an address is not asked, before anything is sent. */
function refusal(url: URL, { isAllowed, env }: Guard): string | null {
  if (url.protocol !== "http:" && url.protocol !== "https:") return `it leads on to ${url.protocol}//`;
  if (url.username !== "" || url.password !== "") return "it holds a user or a password";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isAllowed(host)) return PRIVATE;
  // Where a proxy leads to, only the proxy knows.
  if (namesProxy(env) && proxyFor(url, env) !== undefined) return "a proxy stands in between";
  return null;
}

const PRIVATE = "it is no address of the public internet";

class PrivateAddress extends Error {}

function guardedLookup(isAllowed: (address: string) => boolean, resolve: Resolve): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname, (error, addresses) => {
      // With an error the system gives no list at all.
      if (error || addresses === undefined) return answer(error, "", 0);
      const allowed = addresses.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (first === undefined || allowed.length < addresses.length) answer(new PrivateAddress(PRIVATE), "", 0);
      else if (options.all === true) answer(null, [...allowed]);
      else answer(null, first.address, first.family);
    });
  };
}

async function send(url: URL, method: "HEAD" | "GET", { lookup, isAllowed }: Guard, signal: AbortSignal): Promise<Judged | { readonly location: string }> {
  const { request } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const options: RequestOptions = { method, headers: HEADERS, agent: false, lookup, timeout: TIMEOUT_MS, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) };
  return new Promise((answer, fail) => {
    const sent = request(url, options, (response) => {
      answer(judge(response));
      response.destroy();
    });
    sent.on("socket", (socket) => socket.once("connect", () => {
      if (!isAllowed(socket.remoteAddress ?? "")) sent.destroy(new PrivateAddress(PRIVATE));
    }));
    sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.on("error", fail);
    sent.end();
  });
}

function judge({ statusCode: status = 0, headers }: IncomingMessage): Judged | { readonly location: string } {
  if (status >= 300 && status < 400 && headers.location !== undefined) return { location: headers.location };
  if (status >= 200 && status < 400) return { kind: "alive", detail: String(status) };
  if (status === 404 || status === 410) return { kind: "gone", detail: `it answers ${status}`, status };
  // A wall (401, 403), a limit (429) or an outage (5xx) says nothing about the page.
  return { kind: "unsure", detail: `it answers ${status}`, status, ...(status === 429 || status === 503 ? { busy: true } : {}) };
}

function judgeError(error: unknown): Judged {
  if (error instanceof PrivateAddress) return { kind: "unsure", detail: PRIVATE };
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOTFOUND") return { kind: "gone", detail: "there is no host of this name" };
  return { kind: "unsure", detail: code === "" || code === "ABORT_ERR" || code === "23" ? "it does not answer in time" : `it cannot be reached (${code})` };
}
