// The tree of the tag, alone in an empty folder: each action runs from it as a runner would run it, and does its real job. An action
// without a scene here fails the test: whoever adds one says what its job is, and what it answers to bad inputs.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { questionHash } from "../../src/faq/index.ts";
import { type LoopWorld, openWorld } from "../../src/cli/rehearsal/world.ts";
import { type Ran, runAction } from "./runner.ts";
import { extract, git, released, removeTemporary, ROOT, sourceRepository } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";

interface Scene {
  /** What it is given for its real job, from what ran before. */
  readonly inputs: (before: Story) => Readonly<Record<string, string>>;
  /** That it did it, seen on GitHub and in production, not only in its outputs. */
  readonly expects: (ran: Ran, story: Story) => Promise<void> | void;
  /** Inputs that cannot be taken, and what its one error has to name. */
  readonly bad: { readonly inputs: Readonly<Record<string, string>>; readonly names: readonly string[] };
}

interface Story {
  readonly world: LoopWorld;
  readonly ran: Record<string, Ran>;
  /** Commits of the default branch, newest last, after each scene. */
  readonly heads: Record<string, string>;
}

const outputsOf = ({ ran }: Story, name: string) => ran[name]?.outputs ?? {};
const repositoryOf = ({ world }: Story) => world.sandbox.repository(world.repository);
const pullOf = (story: Story, number: string | undefined) => repositoryOf(story).issues.get(Number(number))?.pull;
const faqAt = async (story: Story, sha = "") => (await repositoryOf(story).git.fileAt(sha, "docs/FAQ.md"))?.toString();
const deployed = ({ world }: Story) => ({ "deploy-workflow": "deploy.yml", "version-url": world.product.versionUrl, "health-urls": world.product.healthUrl, "probe-interval-seconds": "0.05" });

/** In the order of the loop: each goes on from what the ones before have done. */
const SCENES: Readonly<Record<string, Scene>> = {
  "faq-generate": {
    inputs: ({ world }) => ({ question: QUESTION, "base-url": world.model?.url ?? "", model: world.model?.models[0] ?? "", "api-key": world.model?.apiKey ?? "" }),
    expects: async ({ outputs }, story) => {
      expect(outputs).toMatchObject({ status: "created", phase: "pr_open", "question-hash": questionHash(QUESTION) });
      expect(pullOf(story, outputs["pr-number"])).toMatchObject({ headRef: outputs["branch"], issue: { title: `Update FAQ - ${QUESTION}` } });
      expect(await faqAt(story, story.heads["faq-generate"])).not.toContain(QUESTION);
      expect(await faqAt(story, outputs["head-sha"])).toContain(`## ${QUESTION}`);
    },
    bad: { inputs: { question: "", "base-url": "ftp://model", model: "m", "max-words": "many" }, names: ["`question`", "`base-url`", "`max-words`"] },
  },
  "fast-ci": {
    inputs: (before) => ({ "pr-number": outputsOf(before, "faq-generate")["pr-number"] ?? "", "head-sha": outputsOf(before, "faq-generate")["head-sha"] ?? "", "smoke-command": "node scripts/smoke.mjs" }),
    expects: ({ outputs }, story) => {
      expect(outputs).toMatchObject({ conclusion: "success", "failed-checks": "[]" });
      const runs = repositoryOf(story).checkRuns.filter(({ name }) => name === "instant/fast-ci");
      expect(runs).toEqual([expect.objectContaining({ status: "completed", conclusion: "success", headSha: outputsOf(story, "faq-generate")["head-sha"] })]);
    },
    bad: { inputs: { "pr-number": "first", checks: "spelling", "check-timeout-seconds": "0" }, names: ["`pr-number`", "`checks`", "`check-timeout-seconds`"] },
  },
  "auto-merge-gate": {
    inputs: (before) => ({ "pr-number": outputsOf(before, "faq-generate")["pr-number"] ?? "", "head-sha": outputsOf(before, "faq-generate")["head-sha"] ?? "" }),
    expects: ({ outputs }, story) => {
      expect(outputs).toMatchObject({ decision: "merged", merged: "true", "merged-sha": story.heads["auto-merge-gate"] });
      expect(pullOf(story, outputsOf(story, "faq-generate")["pr-number"])).toMatchObject({ merged: true });
    },
    bad: { inputs: { "pr-number": "", "merge-method": "force", "head-sha": "abc" }, names: ["`pr-number`", "`merge-method`", "`head-sha`"] },
  },
  "post-deploy-health": {
    inputs: (before) => ({ "commit-sha": outputsOf(before, "auto-merge-gate")["merged-sha"] ?? "", ...deployed(before) }),
    expects: ({ outputs }, story) => {
      expect(outputs).toMatchObject({ verdict: "healthy", phase: "verified", "deployed-sha": story.heads["auto-merge-gate"] });
      expect(story.world.product.history.map(({ commit }) => commit)).toContain(story.heads["auto-merge-gate"]);
    },
    bad: { inputs: { "commit-sha": "main", "health-urls": "localhost", "probe-count": "none" }, names: ["`commit-sha`", "`health-urls`", "`probe-count`"] },
  },
  rollback: {
    inputs: (before) => ({ "commit-sha": outputsOf(before, "auto-merge-gate")["merged-sha"] ?? "", reason: "A test takes it back", "smoke-command": "node scripts/smoke.mjs", ...deployed(before) }),
    expects: async ({ outputs }, story) => {
      expect(outputs).toMatchObject({ status: "rolled-back", verdict: "healthy", "rollback-sha": story.heads["rollback"] });
      expect(pullOf(story, outputs["pr-number"])).toMatchObject({ merged: true });
      expect(await faqAt(story, story.heads["rollback"])).not.toContain(QUESTION);
      expect(repositoryOf(story).issues.get(Number(outputs["issue-number"]))?.title).toMatch(/^Production Rollback: /);
      expect(story.world.product.deployedSha()).toBe(story.heads["rollback"]);
    },
    bad: { inputs: { "commit-sha": "HEAD", reason: "", "merge-method": "squish" }, names: ["`commit-sha`", "`reason`", "`merge-method`"] },
  },
};

