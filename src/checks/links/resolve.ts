import { posix } from "node:path";
import type { Workspace } from "../../workspace/port.ts";
import { isMarkdown } from "../touched.ts";

/** Where a destination leads. */
export type Target =
  | { readonly kind: "external" }
  /** A page of the repository on GitHub that is no file: `../../issues`. */
  | { readonly kind: "page" }
  | { readonly kind: "outside"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly fragment: string; readonly absolute: boolean };

/** Reads a destination as GitHub resolves it in a file of a repository: by folders, `/` being the root of the repository. */
export function targetOf(url: string, from: string): Target {
  // A scheme, `//host`, or a placeholder of a template (`{{< ref >}}`, `${…}`, `<%= %>`) that some generator fills in.
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith("//") || /\{\{|\$\{|<%|\{%/.test(url)) return { kind: "external" };
  const [beforeHash = "", ...rest] = url.split("#");
  const fragment = decode(rest.join("#"));
  const path = decode(beforeHash.split("?")[0] ?? "");
  if (path === "") return { kind: "file", path: from, fragment, absolute: false };
  const absolute = path.startsWith("/");
  const joined = absolute ? posix.normalize(`.${path}`) : posix.normalize(posix.join(posix.dirname(from), path));
  if (joined !== ".." && !joined.startsWith("../")) return { kind: "file", path: joined.replace(/\/$/, ""), fragment, absolute };
  // The page of a file is /owner/repo/blob/branch/…: two folders above the root stands the repository itself.
  const page = /^\.\.\/\.\.(?:\/(?:issues|pulls?|wiki|releases|actions|discussions|projects|security|tags|commits?|compare|tree|blob|raw|edit|labels|milestones|graphs|network|stargazers|fork|settings|packages|deployments|new|archive|branches)(?:\/.*)?)?\/?$/;
  return page.test(joined) ? { kind: "page" } : { kind: "outside", path: joined };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone `%` is itself
  }
}

/**
 * The other place that a link without extension may mean: generators with pretty addresses serve `docs/faq.md` as `docs/faq/`, and
 * resolve from there. null where that makes no difference.
 */
export function prettyPath(url: string, from: string): string | null {
  const path = decode(url.split(/[?#]/)[0] ?? "");
  if (path === "" || path.startsWith("/") || /\.[a-z0-9]+$/i.test(path) || /(^|\/)(readme|_?index)\.[^/]*$/i.test(from)) return null;
  const joined = posix.normalize(posix.join(from.replace(/\.[^./]*$/, ""), path)).replace(/\/$/, "");
  return joined === ".." || joined.startsWith("../") ? null : joined;
}

/**
 * The file that a path means. Site generators leave the extension out, or write what the page will be called; what leads to a
 * page there is no broken link.
 * @returns null when there is nothing.
 */
export async function findFile(workspace: Workspace, path: string): Promise<string | null> {
  const names = [path, `${path}.md`, `${path}.mdx`, path.replace(/\.html?$/, ".md"), `${path}/index.md`];
  for (const name of [...new Set(names)]) {
    if (await workspace.exists(name)) return name;
  }
  return null;
}

/** The Markdown behind a path whose anchors can be told: the file, or the README that GitHub shows for a folder. */
export async function documentAt(workspace: Workspace, path: string): Promise<string | null> {
  if (isMarkdown(path)) return workspace.readText(path);
  for (const name of ["README.md", "index.md"]) {
    const text = await workspace.readText(path === "." ? name : `${path}/${name}`);
    if (text !== null) return text;
  }
  return null;
}
