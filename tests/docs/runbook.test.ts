// The runbook is read by somebody who has no time to find out that a command of it does not work: each is typed here, in its order, by a
// real gh and a real git against the sandbox.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Contract, attachContract } from "../contract/attach.ts";
import { testWith } from "../programs/support.ts";
import { blocksOf, read } from "./blocks.ts";

const FILE = "docs/runbook.md";
const blocks = blocksOf(FILE);
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Dispatch {
  readonly on: { readonly workflow_dispatch: { readonly inputs: Readonly<Record<string, { readonly required: boolean }>> } };
}
const template = parse(read("workflows-templates/rollback.yml")) as Dispatch;
/** Takes what the template takes, and does nothing. */
const stand = `name: Rollback\nrun-name: "take back \${{ inputs.commit_sha }}\${{ inputs.pr_number }}"\non: ${JSON.stringify(template.on)}\njobs:\n  rollback:\n    runs-on: ubuntu-latest\n    steps:\n      - run: "true"\n`;

testWith(["gh", "git"], "every command of the runbook does what it says", async (paths) => {
  const folder = await mkdtemp(path.join(tmpdir(), "instant-runbook-"));
  const sandbox = await startSandbox({ tls: true });
  const contract: Contract = await attachContract(sandbox);
  closing.push(() => sandbox.close(), () => rm(folder, { recursive: true, force: true }), async () => contract.verify());
  sandbox.addUser("ann");
  const repository = await sandbox.createRepository({ owner: "acme", name: "site", organization: true, roles: { ann: "admin" }, from: { "docs/page.md": "good\n", ".github/workflows/rollback.yml": stand } });
  const { host } = new URL(sandbox.urls.server);
  const env: Record<string, string> = {
    PATH: [path.dirname(paths["gh"] ?? ""), process.env.PATH ?? ""].join(path.delimiter), HOME: folder, GH_CONFIG_DIR: path.join(folder, "gh"), GH_HOST: host, GH_REPO: `${host}/acme/site`, GH_ENTERPRISE_TOKEN: sandbox.tokens.user("ann"), GH_PROMPT_DISABLED: "1", GH_NO_UPDATE_NOTIFIER: "1",
    GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", GIT_EDITOR: "false", LC_ALL: "C.UTF-8", GIT_CONFIG_COUNT: "3", GIT_CONFIG_KEY_0: "credential.helper", GIT_CONFIG_VALUE_0: "!gh auth git-credential", GIT_CONFIG_KEY_1: "user.name", GIT_CONFIG_VALUE_1: "Ann", GIT_CONFIG_KEY_2: "user.email", GIT_CONFIG_VALUE_2: "ann@example.com",
    ...sandbox.trust?.environment,
  };
  const type = (script: string, cwd: string): Promise<string> => new Promise((resolve, reject) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.once("close", (status) => (status === 0 ? resolve(said) : reject(new Error(`ended with ${status}: ${said}\n${script}`))));
  });
  await type(`git clone -q ${sandbox.urls.server}/acme/site clone`, folder);
  const clone = path.join(folder, "clone");
  await type("echo bad > docs/page.md && git commit -qam 'Change the page' && echo x > other.md && git add . && git commit -qm Later && git push -q origin main", clone);
  const commit = (await type("git rev-parse HEAD~1", clone)).trim();
  Object.assign(env, { COMMIT: commit, PULL: "7" });
  // gh 2.23 takes the repository for `pr create` from its option only, where the server has a port (src/sandbox/README.md).
  const said: string[] = [];
  for (const { text } of blocks) said.push(await type(text.replace("gh pr create", `gh pr create -R ${host}/acme/site`), clone));

  const issues = [...repository.issues.values()];
  expect(issues.filter(({ pull }) => pull === undefined).map(({ title, state, labels }) => [title, state, [...labels].map(({ name }) => name)])).toEqual([["INSTANT is paused", "closed", ["instant-paused"]]]);
  expect(said.join("\n")).toContain(`${commit.slice(0, 7)} `);
  expect(sandbox.runs.list("acme/site").map(({ title, event }) => [event, title]).toSorted()).toEqual(["take back 7", `take back ${commit}`].map((title) => ["workflow_dispatch", title]).toSorted());
  expect((await repository.git.fileAt(repository.git.ref("refs/heads/take-back") ?? "", "docs/page.md"))?.toString()).toBe("good\n");
  expect(issues.find(({ pull }) => pull?.headRef === "take-back")?.title).toContain("Revert");
}, 180_000);

test("it is short, and its commands are all that it asks anybody to type", () => {
  expect(blocks.map(({ language }) => language)).toEqual(Array(blocks.length).fill("sh"));
  expect(blocks.length).toBeGreaterThanOrEqual(6);
  expect(read(FILE).split("\n").length).toBeLessThan(130);
  // A person may give either, so neither may be required.
  const { commit_sha: sha, pr_number: number, reason } = template.on.workflow_dispatch.inputs;
  expect([sha?.required, number?.required, reason?.required]).toEqual([false, false, true]);
});