const NAMES = readdirSync(join(ROOT, "actions")).filter((name) => existsSync(join(ROOT, "actions", name, "action.yml"))).sort();
let source = "";
let tree = "";
let story: Story;

beforeAll(async () => {
  source = sourceRepository();
  released(source, ["1.0.0"]);
  tree = extract(source, "v1");
  story = { world: await openWorld({ instant: source }), ran: {}, heads: {} };
  for (const [name, { inputs }] of Object.entries(SCENES)) {
    story.ran[name] = await runAction(tree, name, story.world, inputs(story));
    const { git: store, defaultBranch } = repositoryOf(story);
    story.heads[name] = store.ref(`refs/heads/${defaultBranch}`) ?? "";
  }
}, 120_000);

afterAll(async () => {
  await story?.world.close();
  removeTemporary();
});

test("the folder is outside of any repository and of any node_modules, and is the whole tree", () => {
  for (let folder = tree; ; folder = dirname(folder)) {
    expect([folder, existsSync(join(folder, "node_modules")), existsSync(join(folder, ".git"))]).toEqual([folder, false, false]);
    if (folder === dirname(folder)) break;
  }
  expect(readdirSync(tree).filter((name) => existsSync(join(tree, name, "action.yml"))).sort()).toEqual(NAMES);
});

test("every action of the tree has a scene here", () => {
  expect(Object.keys(SCENES).sort()).toEqual(NAMES);
});

describe.each(Object.entries(SCENES))("%s", (name, scene) => {
  test("does its job", async () => {
    const ran = story.ran[name] as Ran;
    expect([ran.errors, ran.status, ran.log]).toEqual([[], 0, expect.any(String)]);
    await scene.expects(ran, story);
    expect(ran.summary).not.toBe("");
  });

  test("answers bad inputs with one error that names all of them, and writes nothing", async () => {
    const requests = story.world.sandbox.requests.list().length;
    const { status, errors, outputs, log } = await runAction(tree, name, story.world, scene.bad.inputs);
    expect([status, errors.length]).toEqual([1, 1]);
    for (const input of scene.bad.names) expect(errors[0]).toContain(input);
    expect(log).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(outputs).toEqual({});
    expect(story.world.sandbox.requests.list()).toHaveLength(requests);
  });

  test("does nothing when it is paused", async () => {
    const requests = story.world.sandbox.requests.list().length;
    const { status, errors, log } = await runAction(tree, name, story.world, { ...scene.bad.inputs, paused: "true" });
    expect([status, errors]).toEqual([0, []]);
    expect(log).toContain("::notice");
    expect(story.world.sandbox.requests.list()).toHaveLength(requests);
  });
});

test("the tree was not changed by running it", () => {
  expect(git(tree, ["diff", "--no-index", "--stat", tree, extract(source, "v1")])).toBe("");
});
