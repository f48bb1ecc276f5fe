import { type Answered, type Exchange, BODY_LIMIT, excerpt, exchange, isPage, printable } from "./exchange.ts";
import { asText, parseJson, valueAt } from "./json-path.ts";
import type { Measurement, Probe } from "./port.ts";

export interface HttpExpectation {
  readonly status: number;
  /** `path=value` conditions that the JSON body has to meet, all of them; none: the body need not be JSON. */
  readonly json: readonly string[];
}

/**
 * Probes an HTTP address: status and JSON body as expected, within the time limit, body included.
 *
 * A redirect is not followed, so it is a failure unless its status is the expected one; so is a page where JSON is
 * expected (a login wall), and a JSON body that itself says it is degraded or down, whatever its status.
 */
export function httpProbe(url: string, expected: HttpExpectation, critical = true, ask = exchange): Probe {
  const name = printable(url);
  return {
    name,
    critical,
    measure: async (timeoutMs) => {
      const answer = await ask(url, timeoutMs);
      return { probe: name, latencyMs: answer.ms, at: answer.at, ...judge(answer, expected) };
    },
  };
}

type Judged = Pick<Measurement, "outcome" | "detail">;

function judge(answer: Exchange, expected: HttpExpectation): Judged {
  if (answer.kind !== "answered") return { outcome: answer.kind === "failed" ? "failure" : "error", detail: answer.detail };
  const seen = `${answer.status} ${excerpt(answer.body)}`.trim();
  const wrong = wrongStatus(answer, expected.status) ?? wrongBody(answer, expected.json);
  return wrong === undefined ? { outcome: "success", detail: seen } : { outcome: "failure", detail: wrong.replace("%", () => seen) };
}

function wrongStatus({ status, location }: Answered, expected: number): string | undefined {
  if (status === expected) return undefined;
  if (status >= 300 && status < 400) return `${status}, a redirect${target(location)}, which is not followed`;
  return `%, not ${expected}`;
}

function target(location: string): string {
  if (location === "") return "";
  return ` to ${URL.canParse(location) ? printable(location) : excerpt(location.replace(/[?#].*$/s, ""))}`;
}

function wrongBody(answer: Answered, conditions: readonly string[]): string | undefined {
  if (conditions.length === 0) return saysItIsSick(answer) ? "%: it says itself that it is not well" : undefined;
  if (isPage(answer)) return `${answer.status} with a web page where JSON was expected: a login wall or an error page`;
  if (answer.cut) return `${answer.status} with more than ${BODY_LIMIT / 1024} KiB where a short JSON body was expected`;
  const parsed = parseJson(answer.body);
  if (!parsed.ok) return "% is not JSON";
  const unmet = conditions.filter((condition) => !meets(parsed.document, condition));
  return unmet.length === 0 ? undefined : `%, not ${unmet.map((condition) => `\`${condition}\``).join(" and ")}`;
}

function meets(document: unknown, condition: string): boolean {
  const at = condition.indexOf("=");
  return asText(valueAt(document, condition.slice(0, at).trim())) === condition.slice(at + 1).trim();
}

const SICK = /^(degraded|down|error|fail|failed|failing|failure|unhealthy|unavailable|critical|outage|not[ _-]?ok)$/i;

/** A JSON body whose `status` names a sickness. Looked at only where no condition was configured. */
function saysItIsSick({ body, cut }: Answered): boolean {
  if (cut || !/^\s*\{/.test(body)) return false;
  const parsed = parseJson(body);
  return parsed.ok && SICK.test(asText(valueAt(parsed.document, "status")) ?? "");
}
