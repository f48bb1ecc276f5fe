import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { failure, messageOf } from "../../kit/errors.ts";

const git = promisify(execFile);

/** The top folder of INSTANT's own tree. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SAMPLE = join(ROOT, "src/sandbox/product/template");

/** Where the rehearsal keeps what it adds to a copy of somebody's repository. */
const OWN = ".github/instant-rehearsal";

/** Where FAQs are kept, the usual place first. */
const FAQ_PATHS = ["docs/FAQ.md", "docs/faq.md", "FAQ.md", "faq.md"];

/** A folder that becomes a repository of the sandbox. */
export interface Source {
  readonly directory: string;
  readonly owner: string;
  readonly name: string;
  readonly faqPath: string;
  /** Empty when the repository has none that is known. */
  readonly smokeCommand: string;
  readonly deployWorkflow: string;
  /** Workflow files of the person's own, which are not to run in a rehearsal. */
  readonly foreignWorkflows: readonly string[];
  remove(): Promise<void>;
}

/**
 * The sample product, or a copy of a person's own repository as it is committed, each with a template of the loop and
 * a deploy workflow that the sample host understands.
 * @throws InstantError blaming the configuration when the repository cannot be copied.
 */
export async function prepareSource(repo: string | null, template: string, edit: (workflow: string) => string = (text) => text): Promise<Source> {
  const directory = await mkdtemp(join(tmpdir(), "instant-source-"));
  const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 5 });
  try {
    const prepared = repo === null ? await sample(directory) : await copyOf(repo, directory);
    const workflows = { [template]: edit(await readTemplate(template)), "rollback.yml": await readTemplate("rollback.yml") };
    for (const [name, text] of Object.entries(workflows)) await put(directory, `.github/workflows/${name}`, text);
    if (repo !== null) await commitAll(directory);
    return { directory, remove, ...prepared };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Prepared = Omit<Source, "directory" | "remove">;

async function sample(directory: string): Promise<Prepared> {
  await cp(SAMPLE, directory, { recursive: true });
  return { owner: "acme", name: "handbook", faqPath: "docs/FAQ.md", smokeCommand: "node scripts/smoke.mjs", deployWorkflow: "deploy.yml", foreignWorkflows: [] };
}

async function copyOf(repo: string, directory: string): Promise<Prepared> {
  // A link in its place would lead what is written below to wherever the repository says: it is written as a file instead.
  await git("git", ["clone", "--quiet", "--no-hardlinks", "--no-local", "--config", "core.symlinks=false", repo, directory]).catch((error: unknown) => {
    const problem = { what: `The repository in ${repo} cannot be copied: ${messageOf(error)}`, fix: "Name a git repository with at least one commit." };
    throw failure("configuration", problem, error);
  });
  if (!(await hasCommit(directory))) {
    throw failure("configuration", { what: `The repository in ${repo} has no commit on its current branch`, fix: "Commit something first; what is not committed is not copied." });
  }
  const foreignWorkflows = await readdir(join(directory, ".github/workflows")).catch(() => []);
  const deployWorkflow = "instant-rehearsal-deploy.yml";
  const deploy = await readFile(join(SAMPLE, ".github/workflows/deploy.yml"), "utf8");
  await put(directory, `.github/workflows/${deployWorkflow}`, deploy.replaceAll("scripts/deploy.mjs", `${OWN}/deploy.mjs`));
  await put(directory, `${OWN}/deploy.mjs`, await readFile(join(SAMPLE, "scripts/deploy.mjs"), "utf8"));
  const faqPath = FAQ_PATHS.find((path) => existsSync(join(directory, path))) ?? "docs/FAQ.md";
  return { owner: "you", name: safeName(repo), faqPath, smokeCommand: "", deployWorkflow, foreignWorkflows };
}

async function commitAll(directory: string): Promise<void> {
  await git("git", ["-C", directory, "add", "--force", "--", ".github/workflows", OWN]);
  await git("git", ["-C", directory, ...IDENTITY, "commit", "--quiet", "--no-verify", "--message", "Add the workflows of the rehearsal"]);
}

const IDENTITY = ["-c", "user.name=INSTANT rehearsal", "-c", "user.email=rehearsal@users.noreply.github.com", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"];

async function hasCommit(directory: string): Promise<boolean> {
  return git("git", ["-C", directory, "rev-parse", "--verify", "--quiet", "HEAD"]).then(() => true, () => false);
}

async function readTemplate(name: string): Promise<string> {
  return readFile(join(ROOT, "workflows-templates", name), "utf8");
}

async function put(directory: string, path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  } catch (error) {
    throw failure("configuration", { what: `${path} cannot be made in the copy: ${messageOf(error)}`, fix: "Make `.github` and `.github/workflows` of the repository plain folders." }, error);
  }
}

function safeName(path: string): string {
  return basename(path).replaceAll(/[^A-Za-z0-9._-]/g, "-").replace(/\.git$/, "") || "repository";
}
