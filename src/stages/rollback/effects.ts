import { shortSha } from "../../kit/ids.ts";
import { canVerify } from "../verification.ts";
import type { Plan } from "./decide.ts";
import { ISSUE_LABELS, PULL_LABELS } from "./policy.ts";
import { type Story, issueTitle, pullTitle } from "./texts.ts";

/** What a plan would bring about, in its order: a line each, for people. */
export function effectsOf(plan: Plan, story: Story): readonly string[] {
  const { facts, policy } = story;
  const { branch, defaultBranch } = facts;
  if (plan.kind === "refuse") return plan.alarm ? [issue(story)] : [];
  if (plan.kind === "wait") return ["wait until the others are done, then plan anew"];
  if (plan.kind === "judge") return [`judge ${shortSha(facts.head.sha)} again, and go on only when it is unhealthy`];
  if (policy.mergeMethod === "push" && plan.kind !== "finish") return pushed(plan, story);
  const lines: string[] = [];
  if (plan.kind === "revert") lines.push(...commitLines(plan, story), `create the branch ${branch}`);
  if (plan.kind === "revert" || plan.kind === "open") lines.push(`open the pull request "${pullTitle(story)}" of ${branch} into ${defaultBranch}`);
  if (plan.kind !== "finish") {
    lines.push(`label it ${PULL_LABELS.join(", ")}`);
    lines.push(...checks(story), ...(policy.confirmation === "none" ? [] : ["call people, and wait for their approval"]), `merge it by ${policy.mergeMethod}`);
  }
  if (facts.incident === null) lines.push(issue(story));
  if (plan.kind !== "finish" || facts.hotfix.sha !== null) lines.push(`delete the branch ${branch}`);
  return [...lines, ...deploys(story)];
}

function commitLines({ how, span }: Extract<Plan, { kind: "revert" }>, { facts, commit }: Story): string[] {
  const what = span.commits.length > 1 ? `${span.commits.length} commits, ${shortSha(commit.sha)} among them,` : shortSha(commit.sha);
  return [`make the commit that reverts ${what} ${how.kind === "tree" ? `with the tree of its parent, on ${shortSha(facts.head.sha)}` : `by git on ${shortSha(facts.head.sha)}, later changes kept`}`];
}

function pushed(plan: Plan, story: Story): string[] {
  const { defaultBranch, incident } = story.facts;
  return [...(plan.kind === "revert" ? commitLines(plan, story) : []), ...checks(story), `push it to ${defaultBranch}`, ...(incident === null ? [issue(story)] : []), ...deploys(story)];
}

function checks({ policy }: Story): string[] {
  const { smokeCommand, smokeChecks, neverSkip } = policy;
  return [
    ...(smokeCommand === "" ? [] : ["run the smoke command on the reverted tree"]),
    ...(smokeChecks.length === 0 ? [] : [`report it for ${smokeChecks.join(", ")}`]),
    ...(neverSkip.length === 0 ? [] : [`wait for ${neverSkip.join(", ")}`]),
  ];
}

function deploys({ policy }: Story): string[] {
  return canVerify(policy) ? [`${policy.deployWorkflow === "" ? "wait for the deployment of" : `start ${policy.deployWorkflow} with`} the reverted state, and judge its health`] : [];
}

function issue(story: Story): string {
  return `open the issue "${issueTitle(story)}" (${ISSUE_LABELS.join(", ")})`;
}
