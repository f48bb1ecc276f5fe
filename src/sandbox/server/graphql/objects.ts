/** Repositories, refs and git objects as GraphQL shows them. Each shape lists what it can answer. */

import { changedFiles } from "../../git/diff.ts";
import { history } from "../../git/history.ts";
import { entryType, isoDate } from "../../git/objects.ts";
import type { CommitObject, GitObject, Identity, TreeEntry } from "../../git/objects.ts";
import { latestPerCheck, latestStatuses } from "../../world/checks.ts";
import { notFound } from "../../world/errors.ts";
import { pulls } from "../../world/pull-sync.ts";
import { pullByNumber } from "../../world/pulls.ts";
import { requiredChecks, rulesFor } from "../../world/rules.ts";
import { can, hasRole, requirePermission, roleOf } from "../../world/tokens.ts";
import type { Account, BranchRule, Issue, PullRequest, Repository } from "../../world/types.ts";
import { apiUrl, htmlUrl } from "../render/repos.ts";
import { iso } from "../render/users.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";

/** Bots lose their `[bot]` here, where REST keeps it. */
export function actorShape(context: GraphqlContext, account: Account): Shape {
  const { server } = context.world.urls;
  return {
    __typename: account.type, id: account.nodeId, login: account.type === "Bot" ? account.login.replace(/\[bot\]$/, "") : account.login,
    databaseId: account.id, url: `${server}/${account.login}`, resourcePath: `/${account.login}`,
    avatarUrl: `${server}/avatars/${account.id}`, name: account.name, email: "", createdAt: iso(account.createdAt), updatedAt: iso(account.createdAt),
  };
}

/** Where the schema says User, a bot keeps its full name. */
export function userShape(context: GraphqlContext, account: Account): Shape {
  return { ...actorShape(context, account), __typename: "User", login: account.login };
}

export function repositoryShape(context: GraphqlContext, repository: Repository): Shape {
  const { world, actor } = context;
  const need = (scope: "contents" | "issues" | "pull_requests"): void => requirePermission(actor, repository, scope, "read");
  const ref = (name: string): Shape | null => (repository.git.ref(name) === undefined ? null : refShape(context, repository, name));
  return {
    __typename: "Repository", id: repository.nodeId, databaseId: repository.id, name: repository.name, nameWithOwner: repository.fullName,
    owner: () => ownerShape(context, repository.owner), url: htmlUrl(world, repository), resourcePath: `/${repository.fullName}`,
    description: repository.description, isPrivate: repository.private, visibility: repository.private ? "PRIVATE" : "PUBLIC",
    isArchived: repository.archived, isFork: repository.parent !== undefined, isDisabled: false, isEmpty: repository.git.refs("refs/heads/").length === 0,
    isTemplate: false, isLocked: false, hasIssuesEnabled: repository.settings.hasIssues,
    parent: () => (repository.parent === undefined ? null : repositoryShape(context, repository.parent)),
    createdAt: iso(repository.createdAt), updatedAt: iso(repository.updatedAt), pushedAt: iso(repository.pushedAt),
    autoMergeAllowed: repository.settings.allowAutoMerge, deleteBranchOnMerge: repository.settings.deleteBranchOnMerge,
    mergeCommitAllowed: repository.settings.allowMergeCommit, squashMergeAllowed: repository.settings.allowSquashMerge,
    rebaseMergeAllowed: repository.settings.allowRebaseMerge, allowUpdateBranch: false,
    squashMergeCommitTitle: repository.settings.squashMergeCommitTitle === "PR_TITLE" ? "PR_TITLE" : "COMMIT_OR_PR_TITLE",
    squashMergeCommitMessage: repository.settings.squashMergeCommitMessage,
    mergeQueue: null,
    viewerPermission: () => viewerPermission(context, repository),
    viewerCanAdminister: () => actor.kind === "person" && hasRole(repository, actor.account, "admin"),
    defaultBranchRef: () => ref(`refs/heads/${repository.defaultBranch}`),
    ref: (args: { qualifiedName: string }) => {
      need("contents");
      const name = args.qualifiedName;
      return name.startsWith("refs/") ? ref(name) : (ref(`refs/heads/${name}`) ?? ref(`refs/tags/${name}`));
    },
    refs: (args: PageArguments & { refPrefix: string; query?: string | null }) => {
      need("contents");
      const names = repository.git.refs(args.refPrefix.endsWith("/") ? args.refPrefix : `${args.refPrefix}/`).map(([name]) => name);
      const query = args.query ?? "";
      return connection(names.filter((name) => name.includes(query)), args, (name) => refShape(context, repository, name));
    },
    object: (args: { expression?: string | null; oid?: string | null }) => {
      need("contents");
      return objectAt(context, repository, args.oid ?? args.expression ?? "");
    },
    pullRequest: (args: { number: number }) => {
      need("pull_requests");
      return context.shapes.pull(pullByNumber(repository, args.number));
    },
    pullRequests: (args: PullArguments) => {
      need("pull_requests");
      return connection(filterPulls(repository, args), args, (pull) => context.shapes.pull(pull));
    },
    issue: (args: { number: number }) => {
      need("issues");
      return context.shapes.issue(issueIn(repository, args.number));
    },
    issueOrPullRequest: (args: { number: number }) => {
      const issue = repository.issues.get(args.number);
      need(issue?.pull === undefined ? "issues" : "pull_requests");
      if (issue?.pull !== undefined) return context.shapes.pull(issue.pull);
      return context.shapes.issue(issueIn(repository, args.number));
    },
    issues: (args: IssueArguments) => {
      need("issues");
      return connection(filterIssues(repository, args), args, (issue) => context.shapes.issue(issue));
    },
    label: (args: { name: string }) => {
      const found = repository.labels.get(args.name.toLowerCase());
      return found === undefined ? null : context.shapes.label(found);
    },
    labels: (args: PageArguments & { query?: string | null }) => {
      const query = (args.query ?? "").toLowerCase();
      return connection([...repository.labels.values()].filter((one) => one.name.toLowerCase().includes(query)), args, (one) => context.shapes.label(one));
    },
    collaborators: (args: PageArguments & { query?: string | null; login?: string | null }) => collaborators(context, repository, args),
    deployments: (args: PageArguments & { environments?: readonly string[] | null }) => {
      requirePermission(actor, repository, "deployments", "read");
      const found = repository.deployments.filter((one) => (args.environments?.length ?? 0) === 0 || args.environments?.includes(one.environment) === true);
      return connection(found, args, (one) => deploymentShape(context, one));
    },
    branchProtectionRules: (args: PageArguments) => {
      requirePermission(actor, repository, "administration", "read");
      return connection([], args, () => null);
    },
  };
}

