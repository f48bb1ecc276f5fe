// What a release would do: the commit, the tags, and everything that stands in its way, found before anything is set.

import { sectionOf } from "./changelog.mjs";
import { releaseContents } from "./contents.mjs";
import { Problem } from "./problem.mjs";
import { isLatest, tagsOf } from "./version.mjs";

/** Nobody: who runs the release must not change its bytes. */
const AUTHOR = "INSTANT <noreply@instant.invalid>";

/**
 * Writes the objects of a release and says which tags are to be set. No ref is touched.
 * @param git of `gitIn`
 * @param version of `parseVersion`
 * @throws Problem with everything that is wrong
 */
export function planRelease(git, version) {
  const problems = [];
  const commit = headOf(git);
  const changes = git.status();
  if (changes !== "") problems.push(`The working tree is not what was committed, so what you see is not what would be released. Commit or remove:\n${indent(changes)}`);
  const files = git.files(commit);
  const read = (oid) => git.read(oid);
  const { notes, problem } = files.has("CHANGELOG.md") ? sectionOf(read(files.get("CHANGELOG.md").oid), version.text) : {};
  if (problem !== undefined) problems.push(problem);
  let contents;
  try {
    contents = releaseContents({ files, read, commit, version: version.text });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new Problem(problems);
  const tree = writeTree(git, contents);
  const made = writeCommit(git, { tree, source: commit, version: version.text });
  return { version: version.text, prerelease: version.prerelease.length > 0, source: commit, commit: made, tree, notes, files: contents.size, ...planTags(git, version, made) };
}

function headOf(git) {
  try {
    return git.line(["rev-parse", "--verify", "HEAD^{commit}"]);
  } catch (error) {
    throw new Problem([`There is no commit to release here. Run this in a clone of INSTANT. (${error.message})`]);
  }
}

/** Folders from the leaves up; git sorts the entries. */
function writeTree(git, contents) {
  const folder = (prefix) => {
    const entries = new Map();
    for (const [path, entry] of contents) {
      if (!path.startsWith(prefix)) continue;
      const [name, ...rest] = path.slice(prefix.length).split("/");
      if (entries.has(name)) continue;
      const oid = rest.length > 0 ? folder(`${prefix}${name}/`) : entry.oid ?? git.write("blob", entry.text);
      entries.set(name, { mode: rest.length > 0 ? "040000" : entry.mode, oid });
    }
    return git.tree([...entries]);
  };
  return folder("");
}

/**
 * A commit without parents, whose every byte follows from the source commit and the version.
 * docs/decisions tells why it has none.
 */
function writeCommit(git, { tree, source, version }) {
  const seconds = git.line(["show", "--no-patch", "--no-show-signature", "--format=%ct", source]);
  const who = `${AUTHOR} ${seconds} +0000`;
  return git.write("commit", `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nINSTANT ${version}\n\nSource: ${source}\n`);
}

function planTags(git, version, made) {
  const existing = new Map(git.text(["for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags/"]).split("\n").filter(Boolean).map((line) => {
    const [name, oid, peeled] = line.split(" ");
    return [name, { oid, commit: peeled || oid }];
  }));
  const { moving, kept } = tagsOf(version, [...existing.keys()]);
  const tags = moving.map((name) => {
    const before = existing.get(name);
    return { name, before: before?.oid ?? null, change: before === undefined ? "new" : before.commit === made ? "identical" : "moved" };
  });
  const [exact] = tags;
  if (exact.change === "moved") {
    throw new Problem([`The tag ${exact.name} is there already and holds something else (${exact.before.slice(0, 12)}, ${sourceOf(git, exact.before)}; this would be ${made.slice(0, 12)}). `
      + `A published version never changes: release the next one. If it was never pushed, remove it first: git tag -d ${exact.name}`]);
  }
  return { tags, kept, latest: isLatest(version, [...existing.keys()]) };
}

function sourceOf(git, oid) {
  const trailer = git.line(["show", "--no-patch", "--no-show-signature", "--format=%(trailers:key=Source,valueonly)", `${oid}^{}`]);
  return trailer === "" ? "not made by this command" : `made from ${trailer.slice(0, 12)}`;
}

function indent(text) {
  const lines = text.split("\n");
  const shown = lines.slice(0, 20);
  return [...shown, ...(lines.length > shown.length ? [`… and ${lines.length - shown.length} more`] : [])].map((line) => `  ${line}`).join("\n");
}
