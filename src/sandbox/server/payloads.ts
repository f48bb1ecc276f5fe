/** Webhook payloads: what subscribers get and what workflows see as `github.event`. */

import { commitsBetween } from "../git/history.ts";
import { isoDate } from "../git/objects.ts";
import type { WorldEvent } from "../world/events.ts";
import type { Account, Repository } from "../world/types.ts";
import type { World } from "../world/world.ts";
import { workflow, workflowRun } from "./render/actions.ts";
import { checkRun, checkSuite, deployment, deploymentStatus, status } from "./render/checks.ts";
import { commit, simpleCommit } from "./render/git.ts";
import { comment, issue, label } from "./render/issues.ts";
import { fullPull, pull, review } from "./render/pulls.ts";
import { htmlUrl, repository } from "./render/repos.ts";
import { user } from "./render/users.ts";

export type Payload = Readonly<Record<string, unknown>>;

const zero = "0".repeat(40);

export async function payloadOf(world: World, event: WorldEvent): Promise<Payload> {
  return { ...await subject(world, event), ...common(world, event.repository, event.actor.account) };
}

function common(world: World, repo: Repository, sender: Account): Record<string, unknown> {
  return {
    repository: repository(world, repo), sender: user(world, sender),
    ...(repo.owner.type === "Organization" ? { organization: { login: repo.owner.login, id: repo.owner.id, node_id: repo.owner.nodeId } } : {}),
  };
}

export function dispatchPayload(
  world: World,
  repo: Repository,
  actor: Account,
  path: string,
  ref: string,
  inputs: Readonly<Record<string, unknown>>,
): Payload {
  return { inputs, ref, workflow: path, ...common(world, repo, actor) };
}

async function subject(world: World, event: WorldEvent): Promise<Payload> {
  switch (event.name) {
    case "push": return push(world, event);
    case "create":
    case "delete": return {
      ref: event.ref.replace(/^refs\/(heads|tags)\//, ""), ref_type: event.ref.startsWith("refs/tags/") ? "tag" : "branch",
      master_branch: event.repository.defaultBranch, description: event.repository.description, pusher_type: "user",
    };
    case "pull_request": return {
      action: event.action, number: event.pull.issue.number, pull_request: await fullPull(world, event.pull, false),
      ...(event.before === undefined ? {} : { before: event.before, after: event.pull.headSha }),
      ...(event.label === undefined ? {} : { label: label(world, event.label) }),
    };
    case "pull_request_review": return { action: event.action, review: review(world, event.review), pull_request: pull(world, event.pull) };
    case "issues": return {
      action: event.action, issue: issue(world, event.issue), ...(event.label === undefined ? {} : { label: label(world, event.label) }),
    };
    case "issue_comment": return {
      action: event.action, issue: issue(world, event.issue), comment: comment(world, event.comment),
      ...(event.from === undefined ? {} : { changes: { body: { from: event.from } } }),
    };
    case "check_run": return { action: event.action, check_run: checkRun(world, event.run) };
    case "check_suite": return { action: event.action, check_suite: await checkSuite(world, event.suite) };
    case "status": return statusPayload(world, event);
    case "deployment": return { action: event.action, deployment: deployment(world, event.deployment), workflow: null, workflow_run: null };
    case "deployment_status": return {
      action: event.action, deployment_status: deploymentStatus(world, event.status), deployment: deployment(world, event.status.deployment),
    };
    case "repository_dispatch": return {
      action: event.action, branch: event.repository.defaultBranch, client_payload: event.clientPayload,
    };
    case "workflow_run": return {
      action: event.action, workflow_run: await workflowRun(world, event.run), workflow: workflow(world, event.run.workflow),
    };
    case "merge_group": return {
      action: event.action, merge_group: {
        head_sha: event.group.headSha, head_ref: event.group.headRef, base_sha: event.group.baseSha, base_ref: event.group.baseRef,
        head_commit: await simpleCommit(event.repository, event.group.headSha),
      },
    };
    case "schedule": return { schedule: event.cron };
  }
}

async function push(world: World, event: Extract<WorldEvent, { name: "push" }>): Promise<Payload> {
  const { git } = event.repository;
  const html = htmlUrl(world, event.repository);
  const simple = async (oid: string): Promise<Record<string, unknown>> => {
    const value = await git.commit(oid);
    return {
      id: oid, tree_id: value.tree, distinct: true, message: value.message.replace(/\n$/, ""), timestamp: isoDate(value.committer),
      url: `${html}/commit/${oid}`,
      author: { name: value.author.name, email: value.author.email, username: world.accountByEmail(value.author.email)?.login },
      committer: { name: value.committer.name, email: value.committer.email, username: world.accountByEmail(value.committer.email)?.login },
    };
  };
  // `before` and `after` of an annotated tag are tags; commits are what they lead to.
  const [from, to] = await Promise.all([event.before, event.after].map(async (oid) => (oid === undefined ? undefined : git.commitOf(oid))));
  // A new branch lists nothing but its head: what it is new against is not known here.
  const oids = from === undefined || to === undefined ? [] : await commitsBetween(git, from, to, 20);
  return {
    ref: event.ref, before: event.before ?? zero, after: event.after ?? zero, base_ref: null, created: event.before === undefined,
    deleted: event.after === undefined, forced: event.forced,
    compare: `${html}/compare/${(event.before ?? zero).slice(0, 12)}...${(event.after ?? zero).slice(0, 12)}`,
    commits: await Promise.all(oids.map(simple)), head_commit: to === undefined ? null : await simple(to),
    pusher: { name: event.actor.account.login, email: event.actor.account.email },
  };
}

async function statusPayload(world: World, event: Extract<WorldEvent, { name: "status" }>): Promise<Payload> {
  const value = event.status;
  const branches = event.repository.git.refs("refs/heads/").filter(([, oid]) => oid === value.sha);
  return {
    ...status(world, event.repository, value), sha: value.sha, name: event.repository.fullName,
    commit: commit(world, event.repository, await event.repository.git.commit(value.sha)),
    branches: branches.map(([name, sha]) => ({ name: name.slice(11), commit: { sha }, protected: false })),
  };
}
