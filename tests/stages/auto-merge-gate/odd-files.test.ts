import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decide } from "../../../src/stages/auto-merge-gate/decide.ts";
import { attachContract, type Contract } from "../../contract/attach.ts";
import type { Entry, PullFile } from "../../../src/github/port.ts";
import { aFile, factsOf, NOW, policyOf, TEXT, TRACE } from "./a-pull.ts";
import { type Place, Scene } from "./a-sandbox.ts";

describe("what is no plain file of text", () => {
  type Was = Partial<Entry> | null;
  const judged = (now: Was, change: { path?: string; allowed?: string; status?: PullFile["status"]; previousPath?: string; was?: Was; baseUnknown?: true } = {}) => {
    const file = aFile({ path: change.path ?? "docs/FAQ.md", ...(change.status ? { status: change.status } : {}), ...(change.previousPath ? { previousPath: change.previousPath } : {}) });
    const { was = change.status === "added" ? null : {} } = change;
    const at = (path: string, entry: Was) => new Map(entry === null ? [] : [[path, { ...TEXT, ...entry }] as const]);
    const entries = { head: at(file.path, now), base: change.baseUnknown ? null : at(file.previousPath ?? file.path, was) };
    const { kind, reasons } = decide(factsOf({ files: [file] }, { entries }), policyOf({ "allowed-paths": change.allowed ?? "docs/*.md" }), NOW);
    return [kind, ...reasons.map(({ code }) => code)];
  };
  const other = { path: "docs/a.md" };

  test("an ordinary file, new or changed, executable before and after, is merged", () => {
    expect(judged({})).toEqual(["merge"]);
    expect(judged({}, { ...other, status: "added" })).toEqual(["merge"]);
    expect(judged({ mode: "100755" }, { was: { mode: "100755" } })).toEqual(["merge"]);
    expect(judged(null, { ...other, status: "removed" })).toEqual(["merge"]);
    expect(judged({}, { ...other, status: "renamed", previousPath: "docs/b.md" })).toEqual(["merge"]);
  });
  test.each([["120000"], ["160000"], ["40000"], ["100664"]])("mode %s is not, at the head or in place of what it was", (mode) => {
    expect(judged({ mode })).toContain("not-a-plain-file");
    expect(judged({ mode }, { ...other, status: "added" })).toEqual(["blocked", "not-a-plain-file"]);
    expect(judged({}, { was: { mode } })).toEqual(["blocked", "not-a-plain-file", "mode-changed"]);
    expect(judged(null, { ...other, status: "removed", was: { mode } })).toEqual(["blocked", "not-a-plain-file"]);
    expect(judged({}, { ...other, status: "renamed", previousPath: "docs/b.md", was: { mode } })).toContain("not-a-plain-file");
  });
  test("what is not known is not plain", () => {
    expect(judged(null)).toEqual(["blocked", "not-a-plain-file"]);
    expect(judged({}, { was: null })).toEqual(["blocked", "not-a-plain-file"]);
    expect(judged({}, { baseUnknown: true })).toEqual(["blocked", "not-a-plain-file"]);
  });
  test("a change of the mode is none of text", () => {
    expect(judged({ mode: "100755" })).toEqual(["blocked", "mode-changed"]);
    expect(judged({ mode: "100755" }, { ...other, status: "renamed", previousPath: "docs/b.md" })).toEqual(["blocked", "mode-changed"]);
  });
  test("neither is a binary file, nor one of which GitHub cannot tell", () => {
    expect(judged({ binary: true })).toEqual(["blocked", "binary-file"]);
    expect(judged({ binary: null })).toEqual(["blocked", "binary-file"]);
    expect(judged({}, { was: { binary: true } })).toEqual(["merge"]);
  });
});

describe("a signed commit of the trusted bot", () => {
  let scene: Scene;
  let contract: Contract;
  let count = 0;
  beforeAll(async () => {
    scene = await Scene.start();
    contract = await attachContract(scene.sandbox);
  });
  afterAll(async () => {
    await scene.close();
    contract.verify();
  });

  /** Puts a commit with this tree entry on a new branch, by the Git data API as a workflow's own token may. */
  async function pullWith(here: Place, entries: readonly object[]): Promise<{ number: number; sha: string }> {
    const { token } = here.jobToken({ contents: "write", "pull-requests": "write", checks: "write" });
    const base = here.ref("main") ?? "";
    const call = async (path: string, body: object): Promise<{ sha: string; number: number }> => {
      const response = await fetch(`${scene.sandbox.urls.api}/repos/acme/${here.name}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as { sha: string; number: number };
    };
    const { tree: baseTree } = await scene.sandbox.repository(`acme/${here.name}`).git.commit(base);
    const tree = await call("/git/trees", { base_tree: baseTree, tree: entries });
    const { sha } = await call("/git/commits", { message: `Update FAQ - Odd?\n\nTrace-Id: ${TRACE}`, tree: tree.sha, parents: [base] });
    await call("/git/refs", { ref: "refs/heads/instant/faq-odd", sha });
    const { number } = await call("/pulls", { head: "instant/faq-odd", base: "main", title: "Update FAQ - Odd?", body: `trace-id: ${TRACE}\n` });
    await here.check(sha, "success");
    return { number, sha };
  }

  const repository = () => scene.repository(`odd-${(count += 1)}`);

  test("that makes the FAQ a symbolic link is not merged", async () => {
    const here = await repository();
    const pull = await pullWith(here, [{ path: "docs/FAQ.md", mode: "120000", type: "blob", content: "../README.md" }]);
    const main = here.ref("main");
    const { outputs, exitCode, reasons, requests } = await here.gate({ "pr-number": String(pull.number), "head-sha": pull.sha, "wait-seconds": "0" });
    expect([exitCode, outputs.decision, here.ref("main")]).toEqual([1, "blocked", main]);
    expect(reasons.join()).toContain("`docs/FAQ.md` (mode 120000)");
    expect(requests.filter((request) => /Pull|Entries|PUT/.test(request))).toHaveLength(1);
  });

  test("that adds a submodule or a link below an allowed path is not merged, and a plain file is", async () => {
    const here = await repository();
    const entries = [
      { path: "docs/a.md", mode: "120000", type: "blob", content: "FAQ.md" },
      { path: "docs/b.md", mode: "160000", type: "commit", sha: "1".repeat(40) },
      { path: "docs/c.md", mode: "100755", type: "blob", content: "# C\n" },
    ];
    const pull = await pullWith(here, entries);
    const { outputs, reasons } = await here.gate({ "pr-number": String(pull.number), "allowed-paths": "docs/*.md", "wait-seconds": "0" });
    expect(outputs.decision).toBe("blocked");
    expect(reasons.join()).toContain("`docs/a.md` (mode 120000), `docs/b.md` (mode 160000)");
    expect(reasons.join()).not.toContain("docs/c.md");
    const other = await repository();
    const plain = await pullWith(other, [entries[2] ?? {}]);
    const merged = await other.gate({ "pr-number": String(plain.number), "allowed-paths": "docs/*.md" });
    expect([merged.outputs.decision, merged.requests.length]).toEqual(["merged", 4]);
  });
});
