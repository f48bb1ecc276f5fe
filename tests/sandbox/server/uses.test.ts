import { afterEach, describe, expect, test } from "@jest/globals";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { NewRepository } from "../../../src/sandbox/world/repositories.ts";

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.close());

const HELLO = "name: Hello\ndescription: d\nruns: { using: node24, main: lib/main.mjs }\n";
/** Says who it is, which ref and repository it was asked as, and where its file lies. */
const MAIN = `import { dirname, sep } from "node:path";
const folder = dirname(dirname(new URL(import.meta.url).pathname)).split("/_actions/");
console.log("said", process.env.GITHUB_ACTION_REPOSITORY, process.env.GITHUB_ACTION_REF, "WORD", folder.length, folder.at(-1));`;
const kit = (word: string) => ({
  "hello/action.yml": HELLO, "hello/lib/main.mjs": MAIN.replace("WORD", word), "docs/readme.md": "no action\n",
  "action.yaml": "name: Root\ndescription: d\nruns:\n  using: composite\n  steps:\n    - uses: tools/kit/hello@v1\n",
});

/** A sandbox with `tools/kit`, whose `main` says "new" and whose tags say "old". */
async function withKit(options: Partial<NewRepository> = {}) {
  sandbox = await startSandbox();
  const repository = await sandbox.createRepository({ owner: "tools", name: "kit", private: false, from: kit("old"), ...options });
  const { git } = repository;
  const old = git.ref("refs/heads/main") ?? "";
  await git.run(["tag", "v1", old]);
  await git.run(["-c", "user.name=t", "-c", "user.email=t@example.com", "tag", "-a", "-m", "annotated", "v1.0.0", old]);
  const { tree } = await git.commit(old);
  const hello = await git.entryAt(tree, "hello");
  const lib = await git.writeTree([{ mode: "100644", name: "main.mjs", oid: await git.writeBlob(Buffer.from(MAIN.replace("WORD", "new"))) }]);
  const manifest = await git.entryAt(tree, "hello/action.yml");
  const changed = await git.writeTree([{ mode: "100644", name: "action.yml", oid: manifest?.oid ?? "" }, { mode: "040000", name: "lib", oid: lib }]);
  const entries = (await git.tree(tree)).map((entry) => (entry.oid === hello?.oid ? { ...entry, oid: changed } : entry));
  const who = { name: "t", email: "t@example.com", at: 0, offset: "+0000" };
  const newer = (await git.run(["commit-tree", await git.writeTree(entries), "-p", old, "-m", "newer"], {
    env: { GIT_AUTHOR_NAME: who.name, GIT_AUTHOR_EMAIL: who.email, GIT_COMMITTER_NAME: who.name, GIT_COMMITTER_EMAIL: who.email },
  })).stdout.toString().trim();
  await git.run(["update-ref", "refs/heads/main", newer]);
  await git.reload();
  return { sandbox, old, newer };
}

/** Runs the uses in one job of `owner/app`. */
async function use(world: Sandbox, uses: readonly string[], owner = "acme") {
  const steps = uses.map((one) => `      - uses: ${one}\n`).join("");
  await world.createRepository({
    owner, name: "app", roles: { ann: "write" },
    from: { ".github/workflows/w.yml": `on: workflow_dispatch\njobs:\n  one:\n    runs-on: any\n    steps:\n      - run: echo first\n${steps}` },
  });
  const run = await world.runs.waitForRun(await world.runs.dispatch(`${owner}/app`, "w.yml", {}, "ann"));
  const [job] = run.jobs;
  const lines = (job?.log ?? "").split("\n");
  const said = lines.flatMap((line) => /said (.*)$/.exec(line)?.[1] ?? []);
  return { run, job, lines, said, log: job?.log ?? "", error: job?.annotations.filter(({ level }) => level === "error").map(({ message }) => message) };
}

