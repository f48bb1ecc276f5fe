import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { isMap, isScalar, parse, parseDocument, type Pair, visit } from "yaml";
import { ROOT, templateFile, templateNames, TEMPLATES, templateText } from "./support.ts";

/** Where each template is run through the engine with the real bundles. A template that is not named here is run by no test. */
const RUN_BY: Readonly<Record<string, string>> = {
  "auto-merge.yml": "tests/templates/auto-merge.test.ts",
  "blue-green.yml": "tests/templates/blue-green.test.ts",
  "closed-loop-app.yml": "tests/templates/closed-loop-app.test.ts",
  "closed-loop-express.yml": "tests/scenarios/forward.test.ts",
  "closed-loop.yml": "tests/scenarios/forward.test.ts",
  "fast-ci-matrix.yml": "tests/templates/fast-ci.test.ts",
  "fast-ci.yml": "tests/templates/fast-ci.test.ts",
  "post-deploy-health.yml": "tests/templates/post-deploy-health.test.ts",
  "rollback.yml": "tests/scenarios/backwards.test.ts",
};

const readme = readFileSync(path.join(TEMPLATES, "README.md"), "utf8");
const actionOf = (name: string) => parse(readFileSync(path.join(ROOT, "actions", name, "action.yml"), "utf8")) as { outputs: Record<string, unknown> };

test("every template is run by a test", () => {
  expect(Object.keys(RUN_BY).toSorted()).toEqual(templateNames);
  for (const [template, file] of Object.entries(RUN_BY)) expect([template, readFileSync(path.join(ROOT, file), "utf8")]).toEqual([template, expect.stringContaining(`"${template}"`)]);
});

/** The comment block that a file begins with. */
function headerOf(text: string): string {
  return /^(?:#.*\n)+/.exec(text)?.[0] ?? "";
}

/** Names of the user's variables and secrets in expressions. */
function settingsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\b(?:vars|secrets)\.(\w+)/g)].map(([, name = ""]) => name))].toSorted();
}

function settingsNamedIn(text: string): string[] {
  return [...new Set(text.match(/\bINSTANT_[A-Z_]+\b/g) ?? [])].toSorted();
}

/** Every `key: value` of a file, with the keys around it. */
function pairsOf(text: string): { readonly keys: readonly string[]; readonly pair: Pair }[] {
  const found: { keys: readonly string[]; pair: Pair }[] = [];
  visit(parseDocument(text), {
    Pair: (_, pair, around) => {
      const keys = around.flatMap((one) => ("key" in one && isScalar(one.key) ? [String(one.key.value)] : []));
      found.push({ keys, pair });
    },
  });
  return found;
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : "";
}

function commentOf({ value }: Pair): string {
  return (isScalar(value) || isMap(value) ? value.comment : undefined)?.trim() ?? "";
}

