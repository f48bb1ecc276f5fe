import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkWorkflow, createEngine, RefusedWorkflow, resolveDispatchInputs } from "../../../src/sandbox/engine/index.ts";
import { expandMatrix } from "../../../src/sandbox/engine/matrix.ts";
import { parseActionFile, parseWorkflowFile } from "../../../src/sandbox/engine/parse.ts";
import { fieldsOf } from "../../../src/sandbox/engine/model.ts";
import { makeHost, requestFor } from "./host.ts";
import type { TestHost } from "./host.ts";
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
      unavailable(29, `job "test", step 2`, "erlef/setup-beam@v1"),
      `74 job "test": services are not supported; the sandbox has no containers`,
      unavailable(97, `job "exfmt", step 2`, "erlef/setup-beam@v1"),
      unavailable(123, `job "lint-test", step 2`, "azure/setup-helm@v1"),
      unavailable(127, `job "lint-test", step 3`, "actions/setup-python@v2"),
      unavailable(132, `job "lint-test", step 4`, "helm/chart-testing-action@v2.0.1"),
    ]);
  });

  test("06: an action pinned by sha", async () => {
    expect(await refusals("06")).toEqual([
      unavailable(44, `job "test-common-packages", step 2`, "subosito/flutter-action@1a449444c387b1966244ae4d4f8c696479add0b2"),
    ]);
  });

  const callee = [
    unavailable(72, `job "publish", step 3`, "actions/setup-go@v7.0.0"),
    unavailable(77, `job "publish", step 4`, "pnpm/action-setup@0ebf47130e4866e96fce0953f49152a61190b271"),
    unavailable(82, `job "publish", step 5`, "sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6"),
    unavailable(86, `job "publish", step 6`, "docker/setup-qemu-action@96fe6ef7f33517b61c61be40b68a1882f3264fb8"),
    unavailable(87, `job "publish", step 7`, "docker/setup-buildx-action@bb05f3f5519dd87d3ba754cc423b652a5edd6d2c"),
    unavailable(114, `job "publish", step 10`, "docker/login-action@dbcb813823bdd20940b903addbd779551569679f"),
    unavailable(122, `job "publish", step 11`, "docker/login-action@dbcb813823bdd20940b903addbd779551569679f"),
    unavailable(130, `job "publish", step 12`, "docker/login-action@dbcb813823bdd20940b903addbd779551569679f"),
    unavailable(138, `job "publish", step 13`, "docker/build-push-action@53b7df96c91f9c12dcc8a07bcb9ccacbed38856a"),
  ];

  test("07 with the workflow it calls: what is in both is named, once", async () => {
    expect(await refusals("07", { ".github/workflows/image-reuse.yaml": read("08") })).toEqual([
      unavailable(41, `job "set-vars", step 1`, "docker/metadata-action@v6"),
      unavailable(51, `job "set-vars", step 2`, "docker/metadata-action@v6"),
      ...callee,
    ]);
  });

  test("08 alone", async () => {
    expect(await refusals("08")).toEqual(callee);
  });

  test("09: a cache action; its local actions are looked for when the steps run", async () => {
    expect(await refusals("09")).toEqual([
      unavailable(31, `job "run-load-test", step 2`, "actions/cache@d4323d4df104b026a6aa633fdb11d772146be0bf"),
    ]);
  });

  test("10: the called workflows are not there; & and * in a block scalar are no anchors", async () => {
    const missing = (line: number, job: string, file: string) =>
      `${line} job "${job}": the reusable workflow ./.github/workflows/${file} is not in octo/site at 0123456`;
    expect(await refusals("10")).toEqual([
      unavailable(29, `job "changes", step 1`, "dorny/paths-filter@0e4a8c6effa4802afeda77dc8d303f8176d7dfad"),
      missing(59, "js-tests", "js_sdk_tests.yml"),
      missing(67, "python-tests", "python_sdk_tests.yml"),
      missing(75, "cli-tests", "cli_tests.yml"),
      missing(83, "js-tests-staging", "js_sdk_tests.yml"),
      missing(96, "python-tests-staging", "python_sdk_tests.yml"),
      missing(106, "cli-tests-staging", "cli_tests.yml"),
    ]);
    const { model } = await parseWorkflowFile(read("10"), "w.yml");
    expect(model.jobs["changes"]?.steps?.[0]?.with?.["filters"]).toContain("shared: &shared\n");
    expect(model.jobs["changes"]?.steps?.[0]?.with?.["filters"]).toContain("- *shared\n");
  });

  test("11: the actions of Pages", async () => {
    expect(await refusals("11")).toEqual([
      unavailable(61, `job "build", step 4`, "actions/configure-pages@v5"),
      unavailable(68, `job "build", step 5`, "actions/cache@v4"),
      unavailable(83, `job "build", step 8`, "actions/upload-pages-artifact@v3"),
      unavailable(97, `job "deploy", step 1`, "actions/deploy-pages@v5"),
    ]);
  });

  test("13, with CRLF: lines are counted right", async () => {
    expect(await refusals("13")).toEqual([
      unavailable(25, `job "sync_latest_from_upstream", step 2`, "aormsby/Fork-Sync-With-Upstream-action@v3.4"),
    ]);
    const { model } = await parseWorkflowFile(read("13"), "w.yml");
    expect(String(model.jobs["sync_latest_from_upstream"]?.steps?.[2]?.run)).not.toContain("\r");
  });

  test("14: a reusable workflow of another repository", async () => {
    const uses = "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v1.4.0";
    expect(await refusals("14")).toEqual([
      `63 job "provenance": the reusable workflow ${uses} is in another repository; only ./.github/workflows/… can be called`,
    ]);
  });

  test("01 holds nothing to refuse, 13 is skipped on a repository that is no fork", async () => {
    expect((await checkWorkflow(read("01"), "w.yml")).unsupported).toEqual([]);
    const { result, conclusions } = await runWorkflow(read("13"), {
      prepare: (host) => host.actions.set("aormsby/Fork-Sync-With-Upstream-action", actionFolder(host)),
    });
    expect(conclusions).toEqual({ sync_latest_from_upstream: "skipped" });
    expect(result.conclusion).toBe("skipped");
  });
});

function actionFolder(host: TestHost): string {
  const folder = join(host.folder, "sync");
  mkdirSync(folder);
  writeFileSync(join(folder, "action.yml"), "name: Sync\ndescription: d\nruns: { using: node24, main: main.js }\n");
  return folder;
}
