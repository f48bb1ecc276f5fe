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

test("there are templates that use our actions", () => {
  expect(jobs.filter(({ job }) => actionsOf(job).length > 0).length).toBeGreaterThan(5);
});

describe("a job of a template grants what its actions' catalog.yml says, and no more", () => {
  test.each(jobs.filter(({ job }) => actionsOf(job).length > 0))("$name", ({ job }) => {
    expect(job.permissions).toEqual(needed(job));
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
