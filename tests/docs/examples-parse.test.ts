// Every block of YAML in our documents is a workflow, a piece of one, or a configuration file of ours; it parses as GitHub parses
// it, uses actions that exist, and passes them inputs, and reads from them outputs, that they have.
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { isMap, isSeq, parse, parseDocument } from "yaml";
import { loadParser } from "../../src/sandbox/engine/parse.ts";
import { type Block, blocksOf, documents, read, ROOT } from "./blocks.ts";

const WORKFLOW_KEYS = new Set(["name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"]);
const JOB = { "runs-on": "ubuntu-latest" };

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>> | null;
}
interface Job {
  readonly needs?: string | readonly string[];
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

/** A whole workflow around a piece of one; undefined when it is none. What a piece refers to, it need not hold. */
function workflowOf(data: unknown): { readonly workflow: unknown; readonly whole: boolean } | undefined {
  const steps = Array.isArray(data) ? data : typeof data === "object" && data !== null && ("uses" in data || "run" in data) ? [data] : undefined;
  if (steps?.every((step) => typeof step === "object" && step !== null && ("uses" in step || "run" in step))) {
    return { whole: false, workflow: { on: "push", jobs: { job: { ...JOB, steps } } } };
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const keys = Object.keys(data);
  if (keys.every((key) => WORKFLOW_KEYS.has(key))) {
    const whole = "on" in data && "jobs" in data;
    return { whole, workflow: { on: "push", jobs: { job: { ...JOB, steps: [{ run: "true" }] } }, ...data } };
  }
  const jobs = Object.values(data).every((job) => typeof job === "object" && job !== null && ("runs-on" in job || "uses" in job));
  if (!jobs) return undefined;
  const needed = new Set(Object.values(data as Workflow["jobs"]).flatMap(({ needs = [] }) => needs).filter((name) => !keys.includes(name)));
  const others = Object.fromEntries([...needed].map((name) => [name, { ...JOB, steps: [{ run: "true" }] }]));
  return { whole: false, workflow: { on: "push", jobs: { ...data, ...others } } };
}

const contracts = new Map<string, { readonly inputs: Record<string, { required?: boolean }>; readonly outputs: Record<string, unknown> } | undefined>();
function contractOf(action: string) {
  if (!contracts.has(action)) {
    const file = path.join(ROOT, "actions", action, "action.yml");
    contracts.set(action, existsSync(file) ? (parse(read(`actions/${action}/action.yml`)) as never) : undefined);
  }
  return contracts.get(action);
}

/** What is wrong with the use of our actions in a workflow. */
function misuses(workflow: Workflow): string[] {
  const problems: string[] = [];
  for (const [key, job] of Object.entries(workflow.jobs)) {
    const used = new Map<string, string>();
    for (const { id, uses = "", with: given } of job.steps ?? []) {
      const [, action, ref] = /^org\/instant\/(?:actions\/)?([\w-]+)@(.+)$/.exec(uses) ?? [];
      if (action === undefined) {
        if (/^org\/instant/.test(uses)) problems.push(`${key}: \`${uses}\` is no way to name one of our actions`);
        continue;
      }
      const contract = contractOf(action);
      if (contract === undefined) problems.push(`${key}: there is no action \`${action}\``);
      if (!/^(main|v\d+(\.\d+){0,2}|[0-9a-f]{40})$/.test(ref ?? "")) problems.push(`${key}: \`${uses}\` names no version`);
      const names = Object.keys(given ?? {});
      for (const name of names) if (contract && !(name in contract.inputs)) problems.push(`${key}: \`${action}\` takes no input \`${name}\``);
      for (const [name, { required }] of Object.entries(contract?.inputs ?? {})) if (required && !names.includes(name)) problems.push(`${key}: \`${action}\` is not given \`${name}\``);
      if (id !== undefined) used.set(id, action);
    }
    for (const [, id = "", output = ""] of JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const action = used.get(id);
      if (action !== undefined && !(output in (contractOf(action)?.outputs ?? {}))) problems.push(`${key}: \`${action}\` has no output \`${output}\``);
    }
  }
  return problems;
}

/** Everything that is wrong with a block of YAML in a document. */
async function problemsOf(text: string): Promise<string[]> {
  const document = parseDocument(text);
  if (document.errors.length > 0) return document.errors.map(({ message }) => message);
  if (!isMap(document.contents) && !isSeq(document.contents)) return ["it is neither a map nor a list"];
  const found = workflowOf(document.toJS());
  if (found === undefined) return ["it is no workflow, no jobs, no steps and no `permissions:`: say in the test what it is"];
  const { checkWorkflow } = await loadParser();
  // A whole one as it stands, so that a comment or a quote in it counts; around a piece, what is missing.
  const source = found.whole ? text : JSON.stringify(found.workflow);
  return [...checkWorkflow(source, "example.yml").map(({ line, message }) => `line ${line}: ${message}`), ...misuses(found.workflow as Workflow)];
}

const blocks: readonly Block[] = documents().flatMap((file) => blocksOf(file)).filter(({ language }) => language === "yaml" || language === "yml");

test("there are examples", () => {
  expect(blocks.length).toBeGreaterThanOrEqual(7);
  expect(blocks.filter(({ isExample }) => isExample).length).toBeGreaterThanOrEqual(5);
});

test.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))("%s", async (_, { text }) => {
  expect(await problemsOf(text)).toEqual([]);
});

describe("what is wrong is found", () => {
  const whole = (steps: string) => `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n${steps}`;
  test.each([
    ["a key of GitHub's that does not exist", "on: push\njobs:\n  a:\n    runs-on: x\n    step: []\n", /step/],
    ["an expression that does not parse", whole("      - run: echo ${{ github.( }}\n"), /./],
    ["a job that is not there", "on: push\njobs:\n  a:\n    needs: b\n    runs-on: x\n    steps: [{ run: 'true' }]\n", /b/],
    ["an unknown action", "- uses: org/instant/nothing@v1\n", /no action `nothing`/],
    ["an unknown input", "- uses: org/instant/fast-ci@v1\n  with: { colour: red }\n", /no input `colour`/],
    ["a missing input", "- uses: org/instant/rollback@v1\n  with: { commit-sha: x }\n", /not given `reason`/],
    ["an unknown output", whole("      - { id: ci, uses: org/instant/fast-ci@v1 }\n      - run: echo ${{ steps.ci.outputs.colour }}\n"), /no output `colour`/],
    ["no version", "- uses: org/instant/fast-ci@latest\n", /names no version/],
    ["something else altogether", "colour: red\n", /no workflow/],
    ["what is no YAML", "a: [\n", /./],
  ])("%s", async (_, text, said) => {
    expect((await problemsOf(text)).join("\n")).toMatch(said);
  });
});
