import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { DEFAULT_QUESTION, modelFromEnvironment, parseSandboxArguments, parseStartArguments } from "../../src/cli/arguments.ts";
import { InstantError } from "../../src/kit/errors.ts";

function problemsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InstantError) return error.problems.map((problem) => problem.what);
    throw error;
  }
  return [];
}

test("without arguments the loop runs with a question of ours", () => {
  expect(parseStartArguments([])).toEqual({ question: DEFAULT_QUESTION, json: false, breaks: null, repo: null, serve: false, express: false });
});

test("every wrong argument is named at once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "instant-args-"));
  const problems = problemsOf(() => parseStartArguments(["--break", "everything", "--question", "  ", "--repo", folder, "--json", "--serve"]));
  expect(problems).toHaveLength(4);
  expect(problems[0]).toContain("--break everything");
  expect(problems[2]).toContain("not a git repository");
  await rm(folder, { recursive: true });
});

test("an unknown option is refused with a hint", () => {
  expect(problemsOf(() => parseStartArguments(["--brake", "health"]))[0]).toContain("--brake");
});

test("the sandbox takes a port and TLS, and refuses what is no port", () => {
  expect(parseSandboxArguments([])).toEqual({ tls: false, port: 0 });
  expect(parseSandboxArguments(["--tls", "--port", "443"])).toEqual({ tls: true, port: 443 });
  expect(parseSandboxArguments(["-h"])).toBe("help");
  for (const port of ["65536", "-1", "80a", ""]) expect(problemsOf(() => parseSandboxArguments([`--port=${port}`]))[0]).toContain("is no port");
  expect(problemsOf(() => parseSandboxArguments(["--ssl"]))[0]).toContain("--ssl");
});

test("a key alone does not choose a model, half a setting is refused, a whole one is taken", () => {
  expect(modelFromEnvironment({ OPENAI_API_KEY: "k" })).toBeNull();
  expect(problemsOf(() => modelFromEnvironment({ INSTANT_BASE_URL: "http://x/v1" }))).toHaveLength(2);
  expect(modelFromEnvironment({ OPENAI_BASE_URL: "http://x/v1", INSTANT_MODEL: "m", OPENAI_API_KEY: "k" })).toEqual({ baseUrl: "http://x/v1", model: "m", apiKey: "k" });
});
