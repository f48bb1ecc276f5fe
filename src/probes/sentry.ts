import { type Exchange, type Exchanging, excerpt, exchange } from "./exchange.ts";
import { parseJson, valueAt } from "./json-path.ts";
import type { Measurement, Occasion, Probe, SentrySpec } from "./port.ts";

/** Issues that one answer holds; more are told as so many. */
const PAGE = 50;
/** An issue takes one to three kilobytes. */
const ANSWER_LIMIT = 1024 * 1024;

class Unmeasured extends Error {}

/**
 * Probes Sentry for issues that were first seen since the deployment began, in one project, by its API
 * (https://docs.sentry.io/api/events/list-an-organizations-issues/; the token needs `event:read`, `project:read` and, with a release,
 * `org:read`). A project or a release that Sentry does not know has no issues either: both are asked for before an empty list is
 * believed. Whatever Sentry does not answer well is an error to measure.
 */
export function sentryProbe(spec: SentrySpec, exchanging: Exchanging = exchange): Probe {
  let project: Promise<string> | undefined;
  return {
    name: spec.name,
    measure: async (occasion) => {
      const at = Date.now();
      const began = performance.now();
      const limits = { ...occasion, until: began + occasion.timeoutMs, exchanging };
      const id = () => (project ??= known(spec, limits).catch((error: unknown) => {
        project = undefined;
        throw error;
      }));
      const judged = await look(spec, limits, id).catch((error: unknown) => {
        if (error instanceof Unmeasured) return { outcome: "error" as const, detail: error.message };
        throw error;
      });
      return { probe: spec.name, ...judged, latencyMs: Math.round((performance.now() - began) * 10) / 10, at };
    },
  };
}

interface Limits extends Occasion {
  readonly until: number;
  readonly exchanging: Exchanging;
}

/** The project's number, once project and release are known to be there. */
async function known(spec: SentrySpec, limits: Limits): Promise<string> {
  const [organization, project] = [spec.organization, spec.project].map(encodeURIComponent);
  const [found] = await Promise.all([
    ask(spec, `/projects/${organization}/${project}/`, limits, `the project ${spec.project}`),
    spec.release === "" ? null : ask(spec, `/organizations/${organization}/releases/${encodeURIComponent(spec.release)}/`, limits, `the release ${spec.release}`),
  ]);
  const id = valueAt(found, "id");
  if (typeof id !== "string") throw new Unmeasured("Sentry did not say which number the project has");
  return id;
}

async function look(spec: SentrySpec, limits: Limits, project: () => Promise<string>): Promise<Pick<Measurement, "outcome" | "detail">> {
  const search = new URLSearchParams({ project: await project(), sort: "new", limit: String(PAGE), query: spec.release === "" ? "is:unresolved" : `is:unresolved release:"${spec.release.replaceAll('"', '\\"')}"` });
  if (spec.environment !== "") search.set("environment", spec.environment);
  const issues = await ask(spec, `/organizations/${encodeURIComponent(spec.organization)}/issues/?${search.toString()}`, limits, "the issues");
  if (!Array.isArray(issues)) throw new Unmeasured("Sentry did not answer a list of issues");
  // The search is by whole minutes and by its own clock; the issues themselves say when they were first seen.
  const fresh = issues.filter((issue) => {
    const first = Date.parse(String(valueAt(issue, "firstSeen")));
    if (Number.isNaN(first)) throw new Unmeasured("Sentry did not say when an issue was first seen");
    return first >= limits.since;
  });
  const count = fresh.length < PAGE ? String(fresh.length) : `${PAGE} or more`;
  if (fresh.length <= spec.tolerated) return { outcome: "success", detail: `${count === "0" ? "no" : count} new issue${fresh.length === 1 ? "" : "s"} since the deployment began` };
  const titles = fresh.slice(0, 2).map((issue) => excerpt(String(valueAt(issue, "title") ?? ""), 60));
  return { outcome: "failure", detail: `${count} new issue${fresh.length === 1 ? "" : "s"} since the deployment began: ${titles.join("; ")}` };
}

async function ask({ url, token }: SentrySpec, path: string, { signal, until, exchanging }: Limits, thing: string): Promise<unknown> {
  const timeoutMs = Math.max(1, until - performance.now());
  const answer = await exchanging(`${url.replace(/\/+$/, "")}/api/0${path}`, { timeoutMs, signal, headers: { authorization: `Bearer ${token}` }, bodyLimit: ANSWER_LIMIT });
  if (answer.kind !== "answered" || answer.status !== 200) throw new Unmeasured(refusal(answer, thing));
  const parsed = answer.cut ? { ok: false as const } : parseJson(answer.body);
  if (!parsed.ok) throw new Unmeasured(`Sentry did not answer ${thing} as JSON`);
  return parsed.document;
}

const MEANINGS: Readonly<Record<number, string>> = { 401: "it does not know the token", 403: "the token may not read that", 404: "it does not know that, or the token may not see it", 429: "it was asked too often" };

function refusal(answer: Exchange, thing: string): string {
  if (answer.kind !== "answered") return `Sentry could not be asked for ${thing}: ${answer.detail}`;
  return `Sentry answered ${answer.status} to ${thing}: ${MEANINGS[answer.status] ?? excerpt(answer.body)}`;
}
