import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { git } from "../../../src/sandbox/git/process.ts";

/** A bare repository to commit to, with real git. */
export class Repository {
  readonly gitDir: string;
  private readonly root: string;
  private readonly work: string;

  private constructor(root: string) {
    this.root = root;
    this.gitDir = join(root, "repository.git");
    this.work = join(root, "work");
  }

  static async create(): Promise<Repository> {
    const repository = new Repository(await mkdtemp(join(tmpdir(), "instant-test-")));
    await mkdir(repository.work);
    await git(["init", "--quiet", "--bare", "--initial-branch=main", "--template=", repository.gitDir]);
    return repository;
  }

  /** Back to a commit, files and branch: what came after it is on no branch any more. */
  async reset(sha: string): Promise<void> {
    await this.git("reset", "--quiet", "--hard", sha);
  }

  /** Writes files (null deletes one) and commits all of it; answers the commit's SHA. */
  async commit(files: Iterable<readonly [string, string | Buffer | null]>, links: Record<string, string> = {}): Promise<string> {
    for (const [path, content] of files) {
      const full = join(this.work, path);
      await mkdir(dirname(full), { recursive: true });
      await (content === null ? rm(full, { force: true }) : writeFile(full, content));
    }
    for (const [path, target] of Object.entries(links)) await symlink(target, join(this.work, path));
    await this.git("add", "--all");
    await this.git("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--allow-empty", "--message", "A change");
    return (await this.git("rev-parse", "HEAD")).trim();
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  private async git(...args: string[]): Promise<string> {
    return (await git(["--git-dir", this.gitDir, "--work-tree", this.work, ...args], { cwd: this.work })).stdout.toString("utf8");
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
