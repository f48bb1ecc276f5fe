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
  const lines: string[] = [];
  if (plan.kind === "revert") {
    const how = plan.how.kind === "tree" ? `with the tree of its parent, on ${shortSha(facts.head.sha)}` : `by git on ${shortSha(facts.head.sha)}, later changes kept`;
    lines.push(`make the commit that reverts ${shortSha(plan.commit.sha)} ${how}`, `create the branch ${branch}`);
  }
  if (plan.kind === "revert" || plan.kind === "open") lines.push(`open the pull request "${pullTitle(story)}" of ${branch} into ${defaultBranch}`);
  if (plan.kind !== "finish") {
    lines.push(`label it ${PULL_LABELS.join(", ")}`);
    if (policy.smokeCommand !== "") lines.push("run the smoke command on the reverted tree");
    lines.push(`merge it by ${policy.mergeMethod}`);
  }
  if (facts.incident === null) lines.push(issue(story));
  if (plan.kind !== "finish" || facts.hotfix.sha !== null) lines.push(`delete the branch ${branch}`);
  if (canVerify(policy)) lines.push(`${policy.deployWorkflow === "" ? "wait for the deployment of" : `start ${policy.deployWorkflow} with`} the reverted state, and judge its health`);
  return lines;
}

function issue(story: Story): string {
  return `open the issue "${issueTitle(story)}" (${ISSUE_LABELS.join(", ")})`;
}
