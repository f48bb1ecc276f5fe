import type { FileChange, PullFile } from "../../github/port.ts";
import { byEntries } from "./entries.ts";
import type { RunPorts } from "./run-ports.ts";
import type { Pull } from "./step.ts";
import { type Story, commitMessage } from "./texts.ts";

/** A hotfix of documents touches a handful of them; more is a person's to look at. */
const MOST_FILES = 20;

/**
 * Joins a default branch that moved after the plan into the hotfix, where lines conflict and entries do not: FAQ entries merged
 * one after another are neighbours. The result is a commit with two parents, put on the branch by fast-forward only.
 * @returns null when it takes a person: other files than documents, or entries that are in conflict themselves.
 */
export async function rejoin(pull: Pull, sha: string, onto: string, story: Story, { repo, log }: Pick<RunPorts, "repo" | "log">): Promise<{ readonly sha: string } | "moved" | null> {
  const changed = await repo.listPullFiles(pull.number, sha);
  if (changed === "moved") return "moved";
  if (changed.length === 0 || changed.length > MOST_FILES || !changed.every(isDocument)) return null;
  const files = await Promise.all(changed.map(({ path }) => taken(path, onto, story, repo)));
  const known = files.filter((file) => file !== null);
  if (known.length < files.length) return null;
  const { title, body } = commitMessage(story);
  log.info("joining the newer default branch into the hotfix, by entries", { operation: "rollback", onto });
  return repo.commitMerge({ branch: story.facts.branch, expectedHead: sha, base: onto, files: known, message: `${title}\n\n${body}\n` });
}

function isDocument({ path, status }: PullFile): boolean {
  return status === "modified" && /\.(md|mdx|markdown)$/i.test(path);
}

/** A document of `onto` without what the commit brought into it; null when that cannot be told. */
async function taken(path: string, onto: string, { span }: Story, repo: RunPorts["repo"]): Promise<FileChange | null> {
  if (span === null) return null;
  const [base, ours, theirs] = await Promise.all([span.sha, onto, span.base].map((at) => repo.readFile(at, path)));
  if (typeof base !== "string" || typeof ours !== "string" || typeof theirs !== "string") return null;
  const text = ours === base ? theirs : await byEntries({ path, base, ours, theirs });
  return text === null ? null : { path, text };
}
