import type { RunContext } from "../../kit/context.ts";
import type { Clock } from "../../kit/clock.ts";
import { InstantError, type Problem } from "../../kit/errors.ts";
import type { Log } from "../../kit/log.ts";
import type { Truth } from "../../ledger/due.ts";
import type { StoreOpener } from "../../ledger/guard.ts";
import type { StoreName } from "../../ledger/port.ts";
import { repositoryProblems } from "./arguments.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How a repository is asked. */
export interface GitHubSettings {
  readonly context: RunContext;
  readonly token: string;
  /** For people: `acme/site on github.com`. */
  readonly place: string;
}

/** Where tasks may be found. No text of it holds a secret, except what is called so. */
export interface Settings {
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly branch: string | null;
  readonly github: GitHubSettings | null;
  /** Each store that is set, for people: `PostgreSQL at db.example:5432/instant`. In the order in which they are asked. */
  readonly places: ReadonlyMap<StoreName, string>;
}

const GITHUB_COM = { GITHUB_API_URL: "https://api.github.com", GITHUB_GRAPHQL_URL: "https://api.github.com/graphql", GITHUB_SERVER_URL: "https://github.com" } as const;
/** What is written beside Redis, which forgets, when nobody names another branch. */
const DEFAULT_BRANCH = "instant-ledger";

/**
 * Reads where tasks are on record.
 * @param repo `owner/name` that a person named, ahead of GITHUB_REPOSITORY.
 * @throws InstantError naming every setting that is wrong, and the value of none that may hold a secret.
 */
export function readSettings(env: Environment, repo: string | null = null): Settings {
  const text = (name: string) => env[name]?.trim() || null;
  const [databaseUrl, redisUrl, named] = [text("INSTANT_DATABASE_URL"), text("INSTANT_REDIS_URL"), text("INSTANT_LEDGER_BRANCH")];
  const problems: Problem[] = [
    ...addressProblems("INSTANT_DATABASE_URL", databaseUrl, ["postgres:", "postgresql:"], "postgres://user:password@host:5432/database"),
    ...addressProblems("INSTANT_REDIS_URL", redisUrl, ["redis:", "rediss:"], "redis://:password@host:6379"),
  ];
  const repository = repo ?? text("GITHUB_REPOSITORY");
  const token = text("GITHUB_TOKEN");
  if (repository !== null && repo === null) problems.push(...repositoryProblems(repository, "GITHUB_REPOSITORY"));
  const urls = githubUrls(env, problems);
  const wanted = [...(named === null ? [] : ["INSTANT_LEDGER_BRANCH is set"]), ...(repo === null ? [] : ["`--repo` was given"])].join(" and ");
  for (const [name, value, fix] of [["GITHUB_REPOSITORY", repository, "Set it to `owner/name`."], ["GITHUB_TOKEN", token, "Set it to a token that may read the repository, such as `gh auth token` prints."]] as const) {
    if (wanted !== "" && value === null) problems.push({ what: `${name} is not set, although ${wanted}`, where: name, fix });
  }
  if (problems.length > 0) throw new InstantError("configuration", problems);
  const github = repository === null || token === null ? null : githubSettings(repository, token, urls);
  const branch = named ?? (redisUrl !== null && databaseUrl === null && github !== null ? DEFAULT_BRANCH : null);
  const places = new Map<StoreName, string>();
  if (databaseUrl !== null) places.set("postgres", `PostgreSQL at ${placeOf(databaseUrl)}`);
  if (redisUrl !== null) places.set("redis", `Redis at ${placeOf(redisUrl)}`);
  if (branch !== null && github !== null) places.set("branch", `the branch ${branch} of ${github.place}`);
  return { databaseUrl, redisUrl, branch, github, places };
}

function addressProblems(name: string, url: string | null, protocols: readonly string[], example: string): Problem[] {
  if (url === null || (URL.canParse(url) && protocols.includes(new URL(url).protocol))) return [];
  return [{ what: `${name} is no address that begins with ${protocols.map((one) => `${one}//`).join(" or ")}`, where: name, fix: `Give it as \`${example}\`, with special characters of the password percent-encoded.` }];
}

/** Host and name of what is there, nothing that may be secret. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host || "a local socket"}${pathname === "/" ? "" : pathname}`;
}

/** All of one server: a token of one must not be sent to another. */
function githubUrls(env: Environment, problems: Problem[]): Readonly<Record<keyof typeof GITHUB_COM, string>> {
  const names = Object.keys(GITHUB_COM) as (keyof typeof GITHUB_COM)[];
  const given = names.filter((name) => env[name]?.trim());
  if (given.length === 0) return GITHUB_COM;
  const values = Object.fromEntries(names.map((name) => [name, env[name]?.trim().replace(/\/+$/, "") ?? ""])) as Record<keyof typeof GITHUB_COM, string>;
  for (const name of names) {
    const value = values[name];
    if (value === "") problems.push({ what: `${name} is not set, although ${given.join(" and ")} ${given.length === 1 ? "is" : "are"}`, where: name, fix: "Set all three to the addresses of one server, or none of them for github.com." });
    else if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) problems.push({ what: `${name} does not hold an http or https address`, where: name, fix: `Give it as \`${GITHUB_COM[name]}\`, with your server's name.` });
  }
  return values;
}

function githubSettings(repository: string, token: string, urls: Readonly<Record<keyof typeof GITHUB_COM, string>>): GitHubSettings {
  const [owner = "", repo = ""] = repository.split("/");
  const { GITHUB_API_URL: apiUrl, GITHUB_GRAPHQL_URL: graphqlUrl, GITHUB_SERVER_URL: serverUrl } = urls;
  const nobody = { eventName: "", event: {}, sha: "", ref: "", actor: "", runId: "", runAttempt: 1, runUrl: "", workflow: "", job: "", workspace: "", temp: "" };
  return { context: { ...nobody, owner, repo, apiUrl, graphqlUrl, serverUrl }, token, place: `${owner}/${repo} on ${new URL(serverUrl).host}` };
}

/** What GitHub knows, where it can be asked. */
export function truthOf({ github }: Settings, { log, clock }: { readonly log: Log; readonly clock: Clock }, endsAtMerge: boolean): { readonly truth?: Truth } {
  if (github === null) return {};
  const { context, token } = github;
  return { truth: { repository: `${context.owner}/${context.repo}`, endsAtMerge, open: async () => (await import("../../github/stories.ts")).connectStories({ context, token, log, clock }) } };
}

/** How each store that is set is opened. Nothing of a store is loaded before. */
export function openersOf({ databaseUrl, redisUrl, branch, github }: Settings, { log, clock }: { readonly log: Log; readonly clock: Clock }): StoreOpener[] {
  const openers: StoreOpener[] = [];
  if (databaseUrl !== null) openers.push({ name: "postgres", open: async () => (await import("../../ledger/postgres/index.ts")).openPostgres(databaseUrl) });
  if (redisUrl !== null) openers.push({ name: "redis", open: async () => (await import("../../ledger/redis/index.ts")).openRedis(redisUrl) });
  if (branch !== null && github !== null) {
    openers.push({
      name: "branch",
      open: async () => {
        const [{ connectRecords }, { branchStore }] = await Promise.all([import("../../github/records.ts"), import("../../ledger/branch/index.ts")]);
        return branchStore({ files: connectRecords({ context: github.context, token: github.token, branch, log, clock }), writer: "replay", clock });
      },
    });
  }
  return openers;
}
