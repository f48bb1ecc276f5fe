import type { LineCommit } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Assessment, Span } from "./assess.ts";
import { knownBefore } from "./evidence.ts";
import type { Commit, Facts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { atMost, block, code, fit, oneLine } from "./text.ts";

/** What a title on GitHub holds, in characters (PLATFORM, Merging). */
const TITLE_LIMIT = 256;
/** So many commits of one kind are told one by one. */
const MOST_LINES = 30;

/** What every text of one rollback is written from. */
export interface Story {
  readonly policy: Policy;
  readonly traceId: string;
  readonly facts: Facts;
  readonly commit: Commit;
  readonly assessment: Assessment;
  /** null where its mainline cannot be told. */
  readonly span: Span | null;
  /** A commit that says that it took this one back. */
  readonly claim: LineCommit | null;
  readonly runUrl: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

export function pullTitle({ policy }: Story): string {
  return fit(`Rollback: ${oneLine(policy.reason)}`, TITLE_LIMIT);
}

/** Title and body of the reverting commit and of its merge; the trailers are how a later run knows it again. */
export function commitMessage(story: Story, number?: number): { readonly title: string; readonly body: string } {
  const { commit, traceId } = story;
  const suffix = number === undefined ? "" : ` (#${number})`;
  const title = `${fit(pullTitle(story), TITLE_LIMIT - suffix.length)}${suffix}`;
  const too = alongside(story).map(({ sha }) => `Rolls-Back-Too: ${sha}`);
  const body = [`This reverts commit ${commit.sha}`, `(${fit(oneLine(headline(commit)), 100)}).`, "", `Rolls-Back: ${commit.sha}`, ...too, `Trace-Id: ${traceId}`];
  return { title, body: body.join("\n") };
}

/** The markers come first: what a reason or a title says further down cannot pass for them. */
export function markers({ commit, traceId }: Story): string {
  return `trace-id: ${traceId}\nrolls-back: ${commit.sha}`;
}

export function pullBody(story: Story): string {
  const { policy, commit, runUrl, startedAt } = story;
  const facts = [`- Takes back: ${commit.sha} ${code(fit(headline(commit), 120))}`, ...tooLines(story), `- Its pull request: ${pullOf(story)}`, ...detected(policy), `- Started: ${iso(startedAt)}`, `- By: ${runUrl}`];
  const parts = [
    markers(story),
    `**Why**\n\n${block(policy.reason)}`,
    facts.join("\n"),
    `**To bring the change back**, once its cause is mended: press *Revert* on this pull request after it is merged, or use the commands in the incident, and let it go through the full CI as any other change.`,
    ...cc(policy),
  ];
  return `${parts.join("\n\n")}\n`;
}

export function issueTitle({ policy }: Story): string {
  return fit(`Production Rollback: ${oneLine(policy.reason)}`, TITLE_LIMIT);
}

/** What goes besides the commit in question. */
export function alongside({ span, commit }: Story): Span["commits"] {
  return (span?.commits ?? []).filter(({ sha }) => sha !== commit.sha);
}

export function tooLines(story: Story): string[] {
  return [...atMost(alongside(story).map(({ sha, message }) => `- And with it: ${sha} ${code(fit(headline({ message }), 120))}`), MOST_LINES)];
}

/** What is known of the change, the state before it, and who else may be to blame. */
export function findings(story: Story): string[] {
  const { assessment, policy, commit } = story;
  const { deployed, others } = assessment;
  const going = new Set((story.span?.commits ?? []).map(({ sha }) => sha));
  const stay = others.filter(({ sha }) => !going.has(sha));
  const lines = [
    `- Suspected change: ${commit.sha} ${code(fit(headline(commit), 120))}`,
    ...tooLines(story),
    `- Its pull request: ${pullOf(story)}`,
    `- Deployed: ${deployed.kind === "yes" ? deployed.why : `${deployed.kind === "no" ? "no" : "not known"}; ${deployed.why}`}`,
    `- Before it: ${knownBefore(assessment.before)}`,
    ...(policy.suspects === "all" && assessment.before.kind !== "good" ? ["- `suspects: all` needs a last known good state, and none is known: only this change is taken back"] : []),
    ...atMost(stay.map(({ sha, message }) => `- Might be to blame as well, and stays: ${sha} ${code(fit(headline({ message }), 120))}`), MOST_LINES),
  ];
  return lines;
}

/** Commands that bring a change back which was taken back as `sha`. */
export function bringBack({ facts, policy }: Story, sha: string): string {
  const mainline = policy.mergeMethod === "merge" ? "-m 1 " : "";
  return commands([...branchOff(`bring-back-${shortSha(sha)}`, facts.defaultBranch), `git revert --no-edit ${mainline}${sha}`, `git push -u origin bring-back-${shortSha(sha)}`]);
}

/** Commands that take the change back by hand, later changes kept. */
export function byHand({ commit, facts, span }: Story, conflicts: number): string {
  const branch = `take-back-${shortSha(commit.sha)}`;
  const going = span?.commits ?? [{ sha: commit.sha, parents: 1, mainline: 1 }];
  const reverts = going.map(({ sha, parents, mainline }) => `git revert --no-edit ${parents > 1 ? `-m ${mainline} ` : ""}${sha}`);
  const unclear = span === null && commit.parents.length > 1 ? [`# a merge: -m 1 goes back to ${shortSha(commit.parents[0] ?? "")}, -m 2 to ${shortSha(commit.parents[1] ?? "")}`, `git revert --no-edit -m 1 ${commit.sha}`] : reverts;
  const resolve = conflicts === 0 ? [] : [`# resolve the ${conflicts === 1 ? "conflict" : `${conflicts} conflicts`}, then`, "git add --update", "git -c core.editor=true revert --continue"];
  return commands([...branchOff(branch, facts.defaultBranch), ...unclear, ...resolve, `git push -u origin ${branch}`]);
}

function branchOff(name: string, from: string): string[] {
  return ["git fetch origin", `git switch -c ${name} origin/${from}`];
}

function commands(lines: readonly string[]): string {
  return `\`\`\`bash\n${lines.join("\n")}\n\`\`\``;
}

export function headline({ message }: { readonly message: string }): string {
  return message.split("\n", 1)[0] ?? "";
}

function pullOf({ facts }: Story): string {
  return facts.pull?.url ?? "none";
}

function detected({ detectedAt }: Policy): string[] {
  return detectedAt === null ? [] : [`- Detected: ${iso(detectedAt)}`];
}

export function cc({ owners }: Policy): string[] {
  return owners.length === 0 ? [] : [`cc ${owners.map((owner) => `@${owner.replace(/^@/, "")}`).join(" ")}`];
}

export function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** `1 min 5 s`, `850 ms`: for people. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
