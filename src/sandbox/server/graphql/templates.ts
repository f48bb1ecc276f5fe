/** Templates of issues and pull requests, from the default branch. */

import { parse } from "yaml";

import { requirePermission } from "../../world/tokens.ts";
import type { Repository } from "../../world/types.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { none } from "./connection.ts";

/** Where GitHub looks, in its order. */
const folders = [".github", "", "docs"] as const;

interface File {
  readonly name: string;
  readonly text: string;
}

export function templates(context: GraphqlContext, repository: Repository): Shape {
  const read = async (folder: string): Promise<File[]> => {
    requirePermission(context.actor, repository, "contents", "read");
    return filesOf(repository, folder);
  };
  return {
    pullRequestTemplates: async () => {
      for (const folder of folders) {
        const single = (await read(folder)).filter((one) => /^pull_request_template\.(md|txt)$/i.test(one.name));
        const many = (await read(join(folder, "PULL_REQUEST_TEMPLATE"))).filter((one) => /\.(md|txt)$/i.test(one.name));
        const found = [...single, ...many];
        if (found.length > 0) return found.map((one) => ({ filename: one.name, body: one.text, repository: () => context.shapes.repository(repository) }));
      }
      return [];
    },
    issueTemplates: async () => {
      const found = (await read(".github/ISSUE_TEMPLATE")).filter((one) => /\.md$/i.test(one.name));
      return found.flatMap((one) => issueTemplate(one) ?? []);
    },
  };
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

async function filesOf(repository: Repository, folder: string): Promise<File[]> {
  const tip = repository.git.ref(`refs/heads/${repository.defaultBranch}`);
  if (tip === undefined) return [];
  const { tree } = await repository.git.commit(tip);
  const entry = folder === "" ? undefined : await repository.git.entryAt(tree, folder);
  if (folder !== "" && entry?.mode !== "040000") return [];
  const entries = (await repository.git.tree(entry?.oid ?? tree)).filter((one) => one.mode.startsWith("100"));
  return Promise.all(entries.map(async (one) => ({ name: one.name, text: (await repository.git.blob(one.oid))?.toString("utf8") ?? "" })));
}

/** A markdown template is one when its front matter names it; others GitHub leaves out. */
function issueTemplate(file: File): Shape | undefined {
  const [, matter, body] = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(file.text) ?? [];
  let fields: unknown;
  try {
    fields = parse(matter ?? "");
  } catch {
    return undefined;
  }
  const field = (name: string): string | null => {
    const value = (fields as Record<string, unknown> | null)?.[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const name = field("name");
  if (name === null) return undefined;
  return { filename: file.name, name, about: field("about"), title: field("title"), body: (body ?? "").trim(), type: null, labels: none, assignees: none };
}
