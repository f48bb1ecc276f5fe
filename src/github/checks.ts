import type { Api } from "./client.ts";
import { explainRest } from "./errors.ts";
import type { CheckAnnotation, Checks } from "./port.ts";

/** PLATFORM, Limits: annotations a request, and characters of a summary. Titles are cut where GitHub's form cuts them. */
const BATCH = 50;
const MAX_SUMMARY = 65_535;
const MAX_TITLE = 255;
const MAX_MESSAGE = 60_000;

type Check = Parameters<Checks["publishCheck"]>[0];

export function checks(api: Api): Checks {
  return { publishCheck: (check) => publishCheck(api, check) };
}

/** A completed check run; the first request carries 50 annotations, and each further one appends the next 50 to it. */
async function publishCheck(api: Api, check: Check): ReturnType<Checks["publishCheck"]> {
  const batches = inBatches(check.annotations);
  const request = {
    method: "POST",
    path: "/check-runs",
    body: {
      name: check.name,
      head_sha: check.sha,
      status: "completed",
      conclusion: check.conclusion,
      external_id: check.externalId,
      started_at: new Date(check.startedAt).toISOString(),
      completed_at: new Date(check.completedAt).toISOString(),
      output: output(check, batches[0] ?? []),
    },
    answers: [403],
    doing: `publish the check ${check.name}`,
    needs: "checks: write",
    recover: () => published(api, check),
  } as const;
  const answer = await api.rest(request);
  if (answer.status === 403) {
    if (/not accessible by/i.test(JSON.stringify(answer.data))) return "read-only";
    throw explainRest(answer, request);
  }
  const { id, html_url: url } = answer.data as { id: number; html_url?: string | null };
  for (const batch of batches.slice(1)) {
    // Repeating a batch whose answer was lost shows its annotations twice, which misleads nobody.
    await api.rest({ method: "PATCH", path: `/check-runs/${id}`, body: { output: output(check, batch) }, doing: request.doing, needs: request.needs });
  }
  return { id, url: url ?? `${api.serverUrl}/${api.owner}/${api.repo}/runs/${id}` };
}

/** The check run of this very publication, when a first try was lost on its way back. */
async function published(api: Api, check: Check) {
  const { data } = await api.rest({
    method: "GET",
    path: `/commits/${check.sha}/check-runs`,
    query: { check_name: check.name, filter: "all", per_page: 100 },
    doing: `look for the check ${check.name}`,
    needs: "checks: read",
  });
  const { check_runs: runs } = data as { check_runs: readonly { id: number; html_url: string | null; external_id: string | null; completed_at: string | null }[] };
  const completedAt = Math.floor(check.completedAt / 1_000);
  const found = runs.find((run) => run.external_id === check.externalId && Math.floor(Date.parse(run.completed_at ?? "") / 1_000) === completedAt);
  return found && { status: 201, data: found };
}

function output(check: Check, annotations: readonly CheckAnnotation[]) {
  return {
    title: cut(check.title, MAX_TITLE),
    summary: cut(check.summary, MAX_SUMMARY),
    annotations: annotations.map(({ path, startLine, endLine, level, title, message }) => ({
      path,
      start_line: startLine,
      end_line: endLine,
      annotation_level: level,
      title: cut(title, MAX_TITLE),
      message: cut(message, MAX_MESSAGE),
    })),
  };
}

function inBatches<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}