describe.each(templateNames)("%s", (name) => {
  const text = templateText(name);
  const file = templateFile(name);
  const jobs = Object.entries(file.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  test("says when to use it and what to set up, every variable and secret among it, and none that it does not use", () => {
    const header = headerOf(text);
    expect(header).toMatch(/^# When: /m);
    expect(header).toMatch(/^# Set up: /m);
    expect(settingsNamedIn(header)).toEqual(settingsIn(text));
    for (const setting of settingsIn(text)) expect(readme).toContain(`| \`${setting}\` |`);
  });

  test("grants nothing but reading at the top, and a reason beside each permission of a job", () => {
    expect(file.permissions).toEqual({ contents: "read" });
    for (const [key, job] of jobs) expect([key, job.permissions]).toEqual([key, expect.any(Object)]);
    const permissions = pairsOf(text).filter(({ keys, pair }) => (keys.at(-1) === "permissions" && keys.length > 1) || keyOf(pair).startsWith("permission-"));
    const none = pairsOf(text).filter(({ keys, pair }) => keyOf(pair) === "permissions" && keys.length > 1 && isMap(pair.value) && pair.value.items.length === 0);
    expect(permissions.length + none.length).toBeGreaterThanOrEqual(jobs.length);
    expect([...permissions, ...none].filter(({ pair }) => commentOf(pair).length < 10).map(({ keys, pair }) => [...keys, keyOf(pair)].join("."))).toEqual([]);
  });

  test("every job ends by itself, and none cancels another", () => {
    for (const [key, job] of jobs) expect([key, job["timeout-minutes"]]).toEqual([key, expect.any(Number)]);
    expect(jobs.filter(([, job]) => (job["timeout-minutes"] ?? 99) > 15)).toEqual([]);
    const groups = [file.concurrency, ...jobs.map(([, job]) => job.concurrency)].filter((one) => one !== undefined);
    // There is one place that users may have to go back to, and a commit that waits is contained in the one that takes its turn.
    expect(groups).toEqual(name === "blue-green.yml" ? [{ group: "instant-blue-green", "cancel-in-progress": false }] : []);
  });

  test("uses our actions by major version and those of others by sha, with the version beside it", () => {
    for (const { pair } of pairsOf(text).filter((one) => keyOf(one.pair) === "uses")) {
      const uses = isScalar(pair.value) ? String(pair.value.value) : "";
      const ours = /^org\/instant\/([\w-]+)@v1$/.exec(uses)?.[1];
      if (ours !== undefined) expect([uses, existsSync(path.join(ROOT, "actions", ours, "action.yml"))]).toEqual([uses, true]);
      else expect([uses, commentOf(pair)]).toEqual([expect.stringMatching(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/), expect.stringMatching(/^v\d+\.\d+\.\d+$/)]);
    }
  });

  test("puts no expression into a script, checks nothing out and hands no secrets on", () => {
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
    expect(steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout"))).toEqual([]);
    expect(file.on).not.toHaveProperty("pull_request_target");
    expect(text).not.toContain("secrets: inherit");
  });

  test("holds no placeholder that only GitHub's own pages fill in", () => {
    expect(text).not.toMatch(/\$(?:default-branch|protected-branches|cron-daily)\b/);
  });

  test("reads outputs that the actions have, and gives an App's token to the stage behind it", () => {
    for (const [key, job] of jobs) {
      const used = new Map(job.steps.map((step) => [step.id ?? "", /^org\/instant\/([\w-]+)@/.exec(step.uses ?? "")?.[1]]));
      for (const [, id = "", output = ""] of JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const action = used.get(id);
        expect([key, id, used.has(id)]).toEqual([key, id, true]);
        if (action !== undefined) expect([key, output, Object.keys(actionOf(action).outputs)]).toEqual([key, output, expect.arrayContaining([output])]);
      }
      const app = job.steps.some(({ uses = "" }) => uses.startsWith("actions/create-github-app-token@"));
      const stages = job.steps.filter(({ uses = "" }) => uses.startsWith("org/instant/"));
      for (const stage of stages) expect([key, stage.with?.token]).toEqual([key, app ? "${{ steps.app.outputs.token }}" : undefined]);
    }
  });

  test("has the metadata of an organisation's template", () => {
    const file = path.join(TEMPLATES, name.replace(/\.yml$/, ".properties.json"));
    const properties = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    expect(properties).toEqual({
      name: templateFile(name).name, description: expect.stringMatching(/^[A-Z].{20,120}\.$/),
      iconName: expect.stringMatching(/^octicon [a-z]+(?:-[a-z]+)*$/), categories: expect.any(Array),
    });
    // General categories of actions/starter-workflows, and the language whose repositories see it first.
    const allowed = ["Automation", "Continuous integration", "Deployment", "Markdown"];
    expect((properties.categories as string[]).filter((one) => !allowed.includes(one))).toEqual([]);
    expect(properties.categories).not.toHaveLength(0);
  });

  test("stands in the folder's table", () => {
    expect(readme).toContain(`[${name}](${name})`);
  });
});

test("names differ, no metadata is left over, and the table of settings names what a template uses and nothing else", () => {
  expect(new Set(templateNames.map((name) => templateFile(name).name)).size).toBe(templateNames.length);
  const metadata = readdirSync(TEMPLATES).filter((name) => name.endsWith(".properties.json"));
  expect(metadata.toSorted()).toEqual(templateNames.map((name) => name.replace(/\.yml$/, ".properties.json")).toSorted());
  const listed = [...readme.matchAll(/^\| `(INSTANT_\w+)` \|/gm)].map(([, name = ""]) => name);
  expect(listed.toSorted()).toEqual(settingsIn(templateNames.map(templateText).join("\n")));
});

test("auto-merge listens to the workflows of both templates of CI, by the names they have", () => {
  const { workflow_run: listens } = templateFile("auto-merge.yml").on as { workflow_run: { workflows: string[] } };
  expect(listens.workflows).toEqual([templateFile("fast-ci.yml").name, templateFile("fast-ci-matrix.yml").name, "Look again"]);
});
