import { shortSha } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import type { Reason } from "./reasons.ts";
import type { Ending, Done } from "./ending.ts";
import type { Policy } from "./policy.ts";
import { atMost, block, code, plain } from "./text.ts";
import { duration, iso } from "./texts.ts";

interface Frame {
  readonly policy: Policy;
  readonly traceId: string;
  readonly apiRequests: number;
  readonly elapsedMs: number;
}

/** What differs from one ending to another. */
interface Told {
  readonly status: string;
  readonly phase: string;
  readonly headline: string;
  readonly failed: boolean;
  readonly reasons: readonly string[];
  readonly parts: readonly string[];
  readonly outputs?: Readonly<Record<string, string>>;
}

const EMPTY = { "rollback-sha": "", "pr-number": "", "pr-url": "", "issue-number": "", "issue-url": "", verdict: "", "deployed-sha": "", "trb-ms": "" };

/** Outputs and summary of an ending. Only a change that is taken back, and production not known to be sick, succeeds. */
export function report(ending: Ending, frame: Frame): Report {
  const told = tell(ending, frame.policy);
  const links = "incident" in ending && ending.incident ? { "issue-number": String(ending.incident.number), "issue-url": ending.incident.url } : {};
  const pull = "pull" in ending && ending.pull ? { "pr-number": String(ending.pull.number), "pr-url": ending.pull.url } : {};
  const outputs = {
    ...EMPTY,
    ...links,
    ...pull,
    ...told.outputs,
    status: told.status,
    "trace-id": frame.traceId,
    phase: told.phase,
    "api-requests": String(frame.apiRequests),
    reasons: JSON.stringify(told.reasons),
  };
  const summary = `${[`### ${told.headline}`, ...told.parts, footer(outputs, frame)].filter((part) => part !== "").join("\n\n")}\n`;
  if (!told.failed) return { outputs, summary };
  const why = told.reasons.length === 0 ? "" : `: ${told.reasons.join("; ")}`;
  return { outputs, summary, failed: `${told.headline.replace(/^\S+ /, "")}${why}` };
}

function tell(ending: Ending, policy: Policy): Told {
  const commit = policy.commitSha === "" ? `#${policy.prNumber}` : shortSha(policy.commitSha);
  switch (ending.kind) {
    case "refused": {
      const phase = ending.handedOver ? "handed_over" : "blocked";
      return { status: "refused", phase, failed: true, headline: `❌ ${commit} was not taken back`, reasons: sentences(ending.reasons), parts: [bullets(ending.reasons)] };
    }
    case "dry-run": {
      const would = ending.effects.length === 0 ? "It would write nothing." : `It would:\n\n${ending.effects.map((effect) => `- ${plain(effect)}`).join("\n")}`;
      return { status: "dry-run", phase: "", failed: false, headline: `🔍 ${commit}: a dry run, nothing was written`, reasons: sentences(ending.reasons), parts: [bullets(ending.reasons), would] };
    }
    case "not-needed": {
      const { verified, reasons } = ending;
      const outputs = { verdict: verified.verdict, "deployed-sha": verified.deployedSha };
      return { status: "not-needed", phase: "verified", failed: false, headline: `✅ ${commit} did not have to be taken back: production is healthy with it`, reasons: sentences(reasons), parts: [bullets(reasons)], outputs };
    }
    case "conflict": {
      const reasons = [`conflict: later changes build on it, in ${named(ending.files) || "files that git did not name"}`];
      const files = atMost(ending.files.map((file) => `- ${code(file)}`), MOST_FILES).join("\n");
      return { status: "conflict", phase: "blocked", failed: true, headline: `❌ ${commit} cannot be taken back without a person`, reasons, parts: [`Later changes build on it, in:\n\n${files}`, `The commands to finish by hand are in ${ending.incident.url}.`] };
    }
    case "blocked": {
      const parts = [bullets(ending.reasons), ending.evidence === "" ? "" : block(ending.evidence), `People were called by ${ending.incident.url}.`];
      return { status: "refused", phase: "blocked", failed: true, headline: `❌ ${commit} was not taken back`, reasons: sentences(ending.reasons), parts };
    }
    case "done":
      return tellDone(ending, commit);
  }
}

