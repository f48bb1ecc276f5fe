import { setTimeout as pause } from "node:timers/promises";
import { expect } from "@jest/globals";
import { type Slots, startSlot, startSlots, startUser } from "../../src/cli/slots/index.ts";
import { clientOf } from "../sandbox/server/support.ts";
import { testWith } from "../programs/support.ts";
import { faqWith, jobOf, REPOSITORY, runOf, templateWorld, write } from "./support.ts";
import type { TemplateWorld } from "./support.ts";

const TOKEN = "s3cret-of-the-load-balancer";

interface Scene {
  readonly world: TemplateWorld;
  readonly slots: Slots;
  readonly sha: string;
  readonly before: string;
}

/** A commit on the default branch that a platform has deployed beside the one that users are served. */
async function scene(nginx: string): Promise<Scene> {
  const world = await templateWorld({ templates: ["blue-green.yml"] });
  const before = world.head();
  await write(world.ada, { branch: "main", file: "docs/FAQ.md", text: await faqWith("Can I print a note?") });
  const sha = world.head();
  const slots = await startSlots(nginx, { blue: await startSlot({ commit: before }), green: await startSlot({ commit: sha }) });
  const variables = {
    INSTANT_VERSION_URL: `${slots.url}/version`, INSTANT_HEALTH_URLS: `${slots.url}/healthz`, INSTANT_GREEN_VERSION_URL: `${slots.green.url}/version`, INSTANT_GREEN_URLS: `${slots.green.url}/healthz`,
    // As a load balancer behind an API: nothing of the job but what it is given.
    INSTANT_PROMOTE_COMMAND: `test "$INSTANT_PROMOTE_TOKEN" = "${TOKEN}" && test -z "$GITHUB_TOKEN$INPUT_TOKEN$ACTIONS_RUNTIME_TOKEN" && test "$INSTANT_COMMIT" = ${sha} || exit 9\n${slots.promote}\necho moved with $INSTANT_PROMOTE_TOKEN`,
    INSTANT_ABORT_COMMAND: slots.abort, INSTANT_WATCH_SECONDS: "60",
  };
  for (const [name, value] of Object.entries(variables)) world.sandbox.setVariable(REPOSITORY, name, value);
  world.sandbox.setSecret(REPOSITORY, "INSTANT_PROMOTE_TOKEN", TOKEN);
  return { world, slots, sha, before };
}

async function reported({ world }: Scene) {
  const platform = clientOf(world.sandbox, world.sandbox.tokens.app("platform", { deployments: "write", contents: "read" }));
  const { body } = await platform.rest("POST", `/repos/${REPOSITORY}/deployments`, { ref: "main", environment: "production", required_contexts: [] });
  await platform.rest("POST", `/repos/${REPOSITORY}/deployments/${body.id}/statuses`, { state: "success" });
  return runOf(world, "blue-green.yml");
}

const outputsOf = (run: Awaited<ReturnType<typeof reported>>) => jobOf(run, "promote").steps.find(({ outputs }) => outputs["verdict"] !== undefined)?.outputs;

testWith(["nginx"], "users are moved back from a deployment that turns sick with them, and moved to one that a platform reports and that stays well", async ({ nginx = "" }) => {
  const here = await scene(nginx);
  const { world, slots, sha, before } = here;
  const user = startUser(slots.url, 30);
  const commitsSince = (first: number) => [...new Set(user.answers.slice(first).map(({ commit }) => commit))];
  try {
    const turning = await world.sandbox.runs.dispatch(REPOSITORY, "blue-green.yml", { commit_sha: sha }, "ada");
    const deadline = Date.now() + 60_000;
    while (!commitsSince(0).includes(sha) && Date.now() < deadline) await pause(20);
    slots.green.say("sick");
    const turned = await world.sandbox.runs.waitForRun(turning);
    expect(outputsOf(turned)).toMatchObject({ verdict: "unhealthy", promoted: "false", "moved-back": "true", phase: "merged" });
    expect(user.answers.at(-1)).toMatchObject({ status: 200, commit: before });

    slots.green.say("well");
    world.sandbox.setVariable(REPOSITORY, "INSTANT_WATCH_SECONDS", "1");
    const first = user.answers.length;
    const run = await reported(here);
    expect([run?.event, run?.conclusion, jobOf(run, "promote").log]).toEqual(["deployment_status", "success", expect.not.stringContaining(TOKEN)]);
    expect(outputsOf(run)).toMatchObject({ verdict: "healthy", promoted: "true", "moved-back": "false", "deployed-sha": sha });
    await user.stop();
    expect([commitsSince(first), user.answers.slice(first).filter(({ status }) => status !== 200)]).toEqual([[before, sha], []]);
    // Nothing of it touches the repository: what to do with the commit is for people.
    expect([world.head(), world.sandbox.repository(REPOSITORY).issues.size]).toEqual([sha, 0]);
  } finally {
    await user.stop();
    await slots.close();
  }
}, 120_000);
