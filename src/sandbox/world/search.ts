/** Issues and pull requests by GitHub's search qualifiers. One that is not served is named, never ignored. */

import { ApiError } from "./errors.ts";
import { can } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Issue } from "./types.ts";
import type { World } from "./world.ts";

type Test = (issue: Issue) => boolean;

interface Search {
  readonly tests: readonly Test[];
  readonly sort: string;
}

/**
 * What the actor may see and the query asks for; the newest first, unless it says `sort:`.
 * @throws ApiError 501 naming what is not served.
 */
export function searchIssues(world: World, actor: Actor, query: string): Issue[] {
  const { tests, sort } = readQuery(actor, query);
  const found = [...world.repositories.values()]
    .filter((one) => !one.deleted && can(actor, one, "metadata", "read"))
    .flatMap((one) => [...one.issues.values()])
    .filter((issue) => can(actor, issue.repository, issue.pull === undefined ? "issues" : "pull_requests", "read"))
    .filter((issue) => tests.every((fits) => fits(issue)));
  return ordered(found, sort);
}

export function unserved(what: string): ApiError {
  return new ApiError(501, `The sandbox does not implement ${what}`, { type: "NOT_IMPLEMENTED" });
}

function ordered(issues: Issue[], sort: string): Issue[] {
  const [field = "", direction = "desc"] = sort.split("-");
  const key = (one: Issue): number => (field === "updated" ? one.updatedAt : field === "comments" ? one.comments.length : one.createdAt);
  if (!["created", "updated", "comments"].includes(field)) throw unserved(`search with sort:${sort}`);
  return issues.sort((a, b) => (direction === "asc" ? 1 : -1) * (key(a) - key(b) || a.number - b.number));
}

function readQuery(actor: Actor, query: string): Search {
  const tests: Test[] = [];
  const places = placesOf(query);
  let sort = "created-desc";
  // Words, "several words", name:value and name:"several words", each of them negated by a minus.
  for (const [, minus = "", name, quoted, plain = ""] of query.matchAll(/(-?)(?:([a-z-]+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = quoted ?? plain;
    if (name === "sort") {
      sort = value;
      continue;
    }
    const test = name === undefined ? words(value, places) : qualifier(name, value === "@me" ? actor.account.login : value);
    tests.push(minus === "" ? test : (issue) => !test(issue));
  }
  return { tests, sort };
}

type Place = keyof typeof texts;

const texts = {
  title: (issue: Issue) => [issue.title],
  body: (issue: Issue) => [issue.body ?? ""],
  comments: (issue: Issue) => issue.comments.map((one) => one.body),
} as const;

/** `in:` says where the words are looked for; without it everywhere. */
function placesOf(query: string): Place[] {
  const named = [...query.matchAll(/(?:^|\s)in:(\S+)/g)].flatMap((match) => (match[1] ?? "").split(","));
  const unknown = named.find((one) => !(one in texts));
  if (unknown !== undefined) throw unserved(`search with in:${unknown}`);
  return (named.length === 0 ? Object.keys(texts) : named) as Place[];
}

function words(text: string, places: readonly Place[]): Test {
  const wanted = text.toLowerCase();
  return (issue) => places.flatMap((place) => texts[place](issue)).join("\n").toLowerCase().includes(wanted);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Logins in lower case that its text names with an @. */
export function mentioned(issue: Issue): Set<string> {
  const text = [issue.body ?? "", ...issue.comments.map((one) => one.body)].join("\n");
  return new Set([...text.matchAll(/(?<!\w)@([\w-]+)/g)].map((match) => (match[1] ?? "").toLowerCase()));
}

const plain: Readonly<Record<string, Test>> = {
  pr: (issue) => issue.pull !== undefined,
  issue: (issue) => issue.pull === undefined,
  open: (issue) => issue.state === "open",
  closed: (issue) => issue.state === "closed",
  merged: (issue) => issue.pull?.merged === true,
  unmerged: (issue) => issue.pull?.merged === false,
  draft: (issue) => issue.pull?.draft === true,
  public: (issue) => !issue.repository.private,
  private: (issue) => issue.repository.private,
  archived: (issue) => issue.repository.archived,
  locked: (issue) => issue.locked,
};

const qualifiers: Readonly<Record<string, (value: string) => Test>> = {
  repo: (value) => (issue) => same(issue.repository.fullName, value),
  org: (value) => (issue) => same(issue.repository.owner.login, value),
  user: (value) => (issue) => same(issue.repository.owner.login, value),
  author: (value) => (issue) => same(issue.author.login.replace(/\[bot\]$/, ""), value.replace(/^app\//, "")),
  assignee: (value) => (issue) => issue.assignees.some((one) => same(one.login, value)),
  mentions: (value) => (issue) => mentioned(issue).has(value.toLowerCase()),
  // Nobody is asked for a review here.
  "review-requested": () => () => false,
  label: (value) => (issue) => value.split(",").some((name) => [...issue.labels].some((one) => same(one.name, name.replaceAll('"', "")))),
  base: (value) => (issue) => issue.pull?.baseRef === value,
  head: (value) => (issue) => issue.pull?.headRef === value,
  archived: (value) => (issue) => issue.repository.archived === (value === "true"),
  draft: (value) => (issue) => issue.pull?.draft === (value === "true"),
  in: () => () => true,
};

function qualifier(name: string, value: string): Test {
  if (["is", "type", "state"].includes(name)) {
    const test = plain[value];
    if (test !== undefined) return test;
  } else {
    const test = qualifiers[name]?.(value);
    if (test !== undefined) return test;
  }
  throw unserved(`search with ${name}:${value}`);
}
