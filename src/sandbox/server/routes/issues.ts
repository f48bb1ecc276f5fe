/** Routes of issues, comments and labels. */

import { notFound } from "../../world/errors.ts";
import { addComment, commentById, createIssue, deleteComment, issueByNumber, setAssignees, updateComment, updateIssue } from "../../world/issues.ts";
import { addLabels, createLabel, labelByName, removeLabel, setLabels } from "../../world/labels.ts";
import { searchIssues } from "../../world/search.ts";
import { requireAny } from "../../world/tokens.ts";
import type { Issue, Repository } from "../../world/types.ts";
import { comment, fullIssue, issue as render, label } from "../render/issues.ts";
import { created, list, noContent, numberOf, objectOf, ok, oneOf, page, repositoryOf, requiredText, text, texts } from "../router.ts";
import type { Call, Reply, Router } from "../router.ts";
import { settle } from "./pulls.ts";

const repo = "/repos/{owner}/{repo}";

export function issueRoutes(router: Router): void {
  router.add("GET", `${repo}/issues`, listIssues);
  router.add("POST", `${repo}/issues`, (call) => {
    const issue = createIssue(call.world, call.actor, repositoryOf(call), {
      title: text(call.body, "title") ?? "", body: text(call.body, "body") ?? null,
      labels: labelNames(call), assignees: texts(call.body, "assignees") ?? [],
    });
    return created(fullIssue(call.world, issue));
  });
  router.add("GET", `${repo}/issues/comments/{comment_id}`, (call) => ok(comment(call.world, commentById(readable(call), numberOf(call, "comment_id")))));
  router.add("PATCH", `${repo}/issues/comments/{comment_id}`, (call) => {
    const found = commentById(repositoryOf(call), numberOf(call, "comment_id"));
    updateComment(call.world, call.actor, found, requiredText(call.body, "body"));
    return ok(comment(call.world, found));
  });
  router.add("DELETE", `${repo}/issues/comments/{comment_id}`, (call) => {
    deleteComment(call.world, call.actor, commentById(repositoryOf(call), numberOf(call, "comment_id")));
    return noContent;
  });
  router.add("GET", `${repo}/issues/{issue_number}`, (call) => ok(fullIssue(call.world, readIssue(call))));
  router.add("PATCH", `${repo}/issues/{issue_number}`, patchIssue);
  router.add("GET", `${repo}/issues/{issue_number}/comments`, (call) => {
    const since = call.query.get("since");
    const comments = readIssue(call).comments.filter((one) => since === null || one.updatedAt >= Date.parse(since));
    return page(call, comments, (one) => comment(call.world, one));
  });
  router.add("POST", `${repo}/issues/{issue_number}/comments`, (call) =>
    created(comment(call.world, addComment(call.world, call.actor, issueOf(call), requiredText(call.body, "body")))));
  router.add("GET", `${repo}/issues/{issue_number}/labels`, (call) => page(call, [...readIssue(call).labels], (one) => label(call.world, one)));
  router.add("POST", `${repo}/issues/{issue_number}/labels`, (call) => {
    const issue = issueOf(call);
    addLabels(call.world, call.actor, issue, labelNames(call));
    return ok([...issue.labels].map((one) => label(call.world, one)));
  });
  router.add("PUT", `${repo}/issues/{issue_number}/labels`, (call) => {
    const issue = issueOf(call);
    setLabels(call.world, call.actor, issue, labelNames(call));
    return ok([...issue.labels].map((one) => label(call.world, one)));
  });
  router.add("DELETE", `${repo}/issues/{issue_number}/labels/{name}`, (call) => {
    const issue = issueOf(call);
    removeLabel(call.world, call.actor, issue, call.params["name"] ?? "");
    return ok([...issue.labels].map((one) => label(call.world, one)));
  });
  router.add("POST", `${repo}/issues/{issue_number}/assignees`, (call) => {
    const issue = issueOf(call);
    setAssignees(call.world, call.actor, issue, [...issue.assignees.map((one) => one.login), ...(texts(call.body, "assignees") ?? [])]);
    return created(fullIssue(call.world, issue));
  });
  router.add("DELETE", `${repo}/issues/{issue_number}/assignees`, (call) => {
    const issue = issueOf(call);
    const gone = new Set((texts(call.body, "assignees") ?? []).map((one) => one.toLowerCase()));
    setAssignees(call.world, call.actor, issue, issue.assignees.map((one) => one.login).filter((one) => !gone.has(one.toLowerCase())));
    return ok(fullIssue(call.world, issue));
  });
  router.add("GET", "/search/issues", (call) => {
    const found = searchIssues(call.world, call.actor, [call.query.get("q") ?? "", ...sorting(call)].join(" "));
    return page(call, found, (one) => ({ ...render(call.world, one), score: 1 }), (items, total_count) => ({ total_count, incomplete_results: false, search_type: "lexical", items }));
  });
  router.add("GET", `${repo}/labels`, (call) => page(call, [...readable(call).labels.values()], (one) => label(call.world, one)));
  router.add("POST", `${repo}/labels`, (call) => created(label(call.world, createLabel(call.world, call.actor, repositoryOf(call), {
    name: requiredText(call.body, "name"), ...colour(text(call.body, "color")), description: text(call.body, "description") ?? null,
  }))));
  router.add("GET", `${repo}/labels/{name}`, (call) => ok(label(call.world, labelByName(readable(call), call.params["name"] ?? ""))));
}

