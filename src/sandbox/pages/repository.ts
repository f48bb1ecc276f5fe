import type { Issue, Repository } from "../world/types.ts";
import { badge, html, type Html, time } from "./html.ts";

/** The front page of a repository: what runs, what is open, what was merged. */
export function repositoryPage(repository: Repository): Html {
  const issues = [...repository.issues.values()].sort((a, b) => b.number - a.number);
  const runs = [...repository.runs].sort((a, b) => b.id - a.id);
  const home = `/${repository.fullName}`;
  return html`<h1>${repository.fullName}</h1><p class="muted">git clone, push and fetch work at this address, with a token as the password.</p>
<h2>Pull requests</h2>${table(issues.filter((issue) => issue.pull), `${home}/pull`)}
<h2>Issues</h2>${table(issues.filter((issue) => !issue.pull), `${home}/issues`)}
<h2>Workflow runs</h2><table>${runs.map((run) => html`<tr><td>${badge(run.conclusion ?? run.status)}</td><td><a href="${home}/actions/runs/${run.id}">${run.displayTitle}</a></td><td>${run.workflow.name}</td><td class="muted">${time(run.createdAt)}</td></tr>`)}</table>`;
}

function table(issues: readonly Issue[], path: string): Html {
  if (issues.length === 0) return html`<p class="muted">None.</p>`;
  return html`<table>${issues.map((issue) => html`<tr><td>${badge(issue.pull?.merged ? "merged" : issue.state)}</td><td><a href="${path}/${issue.number}">${issue.title}</a></td><td class="muted">#${issue.number} · ${issue.author.login} · ${time(issue.createdAt)}</td></tr>`)}</table>`;
}
