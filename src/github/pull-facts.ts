import { failure } from "../kit/errors.ts";
import type { GraphqlError } from "./answers.ts";
import type { Api } from "./client.ts";
import type { CheckFacts, CommitFacts, PullFacts, PullFile } from "./port.ts";
import { modesQuery, MORE_CHECKS, MORE_FILES, PULL_FACTS } from "./queries.ts";
import { type ActorNode, commitFacts, type CommitNode, type Connection, type FileNode, loginOf, missingRepository, modeOf, nodesOf, oddKind, pauseIn, type PauseNode, readBlobAt, reviewFacts, type ReviewNode, wholeText } from "./shapes.ts";

const MAX_PAGES = 30;
const NEEDS = "contents: read, pull-requests: read, checks: read, statuses: read, issues: read";

interface FileChangeNode {
  readonly path: string;
  readonly additions: number;
  readonly deletions: number;
  readonly changeType: "ADDED" | "CHANGED" | "COPIED" | "DELETED" | "MODIFIED" | "RENAMED";
}

type ContextNode =
  | { readonly __typename: "CheckRun"; readonly name: string; readonly status: string; readonly conclusion: string | null; readonly startedAt: string | null; readonly completedAt: string | null; readonly detailsUrl: string | null; readonly checkSuite: { readonly app: { readonly slug: string } | null } | null }
  | { readonly __typename: "StatusContext"; readonly context: string; readonly state: string; readonly createdAt: string; readonly targetUrl: string | null };

interface Rollup {
  readonly statusCheckRollup: { readonly contexts: Connection<ContextNode> } | null;
}

interface RuleNode {
  readonly type: string;
  readonly parameters: { readonly requiredStatusChecks?: readonly { readonly context: string }[]; readonly requiredApprovingReviewCount?: number } | null;
}

interface PullNode {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly isDraft: boolean;
  readonly isCrossRepository: boolean;
  readonly createdAt: string;
  readonly mergedAt: string | null;
  readonly mergeable: "MERGEABLE" | "CONFLICTING" | "UNKNOWN";
  readonly author: ActorNode | null;
  readonly mergedBy: ActorNode | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly labels: Connection<{ readonly name: string }> | null;
  readonly baseRefName: string;
  readonly baseRefOid: string;
  readonly baseRef: {
    readonly target: { readonly oid: string; readonly faq?: FileNode } | null;
    readonly refUpdateRule: { readonly requiredStatusCheckContexts: readonly (string | null)[] | null; readonly requiredApprovingReviewCount: number | null } | null;
    readonly rules: Connection<RuleNode> | null;
  } | null;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly headRepository: { readonly nameWithOwner: string } | null;
  readonly headRef: { readonly target: { readonly oid: string; readonly faq?: FileNode } | null } | null;
  readonly commits: Connection<{ readonly commit: CommitNode }>;
  readonly firstCommit: Connection<{ readonly commit: { readonly parents: Connection<{ readonly oid: string; readonly faq?: FileNode }> } }>;
  readonly lastCommit: Connection<{ readonly commit: Rollup & { readonly oid: string; readonly faq?: FileNode } }>;
  readonly files: Connection<FileChangeNode> | null;
  readonly latestOpinionatedReviews: Connection<{ readonly state: string; readonly author: ActorNode | null }> | null;
  readonly reviews: Connection<ReviewNode> | null;
}

type Answer = { readonly viewer: { readonly login: string }; readonly repository: (PauseNode & { readonly defaultBranchRef: { readonly name: string } | null; readonly siblings: Connection<SiblingNode>; readonly pullRequest: PullNode | null }) | null };

interface SiblingNode {
  readonly number: number;
  readonly baseRefName: string;
  readonly headRefName: string;
  readonly isDraft: boolean;
  readonly isCrossRepository: boolean;
  readonly createdAt: string;
}