describe("uses: of a repository of the sandbox", () => {
  test("tags, branches, annotated tags, full ref names and whole SHAs give the tree at that commit, in a copy of the job's own", async () => {
    const { sandbox: world, old, newer } = await withKit();
    const refs = ["v1", "v1.0.0", "main", old, newer, "refs/heads/main"];
    const { said, log, run } = await use(world, refs.map((ref) => `tools/kit/hello@${ref}`));
    expect(run.conclusion).toBe("success");
    const words = ["old", "old", "new", "old", "new", "new"];
    expect(said).toEqual(refs.map((ref, index) => `tools/kit ${ref} ${words[index]} 2 tools/kit/${ref}/hello`));
    expect(log).toContain(`Download action repository 'tools/kit@v1' (SHA:${old})`);
    expect(log).toContain(`Download action repository 'tools/kit@main' (SHA:${newer})`);
  });

  test("an action at the root, composite, brings the actions it uses", async () => {
    const { sandbox: world } = await withKit();
    const { said, run } = await use(world, ["Tools/Kit@main"]);
    expect(run.conclusion).toBe("success");
    expect(said).toEqual(["tools/kit v1 old 2 tools/kit/v1/hello"]);
  });

  test("what one job does to its copy, no other job meets", async () => {
    const { sandbox: world } = await withKit({
      from: { "action.yml": "name: H\ndescription: d\nruns: { using: node24, main: m.mjs }\n", "m.mjs": 'import { appendFileSync } from "node:fs"; appendFileSync(new URL(import.meta.url), "\\nconsole.log(\'changed\');"); console.log("ran");', "hello/action.yml": HELLO, "hello/lib/main.mjs": MAIN },
    });
    const first = await use(world, ["tools/kit@v1"]);
    const second = await world.runs.waitForRun(await world.runs.dispatch("acme/app", "w.yml", {}, "ann"));
    for (const log of [first.log, second.jobs[0]?.log ?? ""]) expect(log.match(/\b(?:ran|changed)$/gm)).toEqual(["ran"]);
  });

  test.each([
    ["a ref that is not there", "tools/kit/hello@v9", "Unable to resolve action `tools/kit/hello@v9`, unable to find version `v9`"],
    ["a revision that is no ref", "tools/kit/hello@main~0", "Unable to resolve action `tools/kit/hello@main~0`, unable to find version `main~0`"],
    ["a SHA that is not there", `tools/kit@${"0".repeat(40)}`, `Unable to resolve action \`tools/kit@${"0".repeat(40)}\`, unable to find version \`${"0".repeat(40)}\``],
    ["a path without an action", "tools/kit/docs@v1", "Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for action 'tools/kit/docs@v1'."],
    ["a path that is not there", "tools/kit/nope@v1", "Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for action 'tools/kit/nope@v1'."],
    ["a path that leads out of the tree", "tools/kit/../../x@v1", "Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for action 'tools/kit/../../x@v1'."],
  ])("%s fails the job before its first step, in the runner's words", async (_, uses, message) => {
    const { sandbox: world } = await withKit();
    const { job, error, log } = await use(world, [uses]);
    expect(job?.conclusion).toBe("failure");
    expect(error).toEqual([message]);
    expect(log).not.toMatch(/^first$/m);
    expect(job?.steps[0]).toMatchObject({ conclusion: "failure" });
  });

  test("a shortened SHA is answered with the whole one", async () => {
    const { sandbox: world, old } = await withKit();
    const short = old.slice(0, 7);
    const { error } = await use(world, [`tools/kit/hello@${short}`]);
    expect(error).toEqual([`Unable to resolve action \`tools/kit/hello@${short}\`, the provided ref \`${short}\` is the shortened version of a commit SHA, which is not supported. Please use the full commit SHA \`${old}\` instead.`]);
  });

  test("a private repository is for those of its owner, and not found for others", async () => {
    const { sandbox: world } = await withKit({ private: true });
    expect((await use(world, ["tools/kit/hello@v1"], "tools")).run.conclusion).toBe("success");
    const stranger = await use(world, ["tools/kit/hello@v1"]);
    expect(stranger.error).toEqual(["Unable to resolve action `tools/kit`, repository not found"]);
    expect(stranger.said).toEqual([]);
  });

  test("a repository that the sandbox does not have is refused by name", async () => {
    const { sandbox: world } = await withKit();
    const { run } = await use(world, ["nobody/knows@v1"]);
    expect(run).toMatchObject({ conclusion: "startup_failure", error: expect.stringContaining("nobody/knows@v1 is not available in this sandbox") });
  });
});
