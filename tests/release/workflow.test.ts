// release.yml on the sandbox's GitHub: the real workflow, tool and pushes, in a repository with one small action (what a release of the real
// ones holds is for release.test.ts). What is not there is stood in for: .ci/run (which runs these tests), actions/attest (which needs
// Sigstore) and gh's releases, each by something that notes how it was called.
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, expect, test } from "@jest/globals";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { commit, git, put, released, removeTemporary, ROOT, smallRepository, tags, temporary, text } from "./support.ts";

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});
afterAll(removeTemporary);

const GH = `#!/usr/bin/env bash
printf '%s\\n' "$GH_REPO \${GH_TOKEN:+with a token} $*" >> "$(dirname "$0")/calls"
here="$(dirname "$0")"
case "$2" in
  view) [ -e "$here/published" ] && echo false || exit 1 ;;
  create) touch "$here/published" ;;
esac
`;
const ATTEST = "name: Attest\ndescription: Notes what it was given.\ninputs: { subject-path: { required: true } }\nruns: { using: node24, main: main.mjs }\n";
const ATTEST_MAIN = `import { copyFileSync, globSync, readdirSync } from "node:fs";
const found = globSync(process.env["INPUT_SUBJECT-PATH"]);
if (found.length !== 1) throw new Error("found " + found.length + " archives");
copyFileSync(found[0], new URL("subject.tar", import.meta.url));
`;

async function start(ci = "#!/usr/bin/env bash\necho all is well\n") {
  const source = smallRepository();
  for (const path of [".github/workflows", "tools/release.mjs", "tools/release"]) cpSync(join(ROOT, path), join(source, path), { recursive: true });
  put(source, ".ci/run", ci);
  chmodSync(join(source, ".ci/run"), 0o755);
  const head = commit(source, "The workflow, its tool, and a stand-in for .ci/run");
  const bin = temporary("bin");
  put(bin, "gh", GH);
  chmodSync(join(bin, "gh"), 0o755);
  const attest = temporary("attest");
  put(attest, "action.yml", ATTEST);
  put(attest, "main.mjs", ATTEST_MAIN);
  const world = await startSandbox({
    actions: (owner, repo) => (`${owner}/${repo}` === "actions/attest" ? attest : undefined),
    environment: { PATH: [bin, process.env["PATH"] ?? ""].join(delimiter) },
  });
  sandbox = world;
  const repository = await world.createRepository({ owner: "org", name: "instant", from: source, organization: true, private: false, roles: { ada: "admin" } });
  const run = async (version: string, ref?: string) => {
    const ended = await world.runs.waitForRun(await world.runs.dispatch("org/instant", "release.yml", { version }, "ada", ...(ref === undefined ? [] : [ref])));
    const errors = ended.jobs.flatMap(({ annotations }) => annotations.filter(({ level }) => level === "error").map(({ message }) => message));
    return { ...ended, errors, log: ended.jobs.map(({ log }) => log).join("\n") };
  };
  return { source, head, repository, run, tags: () => tags(repository.git.dir), calls: () => (existsSync(join(bin, "calls")) ? text(bin, "calls").trim().split("\n") : []), subject: join(attest, "subject.tar") };
}

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

test("it pushes the tags that anyone makes from the same commit, attests their archive, publishes once, and can run again", async () => {
  const { source, run, tags: pushed, calls, subject } = await start();
  const ended = await run("1.0.0");
  expect([ended.errors, ended.conclusion]).toEqual([[], "success"]);
  const out = temporary("out");
  released(source, ["1.0.0", "--into", out]);
  expect(pushed()).toEqual(tags(source));
  expect(Object.keys(pushed())).toEqual(["v1", "v1.0", "v1.0.0"]);
  expect(sha256(subject)).toBe(sha256(join(out, "instant-1.0.0.tar")));
  expect(calls()).toEqual([
    "org/instant with a token release view v1.0.0 --json isDraft --jq .isDraft",
    expect.stringMatching(/^org\/instant with a token release create v1\.0\.0 \S+\/release\/instant-1\.0\.0\.tar --verify-tag --title INSTANT 1\.0\.0 --notes-file \S+\/notes\.md --latest=true$/),
  ]);
  const again = await run("1.0.0");
  expect([again.errors, again.conclusion]).toEqual([[], "success"]);
  expect(again.log).toContain("INSTANT 1.0.0 is already there, identical.");
  expect(again.log).toContain("v1.0.0 is published already.");
  expect(calls()).toHaveLength(3);
  expect(pushed()).toEqual(tags(source));
});

test("nothing is pushed or published when a check fails, when the version is none, or from another branch", async () => {
  const failing = await start("#!/usr/bin/env bash\necho broken; exit 1\n");
  const red = await failing.run("1.0.0");
  expect(red.conclusion).toBe("failure");
  expect(red.jobs.map(({ key, conclusion }) => [key, conclusion])).toEqual([["check", "failure"], ["release", "skipped"]]);
  expect([failing.tags(), failing.calls()]).toEqual([{}, []]);
  await sandbox?.close();

  const { run, repository, head, tags: pushed, calls } = await start();
  const odd = await run("1.0.0'; echo \"pwned\"; $(touch x) #");
  expect(odd.conclusion).toBe("failure");
  expect(odd.log).toContain('is no version that can be released');
  expect(odd.log).not.toMatch(/^\S* ?pwned$/m);
  git(repository.git.dir, ["branch", "side", head]);
  await repository.git.reload();
  const side = await run("1.0.0", "side");
  expect(side.errors).toContain("Releases are made from the default branch: run this workflow there.");
  expect([pushed(), calls()]).toEqual([{}, []]);
});
