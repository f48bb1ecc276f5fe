import type { Api } from "./client.ts";
import { readEntries } from "./entries.ts";
import type { CommitFacts, Entry } from "./port.ts";
import type { PullNode } from "./pull-node.ts";
import { blobAt, entryOf, type FileNode, flawOf, nodesOf, plainText } from "./shapes.ts";

/** The commit both sides of a pull request grew from, and what the FAQ is there; `entry` undefined: not known. */
export interface MergeBase {
  readonly sha: string | null;
  readonly faq: string | null;
  /** Why its text there is not to be had, in words; null when it is, or nothing stands there. */
  readonly flaw: string | null;
  readonly entry: Entry | null | undefined;
}

/**
 * When every commit of the pull request was read, it is what their parents name and they do not hold: the base's head itself, or the
 * only such commit. Anything less plain is asked of GitHub.
 */
export async function mergeBaseOf(api: Api, pull: PullNode, commits: readonly CommitFacts[], faqPath: string): Promise<MergeBase> {
  const base = pull.baseRef?.target;
  const own = new Set(commits.map(({ sha }) => sha));
  const outside = [...new Set(commits.flatMap(({ parents }) => parents))].filter((sha) => !own.has(sha));
  const complete = commits.length === (pull.commits.totalCount ?? -1) && commits.length > 0;
  const known = (sha: string, faq: FileNode | undefined): MergeBase => ({ sha, faq: plainText(faq), flaw: flawOf(faq, faqPath)?.what ?? null, entry: faq ? entryOf(faq) : null });
  if (complete && base && outside.includes(base.oid)) return known(base.oid, base.faq);
  const first = nodesOf(nodesOf(pull.firstCommit)[0]?.commit.parents);
  const only = outside.length === 1 ? first.find(({ oid }) => oid === outside[0]) : undefined;
  if (complete && only) return known(only.oid, only.faq);
  const sha = await compared(api, pull);
  if (sha === null) return { sha, faq: null, flaw: null, entry: undefined };
  const [[entries], object] = await Promise.all([readEntries(api, [{ sha, paths: [faqPath] }]), blobAt(api, sha, faqPath)]);
  const entry = entries?.get(faqPath) ?? null;
  // A link has no text of its own.
  const file = { ...(entry === null ? {} : { mode: Number.parseInt(entry.mode, 8) }), object };
  return { sha, faq: plainText(file), flaw: flawOf(file, faqPath)?.what ?? null, entry };
}

async function compared(api: Api, pull: PullNode): Promise<string | null> {
  const { status, data } = await api.rest({
    method: "GET",
    path: `/compare/${pull.baseRef?.target?.oid ?? pull.baseRefOid}...${pull.headRefOid}`,
    query: { per_page: 1 },
    answers: [404],
    doing: `compare pull request #${pull.number} with its base`,
    needs: "contents: read",
  });
  return status === 200 ? ((data as { merge_base_commit?: { sha?: string } }).merge_base_commit?.sha ?? null) : null;
}
