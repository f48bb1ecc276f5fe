/** Files that become a tree, without a working copy. */

import { readFile, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";

import type { TreeEntry } from "./objects.ts";
import type { GitRepository } from "./repository.ts";

export interface InitialFile {
  readonly mode: "100644" | "100755" | "120000";
  /** Of a link: where it leads. */
  readonly content: Buffer;
}

/** Every file below a folder, by its path with `/`. A `.git` in it is left out, as git does. */
export async function filesBelow(folder: string, prefix = ""): Promise<Map<string, InitialFile>> {
  const found = new Map<string, InitialFile>();
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    if (entry.name === ".git") continue;
    const path = `${prefix}${entry.name}`;
    const full = join(folder, path);
    if (entry.isDirectory()) for (const [inner, file] of await filesBelow(folder, `${path}/`)) found.set(inner, file);
    else if (entry.isSymbolicLink()) found.set(path, { mode: "120000", content: Buffer.from(await readlink(full)) });
    else if (entry.isFile()) found.set(path, { mode: ((await stat(full)).mode & 0o100) === 0 ? "100644" : "100755", content: await readFile(full) });
  }
  return found;
}

/** Writes files as one tree; bytes go in as they are. @throws Error when a path is both a file and a folder, or leads out of the repository. */
export async function writeFiles(repository: GitRepository, files: ReadonlyMap<string, InitialFile>): Promise<string> {
  const here: TreeEntry[] = [];
  const below = new Map<string, Map<string, InitialFile>>();
  await Promise.all([...files].map(async ([path, file]) => {
    const [name = "", ...rest] = path.split("/");
    if (["", ".", "..", ".git"].includes(name)) throw new Error(`A repository cannot hold a file at ${JSON.stringify(path)}`);
    if (rest.length === 0) here.push({ mode: file.mode, name, oid: await repository.writeBlob(file.content) });
    else below.set(name, (below.get(name) ?? new Map<string, InitialFile>()).set(rest.join("/"), file));
  }));
  for (const [name, inner] of below) {
    if (here.some((entry) => entry.name === name)) throw new Error(`${name} is both a file and a folder`);
    here.push({ mode: "040000", name, oid: await writeFiles(repository, inner) });
  }
  return repository.writeTree(here);
}
