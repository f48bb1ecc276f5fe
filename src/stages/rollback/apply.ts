import { shortSha } from "../../kit/ids.ts";
import { clear, wantsClearance } from "./clearance.ts";
import type { Plan } from "./decide.ts";
import { because } from "./reasons.ts";
import { byEntries } from "./entries.ts";
import { mergeHotfix } from "./merge.ts";
import { ISSUE_LABELS, MAX_ROUNDS, PULL_LABELS } from "./policy.ts";
import type { RunPorts } from "./run-ports.ts";
import { smoke } from "./smoke.ts";
import { blocked, type Pull, type Step } from "./step.ts";
import { commitMessage, pullBody, pullTitle, type Story } from "./texts.ts";

export type Doable = Extract<Plan, { kind: "revert" | "open" | "merge" }>;

/** Carries a plan out up to the merge, from wherever an earlier run left it. */
export async function carryOut(plan: Doable, story: Story, ports: RunPorts): Promise<Step> {
  if (plan.kind === "merge") return checkAndMerge(plan.pull, plan.pull.headSha, story, ports);
  const made = plan.kind === "open" ? plan : await makeCommit(plan, story, ports);
  if (made.kind !== "open") return made;
  return story.policy.mergeMethod === "push" ? checkAndPush(made.sha, story, ports) : openAndMerge(made.sha, story, ports);
}

async function makeCommit(plan: Extract<Plan, { kind: "revert" }>, story: Story, ports: RunPorts): Promise<{ readonly kind: "open"; readonly sha: string } | Step> {
  const { facts } = story;
  const { title, body } = commitMessage(story);
  const message = `${title}\n\n${body}\n`;
  if (plan.how.kind === "tree") return { kind: "open", ...(await ports.repo.commitTree({ tree: plan.how.tree, parents: [facts.head.sha], message })) };
  const { sha, base } = plan.span;
  const answer = await ports.checkouts.revert({ sha, base, onto: facts.head.sha, branch: facts.branch, message, push: true, resolve: byEntries });
  switch (answer.kind) {
    case "reverted":
      return { kind: "open", sha: answer.sha };
    case "conflict":
      // A person has resolved it, and says so. Where production is judged all the same, a word that is not true helps nobody.
      return story.claim === null || ports.verify === null ? { kind: "conflict", files: answer.files, pull: null } : { kind: "gone" };
    case "empty":
      return { kind: "gone" };
    case "exists":
      return { kind: "again", why: `the branch ${facts.branch} came into being meanwhile` };
  }
}

async function openAndMerge(sha: string, story: Story, ports: RunPorts): Promise<Step> {
  const { branch, defaultBranch, repositoryId, labelIds } = story.facts;
  const missingLabels = [...new Set([...PULL_LABELS, ...ISSUE_LABELS])].filter((label) => labelIds[label] === undefined);
  const pull = await ports.repo.openHotfix({ repositoryId, branch, branches: story.policy.branchPrefix, sha, base: defaultBranch, title: pullTitle(story), body: pullBody(story), missingLabels });
  if (pull === "no-difference") return { kind: "gone" };
  if (pull === "exists") return { kind: "again", why: "its pull request came into being meanwhile" };
  if (pull.headSha !== sha) return { kind: "again", why: `the branch ${branch} stands at ${shortSha(pull.headSha)}` };
  ports.incidents.learn(pull.labelIds);
  ports.log.info("the hotfix pull request is open", { operation: "rollback", pr_url: pull.url });
  // What was not there when this one was planned: the plan looks again whose turn it is.
  const known = story.facts.hotfixes.map(({ name }) => name);
  const before = pull.hotfixes.find((other) => other.pull !== null && other.pull.number < pull.number && !known.includes(other.name));
  if (before) return { kind: "again", why: `${before.pull?.url} was opened in the same moment` };
  return checkAndMerge(pull, sha, story, ports);
}

/** The fast track on the reverted tree, then the merge of exactly that commit; the labels are put on beside it. */
async function checkAndMerge(pull: Pull, sha: string, story: Story, ports: RunPorts): Promise<Step> {
  // Labels are for people who look on: a rollback does not fail for want of one.
  const labelled = ports.repo.addLabels(pull.number, PULL_LABELS).catch((error: unknown) => ports.log.warning("the hotfix could not be labelled", { operation: "rollback", error: String(error) }));
  let head = sha;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const step = (await smoke(head, pull, story, ports)) ?? (await clearance(pull, head, story, ports)) ?? (await mergeHotfix(pull, head, story, ports));
    if (step.kind !== "rejoined") {
      await labelled;
      return step;
    }
    head = step.sha;
  }
  await labelled;
  return blocked([because("base-moved", `the default branch moved ${MAX_ROUNDS} times while the hotfix was being merged`)], pull);
}

async function clearance(pull: Pull, sha: string, story: Story, ports: RunPorts): Promise<Step | undefined> {
  if (!wantsClearance(story.policy)) return undefined;
  if (story.policy.confirmation !== "none") await ports.incidents.call(story, { kind: "waiting", pullUrl: pull.url });
  return clear(pull, sha, story, ports);
}

/** No pull request, by policy: the commit is put on the default branch itself, if that stands where it stood. */
async function checkAndPush(sha: string, story: Story, ports: RunPorts): Promise<Step> {
  const { branch, defaultBranch, hotfix } = story.facts;
  const sick = await smoke(sha, null, story, ports);
  if (sick) return sick;
  const answer = await ports.repo.moveBranch(defaultBranch, sha);
  if (answer === "moved") return { kind: "merged", sha, pull: null };
  if (answer !== "not-a-fast-forward") return blocked([because("push-refused", `GitHub does not take a push to ${defaultBranch}: ${answer.refused}`)], null);
  if (hotfix.sha !== null || story.span?.sha !== story.facts.head.sha) await ports.repo.deleteBranch(branch);
  return { kind: "again", why: `${defaultBranch} moved meanwhile` };
}
