// Git for a release: objects and refs, never the index or the working tree.

import { spawnSync } from "node:child_process";

const LIMIT_MS = 60_000;
const MAX_BYTES = 512 * 1024 * 1024;

/** What a person may have configured and a release must not depend on. */
const SETTINGS = [
  "core.hooksPath=/dev/null", "core.logAllRefUpdates=false", "core.fsmonitor=false",
  "core.autocrlf=false", "core.eol=lf", "core.attributesFile=/dev/null", "tar.umask=0022",
];
/** The working tree was checked out with this person's settings, so it is compared with them. */
const STATUS_SETTINGS = ["core.fsmonitor=false", "status.showUntrackedFiles=all", "status.relativePaths=false"];
/** Variables that point git at another repository, index or object store than the one of the folder. */
const POINTERS = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX"];

/**
 * @param {string} folder the repository
 * @param {Record<string, string>} extra environment, such as another place for new objects
 */
export function gitIn(folder, extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !POINTERS.includes(name));
  const env = {
    ...Object.fromEntries(kept), LC_ALL: "C", TZ: "UTC", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", GIT_NO_REPLACE_OBJECTS: "1", GIT_ATTR_NOSYSTEM: "1", ...extra,
  };

  /** @returns {Buffer} what git prints. @throws Error with git's own words when it fails. */
  function raw(args, input, settings = SETTINGS) {
    const { status, signal, stdout, stderr, error } = spawnSync("git", [...settings.flatMap((setting) => ["-c", setting]), ...args], {
      cwd: folder, env, input: input ?? "", maxBuffer: MAX_BYTES, timeout: LIMIT_MS, windowsHide: true,
    });
    if (error) throw new Error(`git ${args[0]} could not be run: ${error.message}`, { cause: error });
    if (status === 0) return stdout;
    throw new Error(`git ${args[0]} ended with ${signal ?? status}: ${stderr.toString("utf8").trim() || "no message"}`);
  }
  const text = (args, input) => raw(args, input).toString("utf8");

  return {
    text,
    line: (args, input) => text(args, input).trim(),

    /** What differs from the commit, one path a line; empty when nothing does. */
    status: () => raw(["status", "--porcelain"], "", STATUS_SETTINGS).toString("utf8").trimEnd(),

    /** Writes an object whose bytes are given, whatever filters and settings this machine has. @returns its id */
    write: (type, content) => text(["hash-object", "-w", "--no-filters", "-t", type, "--stdin"], content).trim(),

    /** Every file of a commit by path: `{ mode, oid }`. */
    files: (commit) => {
      const entries = text(["ls-tree", "-r", "-z", "--full-tree", commit]).split("\0").filter(Boolean);
      return new Map(entries.map((entry) => {
        const [, mode, oid, path] = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(entry);
        return [path, { mode, oid }];
      }));
    },

    /** A file as text. @throws Error when it is not UTF-8. */
    read: (oid) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw(["cat-file", "blob", oid])),

    /** Writes a folder. @param entries `[name, { mode, oid }]` in any order. @returns the tree's id */
    tree: (entries) => {
      const type = (mode) => (mode === "040000" ? "tree" : "blob");
      const lines = entries.map(([name, { mode, oid }]) => `${mode} ${type(mode)} ${oid}\t${name}\0`);
      return text(["mktree", "-z"], lines.join("")).trim();
    },
  };
}