/** Everything the gate judges: one query; further ones only for what does not fit a page, or a base that moved on. */
export async function readPull(api: Api, number: number, faqPath: string): Promise<PullFacts> {
  let checksBroke = false;
  const answer = await api.graphql<Answer>({
    query: PULL_FACTS,
    variables: { owner: api.owner, name: api.repo, number, faqPath },
    doing: `read pull request #${number}`,
    needs: NEEDS,
    needsAt,
    // Checks that GitHub failed to gather leave the rest of the answer usable; then no check is known to be green.
    answer: (errors, data) => {
      checksBroke = errors.every(isBrokenRollup) && data?.repository != null;
      return checksBroke ? (data as Answer) : undefined;
    },
  });
  if (answer.repository === null) throw missingRepository(api.owner, api.repo);
  const pull = answer.repository.pullRequest;
  if (pull === null) throw failure("configuration", { what: `There is no pull request #${number} in ${api.owner}/${api.repo}`, where: "pr-number", fix: "Correct `pr-number`." });
  const [checks, files, mergeBase] = await Promise.all([allChecks(api, pull, checksBroke), allFiles(api, pull), mergeBaseOf(api, pull, faqPath)]);
  return assemble(faqPath, answer, pull, checks, files, mergeBase);
}

function isBrokenRollup(error: GraphqlError): boolean {
  return error.type !== "FORBIDDEN" && (error.path ?? []).some((part) => part === "statusCheckRollup");
}

function needsAt(path: readonly (string | number)[]): string | undefined {
  if (path.includes("pause")) return "issues: read";
  if (path.includes("statusCheckRollup")) return "checks: read, statuses: read";
  if (path.includes("pullRequest")) return "pull-requests: read";
  return undefined;
}

type Checks = { readonly facts: readonly CheckFacts[]; readonly complete: boolean };
type MergeBase = { readonly sha: string | null; readonly faq: string | null };

function assemble(faqPath: string, answer: Answer, pull: PullNode, checks: Checks, files: readonly PullFile[], mergeBase: MergeBase): PullFacts {
  const commits = nodesOf(pull.commits).map(({ commit }) => commitFacts(commit));
  const reviews = pull.latestOpinionatedReviews;
  const headFile = nodesOf(pull.lastCommit).find(({ commit }) => commit.oid === pull.headRefOid)?.commit.faq ?? pull.headRef?.target?.faq;
  return {
    id: pull.id,
    number: pull.number,
    url: pull.url,
    title: pull.title,
    body: pull.body,
    state: pull.state === "OPEN" ? "open" : pull.state === "MERGED" ? "merged" : "closed",
    draft: pull.isDraft,
    author: loginOf(pull.author),
    mergeable: pull.mergeable === "MERGEABLE" ? "mergeable" : pull.mergeable === "CONFLICTING" ? "conflicting" : "unknown",
    defaultBranch: answer.repository?.defaultBranchRef?.name ?? "",
    base: { branch: pull.baseRefName, sha: pull.baseRef?.target?.oid ?? pull.baseRefOid },
    head: {
      branch: pull.headRefName,
      sha: pull.headRefOid,
      repository: pull.headRepository?.nameWithOwner ?? null,
      exists: !pull.isCrossRepository && pull.headRef?.target != null,
    },
    mergeBase: mergeBase.sha,
    mergedBy: pull.mergedBy === null ? null : loginOf(pull.mergedBy),
    merge: pull.mergeCommit && pull.mergedAt !== null ? { sha: pull.mergeCommit.oid, at: Date.parse(pull.mergedAt) } : null,
    labels: nodesOf(pull.labels).map(({ name }) => name),
    createdAt: Date.parse(pull.createdAt),
    commits,
    commitCount: pull.commits.totalCount ?? commits.length,
    files,
    fileCount: pull.files?.totalCount ?? files.length,
    checks: checks.facts,
    checksComplete: checks.complete,
    requiredChecks: requiredChecks(pull.baseRef),
    requiredApprovals: requiredApprovals(pull.baseRef),
    approvals: nodesOf(reviews).filter(({ state }) => state === "APPROVED").length,
    reviews: reviewFacts(pull.reviews),
    changesRequestedBy: nodesOf(reviews).filter(({ state }) => state === "CHANGES_REQUESTED").map(({ author }) => loginOf(author)),
    viewer: answer.viewer.login,
    pause: answer.repository === null ? null : pauseIn(answer.repository),
    siblings: siblingsOf(nodesOf(answer.repository?.siblings), pull),
    faqMode: modeOf(headFile),
    // What is no plain file at the head is the gate's to refuse, with its other reasons.
    faq: { head: oddKind(modeOf(headFile)) === undefined ? wholeText(headFile, faqPath) : null, base: wholeText(pull.baseRef?.target?.faq, faqPath), mergeBase: mergeBase.faq },
  };
}

