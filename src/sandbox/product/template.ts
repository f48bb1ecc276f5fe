import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder with the files of the sample repository. */
export const TEMPLATE = fileURLToPath(new URL("template/", import.meta.url));

/** The app of the sample product; it can show any tree's FAQ. */
export const TEMPLATE_APP = join(TEMPLATE, "app", "server.mjs");

/** The files of the sample repository by path, sorted; what a first commit is made from. */
export async function templateFiles(): Promise<Map<string, Buffer>> {
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted();
  const files = await Promise.all(
    paths.map(async (path) => [relative(TEMPLATE, path).split(sep).join("/"), await readFile(path)] as const),
  );
  return new Map(files);
}
