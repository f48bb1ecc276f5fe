import { createHash } from "node:crypto";
import type { OwnComment, Repository } from "../../github/port.ts";
import { InstantError, messageOf } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import { inert } from "../../kit/inert.ts";
import type { Log } from "../../kit/log.ts";
import { newestOf } from "./checks.ts";
import type { Reason } from "./condition.ts";
import type { Ending } from "./ending.ts";
import { escaped, table, toDo } from "./markdown.ts";
import { GATE_CHECK, type Policy } from "./policy.ts";
import { phaseOf } from "./report.ts";

/**
 * What is written on a pull request that is not merged: one comment, edited in place, and a check run at its head; by option an issue.
 * A merge writes nothing, unless one of them has to be taken back.
 */
export type Telling =
  | { readonly kind: "comment"; readonly number: number; readonly body: string }
  | { readonly kind: "edit-comment"; readonly id: number; readonly body: string }
  | { readonly kind: "check"; readonly sha: string; readonly conclusion: "success" | "failure" | "neutral"; readonly title: string; readonly summary: string; readonly externalId: string }
  | { readonly kind: "open-issue"; readonly title: string; readonly body: string; readonly marker: string }
  | { readonly kind: "close-issue"; readonly marker: string };

/** A comment is found by this and by who wrote it. */
export const MARKER = "<!-- instant-gate -->";
export const ISSUE_LABEL = "instant-ci-failure";
/** A comment holds 65,536 characters. */
const MAX_BODY = 60_000;

interface Told {
  readonly ending: Ending;
  readonly policy: Policy;
  readonly runUrl: string;
  /** Our own comments on the pull request. */
  readonly comments: readonly OwnComment[];
  readonly now: number;
}

/** What there is to tell, as data. What stands there already is not written again. */
export function tellings(told: Told): readonly Telling[] {
  const { ending, policy } = told;
  const { outcome } = ending;
  if (outcome === "dry-run" || outcome === "explained" || outcome === "queued") return [];
  // Whoever paused the loop wants nothing written.
  if (ending.facts.pull.pause !== null) return [];
  const merged = outcome === "merged" || outcome === "already-merged";
  const on = policy.reportOnPr ? [...commentOf(told, merged), ...checkOf(told, merged)] : [];
  return [...on, ...issueOf(told, merged)];
}

function commentOf(told: Told, merged: boolean): readonly Telling[] {
  const { ending, comments } = told;
  const known = comments.find(({ body }) => body.includes(MARKER));
  if (known === undefined) return merged ? [] : [{ kind: "comment", number: ending.facts.pull.number, body: commentBody(told) }];
  return known.body.includes(stateLine(ending)) ? [] : [{ kind: "edit-comment", id: known.id, body: commentBody(told) }];
}

function commentBody(told: Told): string {
  const { ending, policy, runUrl } = told;
  const head = [MARKER, stateLine(ending), `### ${titleOf(ending)}`];
  const foot = `<sub>${[...(runUrl === "" ? [] : [`[this run](${runUrl})`]), "this comment is edited when something changes", `trace id ${policy.traceId}`].join(" · ")}</sub>`;
  const parts = [...head, ...bodyParts(ending), foot].join("\n\n");
  return parts.length <= MAX_BODY ? parts : [...head, toDo(ending.reasons.slice(0, 5), quiet).slice(0, MAX_BODY / 2).toWellFormed(), foot].join("\n\n");
}

function bodyParts(ending: Ending): readonly string[] {
  const { conditions } = ending.decision;
  if (ending.outcome === "merged" || ending.outcome === "already-merged") return [];
  const whole = conditions.length === 0 ? [] : [`<details><summary>Everything that was looked at</summary>\n\n${table(conditions, quiet)}\n\n</details>`];
  return [toDo(ending.reasons, quiet), ...whole];
}

/** A check's or a file's name may hold what wakes people, or writes into their issues. */
function quiet(text: string): string {
  return escaped(inert(text));
}

function titleOf({ outcome, facts, reasons, mergedSha }: Ending): string {
  const head = shortSha(facts.pull.head.sha);
  const count = reasons.length === 1 ? "one reason" : `${reasons.length} reasons`;
  switch (outcome) {
    case "merged":
    case "already-merged":
      return `✅ Merged at ${head} as ${shortSha(mergedSha)}`;
    case "handed-over":
      return `🤝 Left to the person who took it over, at ${head}`;
    case "stuck":
      return `⏳ Stuck at ${head}: it waits for what does not come`;
    case "timeout":
      return `⏳ Not merged in time at ${head}`;
    default:
      return `❌ Not merged at ${head}: ${count}`;
  }
}

/** Names what a comment or a check says, so that the same is not said twice; nobody sees it. */
function stateLine(ending: Ending): string {
  return `<!-- instant-gate-state: ${stateOf(ending)} -->`;
}

function stateOf({ outcome, facts, reasons, mergedSha }: Ending): string {
  const said = [facts.pull.head.sha, outcome === "already-merged" ? "merged" : outcome, mergedSha, ...reasons.map(({ code, message }) => `${code}: ${message}`)];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 32);
}

