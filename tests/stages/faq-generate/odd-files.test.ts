import { afterEach, expect, test } from "@jest/globals";
import { FILES, openWorld, type World } from "./harness.ts";

const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()));
});

/** A repository whose default branch holds these entries as well. */
async function worldWith(entries: readonly { path: string; mode: string; type: string; content?: string; sha?: string }[], files: Readonly<Record<string, string>> = FILES): Promise<World> {
  const world = await openWorld(files);
  worlds.push(world);
  const { sandbox, repository } = world;
  const call = async (method: string, path: string, body: object): Promise<{ sha: string }> => {
    const response = await fetch(`${sandbox.urls.api}/repos/mona/kestrel${path}`, {
      method,
      headers: { authorization: `token ${sandbox.tokens.user("mona")}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { sha: string };
  };
  if (entries.length === 0) return world;
  const main = repository.git.ref("refs/heads/main") ?? "";
  const tree = await call("POST", "/git/trees", { base_tree: (await repository.git.commit(main)).tree, tree: entries });
  const { sha } = await call("POST", "/git/commits", { message: "Odd", tree: tree.sha, parents: [main] });
  await call("PATCH", "/git/refs/heads/main", { sha });
  return world;
}

const { "docs/FAQ.md": _, ...WITHOUT_FAQ } = FILES;
const LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

test.each<[string, Parameters<typeof worldWith>, string]>([
  ["a symbolic link", [[{ path: "docs/FAQ.md", mode: "120000", type: "blob", content: "../README.md" }]], "is a symbolic link"],
  ["a submodule", [[{ path: "docs/FAQ.md", mode: "160000", type: "commit", sha: "1".repeat(40) }]], "is a submodule"],
  ["a folder", [[], { ...WITHOUT_FAQ, "docs/FAQ.md/start.md": "# Start\n" }], "is a folder"],
  ["kept in Git LFS", [[], { ...FILES, "docs/FAQ.md": LFS }], "is kept in Git LFS"],
])("a FAQ that is %s is not overwritten: one error, no model asked, nothing written", async (_name, scene, said) => {
  const world = await worldWith(...scene);
  const { status, log } = await world.act({ question: "How do I install Kestrel?" });
  expect(status).toBe(1);
  expect(log).toContain(said);
  expect(log.match(/::error/g)).toHaveLength(1);
  expect(world.asked()).toBe(0);
  expect([world.branches(), world.pulls()]).toEqual([["main"], []]);
});

test("a pointer to Git LFS among the sources grounds nothing", async () => {
  const world = await worldWith([], { ...WITHOUT_FAQ, "docs/install.md": LFS, "docs/storage.md": LFS, "README.md": LFS });
  const { status, log } = await world.act({ question: "How do I install Kestrel?" });
  expect(status).toBe(1);
  expect(log).toContain("There is no text to answer from");
  expect(world.asked()).toBe(0);
});
