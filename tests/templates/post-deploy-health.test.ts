import { expect, test } from "@jest/globals";
import { clientOf } from "../sandbox/server/support.ts";
import { faqOf, faqWith, jobOf, REPOSITORY, runOf, stateOf, templateWorld, write } from "./support.ts";
import type { TemplateWorld } from "./support.ts";

const QUESTION = "Can I print a note?";

/** A hosting platform that listens to pushes: it deploys the default branch and reports as its App. */
async function platformDeploys(world: TemplateWorld, { environment = "production", states = ["success"] }: { environment?: string; states?: readonly string[] } = {}) {
  const platform = clientOf(world.sandbox, world.sandbox.tokens.app("platform", { deployments: "write", contents: "read" }));
  await world.product.onPush(world.head());
  const { body } = await platform.rest("POST", `/repos/${REPOSITORY}/deployments`, { ref: "main", environment, required_contexts: [] });
  for (const state of states) await platform.rest("POST", `/repos/${REPOSITORY}/deployments/${body.id}/statuses`, { state });
}

test("a platform's healthy deployment is verified, and nothing else happens", async () => {
  const world = await templateWorld({ templates: ["post-deploy-health.yml"] });
  await write(world.ada, { branch: "main", file: "docs/FAQ.md", text: await faqWith(QUESTION) });
  await platformDeploys(world);
  const run = await runOf(world, "post-deploy-health.yml");
  expect(run).toMatchObject({ event: "deployment_status", conclusion: "success", headSha: world.head() });
  expect(jobOf(run, "health").outputs.verdict).toBe("healthy");
  expect(jobOf(run, "rollback").conclusion).toBe("skipped");
  expect(world.sandbox.repository(REPOSITORY).issues.size).toBe(0);
});

test("one that hurts is taken back: hotfix, issue, production healthy on what was before", async () => {
  const world = await templateWorld({ templates: ["post-deploy-health.yml"], sickWith: QUESTION });
  const before = await faqOf(world);
  await write(world.ada, { branch: "main", file: "docs/FAQ.md", text: await faqWith(QUESTION) });
  await platformDeploys(world);
  const run = await runOf(world, "post-deploy-health.yml");
  expect(jobOf(run, "health").outputs.verdict).toBe("unhealthy");
  expect(jobOf(run, "rollback").conclusion).toBe("success");
  expect(await faqOf(world)).toBe(before);
  expect(world.product.deployedSha()).toBe(world.head());
  expect((await fetch(world.product.healthUrl)).status).toBe(200);
  const [hotfix, issue] = [...world.sandbox.repository(REPOSITORY).issues.values()].sort((a) => (a.pull ? -1 : 1));
  expect([await stateOf(world, hotfix?.number ?? 0), issue?.title]).toEqual(["merged", expect.stringContaining("Production Rollback")]);
});

test.each([
  ["an environment that is not production", { environment: "Preview" }],
  ["a deployment that is under way", { states: ["queued", "in_progress"] }],
  ["a deployment that failed: nothing new is served", { states: ["failure"] }],
])("%s is not judged", async (_, deployment) => {
  const world = await templateWorld({ templates: ["post-deploy-health.yml"], sickWith: "Lantern Notes" });
  await platformDeploys(world, deployment);
  const run = await runOf(world, "post-deploy-health.yml");
  expect([jobOf(run, "health").conclusion, jobOf(run, "rollback").conclusion]).toEqual(["skipped", "skipped"]);
});

test("another environment can be named, and a person can ask for any commit", async () => {
  const world = await templateWorld({ templates: ["post-deploy-health.yml"], variables: { INSTANT_ENVIRONMENT: "live" } });
  await platformDeploys(world, { environment: "live" });
  expect(jobOf(await runOf(world, "post-deploy-health.yml"), "health").outputs.verdict).toBe("healthy");
  const id = await world.sandbox.runs.dispatch(REPOSITORY, "post-deploy-health.yml", { commit_sha: world.head() }, "ada");
  expect(jobOf(await world.sandbox.runs.waitForRun(id), "health").outputs.verdict).toBe("healthy");
});

test("what a job reports with GITHUB_TOKEN starts nothing, as the template says", async () => {
  const reporter = `on: workflow_dispatch
jobs:
  deploy:
    runs-on: any
    permissions: { deployments: write, contents: read }
    steps:
      - env: { TOKEN: "\${{ github.token }}" }
        run: |
          node -e '
            const call = (path, body) => fetch(process.env.GITHUB_API_URL + "/repos/" + process.env.GITHUB_REPOSITORY + path, { method: "POST",
              headers: { authorization: "token " + process.env.TOKEN }, body: JSON.stringify(body) }).then((answer) => answer.json());
            const made = await call("/deployments", { ref: "main", required_contexts: [] });
            console.log("state", (await call("/deployments/" + made.id + "/statuses", { state: "success" })).state);
          ' --input-type=module
`;
  const world = await templateWorld({ templates: ["post-deploy-health.yml"], files: { ".github/workflows/reporter.yml": reporter } });
  const id = await world.sandbox.runs.dispatch(REPOSITORY, "reporter.yml", {}, "ada");
  expect(jobOf(await world.sandbox.runs.waitForRun(id), "deploy").log).toContain("state success");
  expect(await runOf(world, "post-deploy-health.yml")).toBeUndefined();
});