function siblingsOf(open: readonly SiblingNode[], pull: PullNode): PullFacts["siblings"] {
  return open
    .filter((other) => other.number !== pull.number && other.baseRefName === pull.baseRefName && !other.isCrossRepository)
    .map(({ number, headRefName, isDraft, createdAt }) => ({ number, branch: headRefName, draft: isDraft, createdAt: Date.parse(createdAt) }));
}

/** From classic protection and from rulesets; null (unknown) when the branch is gone or not all rules were given. */
function requiredChecks(base: PullNode["baseRef"]): readonly string[] | null {
  if (base === null || base.rules?.pageInfo?.hasNextPage) return null;
  const classic = (base.refUpdateRule?.requiredStatusCheckContexts ?? []).filter((name) => name !== null);
  const ruled = nodesOf(base.rules).flatMap(({ parameters }) => parameters?.requiredStatusChecks?.map(({ context }) => context) ?? []);
  return [...new Set([...classic, ...ruled])];
}

function requiredApprovals(base: PullNode["baseRef"]): number | null {
  if (base === null || base.rules?.pageInfo?.hasNextPage) return null;
  const ruled = nodesOf(base.rules).map(({ parameters }) => parameters?.requiredApprovingReviewCount ?? 0);
  return Math.max(0, base.refUpdateRule?.requiredApprovingReviewCount ?? 0, ...ruled);
}

async function allFiles(api: Api, pull: PullNode): Promise<readonly PullFile[]> {
  const found = [...nodesOf(pull.files)];
  let page = pull.files?.pageInfo;
  for (let pages = 1; page?.hasNextPage && pages < MAX_PAGES; pages += 1) {
    const { repository } = await api.graphql<{ repository: { pullRequest: { files: Connection<FileChangeNode> } } }>({
      query: MORE_FILES,
      variables: { owner: api.owner, name: api.repo, number: pull.number, after: page.endCursor ?? "" },
      doing: `list the files of pull request #${pull.number}`,
      needs: "pull-requests: read",
    });
    found.push(...nodesOf(repository.pullRequest.files));
    page = repository.pullRequest.files.pageInfo;
  }
  return found.map(pullFile);
}

/** Enough aliases for one query; a pull request that the gate merges has a handful of files. */
const MODES_PER_QUERY = 100;

/** The modes of paths at a commit as git writes them; a path that is not there is left out. */
export async function readModes(api: Api, sha: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const modes = new Map<string, string>();
  for (let from = 0; from < paths.length; from += MODES_PER_QUERY) {
    const batch = paths.slice(from, from + MODES_PER_QUERY);
    const { repository } = await api.graphql<{ repository: { object: Record<string, { mode: number } | null> | null } | null }>({
      query: modesQuery(batch.length),
      variables: { owner: api.owner, name: api.repo, oid: sha, ...Object.fromEntries(batch.map((path, i) => [`path${i}`, path])) },
      doing: "read what kind of files a pull request changes",
      needs: "contents: read",
    });
    for (const [i, path] of batch.entries()) {
      const mode = modeOf(repository?.object?.[`file${i}`]);
      if (mode !== null) modes.set(path, mode);
    }
  }
  return modes;
}

const STATUSES = { ADDED: "added", CHANGED: "changed", COPIED: "copied", DELETED: "removed", MODIFIED: "modified", RENAMED: "renamed" } as const;

/** GraphQL does not tell the previous name of a renamed file: `listPullFiles` does. */
function pullFile({ path, additions, deletions, changeType }: FileChangeNode): PullFile {
  return { path, previousPath: null, status: STATUSES[changeType], additions, deletions };
}

