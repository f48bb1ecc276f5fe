import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RunContext } from "../kit/context.ts";
import { failure } from "../kit/errors.ts";
import { isSha } from "../kit/ids.ts";
import { whereItsStatusIs } from "../kit/server.ts";
import type { Log } from "../kit/log.ts";
import { retry } from "../kit/retry.ts";
import { type Git, isTransient } from "./git.ts";

/** An empty repository of our own in a folder of its own, that can fetch commits of the project. */
export interface Scratch {
  readonly folder: string;
  /** What was fetched. */
  readonly commits: ReadonlySet<string>;
  /** Fetches commits with the given number of generations each; what is there already is not fetched again. */
  fetch(shas: readonly string[], depth: number): Promise<void>;
  /** Removes the folder; calling it twice is fine. */
  dispose(): Promise<void>;
}

const FETCH_ATTEMPTS = 3;
/**
 * Stronger than any .gitattributes of a tree (gitattributes(5)): no tree chooses one of the machine's filters, which are programs. Where
 * Git LFS is installed its files are their pointers, here as without this line.
 */
const ATTRIBUTES = "* !filter\n";
const clock = { now: () => Date.now(), sleep: (ms: number) => wait(ms) };

/** The name that the project has in a repository of our own whose files are fetched when they are needed. */
export const ORIGIN = "origin";
/** Of the tree only what says how git is to merge the rest (gitattributes(5), git-sparse-checkout(1)). */
const SPARSE = ".gitattributes\n";

/**
 * @param blobless fetches no file before git looks into it (partial clone), and puts none into the folder: what comes after `fetch` may
 * have to speak to the server too, and is run as `remote`.
 * @throws InstantError blaming the service or a permission, from each of its calls.
 */
export async function createScratch(git: Git, context: RunContext, log: Log, { blobless = false } = {}): Promise<Scratch> {
  const folder = await mkdtemp(join(context.temp === "" ? tmpdir() : context.temp, "instant-checkout-"));
  const dispose = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await git.must(["init", "-q", "--template=", "--initial-branch=instant"], { cwd: folder });
    await mkdir(join(folder, ".git/info"), { recursive: true });
    await writeFile(join(folder, ".git/info/attributes"), ATTRIBUTES);
    if (blobless) {
      await git.must(["remote", "add", ORIGIN, remoteUrl(context)], { cwd: folder });
      await git.must(["config", "core.sparseCheckout", "true"], { cwd: folder });
      await writeFile(join(folder, ".git/info/sparse-checkout"), SPARSE);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const commits = new Set<string>();
  const fetch = async (shas: readonly string[], depth: number) => {
    await fetchCommits({ git, folder, log, url: remoteUrl(context), from: blobless ? ["--filter=blob:none", ORIGIN] : [remoteUrl(context)] }, shas, depth);
    for (const sha of shas) commits.add(sha);
  };
  return { folder, commits, dispose, fetch };
}

export function remoteUrl({ serverUrl, owner, repo }: RunContext): string {
  return `${serverUrl}/${owner}/${repo}`;
}

async function fetchCommits(at: { git: Git; folder: string; log: Log; url: string; from: readonly string[] }, shas: readonly string[], depth: number): Promise<void> {
  const { git, folder, log, url, from } = at;
  for (const sha of shas) refuseOtherThanSha(sha);
  const args = ["fetch", "-q", "--no-tags", "--no-write-fetch-head", `--depth=${depth}`, ...from, ...new Set(shas)];
  await retry(
    async () => {
      const result = await git.run(args, { cwd: folder, remote: true });
      if (result.status === 0) return;
      const error = isTransient(result.stderr) ? new Transient(git.redact(result.stderr)) : undefined;
      if (error) throw error;
      await git.must(args, { cwd: folder, remote: true });
    },
    {
      clock,
      attempts: FETCH_ATTEMPTS,
      baseMs: 500,
      judge: (error, attempt) => {
        if (!(error instanceof Transient)) return { retry: false };
        log.debug("git fetch failed and is tried again", { attempt });
        return { retry: true };
      },
    },
  ).catch((error: unknown) => {
    if (!(error instanceof Transient)) throw error;
    throw failure("service", {
      what: `git fetch failed ${FETCH_ATTEMPTS} times: ${error.message.trim().split("\n").slice(0, 2).join(" ")}`,
      fix: `Run the job again; ask ${whereItsStatusIs(url)} when it happens again.`,
    }, error);
  });
}

class Transient extends Error {}

/** A commit's name ends up as an argument of git: anything else than a SHA could be an option or a ref. */
export function refuseOtherThanSha(sha: string): void {
  if (isSha(sha)) return;
  throw failure("configuration", {
    what: `\`${sha.slice(0, 80)}\` is not a full commit SHA`,
    fix: "Give the 40 hexadecimal digits of the commit.",
  });
}