/** `sort` and `order` of the address as the qualifier that means the same. */
function sorting(call: Call): string[] {
  const sort = call.query.get("sort");
  return sort === null ? [] : [`sort:${sort}-${call.query.get("order") ?? "desc"}`];
}

function colour(color: string | undefined): { color?: string } {
  return color === undefined ? {} : { color };
}

function readable(call: Call): Repository {
  const repository = repositoryOf(call);
  requireAny(call.actor, repository, [["issues", "read"], ["pull_requests", "read"]]);
  return repository;
}

function issueOf(call: Call): Issue {
  const issue = issueByNumber(repositoryOf(call), numberOf(call, "issue_number"));
  if (issue.pull !== undefined) settle(call, issue.pull);
  return issue;
}

function readIssue(call: Call): Issue {
  readable(call);
  return issueOf(call);
}

/** `labels` may be names, or objects with a name; the body may also be the list itself. */
function labelNames(call: Call): string[] {
  const raw = Array.isArray(call.body) ? (call.body as unknown[]) : (list(call.body, "labels") ?? []);
  return raw.map((one) => (typeof one === "string" ? one : (text(objectOf(one), "name") ?? ""))).filter((name) => name !== "");
}

function listIssues(call: Call): Promise<Reply> {
  const repository = readable(call);
  const { query } = call;
  const state = query.get("state") ?? "open";
  const wanted = (query.get("labels") ?? "").split(",").map((one) => one.trim().toLowerCase()).filter((one) => one !== "");
  const since = query.get("since");
  const creator = query.get("creator");
  const key = query.get("sort") === "updated" ? "updatedAt" : query.get("sort") === "comments" ? "comments" : "number";
  const order = (issue: Issue): number => (key === "comments" ? issue.comments.length : issue[key]);
  const found = [...repository.issues.values()]
    .filter((one) => state === "all" || one.state === state)
    .filter((one) => wanted.every((name) => [...one.labels].some((known) => known.name.toLowerCase() === name)))
    .filter((one) => since === null || one.updatedAt >= Date.parse(since))
    .filter((one) => creator === null || one.author.login === creator)
    .sort((a, b) => order(a) - order(b));
  return page(call, query.get("direction") === "asc" ? found : found.reverse(), (one) => render(call.world, one));
}

function patchIssue(call: Call): Reply {
  const issue = issueOf(call);
  if (issue.pull !== undefined && call.body["state"] !== undefined) throw notFound();
  updateIssue(call.world, call.actor, issue, {
    title: text(call.body, "title"), body: call.body["body"] === null ? null : text(call.body, "body"),
    state: oneOf(call.body, "state", ["open", "closed"]),
    stateReason: oneOf(call.body, "state_reason", ["completed", "not_planned", "duplicate", "reopened"] as const),
  });
  if (call.body["labels"] !== undefined) setLabels(call.world, call.actor, issue, labelNames(call));
  const assignees = texts(call.body, "assignees");
  if (assignees !== undefined) setAssignees(call.world, call.actor, issue, assignees);
  return ok(fullIssue(call.world, issue));
}
