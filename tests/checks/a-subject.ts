import { noResults } from "../../src/checks/remembered.ts";
import type { Subject } from "../../src/checks/port.ts";
import type { CommandResult, LineRange, Workspace } from "../../src/workspace/port.ts";

interface Options {
  readonly files: Readonly<Record<string, string>>;
  readonly before?: Readonly<Record<string, string>>;
  /** Default: all files. */
  readonly changed?: readonly string[];
  readonly removed?: readonly string[];
  readonly renamed?: Readonly<Record<string, string>>;
  readonly touched?: Readonly<Record<string, readonly LineRange[]>>;
  readonly faqPath?: string;
  readonly run?: CommandResult;
}

/** A tree in memory; folders exist when a file is below them. */
export function aSubject({ files, before = {}, changed = Object.keys(files), removed = [], renamed = {}, touched = {}, faqPath = "docs/FAQ.md", run }: Options): Subject {
  const workspace: Workspace = {
    root: "/nowhere",
    readText: async (path) => files[path] ?? null,
    looksBinary: async (path) => (files[path] ?? "").slice(0, 8_000).includes("\0"),
    exists: async (path) => path === "." || Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`)),
    run: async () => run ?? { exitCode: 0, timedOut: false, output: "", ms: 10 },
  };
  return {
    workspace, changed: changed.toSorted(), removed, renamed: new Map(Object.entries(renamed)), touched: new Map(Object.entries(touched)),
    before: async (path) => before[renamed[path] ?? path] ?? null, baseText: async (path) => before[path] ?? null,
    search: async (pattern) => Object.keys(files).filter((path) => new RegExp(pattern.replaceAll("[[:space:]]", "\\s"), "m").test(files[path] ?? "")),
        results: noResults, faqPath, timeoutMs: 180_000, signal: new AbortController().signal,
  };
}

/** `path:line level rule`, as the tests name findings. */
export function short(findings: readonly { path: string; line: number; level: string; rule: string }[]): string[] {
  return findings.map(({ path, line, level, rule }) => `${path}:${line} ${level} ${rule}`);
}
