import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../kit/errors.ts";
import type { Results } from "./port.ts";

/** The name of the file in the user's folder, and the form of what is in it. */
const FILE = "instant-fast-ci.json";
const FORM = 1;
const MAX_BYTES = 32 * 1024 * 1024;
/** What was not asked for the longest goes first. */
const MAX_ENTRIES = 20_000;

interface Entry {
  /** When it was last asked for, epoch milliseconds. */
  used: number;
  readonly value: unknown;
}

type Pack = Readonly<Record<string, Entry>>;

/**
 * Results of earlier runs, by the content they were made of: the text, the configuration, and the code that made them, so that a new
 * release starts afresh. They lie in a folder that the user keeps between runs, which others may write to: a pull request's own command,
 * a job of a fork on the same machine, whoever can restore a cache. So the file is signed with a secret, and what is not signed with it
 * is as if it were not there. Runs of forks have no secret: they read nothing and write nothing.
 *
 * The key is the text that was read, not git's name for it: a command of the pull request could change the file in between, and a good
 * result would then be kept for a bad file.
 */
export function openResults(given: { readonly folder: string; readonly key: string; readonly repository: string; readonly workspace: string }): Results & { readonly close: () => string | null } {
  const folder = resolve(given.workspace, given.folder);
  const file = join(folder, FILE);
  const sign = (body: string) => createHmac("sha256", given.key).update(`${FORM}\0${given.repository}\0${body}`).digest();
  const known = new Map<string, Entry>(Object.entries(readPack(file, sign)));
  const code = codeVersion();
  const counts = { found: 0, kept: 0 };
  return {
    counts,
    find(kind, parts) {
      const entry = known.get(nameOf([code, kind, ...parts]));
      if (entry === undefined) return undefined;
      entry.used = Date.now();
      counts.found += 1;
      return entry.value;
    },
    keep(kind, parts, value) {
      known.set(nameOf([code, kind, ...parts]), { used: Date.now(), value });
      counts.kept += 1;
    },
    close: () => (counts.kept === 0 ? null : writePack(folder, file, known, sign)),
  };
}

function nameOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  // With its length in front no part can go over into the next.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 40);
}

/** Whatever is wrong with the file, there is nothing in it. */
function readPack(file: string, sign: (body: string) => Buffer): Pack {
  try {
    const text = readRegular(file);
    const end = text.indexOf("\n");
    const [signature, body] = [Buffer.from(text.slice(0, end), "hex"), text.slice(end + 1)];
    const expected = sign(body);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return {};
    return JSON.parse(body) as Pack;
  } catch {
    return {};
  }
}

function readRegular(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  try {
    const facts = fstatSync(handle);
    if (!facts.isFile() || facts.size > MAX_BYTES) throw new Error("no file of ours");
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}

/** Two jobs that end together: the later one's file stays, with what both had found of the earlier. @returns why it could not be written. */
function writePack(folder: string, file: string, known: ReadonlyMap<string, Entry>, sign: (body: string) => Buffer): string | null {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const merged = new Map([...Object.entries(readPack(file, sign)), ...known]);
    const kept = [...merged].sort(([, one], [, other]) => other.used - one.used).slice(0, MAX_ENTRIES);
    const body = JSON.stringify(Object.fromEntries(kept));
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, `${sign(body).toString("hex")}\n${body}`, { flag: "wx", mode: 0o600 });
    renameSync(temporary, file);
    return null;
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // There is no such folder, so that nothing was left in it.
    }
    return messageOf(error);
  }
}

/** The files that this code is in: beside this one in a bundle, below its folder elsewhere. */
function codeVersion(): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const hash = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((one) => /\.[jt]s$/.test(one)).toSorted()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}