/** So many files in conflict are named. */
const MOST_FILES = 50;

function named(files: readonly string[]): string {
  return [...files.slice(0, MOST_FILES), ...(files.length > MOST_FILES ? [`and ${files.length - MOST_FILES} more`] : [])].join(", ");
}

function tellDone(done: Done, commit: string): Told {
  const { verified, sha, now, trbMs, pull, also } = done;
  const outputs = {
    "rollback-sha": pull === null && !now ? "" : sha,
    verdict: verified?.verdict ?? "",
    "deployed-sha": verified?.deployedSha ?? "",
    "trb-ms": trbMs === null ? "" : String(trbMs),
  };
  const shared = { phase: "rolled_back", outputs, parts: [timeline(done)] };
  const all = [commit, ...also.map(({ sha: one }) => shortSha(one))].join(", ");
  const how = now ? `${all} ${also.length === 0 ? "was" : "were"} taken back` : `${commit} had been taken back before`;
  const status = now ? "rolled-back" : "already-rolled-back";
  if (verified === null) return { ...shared, status, failed: false, reasons: [], headline: `✅ ${how}; no deployment is configured to look at` };
  if (verified.verdict === "healthy") return { ...shared, status, failed: false, reasons: [], headline: `✅ ${how}, and production is healthy again` };
  const state = verified.verdict === "unhealthy" ? "production is still unhealthy" : "whether production is healthy could not be told";
  const list = verified.reasons.map((reason) => `- ${plain(reason)}`).join("\n");
  return { ...shared, status: "unhealthy", failed: true, reasons: verified.reasons, headline: `🚨 ${how}, but ${state}`, parts: [list, ...shared.parts, "No further rollback is tried: a person has to look."] };
}

function timeline({ story, verified, pull, sha, incident, trbMs, also }: Done): string {
  const { policy, startedAt } = story;
  const rows = [
    ...(policy.detectedAt === null ? [] : [`| detected | ${iso(policy.detectedAt)} |`]),
    `| rollback started | ${iso(startedAt)} |`,
    `| taken back as | ${shortSha(sha)}${pull === null ? " (without a hotfix pull request)" : ` by [#${pull.number}](${pull.url})`} |`,
    ...(also.length === 0 ? [] : [`| after it, because production was still sick | ${also.map(({ sha: one }) => shortSha(one)).join(", ")}, each with a hotfix and an incident of its own |`]),
    ...(incident === null ? [] : [`| incident | [#${incident.number}](${incident.url}) |`]),
    ...(verified === null ? [] : [`| judged | ${iso(verified.at)}: ${verified.verdict}${verified.runUrl === "" ? "" : `, [deployment run](${verified.runUrl})`} |`]),
    ...(trbMs === null ? [] : [`| time to roll back (TRB) | **${duration(trbMs)}** |`]),
  ];
  return `| | |\n| --- | --- |\n${rows.join("\n")}`;
}

function sentences(reasons: readonly Reason[]): string[] {
  return reasons.map(({ code: name, message }) => `${name}: ${message}`);
}

function bullets(reasons: readonly Reason[]): string {
  return reasons.map(({ code: name, message }) => `- **${name}** ${plain(message)}`).join("\n");
}

function footer(outputs: Readonly<Record<string, string>>, { apiRequests, elapsedMs, traceId }: Frame): string {
  const links = [outputs["pr-url"] ? `[hotfix](${outputs["pr-url"]})` : "", outputs["issue-url"] ? `[incident](${outputs["issue-url"]})` : ""].filter((link) => link !== "");
  return `<sub>${[...links, `${apiRequests} API request${apiRequests === 1 ? "" : "s"}`, duration(elapsedMs)].join(" · ")} · trace id ${traceId}</sub>`;
}