function ownerShape(context: GraphqlContext, account: Account): Shape {
  return actorShape(context, account);
}

function viewerPermission(context: GraphqlContext, repository: Repository): string | null {
  const { actor } = context;
  if (actor.kind === "person") {
    const role = roleOf(repository, actor.account);
    return role === "none" ? null : role.toUpperCase();
  }
  return can(actor, repository, "contents", "write") ? "WRITE" : "READ";
}

interface PullArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

function filterPulls(repository: Repository, args: PullArguments): PullRequest[] {
  const found = pulls(repository)
    .filter((one) => (args.states?.length ?? 0) === 0 || args.states?.includes(pullState(one)) === true)
    .filter((one) => (args.headRefName ?? one.headRef) === one.headRef)
    .filter((one) => (args.baseRefName ?? one.baseRef) === one.baseRef)
    .filter((one) => hasLabels(one.issue, args.labels));
  return ordered(found, (one) => one.issue, args.orderBy);
}

export function pullState(pull: PullRequest): "OPEN" | "CLOSED" | "MERGED" {
  if (pull.merged) return "MERGED";
  return pull.issue.state === "open" ? "OPEN" : "CLOSED";
}

/** GraphQL's `labels` means any of them. */
function hasLabels(issue: Issue, names: readonly string[] | null | undefined): boolean {
  if (names === undefined || names === null || names.length === 0) return true;
  return [...issue.labels].some((label) => names.some((name) => name.toLowerCase() === label.name.toLowerCase()));
}

function ordered<T>(items: T[], issueOf: (item: T) => Issue, order: { readonly field: string; readonly direction: string } | null | undefined): T[] {
  if (order === undefined || order === null) return items;
  const key = (item: T): number => {
    const issue = issueOf(item);
    return order.field === "UPDATED_AT" ? issue.updatedAt : order.field === "COMMENTS" ? issue.comments.length : issue.number;
  };
  items.sort((a, b) => key(a) - key(b));
  return order.direction === "DESC" ? items.reverse() : items;
}

interface IssueArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
  readonly filterBy?: { readonly labels?: readonly string[] | null; readonly states?: readonly string[] | null; readonly since?: string | null; readonly createdBy?: string | null } | null;
}

