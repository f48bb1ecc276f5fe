import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { afterEach } from "@jest/globals";
import { parse } from "yaml";
import { instantActions } from "../../src/cli/rehearsal/world.ts";
import { startModelServer } from "../../src/sandbox/model/index.ts";
import { startProduct, templateFiles, type Product } from "../../src/sandbox/product/index.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import type { JobReport, RunReport } from "../../src/sandbox/world/actions/report.ts";
import type { BranchRule } from "../../src/sandbox/world/types.ts";
import { attachContract } from "../contract/attach.ts";
import { clientOf, type Client } from "../sandbox/server/support.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const TEMPLATES = path.join(ROOT, "workflows-templates");
export const templateNames = readdirSync(TEMPLATES).filter((name) => name.endsWith(".yml")).toSorted();

export function templateText(name: string): string {
  return readFileSync(path.join(TEMPLATES, name), "utf8");
}

export const REPOSITORY = "acme/handbook";

export interface TemplateWorld {
  readonly sandbox: Sandbox;
  readonly product: Product;
  /** With write permission. */
  readonly ada: Client;
  head(ref?: string): string;
}

export interface TemplateWorldOptions {
  /** File names of the templates to install, as they are. */
  readonly templates: readonly string[];
  /** Other files, over the sample product's. */
  readonly files?: Readonly<Record<string, string>>;
  /** Over those that every world has. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly rules?: readonly BranchRule[];
  /** false: nothing is served before the test deploys it, for what is about pull requests alone. */
  readonly deployed?: boolean;
  /** The product is sick as long as its FAQ contains this text. */
  readonly sickWith?: string;
}

const ending: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** The sample product's repository with these templates, the product deployed once, and a model. Every exchange is held to GitHub's description. */
export async function templateWorld(options: TemplateWorldOptions): Promise<TemplateWorld> {
  const sandbox = await startSandbox({ actions: instantActions });
  const contract = await attachContract(sandbox);
  ending.push(async () => {
    await sandbox.close();
    contract.verify();
  });
  for (const login of ["ada", "mallory"]) sandbox.addUser(login);
  const workflows = options.templates.map((name) => [`.github/workflows/${name}`, templateText(name)]);
  const repository = await sandbox.createRepository({
    owner: "acme", name: "handbook", organization: true, private: false, roles: { ada: "write" },
    from: { ...Object.fromEntries(await templateFiles()), ...Object.fromEntries(workflows), ...options.files }, rules: options.rules ?? [],
  });
  const model = await startModelServer();
  ending.push(() => model.close());
  const product = await startProduct({ gitDir: repository.git.dir, ...(options.sickWith === undefined ? {} : { breakWhen: options.sickWith }) });
  ending.push(() => product.close());
  const head = (ref = `refs/heads/${repository.defaultBranch}`): string => repository.git.ref(ref) ?? "";
  if (options.deployed !== false) await product.deploy(head());
  const variables = {
    INSTANT_BASE_URL: model.url, INSTANT_MODEL: model.models[0] ?? "", INSTANT_SMOKE_COMMAND: "node scripts/smoke.mjs",
    INSTANT_DEPLOY_WORKFLOW: "deploy.yml", INSTANT_VERSION_URL: product.versionUrl, INSTANT_HEALTH_URLS: product.healthUrl,
    DEPLOY_URL: product.deployUrl, ...options.variables,
  };
  for (const [name, value] of Object.entries(variables)) sandbox.setVariable(REPOSITORY, name, value);
  sandbox.setSecret(REPOSITORY, "INSTANT_API_KEY", model.apiKey);
  sandbox.setSecret(REPOSITORY, "DEPLOY_TOKEN", product.deployToken);
  return { sandbox, product, ada: clientOf(sandbox, sandbox.tokens.user("ada")), head };
}

/** fast-ci-matrix.yml with these of its checks alone, as a file of the repository. @throws Error when the template no longer has the line */
export function matrixOf(checks: string): Readonly<Record<string, string>> {
  const text = templateText("fast-ci-matrix.yml");
  const edited = text.replace(/^( +check:) \[markdown, faq, .*\]$/m, `$1 [${checks}]`);
  if (edited === text) throw new Error("fast-ci-matrix.yml names its checks in another way");
  return { ".github/workflows/fast-ci-matrix.yml": edited };
}

export interface Proposal {
  readonly branch: string;
  readonly files: Readonly<Record<string, string>>;
  /** Whose repository holds the branch; default: the product's own. */
  readonly from?: string;
  readonly title?: string;
  /** Another branch into which the same commit is proposed as well, before the default one. */
  readonly sibling?: string;
}

