import { describe, expect, test } from "@jest/globals";
import { InstantError } from "../../../src/kit/errors.ts";
import { parseMetricsArguments, parseReplayArguments, parseStatusArguments } from "../../../src/cli/ledger/arguments.ts";
import { openersOf, readSettings } from "../../../src/cli/ledger/settings.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { recordingLog } from "../../github/fake.ts";

const ID = "b17a2f12-2ac5-48c3-963a-5466dec57030";

function problems(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InstantError) return error.problems.map(({ what }) => what);
    throw error;
  }
  return [];
}

describe("what is asked", () => {
  test("a trace id as it is copied from anywhere", () => {
    const asked = [ID, ID.toUpperCase(), ID.replaceAll("-", ""), `trace-id: ${ID}`].map((text) => parseStatusArguments([text]));
    expect(asked).toEqual(Array.from({ length: 4 }, () => ({ traceId: ID, repo: null, json: false })));
    expect(parseStatusArguments(["--json", "--repo", "acme/site"])).toEqual({ traceId: null, repo: "acme/site", json: true });
    expect(problems(() => parseStatusArguments(["7", "8", "--repo", "https://github.com/acme/site"]))).toEqual(["2 trace ids were given", "`7` is no trace id", "--repo is no repository: `https://github.com/acme/site`"]);
    expect(problems(() => parseStatusArguments(["--colour"]))).toEqual([expect.stringContaining("--colour")]);
    expect([parseStatusArguments(["-h"]), parseMetricsArguments(["--help"]), parseReplayArguments(["--help"])]).toEqual(["help", "help", "help"]);
  });

  test("days that exist", () => {
    expect(parseMetricsArguments(["--day", "20280229", "--days", "30"])).toEqual({ day: "20280229", days: 30, json: false });
    expect(problems(() => parseMetricsArguments(["--day", "20260230", "--days", "91"]))).toEqual(["`--day 20260230` is no day", "`--days 91` is no number of days"]);
    for (const day of ["2026-01-01", "today", "20261301", ""]) expect(problems(() => parseMetricsArguments(["--day", day]))).toHaveLength(1);
    for (const days of ["0", "-1", "1.5", "x"]) expect(problems(() => parseMetricsArguments([`--days=${days}`]))).toHaveLength(1);
  });
});

describe("where tasks are on record", () => {
  const GITHUB = { GITHUB_REPOSITORY: "acme/site", GITHUB_TOKEN: "t0ken" };

  test("nothing is set: nothing is opened", () => {
    expect(readSettings({ INSTANT_REDIS_URL: "", INSTANT_DATABASE_URL: "  " })).toEqual({ databaseUrl: null, redisUrl: null, branch: null, github: null, places: new Map() });
  });

  test("places are named without what is secret in them", () => {
    const settings = readSettings({ ...GITHUB, INSTANT_DATABASE_URL: "postgres://u:s3cr3t@db.example:5433/app?sslmode=require", INSTANT_REDIS_URL: "rediss://:s3cr3t@cache.example:6380/2", INSTANT_LEDGER_BRANCH: "records" });
    expect([...settings.places]).toEqual([["postgres", "PostgreSQL at db.example:5433/app"], ["redis", "Redis at cache.example:6380/2"], ["branch", "the branch records of acme/site on github.com"]]);
    expect(openersOf(settings, { log: recordingLog(), clock: systemClock }).map(({ name }) => name)).toEqual(["postgres", "redis", "branch"]);
  });

  test("Redis alone is no record: the branch is read beside it, where it can be", () => {
    const INSTANT_REDIS_URL = "redis://127.0.0.1";
    expect(readSettings({ ...GITHUB, INSTANT_REDIS_URL }).branch).toBe("instant-ledger");
    expect(readSettings({ INSTANT_REDIS_URL }).branch).toBeNull();
    expect(readSettings({ ...GITHUB, INSTANT_REDIS_URL, INSTANT_DATABASE_URL: "postgresql://h/d" }).branch).toBeNull();
  });

  test("a named repository is ahead of the environment's, and github.com is where it is unless all three addresses say otherwise", () => {
    const enterprise = { GITHUB_API_URL: "https://ghe.example/api/v3/", GITHUB_GRAPHQL_URL: "https://ghe.example/api/graphql", GITHUB_SERVER_URL: "https://ghe.example" };
    expect(readSettings(GITHUB, "other/repo").github).toMatchObject({ place: "other/repo on github.com", context: { owner: "other", repo: "repo", apiUrl: "https://api.github.com" } });
    expect(readSettings({ ...GITHUB, ...enterprise }).github).toMatchObject({ place: "acme/site on ghe.example", context: { apiUrl: "https://ghe.example/api/v3", graphqlUrl: "https://ghe.example/api/graphql" } });
  });

  test("one error names each setting that is wrong, and no secret", () => {
    const wrong = { INSTANT_DATABASE_URL: "mysql://u:s3cr3t@h/d", INSTANT_REDIS_URL: "s3cr3t", INSTANT_LEDGER_BRANCH: "records", GITHUB_REPOSITORY: "site", GITHUB_API_URL: "ghe.example" };
    const found = problems(() => readSettings(wrong));
    expect(found).toEqual([
      "INSTANT_DATABASE_URL is no address that begins with postgres:// or postgresql://",
      "INSTANT_REDIS_URL is no address that begins with redis:// or rediss://",
      "GITHUB_REPOSITORY is no repository: `site`",
      "GITHUB_API_URL does not hold an http or https address",
      "GITHUB_GRAPHQL_URL is not set, although GITHUB_API_URL is",
      "GITHUB_SERVER_URL is not set, although GITHUB_API_URL is",
      "GITHUB_TOKEN is not set, although INSTANT_LEDGER_BRANCH is set",
    ]);
    expect(found.join()).not.toContain("s3cr3t");
    expect(problems(() => readSettings({}, "acme/site"))).toEqual(["GITHUB_TOKEN is not set, although `--repo` was given"]);
  });
});
