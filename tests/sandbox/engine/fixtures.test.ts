import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkWorkflow, createEngine, RefusedWorkflow, resolveDispatchInputs } from "../../../src/sandbox/engine/index.ts";
import { expandMatrix } from "../../../src/sandbox/engine/matrix.ts";
import { parseActionFile, parseWorkflowFile } from "../../../src/sandbox/engine/parse.ts";
import { fieldsOf } from "../../../src/sandbox/engine/model.ts";
import { makeHost, requestFor } from "./host.ts";
import { runWorkflow } from "./run.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/workflows");
const NAMES = readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ya?ml$/.test(name)).sort();
const read = (prefix: string) => readFileSync(join(FOLDER, NAMES.find((name) => name.startsWith(prefix)) as string), "utf8");

async function combinations(prefix: string, job: string): Promise<number> {
  const file = await parseWorkflowFile(read(prefix), "w.yml");
  return expandMatrix(fieldsOf(fieldsOf(file.model.jobs[job])["strategy"])["matrix"]).length;
}

/** Why the engine does not start a workflow: `line message`. */
async function refusals(prefix: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const host = makeHost();
  for (const [path, source] of Object.entries(files)) host.files.set(path, source);
  const engine = createEngine(host);
  try {
    const started = engine.start(requestFor(read(prefix)));
    const error = await started.then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedWorkflow);
    expect(host.events).toEqual([]);
    return (error as RefusedWorkflow).refusals.map(({ line, message }) => `${line} ${message}`);
  } finally {
    await engine.close();
    host.remove();
  }
}

describe("the fixtures", () => {
  test("are what SOURCES.md says, byte for byte", () => {
    expect(NAMES).toHaveLength(15);
    const sources = readFileSync(join(FOLDER, "SOURCES.md"), "utf8");
    const ids = execFileSync("git", ["hash-object", "--no-filters", ...NAMES], { cwd: FOLDER, encoding: "utf8" }).trim().split("\n");
    for (const [index, name] of NAMES.entries()) expect(sources).toContain(`| \`${name}\` | \`${ids[index]}\` |`);
  });

  test.each(NAMES.filter((name) => !name.startsWith("15")))("%s parses as a workflow", async (name) => {
    const report = await checkWorkflow(readFileSync(join(FOLDER, name), "utf8"), name);
    expect(report.problems).toEqual([]);
  });

  test("15 parses as a composite action, and not as a workflow", async () => {
    const { model } = await parseActionFile(read("15"), "action.yml");
    expect(Object.keys(model.inputs)).toHaveLength(11);
    expect(Object.keys(model.outputs)).toEqual(["exit_code"]);
    expect(model.runs.using).toBe("composite");
    expect((await checkWorkflow(read("15"), "w.yml")).problems.length).toBeGreaterThan(0);
  });

  test.each([
    ["01", "build", 3],
    ["02", "build", 8],
    ["02", "test", 4],
    ["03", "test", 10],
  ])("%s: the matrix of %s makes %i jobs", async (prefix, job, count) => {
    expect(await combinations(prefix, job)).toBe(count);
  });

  test("01: every combination has the compiler that include adds", async () => {
    const file = await parseWorkflowFile(read("01"), "w.yml");
    const all = expandMatrix(fieldsOf(fieldsOf(file.model.jobs["build"])["strategy"])["matrix"]);
    expect(all.map((one) => [one["os"], one["c_compiler"], one["cpp_compiler"]])).toEqual([
      ["ubuntu-latest", "gcc", "g++"],
      ["ubuntu-latest", "clang", "clang++"],
      ["windows-latest", "cl", "cl"],
    ]);
  });
});

describe("the runnable fixtures", () => {
  test("02: twelve jobs succeed", async () => {
    const { result, conclusions } = await runWorkflow(read("02"));
    expect(result.conclusion).toBe("success");
    expect(Object.values(conclusions)).toEqual(Array.from({ length: 12 }, () => "success"));
    expect(result.jobs.map(({ job }) => job.name).sort()).toEqual([
      "PHP macos-latest 10", "PHP macos-latest 6", "PHP macos-latest 8", "PHP ubuntu-16.04 10", "PHP ubuntu-18.04 10",
      "PHP ubuntu-18.04 4", "PHP ubuntu-18.04 6", "PHP ubuntu-18.04 8",
      "test (10.x)", "test (12.x)", "test (13.x)", "test (8.x)",
    ]);
  });

  test("04: success() || failure() runs after a failure, the default does not", async () => {
    const { result, conclusions } = await runWorkflow(read("04"));
    expect(conclusions).toEqual({ fail: "failure", suc1: "success", suc2: "success", next: "skipped" });
    expect(result.conclusion).toBe("failure");
  });

  test("05: outputs pass from steps to jobs", async () => {
    const { result, outputs } = await runWorkflow(read("05"));
    expect(result.conclusion).toBe("success");
    expect(outputs("build_output")).toEqual({ variable_1: "var1", variable_2: "var2", variable_3: "var3", variable_4: "var4" });
  });

  test("12: greets the default", async () => {
    const inputs = resolveDispatchInputs(read("12"), "w.yml", {});
    const { result, lines } = await runWorkflow(read("12"), { request: { inputs, event: { name: "workflow_dispatch", payload: { inputs } } } });
    expect(result.conclusion).toBe("success");
    expect(lines).toContain("Hello World");
  });
});

describe("the others are refused by name before they start", () => {
  const unavailable = (line: number, where: string, uses: string) => `${line} ${where}: ${uses} is not available in this sandbox`;

  test("03: services and actions of others", async () => {
    expect(await refusals("03")).toEqual([
      `74 job "test": services are not supported; the sandbox has no containers`,
      unavailable(29, `job "test", step 2`, "erlef/setup-beam@v1"),
      unavailable(97, `job "exfmt", step 2`, "erlef/setup-beam@v1"),
      unavailable(123, `job "lint-test", step 2`, "azure/setup-helm@v1"),
      unavailable(127, `job "lint-test", step 3`, "actions/setup-python@v2"),
      unavailable(132, `job "lint-test", step 4`, "helm/chart-testing-action@v2.0.1"),
    ]);
  });
});