export interface Proposed {
  readonly number: number;
  readonly sha: string;
}

/** Opens a pull request as somebody would by the API: a branch, a commit for each file, and the request. */
export async function propose({ head }: TemplateWorld, client: Client, { branch, files, from = "acme", title = branch, sibling }: Proposal): Promise<Proposed> {
  await expectStatus(201, client.rest("POST", `/repos/${from}/handbook/git/refs`, { ref: `refs/heads/${branch}`, sha: head() }));
  let sha = "";
  for (const [file, text] of Object.entries(files)) sha = await write(client, { repository: `${from}/handbook`, branch, file, text });
  const open = (base: string) => expectStatus(201, client.rest("POST", `/repos/${REPOSITORY}/pulls`, { title, head: from === "acme" ? branch : `${from}:${branch}`, base, body: "" }));
  if (sibling !== undefined) {
    await expectStatus(201, client.rest("POST", `/repos/${REPOSITORY}/git/refs`, { ref: `refs/heads/${sibling}`, sha: head() }));
    await open(sibling);
  }
  const opened = await open("main");
  return { number: opened.body.number, sha };
}

/** One commit that writes one file; answers its sha. */
export async function write(client: Client, { repository = REPOSITORY, branch, file, text }: { repository?: string; branch: string; file: string; text: string }): Promise<string> {
  const known = await client.rest("GET", `/repos/${repository}/contents/${file}?ref=${encodeURIComponent(branch)}`);
  const answer = await client.rest("PUT", `/repos/${repository}/contents/${file}`, {
    message: `Change ${file}`, branch, content: Buffer.from(text).toString("base64"), ...(known.status === 200 ? { sha: known.body.sha } : {}),
  });
  if (answer.status >= 300) throw new Error(`${file}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.commit.sha;
}

async function expectStatus<T extends { readonly status: number; readonly body: unknown }>(status: number, answer: Promise<T>): Promise<T> {
  const got = await answer;
  if (got.status !== status) throw new Error(`${got.status} instead of ${status}: ${JSON.stringify(got.body)}`);
  return got;
}

/** The run of a template that the last events started, when it is complete; undefined when they started none. */
export async function runOf({ sandbox }: TemplateWorld, template: string, fits: (run: RunReport) => boolean = () => true): Promise<RunReport | undefined> {
  await sandbox.runs.settled();
  const found = sandbox.runs.list(REPOSITORY).filter((run) => run.path === `.github/workflows/${template}`).filter(fits).at(-1);
  return found === undefined ? undefined : sandbox.runs.waitForRun(found.id);
}

export function jobOf(run: RunReport | undefined, key: string): JobReport {
  const found = run?.jobs.find((job) => job.key === key);
  if (found === undefined) throw new Error(`No job ${key} in ${run?.path ?? "no run"}: ${run?.error ?? ""} ${run?.jobs.map((job) => job.key).join(", ") ?? ""}`);
  return found;
}

export function conclusionsOf(run: RunReport | undefined): Record<string, string | null> {
  return Object.fromEntries((run?.jobs ?? []).map((job) => [job.name, job.conclusion]));
}

/** Name and conclusion of every check run at a commit, as GitHub shows them. */
export async function checksAt({ ada }: TemplateWorld, sha: string): Promise<Record<string, string>> {
  const { body } = await ada.rest("GET", `/repos/${REPOSITORY}/commits/${sha}/check-runs?per_page=100`);
  return Object.fromEntries(body.check_runs.map((run: { name: string; conclusion: string }) => [run.name, run.conclusion]));
}

export async function stateOf({ ada }: TemplateWorld, number: number): Promise<"merged" | "open" | "closed"> {
  const { body } = await ada.rest("GET", `/repos/${REPOSITORY}/pulls/${number}`);
  return body.merged ? "merged" : body.state;
}

/** The FAQ on the default branch. */
export async function faqOf({ sandbox, head }: TemplateWorld): Promise<string> {
  return (await sandbox.repository(REPOSITORY).git.fileAt(head(), "docs/FAQ.md"))?.toString("utf8") ?? "";
}

/** The sample FAQ with one more entry, which passes every check. */
export async function faqWith(question: string, answer = "Open **Settings** and choose it."): Promise<string> {
  const faq = (await templateFiles()).get("docs/FAQ.md")?.toString("utf8") ?? "";
  return `${faq.trimEnd()}\n\n## ${question}\n\n${answer}\n`;
}

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly name?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly concurrency?: unknown;
  readonly steps: readonly Step[];
}

export interface WorkflowFile {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function templateFile(name: string): WorkflowFile {
  return parse(templateText(name)) as WorkflowFile;
}
