import { existsSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../kit/errors.ts";
import { questionHash } from "../../faq/index.ts";
import { startModelServer, type ModelServer, type ModelServerOptions } from "../../sandbox/model/index.ts";
import { startProduct, type Product } from "../../sandbox/product/index.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import type { ModelSettings } from "../arguments.ts";
import { prepareSource, ROOT, type Source } from "./source.ts";

/** Everything a loop meets: a GitHub with one repository, a product that runs it, and a model. */
export interface LoopWorld {
  readonly sandbox: Sandbox;
  readonly product: Product;
  /** null when a real model is used. */
  readonly model: ModelServer | null;
  /** `owner/name` */
  readonly repository: string;
  /** File name of the installed template. */
  readonly template: string;
  /** Login with write permission, who asks the questions. */
  readonly person: string;
  /** Ends every process and removes every file. */
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly template?: "closed-loop.yml" | "closed-loop-express.yml";
  /** A person's own repository; null or absent for the sample product. */
  readonly repo?: string | null;
  /** A real model; null or absent for the extractive server. */
  readonly model?: ModelSettings | null;
  readonly modelServer?: ModelServerOptions;
  /** The product is sick as long as its FAQ answers this question. */
  readonly sickWith?: string;
  /** The product is sick as long as its FAQ holds this text; `sickWith` is the same by a question. */
  readonly sickWithText?: string;
  readonly sandbox?: SandboxOptions;
  /**
   * A git repository with a release's tags, or with the source: the sandbox has it as org/instant, and `uses:` takes what its refs hold.
   * Absent: the working copy's actions, whatever ref is asked for.
   */
  readonly instant?: string;
  /** Applied to the template's text before it is installed, e.g. to take a permission away. */
  readonly edit?: (workflow: string) => string;
}

/**
 * Starts the world of a rehearsal with the product deployed once. Nothing of it outlives `close`.
 * @throws InstantError when a bundle is missing or the repository cannot be copied.
 */
export async function openWorld(options: WorldOptions = {}): Promise<LoopWorld> {
  const template = options.template ?? "closed-loop.yml";
  const ending: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    const source = await prepareSource(options.repo ?? null, template, options.edit);
    ending.push(() => source.remove());
    const sandbox = await startSandbox({ ...options.sandbox, ...(options.instant === undefined ? { actions: instantActions } : {}) });
    ending.push(() => sandbox.close());
    if (options.instant !== undefined) await sandbox.createRepository({ owner: "org", name: "instant", from: options.instant, organization: true, private: false });
    const person = await fill(sandbox, source);
    const model = options.model ? null : await startModelServer(options.modelServer);
    if (model) ending.push(() => model.close());
    const product = await openProduct(sandbox, source, options.sickWithText ?? (options.sickWith === undefined ? undefined : questionHash(options.sickWith)));
    ending.push(() => product.close());
    configure(sandbox, source, { product, model: options.model ?? ownModel(model) });
    return { sandbox, product, model, repository: `${source.owner}/${source.name}`, template, person, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `uses: org/instant/<action>@v1` is the working copy's action with its committed bundle. */
export async function instantActions(owner: string, repo: string, path: string): Promise<string | undefined> {
  if (owner !== "org" || repo !== "instant") return undefined;
  const name = path.replace(/^actions\//, "");
  if (!existsSync(join(ROOT, "actions", name, "action.yml"))) return undefined;
  if (!existsSync(join(ROOT, "dist", name, "index.js"))) {
    throw failure("configuration", { what: `The bundle dist/${name}/index.js is not there`, fix: "Run `npm run build`." });
  }
  return join(ROOT, "actions", name);
}

async function fill(sandbox: Sandbox, source: Source): Promise<string> {
  const person = "ada";
  sandbox.addUser(person, { name: "Ada" });
  await sandbox.createRepository({ owner: source.owner, name: source.name, from: source.directory, organization: true, private: false, roles: { [person]: "write" } });
  // A person's own workflows are not ours to run: only the loop and its deployment take part.
  for (const path of source.foreignWorkflows) await sandbox.disableWorkflow(`${source.owner}/${source.name}`, `.github/workflows/${path}`);
  return person;
}

async function openProduct(sandbox: Sandbox, source: Source, breakWhen: string | undefined): Promise<Product> {
  const repository = sandbox.repository(`${source.owner}/${source.name}`);
  const product = await startProduct({
    gitDir: repository.git.dir,
    faqPath: source.faqPath,
    ...(breakWhen === undefined ? {} : { breakWhen }),
  });
  const head = repository.git.ref(`refs/heads/${repository.defaultBranch}`);
  if (head !== undefined) await product.deploy(head);
  return product;
}

function ownModel(model: ModelServer | null): ModelSettings {
  return { baseUrl: model?.url ?? "", model: model?.models[0] ?? "", apiKey: model?.apiKey ?? "" };
}

function configure(sandbox: Sandbox, source: Source, parts: { product: Product; model: ModelSettings }): void {
  const name = `${source.owner}/${source.name}`;
  const variables = {
    INSTANT_BASE_URL: parts.model.baseUrl,
    INSTANT_MODEL: parts.model.model,
    INSTANT_FAQ_PATH: source.faqPath,
    INSTANT_SMOKE_COMMAND: source.smokeCommand,
    INSTANT_DEPLOY_WORKFLOW: source.deployWorkflow,
    INSTANT_VERSION_URL: parts.product.versionUrl,
    INSTANT_HEALTH_URLS: parts.product.healthUrl,
    DEPLOY_URL: parts.product.deployUrl,
  };
  for (const [key, value] of Object.entries(variables)) sandbox.setVariable(name, key, value);
  sandbox.setSecret(name, "INSTANT_API_KEY", parts.model.apiKey);
  sandbox.setSecret(name, "DEPLOY_TOKEN", parts.product.deployToken);
}
