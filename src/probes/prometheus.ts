import { isOrdered } from "../kit/comparison.ts";
import { type Exchanging, excerpt, exchange } from "./exchange.ts";
import { parseJson, valueAt } from "./json-path.ts";
import type { Counted, Measurement, Probe, PrometheusSpec, Traffic, TrafficQueries, TrafficSpec } from "./port.ts";

/** What Prometheus may answer at most; one number takes less than a kilobyte. */
const ANSWER_LIMIT = 256 * 1024;

/**
 * Probes by an instant query that has to answer one number. No series, several, NaN and infinity are errors to measure: they say
 * nothing of the service, least of all that it is well; so is a Prometheus that does not answer.
 */
export function prometheusProbe(spec: PrometheusSpec, ask: Exchanging = exchange): Probe {
  return {
    name: spec.name,
    measure: async ({ timeoutMs, signal }) => {
      const at = Date.now();
      const began = performance.now();
      const read = await query(spec, spec.query, null, { timeoutMs, signal, ask });
      const judged = read.kind === "number" ? judge(read.value, spec) : { outcome: "error" as const, detail: read.detail };
      return { probe: spec.name, ...judged, latencyMs: Math.round((performance.now() - began) * 10) / 10, at };
    },
  };
}

function judge(value: number, { pass, fail }: PrometheusSpec): Pick<Measurement, "outcome" | "detail"> {
  const shown = `it is ${Number(value.toPrecision(6))}`;
  if (isOrdered(value, pass)) return { outcome: "success", detail: `${shown}, ${pass}` };
  if (fail === "") return { outcome: "failure", detail: `${shown}, not ${pass}` };
  return isOrdered(value, fail) ? { outcome: "failure", detail: `${shown}, ${fail}` } : { outcome: "inconclusive", detail: `${shown}: neither ${pass} nor ${fail}` };
}

/** Counts requests and errors of windows that may lie in the past. */
export function prometheusTraffic(spec: TrafficSpec, ask: Exchanging = exchange): Traffic {
  return {
    name: spec.name,
    count: async (which, endAt, { timeoutMs, signal }) => {
      const queries = spec[which];
      if (queries === null) return { kind: "empty", detail: "there is no such query" };
      const [errors, requests] = await Promise.all((["errors", "requests"] as const).map(async (name) => query(spec, windowed(queries, name, spec), endAt, { timeoutMs, signal, ask })));
      return counted(errors, requests);
    },
  };
}

function windowed(queries: TrafficQueries, name: keyof TrafficQueries, { windowSeconds }: TrafficSpec): string {
  return queries[name].replaceAll("${window}", `${windowSeconds}s`);
}

/** `increase()` extrapolates to fractions; the tests count whole requests. */
function counted(errors: Answer | undefined, requests: Answer | undefined): Counted {
  if (errors === undefined || requests === undefined) return { kind: "unread", detail: "it was not asked" };
  for (const [name, answer] of [["requests", requests], ["errors", errors]] as const) {
    if (answer.kind === "number") continue;
    return { kind: answer.kind === "empty" ? "empty" : "unread", detail: `${name}: ${answer.detail}` };
  }
  const [wrong, all] = [errors, requests].map((answer) => (answer.kind === "number" ? Math.round(answer.value) : Number.NaN)) as [number, number];
  if (wrong < 0 || all < 0 || wrong > all) return { kind: "unread", detail: `it counts ${wrong} errors of ${all} requests: the two queries do not belong together` };
  return all === 0 ? { kind: "empty", detail: "there was no request" } : { kind: "counted", errors: wrong, requests: all };
}

type Answer = { readonly kind: "number"; readonly value: number } | { readonly kind: "empty" | "unread"; readonly detail: string };

/**
 * One instant query (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).
 * @param at epoch milliseconds; null asks for now.
 */
async function query({ url, headers }: Pick<PrometheusSpec, "url" | "headers">, text: string, at: number | null, { ask, ...limits }: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly ask: Exchanging }): Promise<Answer> {
  const parameters = new URLSearchParams({ query: text, ...(at === null ? {} : { time: (at / 1_000).toFixed(3) }) });
  const answer = await ask(`${url.replace(/\/+$/, "")}/api/v1/query?${parameters.toString()}`, { ...limits, headers, bodyLimit: ANSWER_LIMIT });
  if (answer.kind !== "answered") return { kind: "unread", detail: `Prometheus could not be asked: ${answer.detail}` };
  const parsed = parseJson(answer.body);
  if (answer.status !== 200 || !parsed.ok || valueAt(parsed.document, "status") !== "success") {
    const said = parsed.ok ? valueAt(parsed.document, "error") : undefined;
    return { kind: "unread", detail: `Prometheus answered ${answer.status} ${excerpt(typeof said === "string" ? said : answer.body)}`.trim() };
  }
  return numberIn(valueAt(parsed.document, "data.resultType"), valueAt(parsed.document, "data.result"));
}

function numberIn(type: unknown, result: unknown): Answer {
  if (type === "vector" && Array.isArray(result)) {
    if (result.length === 0) return { kind: "empty", detail: "the query answers no series; where none means zero, end it with `or vector(0)`" };
    if (result.length > 1) return { kind: "unread", detail: `the query answers ${result.length} series, and has to answer one: wrap it in \`sum(…)\`` };
  }
  const pair = type === "vector" ? valueAt(result, "0.value") : type === "scalar" ? result : undefined;
  const text = Array.isArray(pair) ? (pair[1] as unknown) : undefined;
  if (typeof text !== "string") return { kind: "unread", detail: `the query answers a ${String(type)}, and has to answer one number` };
  const value = Number(text);
  return Number.isFinite(value) && text.trim() !== "" ? { kind: "number", value } : { kind: "unread", detail: `the query answers ${excerpt(text)}` };
}
