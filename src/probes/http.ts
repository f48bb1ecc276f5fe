import { printable } from "../kit/address.ts";
import { type Answered, BODY_LIMIT, type Exchange, type Exchanging, excerpt, exchange, isPage } from "./exchange.ts";
import { asText, isAboutStatus, meets, parseJson, valueAt } from "./json-path.ts";
import type { HttpExpectation, HttpSpec, Measurement, Occasion, Probe } from "./port.ts";

const DAY_MS = 86_400_000;

/**
 * Probes an HTTP address: status, headers, body, time and certificate as expected, within the time limit, body included.
 *
 * A redirect that is not followed is a failure unless its status is an expected one; so is a page where JSON is expected (a login
 * wall), and a JSON body that itself says it is degraded or down, whatever its status. A certificate that ends too soon is an error
 * to measure: no revert renews it.
 */
export function httpProbe(spec: HttpSpec, ask: Exchanging = exchange): Probe {
  return {
    name: spec.name,
    measure: async (occasion) => {
      const answer = await following(spec, occasion, ask);
      const judged = await judge(answer, spec);
      const isAbsent = judged.outcome === "failure" && answer.kind === "answered" && answer.status === 404;
      return { probe: spec.name, latencyMs: answer.ms, at: answer.at, ...judged, ...(isAbsent ? { isAbsent } : {}) };
    },
  };
}

/** Asks, and follows as many redirects as may be, all within the one time limit. */
async function following({ url, headers, family, redirects }: HttpSpec, { timeoutMs, signal }: Occasion, ask: Exchanging): Promise<Exchange> {
  const began = performance.now();
  const left = () => Math.max(1, timeoutMs - (performance.now() - began));
  let address = url;
  let answer = await ask(address, { timeoutMs, signal, headers, family });
  for (let hop = 0; hop < redirects && answer.kind === "answered"; hop += 1) {
    const next = redirectOf(answer, address);
    if (next === undefined) break;
    // What was meant for one host is not told to another.
    const same = new URL(next).origin === new URL(url).origin;
    address = next;
    answer = await ask(address, { timeoutMs: left(), signal, family, ...(same ? { headers } : {}) });
  }
  return { ...answer, ms: Math.round((performance.now() - began) * 10) / 10 };
}

/** Where a redirect leads; undefined when it is none, or one that must not be followed: to another protocol, or out of TLS. */
function redirectOf({ status, location }: Answered, from: string): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || !URL.canParse(location, from)) return undefined;
  const to = new URL(location, from);
  const isSafe = to.protocol === "https:" || (to.protocol === "http:" && new URL(from).protocol === "http:");
  return isSafe ? to.href : undefined;
}

type Judged = Pick<Measurement, "outcome" | "detail">;

async function judge(answer: Exchange, { expect, redirects }: HttpSpec): Promise<Judged> {
  if (answer.kind !== "answered") return { outcome: answer.kind === "failed" ? "failure" : "error", detail: answer.detail };
  const seen = `${answer.status} ${excerpt(answer.body)}`.trim();
  const wrong = wrongStatus(answer, expect, redirects) ?? wrongHeader(answer, expect) ?? wrongBody(answer, expect) ?? tooSlow(answer, expect);
  if (wrong !== undefined) return { outcome: "failure", detail: wrong.replace("%", () => seen) };
  return (expect.matches === "" ? undefined : await unmatched(answer, expect.matches)) ?? expiring(answer, expect) ?? { outcome: "success", detail: seen };
}

function wrongStatus({ status, location }: Answered, expected: HttpExpectation, redirects: number): string | undefined {
  if (expected.status.some(([from, to]) => status >= from && status <= to)) return undefined;
  if (status >= 300 && status < 400) return `${status}, a redirect${target(location)}, ${redirects === 0 ? "which is not followed" : `after ${redirects} that were followed, or one that is not safe to follow`}`;
  return `%, not ${expected.status.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(" or ")}`;
}

function target(location: string): string {
  if (location === "") return "";
  return ` to ${URL.canParse(location) ? printable(location) : excerpt(location.replace(/[?#].*$/s, ""))}`;
}

function wrongHeader({ headers, status }: Answered, expected: HttpExpectation): string | undefined {
  const unmet = Object.entries(expected.headers).filter(([name, value]) => !String(headers[name.toLowerCase()] ?? "").toLowerCase().includes(value.toLowerCase()));
  return unmet.length === 0 ? undefined : `${status} without ${unmet.map(([name, value]) => `\`${name}: ${value}\``).join(" and ")} in its headers`;
}

function wrongBody(answer: Answered, { json, contains }: HttpExpectation): string | undefined {
  const missing = contains.filter((text) => !answer.body.includes(text));
  if (missing.length > 0) return `% does not hold ${missing.map((text) => `\`${excerpt(text)}\``).join(" and ")}`;
  if (!json.some(isAboutStatus) && saysItIsSick(answer)) return "%: it says itself that it is not well";
  if (json.length === 0) return undefined;
  if (isPage(answer)) return `${answer.status} with a web page where JSON was expected: a login wall or an error page`;
  if (answer.cut) return `${answer.status} with more than ${BODY_LIMIT / 1024} KiB where a short JSON body was expected`;
  const parsed = parseJson(answer.body);
  if (!parsed.ok) return "% is not JSON";
  const unmet = json.filter((condition) => !meets(parsed.document, condition));
  return unmet.length === 0 ? undefined : `%, not ${unmet.map((condition) => `\`${condition}\``).join(" and ")}`;
}

const SICK = /^(degraded|down|error|fail|failed|failing|failure|unhealthy|unavailable|critical|outage|not[ _-]?ok)$/i;

/** A JSON body whose `status` names a sickness. Looked at only where no condition says what `status` has to be. */
function saysItIsSick({ body, cut }: Answered): boolean {
  if (cut || !/^\s*\{/.test(body)) return false;
  const parsed = parseJson(body);
  return parsed.ok && SICK.test(asText(valueAt(parsed.document, "status")) ?? "");
}

function tooSlow({ ms }: Answered, { latencyMs }: HttpExpectation): string | undefined {
  return latencyMs !== null && ms > latencyMs ? `% took ${ms} ms, more than ${latencyMs} ms` : undefined;
}

async function unmatched({ body }: Answered, pattern: string): Promise<Judged | undefined> {
  const { MATCH_LIMIT_MS, matchesInTime } = await import("./matches.ts");
  const matched = matchesInTime(body, pattern);
  if (matched === null) return { outcome: "error", detail: `the body could not be matched with \`${excerpt(pattern)}\` within ${MATCH_LIMIT_MS} ms` };
  return matched ? undefined : { outcome: "failure", detail: `${excerpt(body)} does not match \`${excerpt(pattern)}\`` };
}

function expiring({ certificateEnds, at }: Answered, { certificateDays }: HttpExpectation): Judged | undefined {
  if (certificateDays === null) return undefined;
  if (certificateEnds === null) return { outcome: "error", detail: "there is no certificate to look at: the address is not https" };
  const days = Math.floor((certificateEnds - at) / DAY_MS);
  return days >= certificateDays ? undefined : { outcome: "error", detail: `its certificate ends on ${new Date(certificateEnds).toISOString().slice(0, 10)}, in ${days} days: renew it` };
}
