import { shortSha } from "../../kit/ids.ts";
import { because } from "./reasons.ts";
import { SMOKE_TIMEOUT_MS } from "./policy.ts";
import type { RunPorts } from "./run-ports.ts";
import { blocked, type Pull, type Step } from "./step.ts";
import type { Story } from "./texts.ts";

/**
 * The fast track: of all checks only the smoke command is run, on the reverted tree, and it answers for the required checks that are
 * named in `smoke-checks`.
 * @returns what stands in the way; undefined when nothing does.
 */
export async function smoke(sha: string, pull: Pull | null, story: Story, ports: RunPorts): Promise<Step | undefined> {
  const { policy } = story;
  if (policy.smokeCommand === "") return undefined;
  const startedAt = ports.clock.now();
  const tree = await ports.checkouts.checkout(sha);
  try {
    const { exitCode, timedOut, output, ms } = await tree.run(policy.smokeCommand, { timeoutMs: SMOKE_TIMEOUT_MS });
    ports.log.info("the smoke check on the reverted tree has ended", { operation: "rollback", exit_code: exitCode, elapsed_ms: ms });
    if (exitCode !== 0) {
      const how = timedOut ? `did not end within ${SMOKE_TIMEOUT_MS / 1_000} s` : `failed with exit status ${exitCode ?? "none"}`;
      return blocked([because("smoke-failed", `the smoke command ${how} on the reverted tree, so it is not better than what is there`)], pull, output);
    }
  } finally {
    await tree.dispose();
  }
  return answerFor(sha, pull, story, ports, startedAt);
}

/** A required check that no event starts for a commit of GITHUB_TOKEN's would never come. */
async function answerFor(sha: string, pull: Pull | null, { policy, commit, traceId }: Story, { repo, clock }: RunPorts, startedAt: number): Promise<Step | undefined> {
  const summary = `This takes ${shortSha(commit.sha)} back. Of a rollback only the smoke command is run, on the tree without the change, and it succeeded; this check itself was not run.`;
  const answers = await Promise.all(
    policy.smokeChecks.map((name) => repo.publishCheck({ name, sha, conclusion: "success", title: "Fast track of a rollback: the smoke command succeeded", summary, annotations: [], externalId: traceId, startedAt, completedAt: clock.now() })),
  );
  if (!answers.includes("read-only")) return undefined;
  return blocked([because("checks-read-only", "the smoke command succeeded, and this job may not report it for `smoke-checks`; give it `checks: write`")], pull);
}