function filterIssues(repository: Repository, args: IssueArguments): Issue[] {
  const filter = args.filterBy ?? {};
  const states = args.states ?? filter.states ?? [];
  const found = [...repository.issues.values()]
    .filter((one) => one.pull === undefined)
    .filter((one) => states.length === 0 || states.includes(one.state.toUpperCase()))
    .filter((one) => hasLabels(one, args.labels) && hasLabels(one, filter.labels))
    .filter((one) => (filter.createdBy ?? one.author.login) === one.author.login)
    .filter((one) => filter.since === undefined || filter.since === null || one.updatedAt >= Date.parse(filter.since));
  return ordered(found, (one) => one, args.orderBy);
}

function issueIn(repository: Repository, number: number): Issue {
  const issue = repository.issues.get(number);
  if (issue === undefined || issue.pull !== undefined) throw notFound(`Could not resolve to an Issue with the number of ${number}.`);
  return issue;
}

function collaborators(
  context: GraphqlContext,
  repository: Repository,
  args: PageArguments & { query?: string | null; login?: string | null },
): unknown {
  const query = (args.query ?? "").toLowerCase();
  const found = [...context.world.accounts.values()].filter((account) => account.type === "User"
    && (account === repository.owner || repository.roles.has(account.login.toLowerCase()))
    && roleOf(repository, account) !== "none"
    && account.login.toLowerCase().includes(query) && (args.login ?? account.login).toLowerCase() === account.login.toLowerCase());
  const made = connection(found, args, (account) => userShape(context, account));
  // The edges carry what the connection is for: each one's permission.
  const edges = made.edges() as { cursor: string }[];
  const nodes = made.nodes() as { login: string }[];
  return {
    ...made,
    edges: edges.map((edge, index) => {
      const account = context.world.account(nodes[index]?.login ?? "");
      return { cursor: edge.cursor, permission: account === undefined ? "READ" : roleOf(repository, account).toUpperCase(), node: nodes[index] };
    }),
  };
}

// --- refs ----------------------------------------------------------------------------------------------------------

export function refId(context: GraphqlContext, repository: Repository, name: string): string {
  return context.world.nodeId("REF", `${repository.id}:${name}`);
}

