import type { Api } from "./client.ts";
import type { Entry } from "./port.ts";
import { entriesQuery } from "./queries/branches.ts";
import { type BlobNode, entryOf } from "./shapes.ts";

/** Enough aliases for one query; a pull request that the gate merges has a handful of files. */
const PATHS_PER_QUERY = 100;

interface Wanted {
  readonly sha: string;
  readonly paths: readonly string[];
}

type CommitNode = { readonly oid?: string } & Readonly<Record<string, { readonly mode: number; readonly object: BlobNode | null } | string | null | undefined>>;

/** See the port: one query for up to a hundred paths, whatever commits they are of. */
export async function readEntries(api: Api, wanted: readonly Wanted[]): Promise<readonly ReadonlyMap<string, Entry>[]> {
  const found = wanted.map(() => new Map<string, Entry>());
  for (const batch of inBatches(wanted)) {
    const variables: Record<string, string> = { owner: api.owner, name: api.repo };
    for (const [i, { sha, paths }] of batch.entries()) Object.assign(variables, { [`oid${i}`]: sha, ...Object.fromEntries(paths.map((path, j) => [`path${i}_${j}`, path])) });
    const { repository } = await api.graphql<{ repository: Readonly<Record<string, CommitNode | null>> | null }>({
      query: entriesQuery(batch.map(({ paths }) => paths.length)),
      variables,
      doing: "read what kind of files a pull request changes",
      needs: "contents: read",
    });
    for (const [i, { at, paths }] of batch.entries()) {
      for (const [j, path] of paths.entries()) {
        const node = repository?.[`commit${i}`]?.[`file${j}`];
        const entry = typeof node === "object" ? entryOf(node) : null;
        if (entry !== null) found[at]?.set(path, entry);
      }
    }
  }
  return found;
}

/** Parts of the wish, each small enough for a query; `at`: which commit of the wish it is about. */
function inBatches(wanted: readonly Wanted[]): readonly (readonly (Wanted & { readonly at: number })[])[] {
  const single = wanted.flatMap(({ sha, paths }, at) => paths.map((path) => ({ sha, at, path })));
  const batches: (Wanted & { at: number })[][] = [];
  for (let from = 0; from < single.length; from += PATHS_PER_QUERY) {
    const byCommit = Map.groupBy(single.slice(from, from + PATHS_PER_QUERY), ({ at }) => at);
    batches.push([...byCommit].map(([at, parts]) => ({ at, sha: parts[0]?.sha ?? "", paths: parts.map(({ path }) => path) })));
  }
  return batches;
}
