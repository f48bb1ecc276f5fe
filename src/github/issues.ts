import type { RestAnswer } from "./answers.ts";
import type { Api } from "./client.ts";
import type { Issues } from "./port.ts";
import { ownComment } from "./pull-facts.ts";
import type { CommentNode } from "./pull-node.ts";
import { COMMENTS } from "./queries/issues.ts";
import { type Connection, nodesOf } from "./shapes.ts";

/** What was made by a request whose answer was lost is younger than the request, give or take the clocks. */
const CLOCK_SKEW_MS = 10_000;
/** A discussion of 3,000 comments is looked through no further. */
const MAX_COMMENT_PAGES = 30;

interface CommentsAnswer {
  readonly repository: { readonly issueOrPullRequest: { readonly comments?: Connection<CommentNode> } | null } | null;
}

export function issues(api: Api): Issues {
  return {
    openIssue: (issue) => openIssue(api, issue),
    addLabels: async (number, labels) => {
      // Harmless to repeat: a label that is there already stays. GitHub makes labels that do not exist yet.
      await api.rest({ method: "POST", path: `/issues/${number}/labels`, body: { labels }, doing: `label #${number}`, needs: "issues: write" });
    },
    comment: async (number, body) => {
      await api.rest({ method: "POST", path: `/issues/${number}/comments`, body: { body }, doing: `comment on #${number}`, needs: "issues: write", recover: commented(api, number, body) });
    },
    ownComments: (number, marker) => ownComments(api, number, marker),
    editComment: async (id, body) => {
      await api.rest({ method: "PATCH", path: `/issues/comments/${id}`, body: { body }, doing: "edit a comment", needs: "pull-requests: write" });
    },
    deleteComment: async (id) => {
      await api.rest({ method: "DELETE", path: `/issues/comments/${id}`, answers: [404], doing: "delete a comment", needs: "pull-requests: write" });
    },
    openIssuesWith: (label) => openIssuesWith(api, label),
    closeIssue: async (number) => {
      await api.rest({ method: "PATCH", path: `/issues/${number}`, body: { state: "closed", state_reason: "completed" }, doing: `close #${number}`, needs: "issues: write" });
    },
  };
}

interface RestIssue {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly created_at: string;
  /** There when it is a pull request: to REST every one is an issue too. */
  readonly pull_request?: object;
}

async function openIssuesWith(api: Api, label: string): ReturnType<Issues["openIssuesWith"]> {
  const query = { state: "open", labels: label, sort: "created", direction: "asc", per_page: 100 };
  const { data } = await api.rest({ method: "GET", path: "/issues", query, doing: `look for issues labelled ${label}`, needs: "issues: write" });
  const found = (data as readonly RestIssue[]).filter(({ pull_request: pull }) => pull === undefined);
  return found.map(({ number, html_url: url, body }) => ({ number, url, body: body ?? "" }));
}

/** A comment is somebody's own when GitHub says so; whoever may write can put a marker into theirs. */
async function ownComments(api: Api, number: number, marker: string): ReturnType<Issues["ownComments"]> {
  const found: CommentNode[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_COMMENT_PAGES; page += 1) {
    const answer: CommentsAnswer = await api.graphql<CommentsAnswer>({
      query: COMMENTS, variables: { owner: api.owner, name: api.repo, number, after }, doing: `read the comments of #${number}`, needs: "pull-requests: write",
    });
    const comments = answer.repository?.issueOrPullRequest?.comments;
    found.push(...nodesOf(comments));
    if (!comments?.pageInfo?.hasNextPage) break;
    after = comments.pageInfo.endCursor ?? null;
  }
  return found.flatMap(ownComment).filter(({ body }) => body.includes(marker));
}

/** Two alarms for one incident wear people out: after an uncertain answer the newest issues are looked through by title. */
async function openIssue(api: Api, issue: Parameters<Issues["openIssue"]>[0]): ReturnType<Issues["openIssue"]> {
  const since = api.clock.now() - CLOCK_SKEW_MS;
  const { data } = await api.rest({
    method: "POST",
    path: "/issues",
    body: { ...issue },
    doing: "open an issue",
    needs: "issues: write",
    recover: async (): Promise<RestAnswer | undefined> => {
      const query = { state: "all", sort: "created", direction: "desc", per_page: 30 };
      const newest = await api.rest({ method: "GET", path: "/issues", query, doing: "look for the issue", needs: "issues: write" });
      const found = (newest.data as readonly RestIssue[]).find(({ title, created_at: at }) => title === issue.title && Date.parse(at) >= since);
      return found && { status: 201, data: found };
    },
  });
  const { number, html_url: url } = data as RestIssue;
  return { number, url };
}

function commented(api: Api, number: number, body: string): () => Promise<RestAnswer | undefined> {
  const since = new Date(api.clock.now() - CLOCK_SKEW_MS).toISOString();
  return async () => {
    const query = { since, per_page: 100 };
    const { data } = await api.rest({ method: "GET", path: `/issues/${number}/comments`, query, doing: `read the comments of #${number}`, needs: "issues: write" });
    const found = (data as readonly { readonly body: string }[]).find((comment) => comment.body === body);
    return found && { status: 201, data: found };
  };
}
