import type { Api } from "./client.ts";
import { failure } from "../kit/errors.ts";
import type { BranchFacts, CommitFacts, PermissionLevel, PullSummary, QuestionFacts, Questions, SourceFile } from "./port.ts";
import { ownPulls } from "./pulls-of-branch.ts";
import { questionQuery } from "./queries/questions.ts";
import { type BlobNode, type Connection, type FileNode, isLfsPointer, missingRepository, pauseIn, type PauseNode, type PullNode, wholeText } from "./shapes.ts";

interface TreeNode extends BlobNode {
  readonly __typename?: string;
  readonly entries?: readonly { readonly name: string; readonly object: TreeNode | null }[] | null;
}

interface BaseNode {
  readonly name: string;
  readonly target: { readonly __typename: string; readonly oid: string; readonly faq?: FileNode } | null;
}

interface BranchNode {
  readonly target: { readonly oid: string; readonly faq?: FileNode } | null;
}

type Answer = { readonly viewer: { readonly login: string }; readonly repository: (PauseNode & Record<string, unknown> & { readonly id: string; readonly base: BaseNode | null }) | null };

/** The job has to write both later, so an error while reading names what will be needed then. */
const NEEDS = "contents: write, pull-requests: write, issues: read";

export function questions(api: Api): Questions {
  return {
    readQuestion: (wanted) => readQuestion(api, wanted),
    permissionOf: (login) => permissionOf(api, login),
  };
}

async function readQuestion(api: Api, wanted: Parameters<Questions["readQuestion"]>[0]): Promise<QuestionFacts> {
  const { base, branches, sources, faqPath } = wanted;
  const at = base === "" ? "HEAD" : `refs/heads/${base}`;
  const answer = await api.graphql<Answer>({
    query: questionQuery({ branches: branches.length, sources: sources.length, defaultBase: base === "" }),
    variables: {
      owner: api.owner,
      name: api.repo,
      faqPath,
      ...(base === "" ? {} : { base: `refs/heads/${base}` }),
      ...Object.fromEntries(branches.flatMap((branch, i) => [[`branch${i}`, branch], [`ref${i}`, `refs/heads/${branch}`]])),
      ...Object.fromEntries(sources.map((path, i) => [`source${i}`, `${at}:${path === "." ? "" : path.replace(/\/+$/, "")}`])),
    },
    doing: "read the repository",
    needs: NEEDS,
    needsAt: needsAt,
  });
  const { repository } = answer;
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const head = repository.base?.target;
  if (!repository.base || !head) throw noBase(base);
  const faq = wholeText(head.faq, faqPath);
  return {
    repositoryId: repository.id,
    base: { branch: repository.base.name, sha: head.oid },
    faq: faq === null ? null : { text: faq },
    sources: collectSources(sources, (i) => repository[`source${i}`] as TreeNode | null),
    branches: await Promise.all(branches.map((name, i) => branchFacts(api, name, head.oid, faqPath, repository[`branch${i}`] as BranchNode | null, repository[`pulls${i}`] as Connection<PullNode>))),
    pause: pauseIn(repository),
    viewer: answer.viewer.login,
  };
}

/** The field of the answer tells which permission an error is about. */
function needsAt(path: readonly (string | number)[]): string | undefined {
  const field = path.find((part) => part !== "repository");
  if (field === "pause") return "issues: read";
  if (typeof field === "string" && field.startsWith("pulls")) return "pull-requests: write";
  return path.length > 0 ? "contents: write" : undefined;
}

function noBase(base: string): Error {
  return failure("configuration", {
    what: base === "" ? "The repository has no commit yet" : `There is no branch \`${base}\``,
    where: "base-branch",
    fix: base === "" ? "Push a first commit to its default branch." : "Correct `base-branch`, or leave it out for the default branch.",
  });
}

/** Every text below the wanted folders and files, in their order, each path once; what is no whole text grounds nothing. */
function collectSources(wanted: readonly string[], nodeAt: (index: number) => TreeNode | null): readonly SourceFile[] {
  const found = new Map<string, string>();
  const visit = (path: string, node: TreeNode | null) => {
    if (node === null) return;
    if (typeof node.text === "string" && !node.isTruncated && !node.isBinary && !isLfsPointer(node.text)) found.set(path, node.text);
    for (const { name, object } of node.entries ?? []) visit(`${path}/${name}`, object);
  };
  for (const [i, path] of wanted.entries()) visit(path.replace(/\/+$/, ""), nodeAt(i));
  return [...found].map(([path, text]) => ({ path, text }));
}

async function branchFacts(api: Api, name: string, base: string, faqPath: string, node: BranchNode | null, connection: Connection<PullNode>): Promise<BranchFacts> {
  const pulls = await ownPulls(api, name, connection, "pull-requests: write");
  const sha = node?.target?.oid ?? null;
  return { name, sha, faqText: wholeText(node?.target?.faq, faqPath), pulls, commits: sha === null ? [] : await commitsOf(api, base, sha, pulls) };
}

/** What a branch holds beyond the base: an open pull request tells; without one it is a branch that somebody left half-way. */
async function commitsOf(api: Api, base: string, sha: string, pulls: readonly PullSummary[]): Promise<readonly CommitFacts[]> {
  const open = pulls.find((pull) => pull.state === "open" && pull.headSha === sha);
  if (open) return open.commits;
  if (sha === base) return [];
  const { data } = await api.rest({
    method: "GET",
    path: `/compare/${base}...${sha}`,
    query: { per_page: 20 },
    doing: "compare the branch of the question with its base",
    needs: "contents: read",
  });
  const { commits = [] } = data as { commits?: readonly RestCommit[] };
  return commits.slice(-20).map(restCommit);
}

export interface RestCommit {
  readonly sha: string;
  readonly parents: readonly { readonly sha: string }[];
  readonly author: { readonly login?: string } | null;
  readonly committer: { readonly login?: string } | null;
  readonly commit: { readonly message: string; readonly verification?: { readonly verified: boolean; readonly reason: string } };
}

/** A commit as REST shows it. `web-flow` is the account GitHub signs with. */
function restCommit(commit: RestCommit): CommitFacts {
  const { verification } = commit.commit;
  return {
    sha: commit.sha,
    message: commit.commit.message,
    author: commit.author?.login ?? null,
    parents: commit.parents.map(({ sha }) => sha),
    signature: verification?.verified ? "valid" : !verification || verification.reason === "unsigned" ? "none" : "invalid",
    signedByGitHub: verification?.verified === true && (commit.committer?.login === "web-flow" || commit.committer?.login === "GitHub"),
  };
}

const LEVELS: readonly PermissionLevel[] = ["admin", "maintain", "write", "triage", "read", "none"];

async function permissionOf(api: Api, login: string): Promise<PermissionLevel> {
  const { status, data } = await api.rest({
    method: "GET",
    path: `/collaborators/${encodeURIComponent(login)}/permission`,
    doing: `read what ${login} may do in this repository`,
    needs: "contents: read",
    answers: [404],
  });
  if (status === 404) return "none";
  // `role_name` tells maintain and triage apart; a custom role has a name of its own and counts as what it grants at least.
  const { permission, role_name: role } = data as { permission?: string; role_name?: string };
  return LEVELS.find((level) => level === role) ?? LEVELS.find((level) => level === permission) ?? "none";
}
