import type { ActorNode, CommitNode, Connection, FileNode, PauseNode, SubmittedNode } from "./shapes.ts";

/** The answer to PULL_FACTS, as far as it is read. */
export interface PullAnswer {
  readonly viewer: { readonly login: string };
  readonly repository: (PauseNode & RepositoryNode & { readonly siblings: Connection<SiblingNode>; readonly pullRequest: PullNode | null }) | null;
}

interface RepositoryNode {
  readonly defaultBranchRef: { readonly name: string } | null;
  readonly autoMergeAllowed: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly mergeCommitAllowed: boolean;
  readonly squashMergeAllowed: boolean;
  readonly rebaseMergeAllowed: boolean;
}

export interface SiblingNode {
  readonly number: number;
  readonly baseRefName: string;
  readonly headRefName: string;
  readonly isDraft: boolean;
  readonly isCrossRepository: boolean;
  readonly createdAt: string;
}

export interface FileChangeNode {
  readonly path: string;
  readonly additions: number;
  readonly deletions: number;
  readonly changeType: "ADDED" | "CHANGED" | "COPIED" | "DELETED" | "MODIFIED" | "RENAMED";
}

export interface CheckRunNode {
  readonly __typename: "CheckRun";
  readonly databaseId: number | null;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly detailsUrl: string | null;
  readonly externalId: string | null;
  readonly checkSuite: {
    readonly app: { readonly slug: string; readonly databaseId: number | null } | null;
    readonly workflowRun?: { readonly workflow: { readonly databaseId: number | null } } | null;
  } | null;
}

export type ContextNode = CheckRunNode | { readonly __typename: "StatusContext"; readonly context: string; readonly state: string; readonly createdAt: string; readonly targetUrl: string | null };

export interface RollupNode {
  readonly statusCheckRollup: { readonly contexts: Connection<ContextNode> } | null;
}

export interface RuleNode {
  readonly type: string;
  readonly parameters: {
    readonly requiredStatusChecks?: readonly { readonly context: string; readonly integrationId: number | null }[];
    readonly requiredApprovingReviewCount?: number;
    readonly requiredReviewThreadResolution?: boolean;
    readonly allowedMergeMethods?: readonly string[] | null;
  } | null;
}

export interface BaseNode {
  readonly target: { readonly oid: string; readonly faq?: FileNode } | null;
  readonly refUpdateRule: {
    readonly requiredStatusCheckContexts: readonly (string | null)[] | null;
    readonly requiredApprovingReviewCount: number | null;
    readonly requiresConversationResolution: boolean;
    readonly requiresLinearHistory: boolean;
  } | null;
  readonly rules: Connection<RuleNode> | null;
}

export interface ReviewNode {
  readonly state: string;
  readonly author: ActorNode | null;
}

export interface ThreadNode {
  readonly isResolved: boolean;
}

export interface CommentNode {
  readonly url: string;
  readonly body: string;
  readonly viewerDidAuthor: boolean;
}

export interface PullNode {
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
  readonly mergedBy: ActorNode | null;
  readonly mergeable: "MERGEABLE" | "CONFLICTING" | "UNKNOWN";
  readonly mergeStateStatus: string;
  readonly author: ActorNode | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly labels: Connection<{ readonly name: string }> | null;
  readonly baseRefName: string;
  readonly baseRefOid: string;
  readonly baseRef: BaseNode | null;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly headRepository: { readonly nameWithOwner: string } | null;
  readonly headRef: { readonly target: { readonly oid: string; readonly faq?: FileNode } | null; readonly associatedPullRequests: Connection<{ readonly number: number }> } | null;
  readonly commits: Connection<{ readonly commit: CommitNode }>;
  readonly firstCommit: Connection<{ readonly commit: { readonly parents: Connection<{ readonly oid: string; readonly faq?: FileNode }> } }>;
  readonly lastCommit: Connection<{ readonly commit: RollupNode & { readonly oid: string; readonly faq?: FileNode; readonly checkSuites: Connection<{ readonly conclusion: string | null }> | null } }>;
  readonly files: Connection<FileChangeNode> | null;
  readonly reviewDecision: "APPROVED" | "CHANGES_REQUESTED" | "REVIEW_REQUIRED" | null;
  readonly latestOpinionatedReviews: Connection<ReviewNode> | null;
  readonly reviews: Connection<SubmittedNode> | null;
  readonly reviewThreads: Connection<ThreadNode>;
  readonly comments: Connection<CommentNode>;
  readonly autoMergeRequest: { readonly enabledBy: ActorNode | null } | null;
  readonly isMergeQueueEnabled: boolean;
  readonly mergeQueueEntry: { readonly position: number; readonly state: string; readonly enqueuer: ActorNode | null } | null;
}
