import { readFile } from "node:fs/promises";
import type { RunContext } from "../kit/context.ts";
import { InstantError, messageOf, type Problem } from "../kit/errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const REQUIRED = ["GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_GRAPHQL_URL", "GITHUB_WORKSPACE"] as const;

const ADDRESSES = ["GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL"] as const;

/** An address that a path can be put behind; undefined when it is none. */
function address(value: string): string | undefined {
  const text = value.trim().replace(/\/+$/, "");
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}

/**
 * Reads the runner's environment
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables).
 * @throws InstantError naming every variable that is missing or holds no address.
 */
export async function readContext(env: Environment): Promise<RunContext> {
  const problems: Problem[] = REQUIRED.filter((name) => !env[name]).map((name) => ({
    what: `The environment variable ${name} is not set`,
    cause: "this program was started outside of a GitHub Actions runner",
    fix: "Run it as a step of a workflow, or rehearse it with `npm start`.",
  }));
  const urls = ADDRESSES.map((name) => [name, address(env[name] ?? "")] as const);
  problems.push(...urls.filter(([name, url]) => env[name] && url === undefined).map(([name]) => ({
    what: `The environment variable ${name} does not hold an http or https address`,
    cause: "the runner gives it, or a step's `env:` has overwritten it",
    where: name,
    fix: "Leave it as the runner sets it.",
  })));
  if (problems.length > 0) throw new InstantError("configuration", problems);
  const [owner = "", repo = ""] = (env.GITHUB_REPOSITORY ?? "").split("/");
  const [apiUrl = "", graphqlUrl = "", serverUrl = ""] = urls.map(([, url]) => url);
  const runId = env.GITHUB_RUN_ID ?? "";
  return {
    owner,
    repo,
    eventName: env.GITHUB_EVENT_NAME ?? "",
    event: await readEvent(env.GITHUB_EVENT_PATH),
    sha: env.GITHUB_SHA ?? "",
    ref: env.GITHUB_REF ?? "",
    actor: env.GITHUB_ACTOR ?? "",
    runId,
    runAttempt: Number(env.GITHUB_RUN_ATTEMPT ?? "1"),
    runUrl: `${serverUrl}/${owner}/${repo}/actions/runs/${runId}`,
    workflow: env.GITHUB_WORKFLOW ?? "",
    job: env.GITHUB_JOB ?? "",
    serverUrl,
    apiUrl,
    graphqlUrl,
    workspace: env.GITHUB_WORKSPACE ?? "",
    temp: env.RUNNER_TEMP ?? "",
  };
}

async function readEvent(path: string | undefined): Promise<Record<string, unknown>> {
  if (!path) return {};
  try {
    const parsed: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
    throw new Error("it does not hold a JSON object");
  } catch (error) {
    const problem = { what: `The event file ${path} cannot be read: ${messageOf(error)}`, fix: "Run this as a step of a workflow." };
    throw new InstantError("configuration", [problem], { cause: error });
  }
}
