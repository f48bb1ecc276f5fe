import type { BranchFiles } from "../../src/ledger/branch/index.ts";

/** A branch of records without a GitHub behind it, and how many paths each query asked for. */
export function memory(): { readonly files: BranchFiles; readonly queries: number[]; readonly commits: number[] } {
  let head = 0;
  const texts = new Map<string, string>();
  const [queries, commits]: [number[], number[]] = [[], []];
  const read: BranchFiles["read"] = async (folders, names = []) => {
    queries.push(folders.length + names.length);
    const below = (path: string) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
    const entries = names.flatMap((name) => [...texts.keys()].filter((path) => path.startsWith(`${name}/`)).map((path) => [`${name}/${path.slice(name.length + 1).split("/")[0]}`, ""] as const));
    return { head: String(head), files: new Map([...entries, ...[...texts].filter(([path]) => below(path))]) };
  };
  const commit: BranchFiles["commit"] = async (change) => {
    if (change.head !== String(head)) return "moved";
    commits.push(change.files.length);
    for (const { path, text } of change.files) if (text === null) texts.delete(path);
    else texts.set(path, text);
    head += 1;
    return "written";
  };
  return { files: { read, commit }, queries, commits };
}
