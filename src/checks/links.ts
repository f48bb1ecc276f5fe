import { overLimit } from "./limits.ts";
import { candidateLinks } from "./links/candidates.ts";
import type { Ask } from "./links/ask.ts";
import type { Link, Parsed } from "./links/extract.ts";
import { documentAt, findFile, prettyPath, type Target, targetOf } from "./links/resolve.ts";
import type { CheckOptions, CheckResult, Finding, Subject } from "./port.ts";
import { remembered } from "./remembered.ts";
import { countOf, isMarkdown, isTouched } from "./touched.ts";
import { watched } from "./watchdog.ts";

/**
 * Links of the changed Markdown: of relative ones the files are in the tree, and the anchors in those files. Addresses of other sites
 * are asked for where the policy says so.
 * @param ask opens the way to other sites; another one in tests.
 */
export async function checkLinks(subject: Subject, policy: CheckOptions["externalLinks"] = "off", ask?: Ask): Promise<CheckResult> {
  const files = subject.changed.filter(isMarkdown);
  if (files.length === 0) return { findings: [], detail: "no Markdown changed", skipped: true };
  const tree = openTree(subject);
  const perFile = await Promise.all(files.map((path) => checkFile(subject, tree, path)));
  const findings = perFile.flatMap((file) => file.findings);
  const detail = `${countOf(sum(perFile), "link")} in ${countOf(files.length, "file")}`;
  if (policy === "off") return { findings, detail };
  const links = (await Promise.all(files.map((path) => newExternal(subject, tree, path)))).flat();
  const [{ externalFindings }, { openAsk }] = await Promise.all([import("./links/external.ts"), import("./links/ask.ts")]);
  const external = await externalFindings(subject, links, policy, ask ?? openAsk());
  return { findings: [...findings, ...external.findings], detail: `${detail}, ${external.detail}` };
}

/** Links to other sites that the change brings. */
async function newExternal(subject: Subject, tree: Tree, path: string): Promise<readonly { readonly path: string; readonly link: Link }[]> {
  const text = await subject.workspace.readText(path);
  if (text === null || overLimit(path, text) !== null || !/https?:\/\//i.test(text)) return [];
  const links = (await tree.parse(path))?.links ?? [];
  return links.filter(({ url, line, endLine }) => /^https?:\/\//i.test(url) && isTouched(subject, path, line, 0, endLine)).map((link) => ({ path, link }));
}

const sum = (files: readonly { readonly count: number }[]) => files.reduce((total, { count }) => total + count, 0);

/** Answers about the tree, each looked up once. */
interface Tree {
  find(path: string): Promise<string | null>;
  parse(path: string): Promise<Parsed | null>;
}

function openTree({ workspace, timeoutMs, results }: Subject): Tree {
  const found = new Map<string, Promise<string | null>>();
  const parsed = new Map<string, Promise<Parsed | null>>();
  const parse = async (path: string) => {
    const text = await documentAt(workspace, path);
    // The anchors of what is too large to be parsed cannot be told.
    if (text === null || overLimit(path, text) !== null) return null;
    const { links, anchors } = await remembered(results, "links", [text], async () => {
      const parsed = await watched("links", [text], timeoutMs, async () => (await import("./links/extract.ts")).parseLinks(text));
      return { links: parsed.links, anchors: [...parsed.anchors] };
    });
    return { links, anchors: new Set(anchors) };
  };
  return {
    find: (path) => remember(found, path, () => findFile(workspace, path)),
    parse: (path) => remember(parsed, path, () => parse(path)),
  };
}

function remember<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key) ?? make();
  cache.set(key, known);
  return known;
}

async function checkFile(subject: Subject, tree: Tree, path: string): Promise<{ findings: Finding[]; count: number }> {
  const text = await subject.workspace.readText(path);
  if (text === null) {
    const message = `${path} is a symbolic link that leads out of the repository or nowhere. Replace it by a file.`;
    return { findings: [{ level: "failure", path, line: 1, rule: "links/unreadable", message }], count: 0 };
  }
  const limit = overLimit(path, text);
  if (limit !== null) return { findings: [{ level: "failure", path, rule: "links/too-large", ...limit }], count: 0 };
  const candidates = candidateLinks(text);
  if (candidates !== null && (await allLead(tree, path, candidates))) return { findings: [], count: candidates.size };
  const links = (await tree.parse(path))?.links ?? [];
  const findings = await Promise.all(links.map((link) => judge(subject, tree, path, link)));
  return { findings: findings.filter((finding) => finding !== null), count: links.length };
}

