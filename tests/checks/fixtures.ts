import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../fixtures/faq");

/** The real FAQ documents, by file name. */
export const documents: readonly (readonly [name: string, text: string])[] = readdirSync(folder)
  .filter((name) => name.endsWith(".md") && name !== "SOURCES.md")
  .map((name) => [name, readFileSync(join(folder, name), "utf8")]);
