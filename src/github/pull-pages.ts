import type { GraphqlError } from "./answers.ts";
import type { Api } from "./client.ts";
import type { CheckFacts, PullFile } from "./port.ts";
import type { CheckRunNode, ContextNode, FileChangeNode, PullNode, RollupNode } from "./pull-node.ts";
import { MORE_CHECKS } from "./queries/pulls.ts";
import { type Connection, isWhole, nodesOf } from "./shapes.ts";

/** The pull request files API ends at 3,000 files (PLATFORM, Limits), which are 30 pages. */
const MAX_PAGES = 30;

export interface Pages<T> {
  readonly nodes: readonly T[];
  /** False when there is more than was read, a part of it was not shown, or the head moved meanwhile. */
  readonly complete: boolean;
}

/** What a connection of a pull request holds: its first page, which came with the pull request, and all further ones. */
export async function allPages<T>(api: Api, pull: PullNode, first: Connection<T> | null, query: string, what: string): Promise<Pages<T>> {
  const found = [...nodesOf(first)];
  let whole = isWhole(first);
  let page = first?.pageInfo;
  for (let pages = 1; page?.hasNextPage; pages += 1) {
    if (pages >= MAX_PAGES) return { nodes: found, complete: false };
    const { repository } = await api.graphql<{ repository: { pullRequest: { headRefOid: string; page: Connection<T> | null } | null } | null }>({
      query,
      variables: { owner: api.owner, name: api.repo, number: pull.number, after: page.endCursor ?? "" },
      doing: `list the ${what} of pull request #${pull.number}`,
      needs: "pull-requests: read",
    });
    const more = repository?.pullRequest;
    // What belongs to another head says nothing about this one.
    if (!more?.page || more.headRefOid !== pull.headRefOid) return { nodes: found, complete: false };
    found.push(...nodesOf(more.page));
    whole &&= isWhole(more.page);
    page = more.page.pageInfo;
  }
  return { nodes: found, complete: whole };
}

const STATUSES = { ADDED: "added", CHANGED: "changed", COPIED: "copied", DELETED: "removed", MODIFIED: "modified", RENAMED: "renamed" } as const;

/** GraphQL does not tell the previous name of a renamed file: `listPullFiles` does. */
export function pullFile({ path, additions, deletions, changeType }: FileChangeNode): PullFile {
  return { path, previousPath: null, status: STATUSES[changeType], additions, deletions };
}

export interface ChecksRead {
  readonly facts: readonly CheckFacts[];
  readonly complete: boolean;
}

interface Page {
  readonly repository: { readonly object: RollupNode | null };
}

/** Every check and status at the head. @param broke GitHub could not gather them. */
export async function allChecks(api: Api, pull: PullNode, broke: boolean): Promise<ChecksRead> {
  const last = nodesOf(pull.lastCommit)[0]?.commit;
  // GitHub may list the commits of a push a moment after its head: checks of another commit say nothing about this one.
  if (broke || last?.oid !== pull.headRefOid) return { facts: [], complete: false };
  const contexts = last.statusCheckRollup?.contexts;
  const found = [...nodesOf(contexts)];
  // A commit without any check has no rollup.
  let whole = contexts === undefined || isWhole(contexts);
  let page = contexts?.pageInfo;
  for (let pages = 1; page?.hasNextPage; pages += 1) {
    if (pages >= MAX_PAGES) return { facts: found.map(checkFacts), complete: false };
    const { repository } = await api.graphql<Page>({
      query: MORE_CHECKS,
      variables: { owner: api.owner, name: api.repo, oid: pull.headRefOid, after: page.endCursor ?? "" },
      doing: `list the checks of pull request #${pull.number}`,
      needs: "checks: read, statuses: read",
      answer: (errors, data) => (data != null && errors.every(isHiddenWorkflow) ? (data as Page) : undefined),
    });
    const more = repository.object?.statusCheckRollup?.contexts;
    if (!more) return { facts: found.map(checkFacts), complete: false };
    found.push(...nodesOf(more));
    whole &&= isWhole(more);
    page = more.pageInfo;
  }
  return { facts: found.map(checkFacts), complete: whole };
}

/** A check that an App reports is put below any workflow's run, whoever started it: only jobs belong to theirs. */
function workflowOf({ detailsUrl, checkSuite }: CheckRunNode): number | null {
  return /\/actions\/runs\/\d+\/job\/\d+/.test(detailsUrl ?? "") ? (checkSuite?.workflowRun?.workflow.databaseId ?? null) : null;
}

/** Whether an error is only about the workflow behind a check, which takes `actions: read`. */
export function isHiddenWorkflow({ type, path }: GraphqlError): boolean {
  return type === "FORBIDDEN" && path?.at(-1) === "workflowRun";
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
    const at = Date.parse(node.createdAt);
    return { name: node.context, app: null, appId: null, externalId: "", workflow: null, kind: "status", state: CONCLUSIONS[node.state] ?? "failure", order: at, at, url: node.targetUrl };
  }
  const state = node.status === "COMPLETED" && node.conclusion !== null ? (CONCLUSIONS[node.conclusion] ?? "failure") : "pending";
  const at = Date.parse(node.completedAt ?? node.startedAt ?? "") || 0;
  const app = node.checkSuite?.app;
  return { name: node.name, app: app?.slug ?? null, appId: app?.databaseId ?? null, externalId: node.externalId ?? "", workflow: workflowOf(node), kind: "check", state, order: node.databaseId ?? at, at, url: node.detailsUrl };
}