/**
 * `failure` where it may not be merged, `neutral` where nobody knows yet or a person decides. The gate leaves its own check out of what
 * it judges, and no rule may require it.
 */
function checkOf(told: Told, merged: boolean): readonly Telling[] {
  const { ending } = told;
  const { pull } = ending.facts;
  const known = newestOf(pull.checks).find(({ name, app }) => name === GATE_CHECK && app !== null && pull.viewer.toLowerCase() === `${app.toLowerCase()}[bot]`);
  const externalId = stateOf(ending);
  if ((merged && known === undefined) || known?.externalId === externalId) return [];
  const conclusion = merged ? "success" : ending.outcome === "blocked" ? "failure" : "neutral";
  const summary = [...bodyParts(ending), ...(merged ? ["Merged by a later run of the gate."] : [])].join("\n\n");
  return [{ kind: "check", sha: pull.head.sha, conclusion, title: titleOf(ending), summary, externalId }];
}

function issueOf({ ending, policy, runUrl, comments }: Told, merged: boolean): readonly Telling[] {
  if (!policy.issueOnFailure) return [];
  const { pull } = ending.facts;
  const marker = `<!-- instant-gate pull=${pull.number} -->`;
  if (merged) return comments.some(({ body }) => body.includes(MARKER)) || !policy.reportOnPr ? [{ kind: "close-issue", marker }] : [];
  if (phaseOf(ending) !== "ci_failed") return [];
  const failed = ending.reasons.filter(({ code }: Reason) => code === "check-failed" || code === "other-check-failed");
  const from = runUrl === "" ? "" : `\n\nFound by [this run](${runUrl}).`;
  const body = [marker, `The checks of ${pull.url} failed at ${pull.head.sha}.`, toDo(failed, quiet), `trace-id: ${policy.traceId}${from}`].join("\n\n");
  return [{ kind: "open-issue", title: inert(`CI failed: pull request ${pull.number}, ${pull.title.replace(/\s+/g, " ")}`).slice(0, 200).toWellFormed(), body, marker }];
}

type Writes = Pick<Repository, "ownComments" | "comment" | "editComment" | "deleteComment" | "publishCheck" | "openIssue" | "openIssuesWith" | "closeIssue">;

/** Tells it. Whoever cannot be told is a pity, not a reason to fail: the job's own summary says the same. */
export async function tell(told: Omit<Told, "comments">, repo: Writes, log: Log): Promise<void> {
  const { pull } = told.ending.facts;
  try {
    const known = pull.ownComments.filter(({ body }) => body.includes(MARKER));
    const merged = told.ending.outcome === "merged" || told.ending.outcome === "already-merged";
    // An older comment than the newest hundred is looked for only where one would have to be written.
    const older = known.length === 0 && !pull.commentsComplete && !merged && told.policy.reportOnPr;
    const comments = older ? await repo.ownComments(pull.number, MARKER) : known;
    for (const telling of tellings({ ...told, comments })) await carryOut(telling, told, repo, log);
  } catch (error) {
    const why = error instanceof InstantError ? error.problems.map(({ what, fix }) => `${what}. ${fix}`).join(" ") : messageOf(error);
    log.warning(`#${pull.number} could not be told why: ${why}`, { operation: "tell" });
  }
}

async function carryOut(telling: Telling, { now, policy }: Omit<Told, "comments">, repo: Writes, log: Log): Promise<void> {
  switch (telling.kind) {
    case "comment":
      return commentOnce(telling.number, telling.body, repo);
    case "edit-comment":
      return repo.editComment(telling.id, telling.body);
    case "check": {
      const { kind: _, ...check } = telling;
      const answer = await repo.publishCheck({ ...check, name: GATE_CHECK, annotations: [], startedAt: now, completedAt: now });
      if (answer === "read-only") log.warning(`\`${GATE_CHECK}\` was not published: the job's token may not write checks. Give the job \`checks: write\`.`, { operation: "tell" });
      return;
    }
    case "open-issue": {
      const { title, body, marker } = telling;
      if (!(await repo.openIssuesWith(ISSUE_LABEL)).some((issue) => issue.body.includes(marker))) await repo.openIssue({ title, body: `${body}\n`, labels: [ISSUE_LABEL] });
      log.info(`An issue is open for the failed checks (trace id ${policy.traceId})`, { operation: "tell" });
      return;
    }
    case "close-issue":
      for (const issue of await repo.openIssuesWith(ISSUE_LABEL)) if (issue.body.includes(telling.marker)) await repo.closeIssue(issue.number);
  }
}

/** Two gates may comment in the same moment: the oldest comment stays, with what was said last. */
async function commentOnce(number: number, body: string, repo: Writes): Promise<void> {
  await repo.comment(number, body);
  const [first, ...others] = await repo.ownComments(number, MARKER);
  if (first === undefined || others.length === 0) return;
  await repo.editComment(first.id, body);
  for (const { id } of others) await repo.deleteComment(id);
}
