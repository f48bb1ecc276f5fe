/** A repository's beginning, written as git itself writes it: no process is started for it, where a world of the sandbox began with seven. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** As github.com serves: any commit by id, partial clones, pushes over HTTP, and no surprise housekeeping. */
export const serverConfig = `
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[http]
\treceivepack = true
[receive]
\tautogc = false
\tdenyDeleteCurrent = refuse
\tadvertiseAtomic = true
[gc]
\tauto = 0
[core]
\tlogAllRefUpdates = false
`;

/** What `git init --bare --template=` makes (gitrepository-layout(5)); version 0 is SHA-1 with refs in files, whatever git's defaults become. */
export async function layOut(dir: string, branch: string): Promise<void> {
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, "config"), `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n${serverConfig}`);
  await writeFile(join(dir, "HEAD"), `ref: refs/heads/${branch}\n`);
}

/** The branch that HEAD names. @throws Error when it names none. */
export async function headBranch(dir: string): Promise<string> {
  const text = await readFile(join(dir, "HEAD"), "utf8");
  const name = /^ref: refs\/heads\/(.+)\n$/.exec(text)?.[1];
  if (name === undefined) throw new Error(`HEAD of ${dir} is not a branch: ${text.trim()}`);
  return name;
}