async function allLead(tree: Tree, from: string, urls: ReadonlySet<string>): Promise<boolean> {
  const problems = await Promise.all([...urls].map((url) => problemOf(tree, from, url)));
  return problems.every((problem) => problem === null);
}

async function judge(subject: Subject, tree: Tree, path: string, link: Link): Promise<Finding | null> {
  const problem = await problemOf(tree, path, link.url);
  if (problem === null) return null;
  const target = targetOf(link.url, path);
  // An old link breaks by this change when what it leads to goes.
  const removed = target.kind === "file" && subject.removed.includes(target.path);
  const touched = isTouched(subject, path, link.line, 0, link.endLine);
  // A site may be served from another root than the repository's: that a path from `/` is not here is no proof.
  const sure = !(target.kind === "file" && target.absolute);
  const level = (touched || removed) && sure ? "failure" : "warning";
  const { line, column, endLine } = link;
  return { level, path, line, column, endLine, ...problem };
}

/** What is wrong with a destination; null when it leads somewhere, or cannot be told from here. */
async function problemOf(tree: Tree, from: string, url: string): Promise<{ rule: string; message: string } | null> {
  const target = targetOf(url, from);
  if (target.kind === "external" || target.kind === "page") return null;
  const file = await fileOf(tree, from, url, target);
  if (file === null && target.kind === "outside") {
    return { rule: "links/outside", message: `\`${shown(url)}\` leads out of the repository. Link to a file in it, or to a full address.` };
  }
  if (file === null) {
    return { rule: "links/missing", message: `\`${shown(url)}\` leads to \`${shown(target.path)}\`, which is not in the repository. Correct the path, or add the file.` };
  }
  if (target.kind === "outside") return null;
  if (isPlainFragment(target.fragment)) return null;
  const anchors = (await tree.parse(file))?.anchors;
  if (anchors === undefined || hasAnchor(anchors, target.fragment)) return null;
  const near = nearest(anchors, target.fragment);
  const hint = near === undefined ? "Link to one of its headings" : `Did you mean \`#${near}\`?`;
  return { rule: "links/anchor", message: `\`${shown(url)}\`: there is no heading or id \`${shown(target.fragment)}\` in \`${shown(file)}\`. ${hint}` };
}

async function fileOf(tree: Tree, from: string, url: string, target: Extract<Target, { path: string }>): Promise<string | null> {
  if (target.kind === "file" && target.path === from) return from;
  const plain = target.kind === "file" ? await tree.find(target.path) : null;
  const pretty = plain === null ? prettyPath(url, from) : null;
  return pretty === null ? plain : tree.find(pretty);
}

/** Nothing, the top of the page, or lines of a file as GitHub marks them. */
function isPlainFragment(fragment: string): boolean {
  return fragment === "" || fragment === "top" || fragment.startsWith(":~:") || /^L\d+(C\d+)?(-L\d+(C\d+)?)?$/.test(fragment);
}

function hasAnchor(anchors: ReadonlySet<string>, fragment: string): boolean {
  const name = fragment.replace(/^user-content-/, "");
  return anchors.has(fragment) || anchors.has(name) || anchors.has(name.toLowerCase());
}

/** The one anchor that reads the same without marks and case: what people get wrong by hand. */
function nearest(anchors: ReadonlySet<string>, fragment: string): string | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const wanted = bare(fragment);
  return wanted === "" ? undefined : [...anchors].find((anchor) => bare(anchor) === wanted) ?? [...anchors].find((anchor) => bare(anchor).startsWith(wanted));
}

function shown(text: string): string {
  const plain = text.replace(/[`\r\n]/g, " ");
  return plain.length > 120 ? `${plain.slice(0, 117).toWellFormed()}…` : plain;
}
