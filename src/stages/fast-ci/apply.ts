import type { CheckAnnotation, Repository } from "../../github/port.ts";
import type { Decision } from "./decide.ts";
import type { CiFacts } from "./facts.ts";
import { findingsOf, tableOf } from "./findings.ts";

type CheckRun = Parameters<Repository["publishCheck"]>[0];

export type Published = { readonly kind: "published"; readonly url: string } | { readonly kind: "read-only" } | { readonly kind: "dry-run" };

/** More than this helps nobody; what is left out is counted in the summary. Two requests (PLATFORM, Limits). */
const MAX_ANNOTATIONS = 100;

/** The one effect of this stage, as data. */
export function checkRunOf(facts: CiFacts, decision: Decision, name: string, traceId: string): CheckRun {
  return {
    name,
    sha: facts.sha,
    // GitHub knows no conclusion for "could not be checked" that never passes but this one.
    conclusion: decision.kind === "success" ? "success" : "failure",
    title: decision.headline,
    summary: `${tableOf(facts)}\n`,
    annotations: annotationsOf(facts),
    externalId: traceId,
    startedAt: facts.startedAt,
    completedAt: facts.completedAt,
  };
}

function annotationsOf(facts: CiFacts): CheckAnnotation[] {
  return findingsOf(facts)
    .filter(({ path }) => path !== "")
    .slice(0, MAX_ANNOTATIONS)
    .map(({ path, line, endLine, level, rule, message }) => ({ path, startLine: line, endLine: endLine ?? line, level, title: rule, message }));
}

export async function publish(run: CheckRun, repo: Pick<Repository, "publishCheck">): Promise<Published> {
  const answer = await repo.publishCheck(run);
  return answer === "read-only" ? { kind: "read-only" } : { kind: "published", url: answer.url };
}
