import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Product, startProduct, templateFiles } from "../../../src/sandbox/product/index.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { type Contract, attachContract } from "../../contract/attach.ts";
import { MACHINE } from "../../fakes/action-process.ts";
import { type Client, clientOf } from "../../sandbox/server/support.ts";

const actions = fileURLToPath(new URL("../../../actions", import.meta.url));
const REPO = "acme/site";

/** What the workflow of a test passes, as repository variables. */
export type Given = Readonly<Record<string, string>>;
type Run = Awaited<ReturnType<Sandbox["runs"]["waitForRun"]>>;

export interface Ran {
  readonly conclusion: string | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly reasons: readonly string[];
  readonly log: string;
  readonly summary: string;
  /** API requests of the job, polls of the deployment among them. */
  readonly requests: readonly string[];
  readonly run: Run;
}

const INPUTS = [
  "reason", "detected-at", "smoke-command", "owners", "deploy-workflow", "deploy-environment", "version-url", "health-urls", "health-file", "health-env", "ledger-branch", "deploy-timeout-seconds",
  "probe-count", "probe-interval-seconds", "probe-timeout-seconds", "health-timeout-seconds", "otlp-endpoint", "wait-seconds", "merge-method", "dry-run",
];
const PROMOTION_INPUTS = ["promote-command", "abort-command", "command-env", "green-version-url", "green-urls", "watch-seconds"];
const VERIFY_INPUTS = [...INPUTS, ...PROMOTION_INPUTS].filter((name) => !["reason", "detected-at", "smoke-command", "owners", "wait-seconds", "merge-method"].includes(name));

/** Permissions as the templates grant them. */
export const PERMISSIONS = {
  "post-deploy-health": { contents: "write", "pull-requests": "read", issues: "read", actions: "write", deployments: "read" },
  rollback: { contents: "write", "pull-requests": "write", issues: "write", actions: "write", checks: "read", statuses: "read" },
} as const;
type Action = keyof typeof PERMISSIONS;

function workflowOf(action: Action, permissions: Readonly<Record<string, string>>): string {
  const names = action === "rollback" ? INPUTS : VERIFY_INPUTS;
  const given = names.map((name) => `          ${name}: \${{ vars.${variable(name)} }}`).join("\n");
  const granted = Object.entries(permissions).map(([name, level]) => `      ${name}: ${level}`).join("\n");
  return `name: ${action}
on:
  workflow_dispatch:
    inputs:
      commit_sha: { required: true, type: string }
permissions: {}
jobs:
  it:
    runs-on: ubuntu-latest
    permissions:
${granted}
    steps:
      - id: it
        uses: org/instant/${action}@v1
        with:
          commit-sha: \${{ inputs.commit_sha }}
${given}
        env:
          PRODUCT_URL: \${{ vars.PRODUCT_URL }}
          GREEN_URL: \${{ vars.GREEN_URL }}
          NODE_COMPILE_CACHE: ${MACHINE.NODE_COMPILE_CACHE}
`;
}

const variable = (name: string) => name.toUpperCase().replaceAll("-", "_");

/**
 * The sample product behind a small GitHub, with the bundles of both actions run by the workflow engine: real processes, real
 * git, a job's own token.
 */
