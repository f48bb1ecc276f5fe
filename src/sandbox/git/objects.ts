/** Git's object formats: hashing, writing loose objects, and reading commits and trees. */

import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate, inflate } from "node:zlib";

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);

export type ObjectType = "blob" | "tree" | "commit" | "tag";

export interface GitObject {
  readonly oid: string;
  readonly type: ObjectType;
  readonly body: Buffer;
}

export interface Identity {
  readonly name: string;
  readonly email: string;
  /** Epoch seconds. */
  readonly seconds: number;
  /** As git writes it: `+0000`. */
  readonly zone: string;
}

export interface CommitObject {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Identity;
  readonly committer: Identity;
  readonly message: string;
}

export interface TreeEntry {
  /** Six digits as GitHub shows them: `100644`, `100755`, `040000`, `120000`, `160000`. */
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

export const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export function objectId(type: ObjectType, body: Buffer): string {
  return createHash("sha1").update(`${type} ${body.length}\0`).update(body).digest("hex");
}

/** Writes a loose object the way git does: a temporary file, then a rename; an existing object is left alone. */
export async function writeLooseObject(objects: string, type: ObjectType, body: Buffer): Promise<string> {
  const oid = objectId(type, body);
  const folder = join(objects, oid.slice(0, 2));
  const path = join(folder, oid.slice(2));
  if (await exists(path)) return oid;
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `tmp_obj_${randomBytes(6).toString("hex")}`);
  const data = await deflateAsync(Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]), { level: 1 });
  await writeFile(temporary, data, { mode: 0o444 });
  await rename(temporary, path);
  return oid;
}

/** A loose object; undefined when there is none of this id, which may be in a pack then. */
export async function readLooseObject(objects: string, oid: string): Promise<GitObject | undefined> {
  const packed = await readFile(join(objects, oid.slice(0, 2), oid.slice(2))).catch(() => undefined);
  if (packed === undefined) return undefined;
  const data = await inflateAsync(packed);
  const end = data.indexOf(0);
  const [type = ""] = data.toString("latin1", 0, end).split(" ");
  return { oid, type: type as ObjectType, body: data.subarray(end + 1) };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/** Git's own order: names compare as bytes, a folder as if its name ended in `/`. */
function treeOrder(left: TreeEntry, right: TreeEntry): number {
  return Buffer.compare(Buffer.from(sortKey(left)), Buffer.from(sortKey(right)));
}

function sortKey(entry: TreeEntry): string {
  return entry.mode === "040000" ? `${entry.name}/` : entry.name;
}

export function formatTree(entries: readonly TreeEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of [...entries].sort(treeOrder)) {
    parts.push(Buffer.from(`${entry.mode.replace(/^0/, "")} ${entry.name}\0`), Buffer.from(entry.oid, "hex"));
  }
  return Buffer.concat(parts);
}

export function parseTree(body: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const end = body.indexOf(0, space);
    entries.push({
      mode: body.toString("latin1", at, space).padStart(6, "0"),
      name: body.toString("utf8", space + 1, end),
      oid: body.toString("hex", end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

export function entryType(mode: string): "blob" | "tree" | "commit" {
  if (mode === "040000") return "tree";
  return mode === "160000" ? "commit" : "blob";
}

export interface CommitFields {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Identity;
  readonly committer: Identity;
  readonly message: string;
}

export function formatCommit(fields: CommitFields): Buffer {
  const lines = [
    `tree ${fields.tree}`,
    ...fields.parents.map((parent) => `parent ${parent}`),
    `author ${formatIdentity(fields.author)}`,
    `committer ${formatIdentity(fields.committer)}`,
    "",
    fields.message,
  ];
  return Buffer.from(lines.join("\n"));
}

/** Angle brackets and line breaks would end the header early, so they are dropped, as git does. */
function formatIdentity(identity: Identity): string {
  const safe = (text: string): string => text.replace(/[<>\n\0]/g, "").trim();
  return `${safe(identity.name)} <${safe(identity.email)}> ${identity.seconds} ${identity.zone}`;
}

export function parseCommit(oid: string, body: Buffer): CommitObject {
  const text = body.toString("utf8");
  const split = text.indexOf("\n\n");
  const head = split < 0 ? text : text.slice(0, split);
  const headers = head.split("\n");
  const value = (name: string): string => headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
  return {
    oid,
    tree: value("tree"),
    parents: headers.filter((line) => line.startsWith("parent ")).map((line) => line.slice(7)),
    author: parseIdentity(value("author")),
    committer: parseIdentity(value("committer")),
    message: split < 0 ? "" : text.slice(split + 2),
  };
}

function parseIdentity(line: string): Identity {
  const match = /^(.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})$/.exec(line);
  if (match === null) return { name: line, email: "", seconds: 0, zone: "+0000" };
  return { name: match[1] ?? "", email: match[2] ?? "", seconds: Number(match[3]), zone: match[4] ?? "+0000" };
}

/** UTC, which is what GitHub's API shows. */
export function isoDate(identity: Identity): string {
  return new Date(identity.seconds * 1000).toISOString().replace(".000Z", "Z");
}
