// What catalog.yml says an action needs is what the templates grant it, and no more: least privilege, written down once.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string): unknown => parse(readFileSync(path.join(root, file), "utf8"));

type Level = "read" | "write";
interface Catalog { readonly permissions: Readonly<Record<string, readonly [Level, string, string?]>> }
interface Job {
  readonly permissions?: Readonly<Record<string, Level>>;
  readonly steps?: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[];
}

const jobs = readdirSync(path.join(root, "workflows-templates"))
  .filter((file) => file.endsWith(".yml"))
  .flatMap((file) => {
    const workflow = read(`workflows-templates/${file}`) as { jobs: Record<string, Job> };
    return Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${file}, job ${id}`, job }));
  });
const actionOf = (uses = "") => /^[^/]+\/instant\/([\w-]+)@/.exec(uses)?.[1];
const actionsOf = (job: Job) => (job.steps ?? []).flatMap(({ uses, with: given }) => {
  const name = actionOf(uses);
  return name === undefined ? [] : [{ name, given: given ?? {} }];
});
const catalogOf = (name: string) => read(`actions/${name}/catalog.yml`) as Catalog;
const stronger = (a: Level | undefined, b: Level): Level => (a === "write" ? a : b);

/** What the actions of a job need: the conditional ones only when the input that the condition names is given. */
function needed(job: Job): Record<string, Level> {
  const needs: Record<string, Level> = {};
  for (const { name, given } of actionsOf(job)) {
    for (const [permission, [level, , when]] of Object.entries(catalogOf(name).permissions)) {
      const input = /`([\w-]+)`/.exec(when ?? "")?.[1];
      if (input === undefined || input in given) needs[permission] = stronger(needs[permission], level);
    }
  }
  return needs;
}

/** What the token that a job's actions use may do: the job's own, or that of an App which an earlier step asked for. */
function granted(job: Job): Readonly<Record<string, Level>> | undefined {
  const asked = (job.steps ?? []).find(({ uses }) => uses?.startsWith("actions/create-github-app-token@"));
  if (asked === undefined) return job.permissions;
  const named = Object.entries(asked.with ?? {}).flatMap(([input, level]) => (input.startsWith("permission-") ? [[input.slice("permission-".length), level as Level]] : []));
  return Object.fromEntries(named) as Record<string, Level>;
}

test("there are templates that use our actions", () => {
  expect(jobs.filter(({ job }) => actionsOf(job).length > 0).length).toBeGreaterThan(5);
});

test("a job that uses an App's token gives its own token nothing", () => {
  const others = jobs.filter(({ job }) => granted(job) !== job.permissions);
  expect(others.map(({ name, job }) => [name, job.permissions])).toEqual(others.map(({ name }) => [name, {}]));
});

describe("a job of a template grants what its actions' catalog.yml says, and no more", () => {
  test.each(jobs.filter(({ job }) => actionsOf(job).length > 0))("$name", ({ job }) => {
    expect(granted(job)).toEqual(needed(job));
  });
});

test("every action of a template exists, with its contract", () => {
  const used = new Set(jobs.flatMap(({ job }) => actionsOf(job).map(({ name }) => name)));
  for (const name of used) expect([name, existsSync(path.join(root, "actions", name, "action.yml"))]).toEqual([name, true]);
});

test("an input that a template passes is an input of the action", () => {
  for (const { name: place, job } of jobs) {
    for (const { name, given } of actionsOf(job)) {
      const { inputs } = read(`actions/${name}/action.yml`) as { inputs: Record<string, unknown> };
      expect([place, Object.keys(given).filter((input) => !(input in inputs))]).toEqual([place, []]);
    }
  }
});

/** The `permissions:` of every YAML example in a README, but those of a whole workflow, whose jobs state their own. */
function examplesOf(readme: string): Job[] {
  const blocks = [...readme.matchAll(/```ya?ml\n([\s\S]*?)```/g)].map(([, text = ""]) => parse(text) as unknown);
  const found: Job[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("permissions" in value && typeof value.permissions === "object" && !("jobs" in value)) found.push(value as Job);
    Object.values(value).forEach(walk);
  };
  blocks.forEach(walk);
  return found;
}

const names = readdirSync(path.join(root, "actions")).filter((name) => existsSync(path.join(root, "actions", name, "README.md")));

describe("the examples of a README grant what catalog.yml says: of the conditional ones, those whose input they give", () => {
  test.each(names)("%s", (name) => {
    const all = Object.entries(catalogOf(name).permissions);
    const always = all.filter(([, [, , when]]) => when === undefined);
    const levels = (entries: typeof all) => Object.fromEntries(entries.map(([permission, [level]]) => [permission, level]));
    for (const example of examplesOf(readFileSync(path.join(root, "actions", name, "README.md"), "utf8"))) {
      // One that shows the permissions alone says all of them, or those that are always needed.
      if (example.steps === undefined) expect([levels(all), levels(always)]).toContainEqual(example.permissions);
      else expect(example.permissions).toEqual(needed(example));
    }
  });
});
