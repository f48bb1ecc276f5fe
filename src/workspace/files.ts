import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { failure } from "../kit/errors.ts";

/** A text file that a check reads is far smaller; a larger one is a mistake or an attack on the memory of the job. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Reads files below a root and nothing else, whatever symbolic links a pull request brings. */
export interface Files {
  readText(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  looksBinary(path: string): Promise<boolean>;
}

export function filesBelow(root: string): Files {
  let realRoot: Promise<string> | undefined;
  const locate = async (path: string): Promise<string | null> => {
    if (!isInside(path)) return null;
    realRoot ??= realpath(root);
    const base = await realRoot;
    const real = await orNull(realpath(join(base, path)));
    if (real === null || (real !== base && !real.startsWith(base + sep))) return null;
    // .git is not part of the tree, and may hold credentials.
    return real.slice(base.length).split(sep)[1]?.toLowerCase() === ".git" ? null : real;
  };
  return {
    async readText(path) {
      const real = await locate(path);
      return real === null ? null : inRegularFile(real, (file, size) => readBounded(file, size, path));
    },
    async looksBinary(path) {
      const real = await locate(path);
      return real !== null && (await inRegularFile(real, hasNul)) === true;
    },
    async exists(path) {
      const real = await locate(path);
      return real !== null && (await orNull(stat(real))) !== null;
    },
  };
}

/** Relative, with forward slashes, and never above where it starts. */
function isInside(path: string): boolean {
  if (path.startsWith("/") || path.includes("\0") || path.includes("\\") || /^[a-z]:/i.test(path)) return false;
  return !path.split("/").includes("..");
}

/** Without O_NONBLOCK the opening of a named pipe would wait for a writer for good. */
async function inRegularFile<T>(real: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T | null> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const file = await orNull(open(real, flags));
  if (file === null) return null;
  try {
    const facts = await file.stat();
    return facts.isFile() ? await use(file, facts.size) : null;
  } finally {
    await file.close();
  }
}

async function hasNul(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(8_000), 0, 8_000, 0);
  return buffer.subarray(0, bytesRead).includes(0);
}

async function readBounded(file: FileHandle, size: number, shown: string): Promise<string> {
  if (size > MAX_FILE_BYTES) {
    throw failure("configuration", {
      what: `${shown} holds ${(size / 1024 / 1024).toFixed(1)} MiB; a text of at most ${MAX_FILE_BYTES / 1024 / 1024} MiB is read`,
      where: shown,
      fix: "Split it into smaller files, or keep it out of what is checked.",
    });
  }
  return file.readFile("utf8");
}

/** null for a path that leads nowhere: missing, a link in a circle, a folder above that is a file. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO", "EMLINK", "ENAMETOOLONG"].includes(code)) return null;
    throw error;
  }
}
