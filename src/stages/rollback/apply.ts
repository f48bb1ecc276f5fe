import { shortSha } from "../../kit/ids.ts";
import { byEntries } from "./entries.ts";
import { type Plan, because } from "./decide.ts";
import { mergeHotfix } from "./merge.ts";
import { MAX_ROUNDS, PULL_LABELS, SMOKE_TIMEOUT_MS } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import type { Pull, Step } from "./step.ts";
import { type Story, commitMessage, pullBody, pullTitle } from "./texts.ts";

/** Carries a plan out up to the merge, from wherever an earlier run left it. */
export async function carryOut(plan: Exclude<Plan, { kind: "refuse" | "finish" }>, story: Story, ports: RollbackPorts): Promise<Step> {
  if (plan.kind === "merge") return checkAndMerge(plan.pull, plan.pull.headSha, story, ports);
  if (plan.kind === "open") return openAndMerge(plan.sha, story, ports);
  const made = await makeCommit(plan, story, ports);
  return "sha" in made ? openAndMerge(made.sha, story, ports) : made;
}

async function makeCommit(plan: Extract<Plan, { kind: "revert" }>, story: Story, ports: RollbackPorts): Promise<{ readonly sha: string } | Step> {
  const { facts } = story;
  const { title, body } = commitMessage(story);
  const message = `${title}\n\n${body}\n`;
  if (plan.how.kind === "tree") return ports.repo.commitTree({ tree: plan.how.tree, parents: [facts.head.sha], message });
  const answer = await ports.checkouts.revert({ sha: plan.commit.sha, onto: facts.head.sha, branch: facts.branch, message, mainline: plan.how.mainline, push: true, resolve: byEntries });
  switch (answer.kind) {
    case "reverted":
      return { sha: answer.sha };
    case "conflict":
      return { kind: "conflict", files: answer.files, pull: null };
    case "empty":
      return { kind: "gone" };
    case "exists":
      return { kind: "again", why: `the branch ${facts.branch} came into being meanwhile` };
  }
}

async function openAndMerge(sha: string, story: Story, ports: RollbackPorts): Promise<Step> {
  const { branch, defaultBranch, repositoryId } = story.facts;
  const pull = await ports.repo.openHotfix({ repositoryId, branch, sha, base: defaultBranch, title: pullTitle(story), body: pullBody(story) });
  if (pull === "no-difference") return { kind: "gone" };
  if (pull === "exists") return { kind: "again", why: "its pull request came into being meanwhile" };
  if (pull.headSha !== sha) return { kind: "again", why: `the branch ${branch} stands at ${shortSha(pull.headSha)}` };
  ports.log.info("the hotfix pull request is open", { operation: "rollback", pr_url: pull.url });
  return checkAndMerge(pull, sha, story, ports);
}

/** The smoke check on the reverted tree, then the merge of exactly that commit; the labels are put on beside it. */
async function checkAndMerge(pull: Pull, sha: string, story: Story, ports: RollbackPorts): Promise<Step> {
  // Labels are for people who look on: a rollback does not fail for want of one.
  const labelled = ports.repo.addLabels(pull.number, PULL_LABELS).catch((error: unknown) => ports.log.warning("the hotfix could not be labelled", { operation: "rollback", error: String(error) }));
  let head = sha;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const sick = await smoke(head, story, ports);
    const step = sick ? blocked("smoke-failed", sick.what, pull, sick.output) : await mergeHotfix(pull, head, story, ports);
    if (step.kind !== "rejoined") {
      await labelled;
      return step;
    }
    head = step.sha;
  }
  await labelled;
  return blocked("base-moved", `the default branch moved ${MAX_ROUNDS} times while the hotfix was being merged`, pull);
}

function blocked(code: string, message: string, pull: Pull, evidence = ""): Step {
  return { kind: "blocked", reasons: [because(code, message)], evidence, pull };
}

async function smoke(sha: string, { policy }: Story, { checkouts, log }: RollbackPorts): Promise<{ readonly what: string; readonly output: string } | undefined> {
  if (policy.smokeCommand === "") return undefined;
  const tree = await checkouts.checkout(sha);
  try {
    const { exitCode, timedOut, output, ms } = await tree.run(policy.smokeCommand, { timeoutMs: SMOKE_TIMEOUT_MS });
    log.info("the smoke check on the reverted tree has ended", { operation: "rollback", exit_code: exitCode, elapsed_ms: ms });
    if (exitCode === 0) return undefined;
    const how = timedOut ? `did not end within ${SMOKE_TIMEOUT_MS / 1_000} s` : `failed with exit status ${exitCode ?? "none"}`;
    return { what: `the smoke command ${how} on the reverted tree, so it is not better than what is there`, output };
  } finally {
    await tree.dispose();
  }
}
