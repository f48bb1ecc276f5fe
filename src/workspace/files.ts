import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { failure } from "../kit/errors.ts";

/** A text file that a check reads is far smaller; a larger one is a mistake or an attack on the memory of the job. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/**
 * Reads files below a root and nothing else, whatever symbolic links a pull request brings. The calls wait for the disk: of small files
 * there can be hundreds, and each would take ten times as long by way of other threads.
 */
export interface Files {
  readText(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  looksBinary(path: string): Promise<boolean>;
}

export function filesBelow(root: string): Files {
  let realRoot: string | undefined;
  const locate = (path: string): string | null => {
    if (!isInside(path)) return null;
    realRoot ??= realpathSync.native(root);
    const base = realRoot;
    const real = orNull(() => realpathSync.native(join(base, path)));
    if (real === null || (real !== base && !real.startsWith(base + sep))) return null;
    // .git is not part of the tree, and may hold credentials.
    return real.slice(base.length).split(sep)[1]?.toLowerCase() === ".git" ? null : real;
  };
  return {
    async readText(path) {
      const real = locate(path);
      return real === null ? null : inRegularFile(real, (file, size) => readBounded(file, size, path));
    },
    async exists(path) {
      const real = locate(path);
      return real !== null && orNull(() => statSync(real)) !== null;
    },
    async looksBinary(path) {
      const real = locate(path);
      return real !== null && inRegularFile(real, hasNul) === true;
    },
  };
}

/** Relative, with forward slashes, and never above where it starts. */
function isInside(path: string): boolean {
  if (path.startsWith("/") || path.includes("\0") || path.includes("\\") || /^[a-z]:/i.test(path)) return false;
  return !path.split("/").includes("..");
}

/** Without O_NONBLOCK the opening of a named pipe would wait for a writer for good. */
function inRegularFile<T>(real: string, use: (file: number, size: number) => T): T | null {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const file = orNull(() => openSync(real, flags));
  if (file === null) return null;
  try {
    const facts = fstatSync(file);
    return facts.isFile() ? use(file, facts.size) : null;
  } finally {
    closeSync(file);
  }
}

function hasNul(file: number): boolean {
  const beginning = Buffer.alloc(8_000);
  return beginning.subarray(0, readSync(file, beginning, 0, beginning.length, 0)).includes(0);
}

function readBounded(file: number, size: number, shown: string): string {
  if (size > MAX_FILE_BYTES) {
    throw failure("configuration", {
      what: `${shown} holds ${(size / 1024 / 1024).toFixed(1)} MiB; a text of at most ${MAX_FILE_BYTES / 1024 / 1024} MiB is read`,
      where: shown,
      fix: "Split it into smaller files, or keep it out of what is checked.",
    });
  }
  return readFileSync(file, "utf8");
}

/** null for a path that leads nowhere: missing, a link in a circle, a folder above that is a file. */
function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO", "EMLINK", "ENAMETOOLONG"].includes(code)) return null;
    throw error;
  }
}
