import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { failure } from "../kit/errors.ts";

/**
 * Writes a file below a folder that may hold the tree of a pull request: no link in it leads the writing elsewhere, and a file that is
 * there already is replaced as a whole.
 * @param path relative, without `..`.
 * @throws InstantError blaming the configuration when there is something else in its place.
 */
export function writeBelow(root: string, path: string, text: string): void {
  const parts = path.split("/");
  let folder = root;
  for (const part of parts.slice(0, -1)) {
    folder = join(folder, part);
    const there = lstatSync(folder, { throwIfNoEntry: false });
    if (there === undefined) mkdirSync(folder);
    else if (!there.isDirectory()) throw inTheWay(path, part);
  }
  const file = join(root, path);
  if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) throw inTheWay(path, parts.at(-1) ?? "");
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw failure("configuration", { what: `${path} could not be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, where: path, fix: "Name a file in a folder that the job may write to." }, error);
  }
}

function inTheWay(path: string, part: string): Error {
  return failure("configuration", { what: `${path} could not be written: \`${part}\` is there, and is no ${part === path.split("/").at(-1) ? "file" : "folder"} of its own`, where: path, fix: "Name another file, for example in a folder that the repository does not have." });
}
