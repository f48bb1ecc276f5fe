import { patches } from "../git/diff.ts";
import { latestPerCheck, atSha } from "../world/checks.ts";
import { pullBase, pullCommits } from "../world/pull-facts.ts";
import type { Issue, PullRequest, Repository } from "../world/types.ts";
import { badge, diff, duration, html, type Html, markdown, time } from "./html.ts";

/** A pull request: what it says, which checks judged it, its commits and its changes. */
export async function pullPage(pull: PullRequest): Promise<Html> {
  const { issue, repository } = pull;
  const [base, commits] = [await pullBase(pull), await pullCommits(pull)];
  const changes = [...(await patches(repository.git, base, pull.headSha))];
  const checks = latestPerCheck(atSha(repository, pull.headSha).runs);
  const messages = await Promise.all(commits.map(async (sha) => ({ sha, message: (await repository.git.commit(sha)).message })));
  return html`<h1>${issue.title} <span class="muted">#${issue.number}</span></h1>
<p>${badge(pull.merged ? "merged" : issue.state)} ${issue.author.login} wants <code>${pull.headRef}</code> in <code>${pull.baseRef}</code>
${pull.merged ? html`· merged ${time(pull.mergedAt)} as <a href="/${repository.fullName}/commit/${pull.mergeCommitSha}"><code>${pull.mergeCommitSha?.slice(0, 7)}</code></a> by ${pull.mergedBy?.login}` : ""}</p>
${labelList(issue)}<section>${markdown(issue.body ?? "")}</section>${commentList(issue)}
<h2>Checks at ${pull.headSha.slice(0, 7)}</h2><table>${checks.map((run) => html`<tr><td>${badge(run.conclusion ?? run.status)}</td><td>${run.name}</td><td>${run.title}</td><td class="muted">${duration(run.startedAt, run.completedAt)}</td></tr>`)}</table>
<h2>Commits</h2>${messages.map((one) => html`<pre>${one.sha.slice(0, 7)} ${one.message}</pre>`)}
<h2>Changes</h2>${changes.map(([path, patch]) => diff(path, patch))}`;
}

export function issuePage(issue: Issue): Html {
  return html`<h1>${issue.title} <span class="muted">#${issue.number}</span></h1><p>${badge(issue.state)} opened ${time(issue.createdAt)} by ${issue.author.login}</p>
${labelList(issue)}<section>${markdown(issue.body ?? "")}</section>${commentList(issue)}`;
}

/** One commit of the repository with its changes against its first parent. */
export async function commitPage(repository: Repository, sha: string): Promise<Html> {
  const commit = await repository.git.commit(sha);
  const changes = [...(await patches(repository.git, commit.parents[0], sha))];
  return html`<h1>Commit ${sha.slice(0, 7)}</h1><pre>${commit.message}</pre>${changes.map(([path, patch]) => diff(path, patch))}`;
}

function labelList(issue: Issue): Html {
  return html`<p>${[...issue.labels].map((label) => html`${badge(label.name)} `)}</p>`;
}

function commentList(issue: Issue): Html {
  return html`${issue.comments.map((comment) => html`<section><p class="muted">${comment.author.login} · ${time(comment.createdAt)}</p>${markdown(comment.body)}</section>`)}`;
}
