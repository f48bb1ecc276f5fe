import type { World } from "../world/world.ts";
import type { Repository } from "../world/types.ts";
import { type Html, layout } from "./html.ts";
import { commitPage, issuePage, pullPage } from "./pull.ts";
import { repositoryPage } from "./repository.ts";
import { runPage } from "./run.ts";

/**
 * The page a person sees at an address of the sandbox's server: a repository, pull request, issue, commit or run.
 * @returns undefined when there is none of that address.
 */
export async function page(world: World, path: string): Promise<string | undefined> {
  const [owner, name, ...rest] = path.split("/").filter((part) => part !== "");
  const repository = owner !== undefined && name !== undefined ? world.repository(`${owner}/${name}`) : undefined;
  if (!repository) return undefined;
  const found = await within(repository, rest.join("/"));
  return found && layout(`${found.title} · ${repository.fullName}`, repository.fullName, found.body);
}

async function within(repository: Repository, path: string): Promise<{ title: string; body: Html } | undefined> {
  if (path === "") return { title: "Overview", body: repositoryPage(repository) };
  const [, kind = "", id = ""] = /^(pull|issues|commit|actions\/runs)\/([0-9a-f]+)$/.exec(path) ?? [];
  if (kind === "commit") return (await repository.git.hasCommit(id)) ? { title: id.slice(0, 7), body: await commitPage(repository, id) } : undefined;
  if (kind === "actions/runs") {
    const run = repository.runs.find((one) => one.id === Number(id));
    return run && { title: run.displayTitle, body: runPage(run) };
  }
  const issue = kind === "" ? undefined : repository.issues.get(Number(id));
  if (!issue) return undefined;
  return { title: issue.title, body: issue.pull ? await pullPage(issue.pull) : issuePage(issue) };
}
