import type { RunContext } from "../kit/context.ts";
import { failure } from "../kit/errors.ts";
import { actionsBot } from "../kit/server.ts";
import type { Log } from "../kit/log.ts";
import { type Git, isTransient } from "./git.ts";
import type { Checkouts, RevertAnswer } from "./port.ts";
import { createScratch, ORIGIN, refuseOtherThanSha, type Scratch } from "./repository.ts";

type Request = Parameters<Checkouts["revert"]>[0];

/**
 * See the port. What goes is the difference from `base` to `sha`, taken out of `onto` by a merge of three trees: no history is needed,
 * and of the files only those that the merge has to look into.
 */
export async function revertCommit(parts: { git: Git; context: RunContext; log: Log }, request: Request): Promise<RevertAnswer> {
  const { git, context, log } = parts;
  for (const sha of [request.sha, request.base, request.onto]) refuseOtherThanSha(sha);
  const scratch = await createScratch(git, context, log, { blobless: true });
  try {
    await git.must(["check-ref-format", "--branch", request.branch], { cwd: scratch.folder });
    await scratch.fetch([request.sha, request.base, request.onto], 1);
    await git.must(["checkout", "-q", "--detach", request.onto, "--"], { cwd: scratch.folder, remote: true });
    const env = identity(context.serverUrl);
    const conflict = await applyReverse({ git, env }, scratch, request);
    if (conflict !== null) return { kind: "conflict", files: conflict };
    const staged = await git.run(["diff", "--cached", "--quiet", request.onto], { cwd: scratch.folder });
    if (staged.status === 0) return { kind: "empty" };
    const sha = await commit({ git, env }, scratch, request.message);
    if (!request.push) return { kind: "reverted", sha };
    return (await push(git, scratch, { sha, branch: request.branch })) ? { kind: "reverted", sha } : { kind: "exists" };
  } finally {
    await scratch.dispose();
  }
}

interface Committer {
  readonly git: Git;
  readonly env: Readonly<Record<string, string>>;
}

/** @returns the files in conflict; null when there are none. */
async function applyReverse({ git, env }: Committer, { folder }: Scratch, { sha, base, resolve }: Request): Promise<string[] | null> {
  // One commit with everything that goes, so that a merge and several commits are taken back as one of one parent is.
  const whole = (await git.must(["commit-tree", `${sha}^{tree}`, "-p", base, "-m", "what is taken back"], { cwd: folder, env })).trim();
  const result = await git.run(["revert", "--no-edit", "--no-commit", whole], { cwd: folder, env, remote: true });
  if (result.status === 0) return null;
  const unmerged = await git.must(["diff", "--name-only", "-z", "--diff-filter=U"], { cwd: folder, remote: true });
  const files = [...new Set(unmerged.split("\0").filter((file) => file !== ""))].sort();
  if (files.length > 0) return resolveConflicts(git, folder, files, resolve);
  const said = git.redact(result.stderr).trim().split("\n").slice(0, 3).join(" ");
  // Files are fetched when the merge comes to them.
  if (isTransient(result.stderr) || /promisor/i.test(result.stderr)) throw failure("service", { what: `git could not fetch a file that the revert needs: ${said}`, fix: "Run the job again; nothing was changed." });
  throw failure("instant", { what: `git revert failed without a conflict: ${said}`, fix: "Revert the commit by hand, and please report it with the log of this run." });
}

/** @returns the files that stay in conflict; null when every one was resolved. */
async function resolveConflicts(git: Git, folder: string, files: readonly string[], resolve: Request["resolve"]): Promise<string[] | null> {
  const left: string[] = [];
  for (const path of files) {
    // The index holds a file in conflict three times: 1 is the common base, 2 ours, 3 theirs (git-read-tree, "3-way merge").
    const stages = await Promise.all([1, 2, 3].map((stage) => git.run(["show", `:${stage}:${path}`], { cwd: folder, remote: true })));
    const [base, ours, theirs] = stages.map(({ status, stdout }) => (status === 0 ? stdout : undefined));
    const whole = base !== undefined && ours !== undefined && theirs !== undefined;
    const text = whole ? ((await resolve?.({ path, base, ours, theirs })) ?? null) : null;
    if (text === null) left.push(path);
    else await takeText(git, folder, path, text);
  }
  return left.length > 0 ? left : null;
}

/** Puts a text into the index under the mode the file has; the working folder is not looked at again. */
async function takeText(git: Git, folder: string, path: string, text: string): Promise<void> {
  const mode = (await git.must(["ls-files", "-s", "-z", "--", `:(literal)${path}`], { cwd: folder })).split(" ")[0] ?? "100644";
  const blob = (await git.must(["hash-object", "-w", "--stdin"], { cwd: folder, input: text })).trim();
  await git.must(["update-index", "--cacheinfo", `${mode},${blob},${path}`], { cwd: folder });
}

async function commit({ git, env }: Committer, { folder }: Scratch, message: string): Promise<string> {
  await git.must(["commit", "-q", "--no-verify", "--cleanup=verbatim", "-F", "-"], { cwd: folder, env, input: message });
  return (await git.must(["rev-parse", "HEAD"], { cwd: folder })).trim();
}

/** @returns false when the branch exists already: an expected old value of nothing is git's way to say "only create". */
async function push(git: Git, { folder }: Scratch, { sha, branch }: { sha: string; branch: string }): Promise<boolean> {
  const ref = `refs/heads/${branch}`;
  const args = ["push", "--porcelain", "--no-verify", `--force-with-lease=${ref}:`, ORIGIN, `${sha}:${ref}`];
  const result = await git.run(args, { cwd: folder, remote: true });
  if (result.status === 0) return true;
  if (/\[rejected\] \(stale info\)|\[remote rejected\].*(already exists|reference already exists|cannot lock ref)/.test(result.stdout)) return false;
  // The same refusal again, this time as an error for a person; nothing was pushed by the first.
  await git.must(args, { cwd: folder, remote: true });
  return true;
}

/** The account whose commits the server shows as its own bot's. */
function identity(serverUrl: string): Record<string, string> {
  const { name, email } = actionsBot(serverUrl);
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
