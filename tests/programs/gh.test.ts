/** gh, as Debian has it and as GitHub releases it, works with the sandbox over TLS: what it prints, what it does, and what it says when refused. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { afterEach, expect } from "@jest/globals";

import { startSandbox } from "../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { attachContract } from "../contract/attach.ts";
import type { Contract } from "../contract/attach.ts";
import { testWith } from "./support.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Desk {
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** As ann, who administrates, unless the environment says otherwise. */
  gh(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Must succeed; its standard output. */
  ok(...args: readonly string[]): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  /** A branch with one more line in the FAQ, pushed over TLS; git asks gh for the password. */
  push(branch: string): Promise<void>;
}

const workflows = {
  ".github/workflows/self.yml": [
    "on: { workflow_dispatch: { inputs: { gh: { description: where gh is, type: string } } } }", "permissions: { contents: write, pull-requests: write, checks: read, statuses: read }",
    "jobs:", "  self:", "    runs-on: ubuntu-latest", "    env: { GH_ENTERPRISE_TOKEN: '${{ github.token }}', GH: '${{ inputs.gh }}' }", "    steps:",
    "      - uses: actions/checkout@v4", "      - run: |", "          export GH_HOST=${GITHUB_SERVER_URL#https://}; export GH_REPO=$GH_HOST/$GITHUB_REPOSITORY",
    "          git switch -q -c topic && echo more >> docs/FAQ.md", "          git -c user.name=Bot -c user.email=bot@example.com commit -qam More && git push -q origin topic",
    "          \"$GH\" pr create -R $GH_REPO --head topic --base main --title More --body ''", "          \"$GH\" pr merge 1 --squash",
    "          ! \"$GH\" issue create --title Mine --body ''", "",
  ].join("\n"),
  ".github/workflows/ci.yml": "name: CI\non: pull_request\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo checked\n",
  ".github/workflows/greet.yml": [
    "name: Greet", "on:", "  workflow_dispatch:", "    inputs:", "      who: { description: whom, required: true, type: string }", "jobs:", "  hello:",
    "    runs-on: ubuntu-latest", "    steps:", "      - run: echo \"hello $WHO\" | tee greeting.txt", "        env: { WHO: '${{ inputs.who }}' }",
    "      - run: echo '::warning::careful'", "      - uses: actions/upload-artifact@v4", "        with: { name: greeting, path: greeting.txt }", "",
  ].join("\n"),
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function desk(program: string): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), "instant-gh-"));
  const sandbox = await startSandbox({ tls: true });
  const contract = await attachContract(sandbox);
  open.push({ close: () => finish(sandbox, contract, folder) });
  for (const login of ["ann", "bob", "eve"]) sandbox.addUser(login);
  await sandbox.createRepository({
    owner: "acme", name: "docs", organization: true, roles: { ann: "admin", bob: "write", eve: "read" },
    from: { "docs/FAQ.md": "# FAQ\n", "README.md": "# Docs\n\nRead **me**.\n", ...workflows },
  });
  const { host } = new URL(sandbox.urls.server);
  const base = {
    // Nothing of the machine's own gh and git takes part.
    PATH: [dirname(program), process.env["PATH"] ?? ""].join(delimiter), HOME: folder, GH_CONFIG_DIR: join(folder, "gh"), TMPDIR: folder, XDG_CACHE_HOME: folder,
    GH_HOST: host, GH_REPO: `${host}/acme/docs`, GH_ENTERPRISE_TOKEN: sandbox.tokens.user("ann"), GH_PROMPT_DISABLED: "1", GH_NO_UPDATE_NOTIFIER: "1",
    GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", NO_COLOR: "1", LANG: "C.UTF-8", TZ: "UTC", ...sandbox.trust?.environment,
  };
  const run = (file: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<Outcome> => new Promise((resolve) => {
    execFile(file, args, { cwd, env: { ...base, ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
  const must = async (outcome: Promise<Outcome>, what: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await outcome;
    if (code !== 0) throw new Error(`${what.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  const clone = join(folder, "clone");
  const gh: Desk["gh"] = (args, env = {}) => run(program, args, env, folder);
  const ok: Desk["ok"] = (...args) => must(gh(args), args);
  const git: Desk["git"] = (...args) => must(run("git", ["-C", clone, "-c", "user.name=Ann", "-c", "user.email=ann@example.com", ...args], {}, folder), args);
  const push = async (branch: string): Promise<void> => {
    await ok("repo", "clone", "acme/docs", clone);
    await git("switch", "-q", "-c", branch);
    await must(run("sh", ["-c", "echo more >> docs/FAQ.md"], {}, clone), ["echo"]);
    await git("commit", "-q", "-a", "-m", "More of the FAQ");
    await git("-c", "credential.helper=!gh auth git-credential", "push", "-q", "origin", branch);
  };
  return { sandbox, folder, gh, ok, git, push };
}

async function finish(sandbox: Sandbox, contract: Contract, folder: string): Promise<void> {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
  contract.verify();
}

/** Each test starts some twenty programs; on a busy machine one takes a second. */
const patience = 180_000;

const json = <T>(text: string): T => JSON.parse(text) as T;

testWith(["gh", "git"], "gh signs in, shows and clones a repository, and passes API calls on", async (paths) => {
  const { ok, gh, git, push, sandbox } = await desk(paths["gh"] ?? "");
  const status = await gh(["auth", "status"]);
  expect(status.code).toBe(0);
  expect(status.stdout + status.stderr).toMatch(/Logged in to 127\.0\.0\.1:\d+ (as|account) ann/);
  expect(await ok("repo", "view", "acme/docs")).toContain("Read **me**.");
  expect(await ok("repo", "list", "acme")).toMatch(/^acme\/docs\t.*\tprivate\t/);
  const about = json<Record<string, unknown>>(await ok("repo", "view", "acme/docs", "--json", "defaultBranchRef,stargazerCount,issues,pullRequestTemplates,assignableUsers,viewerPermission"));
  expect(about).toMatchObject({ defaultBranchRef: { name: "main" }, stargazerCount: 0, issues: { totalCount: 0 }, pullRequestTemplates: [], viewerPermission: "ADMIN" });
  await push("topic");
  expect(sandbox.repository("acme/docs").git.ref("refs/heads/topic")).toBe((await git("rev-parse", "HEAD")).trim());
  expect(await ok("api", "user", "-q", ".login")).toBe("ann\n");
  expect((await ok("api", "--paginate", "repos/acme/docs/labels?per_page=4", "-q", ".[].name")).trim().split("\n")).toEqual(labels(sandbox));
  expect(await ok("api", "graphql", "-f", "query={viewer{login}}", "-q", ".data.viewer.login")).toBe("ann\n");
}, patience);

function labels(sandbox: Sandbox): string[] {
  return [...sandbox.repository("acme/docs").labels.values()].map((one) => one.name);
}

testWith(["gh", "git"], "gh opens, lists, checks, views, discusses and merges a pull request", async (paths) => {
  const { ok, gh, push, sandbox } = await desk(paths["gh"] ?? "");
  const repository = sandbox.repository("acme/docs");
  await push("topic");
  const create = ["pr", "create", "-R", `${new URL(sandbox.urls.server).host}/acme/docs`, "--head", "topic", "--base", "main", "--title", "More", "--body", "A body"];
  expect(await ok(...create, "--label", "documentation", "--assignee", "bob")).toBe(`${sandbox.urls.server}/acme/docs/pull/1\n`);
  expect((await gh(create)).stderr).toContain('a pull request for branch "topic" into branch "main" already exists');
  const pull = repository.issues.get(1);
  expect({ labels: [...(pull?.labels ?? [])].map((one) => one.name), people: pull?.assignees.map((one) => one.login) }).toEqual({ labels: ["documentation"], people: ["bob"] });
  expect(await ok("pr", "list")).toMatch(/^1\tMore\ttopic\tOPEN/);
  expect(await ok("pr", "list", "--assignee", "bob", "--search", "more in:title")).toMatch(/^1\tMore/);
  expect(await ok("pr", "list", "--author", "bob")).toBe("");
  const run = repository.runs.find((one) => one.workflow.name === "CI");
  await sandbox.runs.waitForRun(run?.id ?? 0);
  expect(await ok("pr", "checks", "1")).toMatch(/^check\tpass\t/);
  expect(await ok("pr", "view", "1")).toMatch(/^title:\tMore\nstate:\tOPEN\nauthor:\tann\nlabels:\tdocumentation\nassignees:\tbob\n[\s\S]*--\nA body\n$/);
  expect(await ok("pr", "diff", "1")).toContain("+more");
  expect(await ok("pr", "diff", "1", "--patch")).toMatch(/^From [0-9a-f]{40} .*\nFrom: Ann <ann@example\.com>/);
  expect(await ok("pr", "comment", "1", "--body", "Well done")).toContain("#issuecomment-");
  expect(await ok("pr", "view", "1", "--comments")).toContain("Well done");
  expect((await gh(["pr", "review", "1", "--approve"])).stderr).toContain("Can not approve your own pull request");
  expect((await gh(["pr", "review", "1", "--approve"], { GH_ENTERPRISE_TOKEN: sandbox.tokens.user("bob") })).code).toBe(0);
  expect((await gh(["pr", "merge", "1", "--squash"], { GH_ENTERPRISE_TOKEN: sandbox.tokens.user("eve") })).stderr).toContain("eve does not have the correct permissions to execute `MergePullRequest`");
  expect(pull?.pull?.merged).toBe(false);
  await ok("pr", "merge", "1", "--squash", "--delete-branch");
  expect(json(await ok("pr", "view", "1", "--json", "state,mergedBy,mergeCommit"))).toMatchObject({
    state: "MERGED", mergedBy: { login: "ann" }, mergeCommit: { oid: repository.git.ref("refs/heads/main") },
  });
  expect(repository.git.ref("refs/heads/topic")).toBeUndefined();
}, patience);

testWith(["gh", "git"], "what rules and drafts keep back is told by gh, and merged when nothing stands in its way", async (paths) => {
  const { ok, gh, push, sandbox } = await desk(paths["gh"] ?? "");
  const repository = sandbox.repository("acme/docs");
  repository.rules.push({ branch: "main", requiredChecks: ["instant/fast-ci"] });
  repository.settings.allowAutoMerge = true;
  await push("topic");
  await ok("pr", "create", "-R", `${new URL(sandbox.urls.server).host}/acme/docs`, "--head", "topic", "--base", "main", "--title", "More", "--body", "", "--draft");
  const refused = async (...args: string[]): Promise<string> => {
    const outcome = await gh(args);
    expect(outcome.code).not.toBe(0);
    return outcome.stderr + outcome.stdout;
  };
  expect(await refused("pr", "merge", "1", "--merge", "--admin")).toContain("Pull Request is still a draft");
  await ok("pr", "ready", "1");
  expect(await refused("pr", "merge", "1", "--merge")).toMatch(/not mergeable|policy prohibits/);
  expect(await refused("pr", "merge", "1", "--merge", "--admin")).toContain('Required status check "instant/fast-ci" is expected');
  await ok("pr", "merge", "1", "--merge", "--auto");
  expect(repository.issues.get(1)?.pull?.autoMerge).toMatchObject({ method: "merge" });
  await ok("pr", "merge", "1", "--disable-auto");
  expect(repository.issues.get(1)?.pull?.autoMerge).toBeNull();
  const head = repository.issues.get(1)?.pull?.headSha ?? "";
  await ok("api", `repos/acme/docs/statuses/${head}`, "-f", "state=failure", "-f", "context=instant/fast-ci", "-f", "description=One link is broken");
  const checks = await gh(["pr", "checks", "1", "--required"]);
  expect(checks).toMatchObject({ code: 1, stdout: expect.stringMatching(/^instant\/fast-ci\tfail\t/) });
  await ok("api", `repos/acme/docs/statuses/${head}`, "-f", "state=success", "-f", "context=instant/fast-ci");
  expect(await ok("pr", "checks", "1", "--required")).toMatch(/^instant\/fast-ci\tpass\t/);
  await ok("pr", "merge", "1", "--merge");
  expect(repository.issues.get(1)?.pull?.merged).toBe(true);
}, patience);

testWith(["gh"], "gh dispatches a workflow, watches its run, reads its log and gets its artifact", async (paths) => {
  const { ok, gh, sandbox, folder } = await desk(paths["gh"] ?? "");
  expect(await ok("workflow", "list")).toMatch(/^CI\tactive\t\d+\n[\s\S]*^Greet\tactive\t\d+\n/m);
  expect((await gh(["workflow", "run", "greet.yml"])).stderr).toContain("Required input 'who' not provided");
  expect((await gh(["workflow", "run", "ci.yml"])).stderr).toContain("does not have 'workflow_dispatch' trigger");
  expect((await gh(["workflow", "run", "nothing.yml"])).stderr).toMatch(/HTTP 404|could not find/);
  await ok("workflow", "run", "greet.yml", "-f", "who=world");
  const [run] = json<{ databaseId: number }[]>(await ok("run", "list", "--workflow", "greet.yml", "--json", "databaseId,status,event"));
  const id = String(run?.databaseId);
  await ok("run", "watch", id, "--interval", "1", "--exit-status");
  expect(await ok("run", "list")).toMatch(/^completed\tsuccess\tGreet\tGreet\tmain\tworkflow_dispatch\t/);
  expect(await ok("run", "view", id)).toMatch(/✓ hello in \d+s[\s\S]*ANNOTATIONS\n! careful\n[\s\S]*ARTIFACTS\ngreeting/);
  const log = await ok("run", "view", id, "--log");
  expect(log).toMatch(/^hello\t[^\t]*echo[^\t]*\t\S+Z hello world$/m);
  const job = json<{ jobs: { databaseId: number }[] }>(await ok("run", "view", id, "--json", "jobs")).jobs[0]?.databaseId;
  expect(await ok("run", "view", "--job", String(job))).toContain("✓ Set up job");
  await ok("run", "download", id, "--dir", join(folder, "downloads"), "--name", "greeting");
  expect(await readFile(join(folder, "downloads", "greeting.txt"), "utf8")).toBe("hello world\n");
  await ok("run", "rerun", id);
  await sandbox.runs.waitForRun(Number(id));
  expect(sandbox.runs.run(Number(id))).toMatchObject({ attempt: 2, conclusion: "success" });
  await ok("workflow", "disable", "greet.yml");
  expect((await gh(["workflow", "run", "greet.yml", "-f", "who=me"])).stderr).toMatch(/disabled|could not find/);
}, patience);

testWith(["gh", "git"], "gh in a step of a workflow works with the job's token, as far as its permissions go", async (paths) => {
  const { sandbox } = await desk(paths["gh"] ?? "");
  const { settings } = sandbox.repository("acme/docs");
  settings.canApprovePullRequestReviews = true;
  const report = await sandbox.runs.waitForRun(await sandbox.runs.dispatch("acme/docs", "self.yml", { gh: paths["gh"] ?? "" }, "ann"));
  const log = report.jobs[0]?.log ?? "";
  expect({ conclusion: report.conclusion, log }).toMatchObject({ conclusion: "success", log: expect.stringContaining("/acme/docs/pull/1") });
  expect(log).toContain("GraphQL: Resource not accessible by integration");
  expect(sandbox.repository("acme/docs").issues.get(1)).toMatchObject({ author: { login: "github-actions[bot]" }, pull: { merged: true } });
}, patience);

testWith(["gh"], "gh keeps issues: opens, finds, edits, closes and reopens them", async (paths) => {
  const { ok, gh, sandbox } = await desk(paths["gh"] ?? "");
  expect(await ok("issue", "create", "--title", "A bug", "--body", "It broke, @bob", "--label", "bug", "--assignee", "@me")).toBe(`${sandbox.urls.server}/acme/docs/issues/1\n`);
  await ok("issue", "create", "--title", "Another", "--body", "");
  expect(await ok("issue", "list", "--label", "bug")).toMatch(/^1\tOPEN\tA bug\tbug\t.*\n$/);
  expect(await ok("issue", "list", "--mention", "bob")).toMatch(/^1\t.*\n$/);
  expect(await ok("issue", "list", "--assignee", "ann", "--state", "all")).toMatch(/^1\t.*\n$/);
  await ok("issue", "edit", "1", "--title", "A bug in the FAQ", "--add-label", "question", "--remove-label", "bug", "--add-assignee", "bob");
  expect(await ok("issue", "view", "1")).toMatch(/^title:\tA bug in the FAQ\nstate:\tOPEN\nauthor:\tann\nlabels:\tquestion\n/);
  await ok("issue", "close", "1", "--comment", "Not ours", "--reason", "not planned");
  const issue = sandbox.repository("acme/docs").issues.get(1);
  expect(issue).toMatchObject({ state: "closed", stateReason: "not_planned", assignees: [{ login: "ann" }, { login: "bob" }], comments: [{ body: "Not ours" }] });
  expect(await ok("search", "issues", "broke", "--state", "closed")).toMatch(/^acme\/docs\t1\tclosed\t/);
  await ok("issue", "reopen", "1");
  expect(issue).toMatchObject({ state: "open", stateReason: "reopened" });
  // The one who may only read opens issues, but does not close those of others.
  const eve = { GH_ENTERPRISE_TOKEN: sandbox.tokens.user("eve") };
  expect((await gh(["issue", "create", "--title", "From eve", "--body", "x"], eve)).code).toBe(0);
  expect((await gh(["issue", "close", "1"], eve)).stderr).toContain("eve does not have the correct permissions to execute `CloseIssue`");
  expect(issue?.state).toBe("open");
}, patience);

testWith(["gh"], "errors read well: a bad token, a certificate nobody trusts, what is not there and what the sandbox does not do", async (paths) => {
  const { ok, gh, sandbox, folder } = await desk(paths["gh"] ?? "");
  const said = async (args: string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const outcome = await gh(args, env);
    expect(outcome.code).not.toBe(0);
    return outcome.stderr;
  };
  expect(await said(["pr", "list"], { GH_ENTERPRISE_TOKEN: "ghp_wrong" })).toContain("HTTP 401: Bad credentials");
  expect(await said(["pr", "list"], { SSL_CERT_FILE: join(folder, "none.pem"), SSL_CERT_DIR: folder })).toContain("x509: certificate signed by unknown authority");
  expect(await said(["pr", "view", "9"])).toContain("Could not resolve to a PullRequest with the number of 9.");
  expect(await said(["repo", "view", "acme/none"])).toContain("Could not resolve to a Repository with the name 'acme/none'.");
  expect(await said(["issue", "pin", "1"])).toContain("Could not resolve to an");
  expect(await said(["api", "repos/acme/docs/stargazers"])).toContain("The sandbox does not implement GET /repos/acme/docs/stargazers");
  expect(await said(["pr", "list", "--search", "involves:ann"])).toContain("The sandbox does not implement search with involves:ann");
  expect(await said(["secret", "set", "X", "--body", "y"])).toContain("does not implement setting secrets");
  sandbox.setSecret("acme/docs", "DEPLOY_TOKEN", "never shown");
  expect(await ok("secret", "list")).toMatch(/^DEPLOY_TOKEN\t/);
  await ok("api", "repos/acme/docs/actions/variables", "-f", "name=paused", "-f", "value=true");
  expect(sandbox.repository("acme/docs").variables).toEqual({ PAUSED: "true" });
}, patience);