export function refShape(context: GraphqlContext, repository: Repository, name: string): Shape {
  const short = name.replace(/^refs\/(heads|tags)\//, "");
  const oid = repository.git.ref(name);
  return {
    __typename: "Ref", id: refId(context, repository, name), name: short, prefix: name.slice(0, name.length - short.length),
    repository: () => repositoryShape(context, repository),
    target: () => {
      requirePermission(context.actor, repository, "contents", "read");
      return oid === undefined ? null : objectAt(context, repository, oid);
    },
    refUpdateRule: () => refUpdateRule(context, repository, short),
    rules: (args: PageArguments) => connection(rulesFor(repository, short).flatMap((rule) => ruleShapes(context, repository, rule)), args, (one) => one),
    // Classic protection is readable for administrators only.
    branchProtectionRule: () => {
      requirePermission(context.actor, repository, "administration", "read");
      return null;
    },
    associatedPullRequests: (args: PullArguments) => {
      const found = filterPulls(repository, args).filter((one) => one.headRef === short && one.headRepository === repository);
      return connection(found, args, (one) => context.shapes.pull(one));
    },
    compare: null,
  };
}

/** What the viewer may do with a branch, in the words of classic protection; null when nothing binds it. */
function refUpdateRule(context: GraphqlContext, repository: Repository, branch: string): Shape | null {
  const rules = rulesFor(repository, branch);
  if (rules.length === 0) return null;
  const approvals = Math.max(...rules.map((rule) => rule.requiredApprovals ?? 0));
  return {
    pattern: rules[0]?.branch ?? branch, allowsDeletions: !rules.some((rule) => rule.blockDeletions === true),
    allowsForcePushes: !rules.some((rule) => rule.blockForcePushes === true), blocksCreations: false,
    requiredApprovingReviewCount: rules.some((rule) => rule.requiredApprovals !== undefined) ? approvals : null,
    requiredStatusCheckContexts: requiredChecks(rules).map((one) => one.context), requiresCodeOwnerReviews: false,
    requiresConversationResolution: rules.some((rule) => rule.requireConversationResolution === true),
    requiresLinearHistory: rules.some((rule) => rule.requireLinearHistory === true),
    requiresSignatures: rules.some((rule) => rule.requireSignatures === true), viewerAllowedToDismissReviews: false,
    viewerCanPush: can(context.actor, repository, "contents", "write"),
  };
}

function ruleShapes(context: GraphqlContext, repository: Repository, rule: BranchRule): Shape[] {
  const make = (type: string, parameters: Shape | null): Shape => ({
    __typename: "RepositoryRule", id: context.world.nodeId("RR", `${repository.id}:${repository.rules.indexOf(rule)}:${type}`), type, parameters,
    repositoryRuleset: () => ({ __typename: "RepositoryRuleset", id: context.world.nodeId("RRS", `${repository.id}:${repository.rules.indexOf(rule)}`), name: rule.branch, enforcement: "ACTIVE", target: "BRANCH", databaseId: repository.rules.indexOf(rule) + 1 }),
  });
  const found: Shape[] = [];
  const checks = requiredChecks([rule]);
  if (rule.blockDeletions === true) found.push(make("DELETION", null));
  if (rule.blockForcePushes === true) found.push(make("NON_FAST_FORWARD", null));
  if (rule.requireSignatures === true) found.push(make("REQUIRED_SIGNATURES", null));
  if (rule.requireLinearHistory === true) found.push(make("REQUIRED_LINEAR_HISTORY", null));
  if (rule.requiredApprovals !== undefined || rule.requireConversationResolution === true) {
    found.push(make("PULL_REQUEST", {
      __typename: "PullRequestParameters", requiredApprovingReviewCount: rule.requiredApprovals ?? 0, dismissStaleReviewsOnPush: false,
      requireCodeOwnerReview: false, requireLastPushApproval: false, requiredReviewThreadResolution: rule.requireConversationResolution ?? false,
      allowedMergeMethods: ["MERGE", "SQUASH", "REBASE"],
    }));
  }
  if (checks.length > 0) {
    found.push(make("REQUIRED_STATUS_CHECKS", {
      __typename: "RequiredStatusChecksParameters", strictRequiredStatusChecksPolicy: rule.strict ?? false, doNotEnforceOnCreate: false,
      requiredStatusChecks: checks.map((one) => ({
        context: one.context, integrationId: one.app === undefined ? null : (context.world.apps.get(one.app)?.id ?? null),
      })),
    }));
  }
  return found;
}

// --- git objects ---------------------------------------------------------------------------------------------------

/** `main`, `main:docs/FAQ.md`, an id: whatever git itself understands. */
export async function objectAt(context: GraphqlContext, repository: Repository, expression: string): Promise<Shape | null> {
  const colon = expression.indexOf(":");
  const revision = colon < 0 ? expression : expression.slice(0, colon);
  const known = repository.git.ref(`refs/heads/${revision}`) ?? repository.git.ref(`refs/tags/${revision}`) ?? repository.git.ref(revision)
    ?? (revision === "HEAD" ? repository.git.ref(`refs/heads/${repository.defaultBranch}`) : undefined);
  const object = await repository.git.read(`${known ?? revision}${colon < 0 ? "" : expression.slice(colon)}`);
  return object === undefined ? null : objectShape(context, repository, object);
}

function base(context: GraphqlContext, repository: Repository, oid: string, prefix: string): Shape {
  const path = `/${repository.fullName}/commit/${oid}`;
  return {
    id: context.world.nodeId(prefix, `${repository.id}:${oid}`), oid, abbreviatedOid: oid.slice(0, 7), commitResourcePath: path,
    commitUrl: `${context.world.urls.server}${path}`, repository: () => repositoryShape(context, repository),
  };
}

async function objectShape(context: GraphqlContext, repository: Repository, object: GitObject): Promise<Shape> {
  if (object.type === "commit") return commitShape(context, repository, await repository.git.commit(object.oid));
  if (object.type === "tree") return treeShape(context, repository, object.oid);
  if (object.type === "blob") return blobShape(context, repository, object.oid, object.body);
  return { __typename: "Tag", ...base(context, repository, object.oid, "T") };
}

/** GitHub calls a file with a NUL byte binary, and cuts text above 512,000 bytes. */
function blobShape(context: GraphqlContext, repository: Repository, oid: string, content: Buffer): Shape {
  const isBinary = content.subarray(0, 8_000).includes(0);
  const limit = 512_000;
  return {
    __typename: "Blob", ...base(context, repository, oid, "B"), byteSize: content.length, isBinary, isTruncated: content.length > limit,
    text: isBinary ? null : content.subarray(0, limit).toString("utf8"),
  };
}

function treeShape(context: GraphqlContext, repository: Repository, oid: string, path = ""): Shape {
  return {
    __typename: "Tree", ...base(context, repository, oid, "T"),
    entries: async () => (await repository.git.tree(oid)).map((entry) => entryShape(context, repository, entry, path)),
  };
}

function entryShape(context: GraphqlContext, repository: Repository, entry: TreeEntry, folder: string): Shape {
  const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
  const type = entryType(entry.mode);
  const content = (): Promise<Buffer | undefined> => (type === "blob" ? repository.git.blob(entry.oid) : Promise.resolve(undefined));
  return {
    __typename: "TreeEntry", name: entry.name, nameRaw: Buffer.from(entry.name).toString("base64"), path, pathRaw: Buffer.from(path).toString("base64"),
    // GraphQL gives the mode as a decimal number: 33188 is 100644.
    mode: Number.parseInt(entry.mode, 8), type, oid: entry.oid, extension: /\.[^.]*$/.exec(entry.name)?.[0] ?? "", isGenerated: false,
    size: async () => (await content())?.length ?? 0, submodule: null, language: null,
    lineCount: async () => (await content())?.toString("utf8").split("\n").length ?? null,
    repository: () => repositoryShape(context, repository),
    object: async () => {
      if (type === "commit") return null;
      if (type === "tree") return treeShape(context, repository, entry.oid, path);
      const body = await content();
      return body === undefined ? null : blobShape(context, repository, entry.oid, body);
    },
  };
}

function gitActor(context: GraphqlContext, identity: Identity): Shape {
  const account = context.world.accountByEmail(identity.email);
  return {
    name: identity.name, email: identity.email, date: isoDate(identity), avatarUrl: `${context.world.urls.server}/avatars/${account?.id ?? 0}`,
    user: account === undefined ? null : userShape(context, account),
  };
}

/** `Co-authored-by:` lines make further authors. */
function authors(commit: CommitObject): Identity[] {
  const others = [...commit.message.matchAll(/^co-authored-by: *(.+?) *<([^>]+)>\s*$/gim)]
    .map((match) => ({ ...commit.author, name: match[1] ?? "", email: match[2] ?? "" }));
  return [commit.author, ...others.filter((one) => one.email !== commit.author.email)];
}

export function commitShape(context: GraphqlContext, repository: Repository, commit: CommitObject): Shape {
  const { world, actor } = context;
  const [headline = "", ...rest] = commit.message.replace(/\n$/, "").split("\n");
  const signed = repository.signed.has(commit.oid);
  const url = `${htmlUrl(world, repository)}/commit/${commit.oid}`;
  const files = () => changedFiles(repository.git, commit.parents[0], commit.oid);
  return {
    __typename: "Commit", ...base(context, repository, commit.oid, "C"), url, resourcePath: `/${repository.fullName}/commit/${commit.oid}`,
    treeUrl: `${htmlUrl(world, repository)}/tree/${commit.oid}`, treeResourcePath: `/${repository.fullName}/tree/${commit.oid}`,
    tarballUrl: `${apiUrl(world, repository)}/tarball/${commit.oid}`, zipballUrl: `${apiUrl(world, repository)}/zipball/${commit.oid}`,
    message: commit.message.replace(/\n$/, ""), messageHeadline: headline, messageBody: rest.join("\n").trim(),
    authoredDate: isoDate(commit.author), committedDate: isoDate(commit.committer), pushedDate: null,
    author: () => gitActor(context, commit.author), committer: () => gitActor(context, commit.committer),
    authors: (args: PageArguments) => connection(authors(commit), args, (one) => gitActor(context, one)),
    authoredByCommitter: commit.author.email === commit.committer.email, committedViaWeb: commit.committer.email === world.webFlow.email,
    signature: signed ? signature(context, commit) : null,
    tree: () => treeShape(context, repository, commit.tree),
    file: async (args: { path: string }) => {
      const entry = await repository.git.entryAt(commit.tree, args.path);
      return entry === undefined ? null : entryShape(context, repository, entry, args.path.split("/").slice(0, -1).join("/"));
    },
    parents: async (args: PageArguments) => {
      const parents = await Promise.all(commit.parents.map((oid) => repository.git.commit(oid)));
      return connection(parents, args, (one) => commitShape(context, repository, one));
    },
    history: async (args: PageArguments & { path?: string | null; since?: string | null; until?: string | null }) => {
      const oids = await history(repository.git, commit.oid, {
        limit: 5_000, ...(args.path ? { path: args.path } : {}), ...(args.since ? { since: args.since } : {}), ...(args.until ? { until: args.until } : {}),
      });
      return connection(oids, args, async (oid) => commitShape(context, repository, await repository.git.commit(oid)));
    },
    additions: async () => (await files()).reduce((sum, file) => sum + file.additions, 0),
    deletions: async () => (await files()).reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: async () => (await files()).length, changedFilesIfAvailable: async () => (await files()).length,
    statusCheckRollup: () => context.shapes.rollup(repository, commit.oid),
    status: () => {
      requirePermission(actor, repository, "statuses", "read");
      const latest = latestStatuses(repository, commit.oid);
      return latest.length === 0 ? null : context.shapes.status(repository, commit.oid, latest);
    },
    checkSuites: (args: PageArguments & { filterBy?: { appId?: number | null; checkName?: string | null } | null }) => {
      requirePermission(actor, repository, "checks", "read");
      const filter = args.filterBy ?? {};
      const found = repository.checkSuites.filter((suite) => suite.headSha === commit.oid && (filter.appId ?? suite.app.id) === suite.app.id
        && (filter.checkName === undefined || filter.checkName === null || latestPerCheck(suite.runs).some((run) => run.name === filter.checkName)));
      return connection(found, args, (suite) => context.shapes.checkSuite(suite));
    },
    associatedPullRequests: (args: PullArguments) => {
      requirePermission(actor, repository, "pull_requests", "read");
      const found = filterPulls(repository, args).filter((one) => one.headSha === commit.oid || one.mergeCommitSha === commit.oid);
      return connection(found, args, (one) => context.shapes.pull(one));
    },
    deployments: (args: PageArguments) => {
      requirePermission(actor, repository, "deployments", "read");
      return connection(repository.deployments.filter((one) => one.sha === commit.oid), args, (one) => deploymentShape(context, one));
    },
    onBehalfOf: null, viewerCanSubscribe: false,
  };
}

function signature(context: GraphqlContext, commit: CommitObject): Shape {
  return {
    __typename: "GpgSignature", isValid: true, state: "VALID", wasSignedByGitHub: true, email: context.world.webFlow.email, keyId: "B5690EEEBB952194",
    payload: `tree ${commit.tree}\n`, signature: "-----BEGIN PGP SIGNATURE-----\n\nsandbox\n-----END PGP SIGNATURE-----",
    signer: () => userShape(context, context.world.webFlow), verifiedAt: isoDate(commit.committer),
  };
}

function deploymentShape(context: GraphqlContext, deployment: Repository["deployments"][number]): Shape {
  const { repository } = deployment;
  const status = deployment.statuses.at(-1);
  const statusOf = (one: typeof deployment.statuses[number]): Shape => ({
    __typename: "DeploymentStatus", id: one.nodeId, state: one.state.toUpperCase(), description: one.description, environmentUrl: one.environmentUrl || null,
    logUrl: one.logUrl || null, createdAt: iso(one.createdAt), updatedAt: iso(one.createdAt), creator: actorShape(context, one.creator),
  });
  return {
    __typename: "Deployment", id: deployment.nodeId, databaseId: deployment.id, commitOid: deployment.sha, task: deployment.task,
    environment: deployment.environment, originalEnvironment: deployment.environment, latestEnvironment: deployment.environment,
    description: deployment.description, payload: JSON.stringify(deployment.payload), createdAt: iso(deployment.createdAt),
    updatedAt: iso(status?.createdAt ?? deployment.createdAt), creator: () => actorShape(context, deployment.creator),
    state: deploymentState(status?.state), latestStatus: status === undefined ? null : statusOf(status),
    ref: () => (repository.git.ref(`refs/heads/${deployment.ref}`) === undefined ? null : refShape(context, repository, `refs/heads/${deployment.ref}`)),
    repository: () => repositoryShape(context, repository), commit: () => objectAt(context, repository, deployment.sha),
    statuses: (args: PageArguments) => connection([...deployment.statuses].reverse(), args, statusOf),
  };
}

/** A deployment's state is not its status's: success is shown as active. */
function deploymentState(state: string | undefined): string {
  return state === undefined ? "PENDING" : state === "success" ? "ACTIVE" : state.toUpperCase();
}
