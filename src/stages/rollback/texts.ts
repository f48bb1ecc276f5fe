import { shortSha } from "../../kit/ids.ts";
import type { Reason } from "./decide.ts";
import type { Commit, Facts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { block, code, fit, oneLine, plain } from "./text.ts";

/** What a title on GitHub holds, in characters (PLATFORM, Merging). */
const TITLE_LIMIT = 256;

/** What every text of one rollback is written from. */
export interface Story {
  readonly policy: Policy;
  readonly traceId: string;
  readonly facts: Facts;
  readonly commit: Commit;
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
  const body = [`This reverts commit ${commit.sha}`, `(${fit(oneLine(headline(commit)), 100)}).`, "", `Rolls-Back: ${commit.sha}`, `Trace-Id: ${traceId}`];
  return { title, body: body.join("\n") };
}

/** The markers come first: what a reason or a title says further down cannot pass for them. */
function markers({ commit, traceId }: Story): string {
  return `trace-id: ${traceId}\nrolls-back: ${commit.sha}`;
}

export function pullBody(story: Story): string {
  const { policy, commit, facts, runUrl, startedAt } = story;
  const parts = [
    markers(story),
    `**Why**\n\n${block(policy.reason)}`,
    [`- Takes back: ${commit.sha} ${code(fit(headline(commit), 120))}`, `- Its pull request: ${facts.pull?.url ?? "none"}`, ...detected(policy), `- Started: ${iso(startedAt)}`, `- By: ${runUrl}`].join("\n"),
    `**To bring the change back**, once its cause is mended: press *Revert* on this pull request after it is merged, or\n\n${unrevert("<the commit this was merged as>")}\n\nand let it go through the full CI as any other change.`,
    ...cc(policy),
  ];
  return `${parts.join("\n\n")}\n`;
}

export function issueTitle({ policy }: Story): string {
  return fit(`Production Rollback: ${oneLine(policy.reason)}`, TITLE_LIMIT);
}

/** How far the rollback came when its incident is written. */
export type Outcome =
  | { readonly kind: "merged"; readonly sha: string; readonly pullUrl: string; readonly at: number; readonly verified: boolean }
  | { readonly kind: "conflict"; readonly files: readonly string[] }
  | { readonly kind: "blocked"; readonly reasons: readonly Reason[]; readonly pullUrl: string; readonly evidence: string };

export function issueBody(story: Story, outcome: Outcome): string {
  const { policy, commit, facts, runUrl, startedAt } = story;
  const timeline = [
    `| ${iso(commit.at)} | ${shortSha(commit.sha)} ${code(fit(headline(commit), 80)).replaceAll("|", "\\|")} committed |`,
    ...(policy.detectedAt === null ? [] : [`| ${iso(policy.detectedAt)} | found to be unhealthy |`]),
    `| ${iso(startedAt)} | [rollback started](${runUrl}) |`,
    ...(outcome.kind === "merged" ? [`| ${iso(outcome.at)} | taken back as ${shortSha(outcome.sha)} by ${outcome.pullUrl} |`] : []),
  ];
  const parts = [
    markers(story),
    standing(story, outcome),
    `**Why**\n\n${block(policy.reason)}`,
    `**Timeline**\n\n| UTC | |\n| --- | --- |\n${timeline.join("\n")}`,
    [`- Suspected change: ${commit.sha}`, `- Its pull request: ${facts.pull?.url ?? "none"}`, ...(outcome.kind === "merged" ? [`- Hotfix: ${outcome.pullUrl}`] : []), `- Run: ${runUrl}`].join("\n"),
    ["**To do**", "", "- [ ] Root cause found", "- [ ] Fix written, with a test that fails without it", "- [ ] Proper fix merged, with full CI", "- [ ] This issue closed"].join("\n"),
    ...(outcome.kind === "merged" ? [`**To bring the change back**, once its cause is mended:\n\n${unrevert(outcome.sha)}`] : []),
    ...cc(policy),
  ];
  return `${parts.join("\n\n")}\n`;
}

function standing(story: Story, outcome: Outcome): string {
  const { commit } = story;
  const short = shortSha(commit.sha);
  if (outcome.kind === "merged") {
    const next = outcome.verified ? "The reverted state is being deployed and verified; the result follows as a comment." : "No deployment is configured, so nobody looked whether production is healthy now.";
    return `${short} was taken back. ${next}`;
  }
  if (outcome.kind === "conflict") {
    const files = outcome.files.map((file) => `- ${code(file)}`).join("\n");
    return `**${short} could not be taken back: later changes build on it.** Nothing was changed.\n\nIn conflict:\n\n${files}\n\n**To finish by hand**\n\n${byHand(story, outcome.files)}`;
  }
  const reasons = outcome.reasons.map(({ message }) => `- ${plain(message)}`).join("\n");
  const evidence = outcome.evidence === "" ? "" : `\n\n${block(outcome.evidence)}`;
  const pull = outcome.pullUrl === "" ? `**To finish by hand**\n\n${byHand(story, [])}` : `The hotfix stays open: ${outcome.pullUrl}. Mend what is named above, then run the rollback again, or merge it by hand.`;
  return `**${short} was not taken back.**\n\n${reasons}${evidence}\n\n${pull}`;
}

/** Commands that revert the commit by hand, later changes kept. */
function byHand({ commit, facts }: Story, files: readonly string[]): string {
  const branch = `revert-${shortSha(commit.sha)}`;
  const mainline = commit.parents.length > 1 ? "-m 1 " : "";
  const resolve = files.length === 0 ? [] : [`# resolve the ${files.length === 1 ? "conflict" : `${files.length} conflicts`}, then`, "git add --update && git revert --continue"];
  const commands = ["git fetch origin", `git switch -c ${branch} origin/${facts.defaultBranch}`, `git revert ${mainline}${commit.sha}`, ...resolve, `git push -u origin ${branch}`];
  return `\`\`\`bash\n${commands.join("\n")}\n\`\`\`\n\nOpen a pull request of it, merge it, and run the rollback again: it sees that the change is gone, deploys and verifies.`;
}

/** The comment that ends the story, for people who were called by the issue. */
export function verdictComment(story: Story, result: { readonly verdict: string; readonly reasons: readonly string[]; readonly deployedSha: string; readonly trbMs: number; readonly at: number }): string {
  const run = `[This run](${story.runUrl}) has the details.`;
  if (result.verdict === "healthy") {
    const sha = result.deployedSha === "" ? "The reverted state" : shortSha(result.deployedSha);
    return `✅ ${sha} is deployed and healthy since ${iso(result.at)}, ${duration(result.trbMs)} after it was detected. ${run}`;
  }
  const state = result.verdict === "unhealthy" ? "still unhealthy" : "not known to be healthy";
  const reasons = result.reasons.map((reason) => `- ${plain(reason)}`).join("\n");
  return [`❌ **The change was taken back, and production is ${state}.** No further rollback is tried: a person has to look.`, reasons, run, ...cc(story.policy)].join("\n\n");
}

function headline(commit: Commit): string {
  return commit.message.split("\n", 1)[0] ?? "";
}

function detected({ detectedAt }: Policy): string[] {
  return detectedAt === null ? [] : [`- Detected: ${iso(detectedAt)}`];
}

function cc({ owners }: Policy): string[] {
  return owners.length === 0 ? [] : [`cc ${owners.map((owner) => `@${owner.replace(/^@/, "")}`).join(" ")}`];
}

function unrevert(sha: string): string {
  return `\`\`\`bash\ngit revert ${sha}\n\`\`\``;
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
