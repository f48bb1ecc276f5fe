/** Making repositories and people's rights in them. */

import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { filesBelow, type InitialFile, writeFiles } from "../git/files.ts";
import { GitRepository } from "../git/repository.ts";
import { ensureLabel } from "./labels.ts";
import { installHooks } from "./push.ts";
import type { BranchRule, Repository, RepositorySettings, Role } from "./types.ts";
import type { World } from "./world.ts";

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  /** A folder (cloned when it is a git repository, else copied and committed), or files by path. */
  readonly from?: string | Readonly<Record<string, string | Buffer>>;
  /** Default: `main`, or the current branch of a cloned repository. */
  readonly defaultBranch?: string;
  readonly description?: string;
  /** Default true, so that a missing read permission shows. */
  readonly private?: boolean;
  /** Default: the owner is a person. */
  readonly organization?: boolean;
  readonly settings?: Partial<RepositorySettings>;
  readonly rules?: readonly BranchRule[];
  readonly roles?: Readonly<Record<string, Role>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

const defaultSettings: RepositorySettings = {
  canApprovePullRequestReviews: true,
  deleteBranchOnMerge: false,
  allowMergeCommit: true,
  allowSquashMerge: true,
  allowRebaseMerge: true,
  allowAutoMerge: false,
  hasIssues: true,
  squashMergeCommitTitle: "COMMIT_OR_PR_TITLE",
  squashMergeCommitMessage: "COMMIT_MESSAGES",
  defaultWorkflowPermissions: "read",
};

/** GitHub's own set, as a new repository has it. */
const defaultLabels: readonly (readonly [string, string, string])[] = [
  ["bug", "d73a4a", "Something isn't working"],
  ["documentation", "0075ca", "Improvements or additions to documentation"],
  ["duplicate", "cfd3d7", "This issue or pull request already exists"],
  ["enhancement", "a2eeef", "New feature or request"],
  ["good first issue", "7057ff", "Good for newcomers"],
  ["help wanted", "008672", "Extra attention is needed"],
  ["invalid", "e4e669", "This doesn't seem right"],
  ["question", "d876e3", "Further information is requested"],
  ["wontfix", "ffffff", "This will not be worked on"],
];

export async function createRepository(world: World, options: NewRepository): Promise<Repository> {
  const fullName = `${options.owner}/${options.name}`;
  if (world.repository(fullName) !== undefined) throw new Error(`${fullName} already exists in the sandbox`);
  const dir = world.repositoryDir(fullName);
  await mkdir(dirname(dir), { recursive: true });
  const store = await importContent(dir, options);
  const repository = await addRepository(world, store, options, undefined);
  for (const [name, color, description] of defaultLabels) {
    ensureLabel(world, repository, { name, color, description, isDefault: true });
  }
  return repository;
}

/** A fork of `parent`: its branches as they are now, under another owner. */
export async function forkRepository(world: World, parent: Repository, owner: string): Promise<Repository> {
  const fullName = `${owner}/${parent.name}`;
  const dir = world.repositoryDir(fullName);
  await mkdir(dirname(dir), { recursive: true });
  const store = await GitRepository.clone(parent.git.dir, dir);
  return addRepository(world, store, { owner, name: parent.name, private: parent.private }, parent);
}

/** A deleted fork leaves its pull requests without a head repository. */
export function deleteRepository(world: World, repository: Repository): void {
  repository.deleted = true;
  world.repositories.delete(repository.fullName.toLowerCase());
}

async function addRepository(
  world: World,
  store: GitRepository,
  options: NewRepository,
  parent: Repository | undefined,
): Promise<Repository> {
  world.stores.add(store);
  const owner = world.addAccount(options.owner, options.organization === true ? { type: "Organization" } : {});
  const id = world.nextId();
  const head = await store.head();
  const repository: Repository = {
    id, owner, parent, git: store, nodeId: world.nodeId("R", id), name: options.name, fullName: `${owner.login}/${options.name}`,
    createdAt: world.now(), pushedAt: world.now(), updatedAt: world.now(),
    description: options.description ?? null, private: options.private ?? true, archived: false, deleted: false,
    defaultBranch: head,
    settings: { ...defaultSettings, ...options.settings },
    rules: [...(options.rules ?? [])],
    roles: new Map(Object.entries(options.roles ?? {}).map(([login, role]) => [login.toLowerCase(), role])),
    secrets: { ...options.secrets }, variables: { ...options.variables },
    nextNumber: 1,
    issues: new Map(), labels: new Map(), signed: new Set(), checkSuites: [], checkRuns: [], statuses: [], deployments: [],
    workflows: new Map(), runs: [], artifacts: [], bySha: new Map(),
  };
  for (const login of repository.roles.keys()) world.addAccount(login);
  world.repositories.set(repository.fullName.toLowerCase(), repository);
  await installHooks(repository);
  return world.register(repository);
}

async function importContent(dir: string, options: NewRepository): Promise<GitRepository> {
  const { from, defaultBranch } = options;
  if (typeof from === "string" && (await exists(join(from, ".git")) || await exists(join(from, "HEAD")))) return GitRepository.clone(from, dir, defaultBranch);
  const store = await GitRepository.create(dir, defaultBranch ?? "main");
  if (from === undefined) return store;
  await commitFirst(store, typeof from === "string" ? await filesBelow(from) : asFiles(from));
  return store;
}

function asFiles(contents: Readonly<Record<string, string | Buffer>>): ReadonlyMap<string, InitialFile> {
  return new Map(Object.entries(contents).map(([path, content]) => [path, { mode: "100644", content: Buffer.from(content) }]));
}

async function commitFirst(store: GitRepository, files: ReadonlyMap<string, InitialFile>): Promise<void> {
  const who = { name: "Sandbox", email: "sandbox@users.noreply.github.com", seconds: Math.floor(Date.now() / 1_000), zone: "+0000" };
  const commit = await store.writeCommit({ tree: await writeFiles(store, files), parents: [], author: who, committer: who, message: "Initial commit\n" });
  await store.updateRefs([{ ref: `refs/heads/${await store.head()}`, from: undefined, to: commit }]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