export class Rig implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly product: Product;
  readonly contract: Contract;
  readonly #client: Client;

  private constructor(sandbox: Sandbox, product: Product, contract: Contract) {
    this.sandbox = sandbox;
    this.product = product;
    this.contract = contract;
    this.#client = clientOf(sandbox, sandbox.tokens.user("ann"));
  }

  static async start(options: { readonly files?: Readonly<Record<string, string>>; readonly permissions?: Partial<Record<Action, Readonly<Record<string, string>>>> } = {}): Promise<Rig> {
    const sandbox = await startSandbox({ actions: (_owner, _repo, name) => (name in PERMISSIONS ? path.join(actions, name) : undefined) });
    const granted = (name: Action) => options.permissions?.[name] ?? PERMISSIONS[name];
    const files = {
      ...Object.fromEntries(await templateFiles()),
      ".github/workflows/health.yml": workflowOf("post-deploy-health", granted("post-deploy-health")),
      ".github/workflows/rollback.yml": workflowOf("rollback", granted("rollback")),
      ...options.files,
    };
    const contract = await attachContract(sandbox);
    sandbox.world.addAccount("ann");
    const repository = await sandbox.createRepository({ owner: "acme", name: "site", from: files, roles: { ann: "admin" } });
    const product = await startProduct({ gitDir: repository.git.dir, breakWhen: "BROKEN" });
    const rig = new Rig(sandbox, product, contract);
    sandbox.setSecret(REPO, "DEPLOY_TOKEN", product.deployToken);
    rig.give({ "deploy-url": product.deployUrl, "deploy-workflow": "deploy.yml", "version-url": product.versionUrl, "health-urls": product.healthUrl, "probe-interval-seconds": "0.05", reason: "Health check failed" });
    await product.deploy(await rig.head());
    return rig;
  }

  give(given: Given): void {
    for (const [name, value] of Object.entries(given)) this.sandbox.setVariable(REPO, variable(name), value);
  }

  async head(): Promise<string> {
    return (await this.rest("GET", "/git/ref/heads/main")).object.sha as string;
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  async rest(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.#client.rest(method, `/repos/${REPO}${path}`, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async text(file: string, ref = "main"): Promise<string> {
    const { content } = await this.rest("GET", `/contents/${file}?ref=${ref}`);
    return Buffer.from(content as string, "base64").toString("utf8");
  }

  /** A commit of files on a branch, as a person; null deletes one. */
  async commit(files: Readonly<Record<string, string | null>>, headline = "Update FAQ - Why?", branch = "main"): Promise<string> {
    const expectedHeadOid = (await this.rest("GET", `/git/ref/heads/${branch}`)).object.sha as string;
    const answer = await this.#client.graphql("mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }", {
      input: {
        branch: { repositoryNameWithOwner: REPO, branchName: branch }, expectedHeadOid, message: { headline },
        fileChanges: {
          additions: Object.entries(files).flatMap(([file, text]) => (text === null ? [] : [{ path: file, contents: Buffer.from(text).toString("base64") }])),
          deletions: Object.entries(files).flatMap(([file, text]) => (text === null ? [{ path: file }] : [])),
        },
      },
    });
    const oid = answer.data?.createCommitOnBranch?.commit?.oid as string | undefined;
    if (oid === undefined) throw new Error(JSON.stringify(answer.errors));
    return oid;
  }

  /** A FAQ entry put before the others, so that entries do not touch each other. */
  async answer(question: string, text: string): Promise<string> {
    return this.commit({ "docs/FAQ.md": (await this.text("docs/FAQ.md")).replace(/\n## /, `\n## ${question}\n\n${text}\n\n## `) }, `Update FAQ - ${question}`);
  }

  /** Runs an action for a commit, in a workflow of its own, to its end. */
  async run(action: Action, sha: string, given: Given = {}): Promise<Ran> {
    return this.ran(await this.sandbox.runs.waitForRun(await this.begin(action, sha, given)));
  }

  /** Starts such a run; answers its id. */
  async begin(action: Action, sha: string, given: Given = {}): Promise<number> {
    this.give(given);
    this.sandbox.requests.clear();
    return this.sandbox.runs.dispatch(REPO, action === "rollback" ? "rollback.yml" : "health.yml", { commit_sha: sha }, "ann");
  }

  ran(run: Run): Ran {
    const job = run.jobs[0]!;
    const step = job.steps.find(({ id }) => id === "it")!;
    const requests = this.sandbox.requests.list({ runId: run.id }).filter(({ kind }) => kind !== "git");
    return {
      conclusion: run.conclusion,
      outputs: step.outputs,
      reasons: JSON.parse(step.outputs["reasons"] || "[]") as string[],
      log: job.log,
      summary: step.summary,
      requests: requests.map(({ method, template, operation, fields }) => (operation ?? fields[0]) ?? `${method} ${template}`),
      run,
    };
  }

  /** Runs of the deploy workflow so far. */
  deployments(): number {
    return this.sandbox.runs.list(REPO).filter((run) => run.path.endsWith("deploy.yml")).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.product.close();
    await this.sandbox.close();
    this.contract.verify();
  }
}