async function allChecks(api: Api, pull: PullNode, broke: boolean): Promise<Checks> {
  const last = nodesOf(pull.lastCommit)[0]?.commit;
  // GitHub may list the commits of a push a moment after its head: checks of another commit say nothing about this one.
  if (broke || last?.oid !== pull.headRefOid) return { facts: [], complete: false };
  const contexts = last.statusCheckRollup?.contexts;
  const found = [...nodesOf(contexts)];
  let page = contexts?.pageInfo;
  for (let pages = 1; page?.hasNextPage; pages += 1) {
    if (pages >= MAX_PAGES) return { facts: found.map(checkFacts), complete: false };
    const { repository } = await api.graphql<{ repository: { object: Rollup | null } }>({
      query: MORE_CHECKS,
      variables: { owner: api.owner, name: api.repo, oid: pull.headRefOid, after: page.endCursor ?? "" },
      doing: `list the checks of pull request #${pull.number}`,
      needs: "checks: read, statuses: read",
    });
    const more = repository.object?.statusCheckRollup?.contexts;
    if (!more) return { facts: found.map(checkFacts), complete: false };
    found.push(...nodesOf(more));
    page = more.pageInfo;
  }
  return { facts: found.map(checkFacts), complete: true };
}

const CONCLUSIONS: Readonly<Record<string, CheckFacts["state"]>> = {
  SUCCESS: "success",
  NEUTRAL: "neutral",
  SKIPPED: "skipped",
  ACTION_REQUIRED: "action_required",
  EXPECTED: "pending",
  PENDING: "pending",
};

/** Whatever is not known to be well has failed: cancelled, timed out, stale, and what GitHub may add. */
function checkFacts(node: ContextNode): CheckFacts {
  if (node.__typename === "StatusContext") {
    return { name: node.context, app: null, kind: "status", state: CONCLUSIONS[node.state] ?? "failure", at: Date.parse(node.createdAt), url: node.targetUrl };
  }
  const state = node.status === "COMPLETED" && node.conclusion !== null ? (CONCLUSIONS[node.conclusion] ?? "failure") : "pending";
  const at = Date.parse(node.completedAt ?? node.startedAt ?? "") || 0;
  return { name: node.name, app: node.checkSuite?.app?.slug ?? null, kind: "check", state, at, url: node.detailsUrl };
}

/**
 * The commit both sides grew from. When every commit of the pull request was read, it is what their parents name and they do not
 * hold: the base's head itself, or the only such commit. Anything less plain is asked of GitHub.
 */
async function mergeBaseOf(api: Api, pull: PullNode, faqPath: string): Promise<MergeBase> {
  const base = pull.baseRef?.target;
  const commits: readonly CommitFacts[] = nodesOf(pull.commits).map(({ commit }) => commitFacts(commit));
  const own = new Set(commits.map(({ sha }) => sha));
  const outside = [...new Set(commits.flatMap(({ parents }) => parents))].filter((sha) => !own.has(sha));
  const complete = commits.length === (pull.commits.totalCount ?? -1) && commits.length > 0;
  if (complete && base && outside.includes(base.oid)) return { sha: base.oid, faq: wholeText(base.faq, faqPath) };
  const first = nodesOf(nodesOf(pull.firstCommit)[0]?.commit.parents);
  const only = outside.length === 1 ? first.find(({ oid }) => oid === outside[0]) : undefined;
  if (complete && only) return { sha: only.oid, faq: wholeText(only.faq, faqPath) };
  const { status, data } = await api.rest({
    method: "GET",
    path: `/compare/${base?.oid ?? pull.baseRefOid}...${pull.headRefOid}`,
    query: { per_page: 1 },
    answers: [404],
    doing: `compare pull request #${pull.number} with its base`,
    needs: "contents: read",
  });
  const sha = status === 200 ? ((data as { merge_base_commit?: { sha?: string } }).merge_base_commit?.sha ?? null) : null;
  return { sha, faq: sha === null ? null : await readBlobAt(api, sha, faqPath) };
}
