/** Which commit an event's workflows are read from, what they see, and whether they may start at all. */

import { changedFiles } from "../../git/diff.ts";
import type { WorldEvent } from "../events.ts";
import { pullFiles } from "../pull-facts.ts";
import { testMerge } from "../pull-sync.ts";
import type { PullRequest, Repository } from "../types.ts";
import type { World } from "../world.ts";

/** One event as one kind of workflow sees it. */
export interface Occasion {
  /** Name in `on:`. */
  readonly name: string;
  /** Commit whose workflow files count. */
  readonly source: string;
  readonly ref: string;
  readonly sha: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly headRef?: string;
  readonly baseRef?: string;
  readonly pull?: PullRequest;
  readonly changedFiles?: readonly string[];
  readonly title: string;
  /** Waits in `action_required` for a person's approval. */
  readonly hold: boolean;
  readonly readOnly: boolean;
}

/**
 * Events made with a GITHUB_TOKEN start nothing, except the two dispatches; a pull request it opened or updated
 * gets runs that wait for approval (since 2026-06-11). Checks and statuses by Actions start nothing.
 */
export function permission(world: World, event: WorldEvent): "start" | "hold" | "none" {
  if (event.name === "check_run" && event.run.suite.app === world.actionsApp) return "none";
  if (event.name === "check_suite" && event.suite.app === world.actionsApp) return "none";
  if (event.actor.kind !== "job") return "start";
  if (event.name === "repository_dispatch") return "start";
  return event.name === "pull_request" && ["opened", "synchronize", "reopened"].includes(event.action) ? "hold" : "none";
}

export async function occasions(world: World, event: WorldEvent): Promise<Occasion[]> {
  const allowed = permission(world, event);
  if (allowed === "none") return [];
  const { repository } = event;
  const tip = repository.git.ref(`refs/heads/${repository.defaultBranch}`);
  const plain = { hold: false, readOnly: false };
  if (event.name === "push") {
    const after = event.after === undefined ? undefined : await repository.git.commitOf(event.after);
    const before = event.before === undefined ? undefined : await repository.git.commitOf(event.before);
    return after === undefined ? [] : [{ ...plain, ...await ofPush(repository, event.ref, before, after), name: "push" }];
  }
  if (event.name === "create") {
    const oid = repository.git.ref(event.ref);
    const sha = oid === undefined ? undefined : await repository.git.commitOf(oid);
    return sha === undefined ? [] : [{ ...plain, ...await ofPush(repository, event.ref, sha, sha), name: "create" }];
  }
  if (event.name === "pull_request" || event.name === "pull_request_review") {
    const found = await ofPull(world, event.pull, event.name, allowed === "hold");
    if (event.name !== "pull_request" || allowed === "hold" || tip === undefined) return found;
    return [...found, {
      ...plain, ...onDefault(repository, tip), name: "pull_request_target", headSha: event.pull.headSha, headBranch: event.pull.headRef,
      headRef: event.pull.headRef, baseRef: event.pull.baseRef, pull: event.pull, title: event.pull.issue.title,
      changedFiles: (await pullFiles(event.pull)).map((file) => file.path),
    }];
  }
  if (event.name === "merge_group") {
    const { headRef, headSha } = event.group;
    return [{ ...plain, ...await ofPush(repository, headRef, event.group.baseSha, headSha), name: event.name }];
  }
  if (event.name === "deployment" || event.name === "deployment_status") {
    const deployment = event.name === "deployment" ? event.deployment : event.status.deployment;
    const branch = repository.git.ref(`refs/heads/${deployment.ref}`) === undefined ? null : deployment.ref;
    return [{
      ...plain, name: event.name, source: deployment.sha, sha: deployment.sha, headSha: deployment.sha, headBranch: branch,
      ref: branch === null ? deployment.ref : `refs/heads/${branch}`, title: await headline(repository, deployment.sha),
    }];
  }
  if (tip === undefined) return [];
  const title = event.name === "issues" || event.name === "issue_comment" ? event.issue.title : await headline(repository, tip);
  return [{ ...plain, ...onDefault(repository, tip), name: event.name, title }];
}

async function ofPush(
  repository: Repository,
  ref: string,
  before: string | undefined,
  after: string,
): Promise<Omit<Occasion, "name" | "hold" | "readOnly">> {
  const files = await changedFiles(repository.git, before ?? (await repository.git.commit(after)).parents[0], after);
  return {
    source: after, ref, sha: after, headSha: after, headBranch: ref.replace(/^refs\/(heads|tags)\//, ""),
    changedFiles: files.map((file) => file.path), title: await headline(repository, after),
  };
}

/** Pull request workflows run on the test merge; there are none while it conflicts. */
async function ofPull(world: World, pull: PullRequest, name: string, hold: boolean): Promise<Occasion[]> {
  const merge = pull.merged && pull.mergeCommitSha !== null ? { sha: pull.mergeCommitSha } : await testMerge(world, pull);
  if (merge.sha === null) return [];
  return [{
    name, hold, pull, source: merge.sha, sha: merge.sha, ref: `refs/pull/${pull.issue.number}/merge`, headSha: pull.headSha,
    headBranch: pull.headRef, headRef: pull.headRef, baseRef: pull.baseRef, title: pull.issue.title,
    changedFiles: (await pullFiles(pull)).map((file) => file.path), readOnly: pull.headRepository !== pull.repository,
  }];
}

function onDefault(repository: Repository, tip: string): Pick<Occasion, "source" | "ref" | "sha" | "headSha" | "headBranch"> {
  return { source: tip, ref: `refs/heads/${repository.defaultBranch}`, sha: tip, headSha: tip, headBranch: repository.defaultBranch };
}

export async function headline(repository: Repository, sha: string): Promise<string> {
  return (await repository.git.commit(sha)).message.split("\n")[0] ?? "";
}

/** Workflow files of a commit, by path. */
export async function workflowFiles(repository: Repository, commit: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const folder = await repository.git.entryAt((await repository.git.commit(commit)).tree, ".github/workflows");
  if (folder?.mode !== "040000") return files;
  for (const entry of await repository.git.tree(folder.oid)) {
    if (!/\.ya?ml$/.test(entry.name) || entry.mode === "040000") continue;
    const content = await repository.git.blob(entry.oid);
    if (content !== undefined) files.set(`.github/workflows/${entry.name}`, content.toString("utf8"));
  }
  return files;
}
