import { describe, expect, test } from "@jest/globals";
import { rejected, textOf, TOKEN, withGitHub } from "./fake.ts";

const RUN = { id: 5, html_url: "https://x/5", head_sha: "b".repeat(40), display_title: "Deploy", status: "queued", conclusion: null, created_at: "2026-09-01T12:00:00Z" };
const SHA = "c".repeat(40);

describe("requests", () => {
  test("go where the context says, name their stage, carry the token, and are counted", async () => {
    await withGitHub([{ json: RUN }], async ({ repository, fake }) => {
      expect(await repository.readRun(5)).toEqual({ id: 5, url: "https://x/5", headSha: "b".repeat(40), title: "Deploy", status: "queued", conclusion: null, createdAt: Date.parse("2026-09-01T12:00:00Z") });
      expect(fake.routes()).toEqual(["GET /api/v3/repos/octo/site/actions/runs/5"]);
      expect(fake.seen[0]?.headers["user-agent"]).toMatch(/^instant-test\b/);
      expect(fake.seen[0]?.headers.authorization).toBe(`token ${TOKEN}`);
      expect(repository.requestCount()).toBe(1);
    });
  });

  test("a polled read is asked for conditionally, and a 304 answers what is known", async () => {
    await withGitHub([{ json: RUN, headers: { etag: '"one"' } }, { status: 304, headers: { etag: '"one"' } }, { json: { ...RUN, status: "in_progress" }, headers: { etag: '"two"' } }], async ({ repository, fake }) => {
      const first = await repository.readRun(5);
      expect(await repository.readRun(5)).toEqual(first);
      expect((await repository.readRun(5)).status).toBe("in_progress");
      expect(fake.seen.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"one"', '"one"']);
      expect(repository.requestCount()).toBe(3);
    });
  });

  test("a branch name with every special character is encoded and stays one path", async () => {
    await withGitHub([{ status: 204 }], async ({ repository, fake }) => {
      await repository.deleteBranch("instant/faq-#?{a}%20ü");
      expect(fake.routes()).toEqual(["DELETE /api/v3/repos/octo/site/git/refs/heads/instant/faq-%23%3F%7Ba%7D%2520%C3%BC"]);
    });
  });
});

describe("a disturbed service", () => {
  test("5xx and dropped connections are tried three times with a growing pause, then explained", async () => {
    await withGitHub([{ status: 502, json: { message: "Bad gateway" } }, "drop", { status: 503, json: { message: "Unicorn" } }], async ({ repository, fake, clock }) => {
      const error = await rejected(repository.readRun(5));
      expect(error.blame).toBe("service");
      expect(textOf(error)).toContain("503 Unicorn (3 tries)");
      expect(fake.seen).toHaveLength(3);
      expect(clock.pauses).toHaveLength(2);
      expect(clock.pauses[0]).toBeLessThanOrEqual(500);
      expect(clock.pauses[1]).toBeLessThanOrEqual(1_000);
    });
  });

  test("the third try may still succeed", async () => {
    await withGitHub(["drop", { status: 500, json: {} }, { json: RUN }], async ({ repository }) => {
      expect((await repository.readRun(5)).id).toBe(5);
      expect(repository.requestCount()).toBe(3);
    });
  });

  test("a 4xx is never repeated", async () => {
    await withGitHub([{ status: 404, json: { message: "Not Found" } }], async ({ repository, fake }) => {
      expect((await rejected(repository.readRun(5))).blame).toBe("permission");
      expect(fake.seen).toHaveLength(1);
    });
  });

  test("a query that broke down inside GitHub is tried again; one that says what is wrong is not", async () => {
    const broken = { json: { data: null, errors: [{ message: "Something went wrong while executing your query." }] } };
    await withGitHub([broken, { json: { data: { repository: { object: null } } } }], async ({ repository }) => {
      expect(await repository.readFile(SHA, "docs/FAQ.md")).toBeNull();
    });
    await withGitHub([{ json: { errors: [{ type: "NOT_FOUND", path: ["repository"], message: "Could not resolve to a Repository with the name 'octo/site'." }] } }], async ({ repository, fake }) => {
      const error = await rejected(repository.readFile(SHA, "docs/FAQ.md"));
      expect(error.blame).toBe("permission");
      expect(textOf(error)).toContain("Could not resolve to a Repository");
      expect(fake.seen).toHaveLength(1);
    });
  });
});

describe("limits", () => {
  const secondary = { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." };

  test("Retry-After is obeyed for 429 and 403, and neither counts as a failed try", async () => {
    const script = [429, 403, 429, 403].map((status) => ({ status, headers: { "retry-after": "7" }, json: secondary }));
    await withGitHub([...script, { json: RUN }], async ({ repository, clock }) => {
      await repository.readRun(5);
      expect(clock.pauses.every((pause) => pause >= 7_000 && pause < 8_000)).toBe(true);
      expect(clock.pauses).toHaveLength(4);
    });
  });

  test("a secondary limit without a header is waited out for a minute, then two", async () => {
    await withGitHub([{ status: 403, json: secondary }, { status: 403, json: secondary }, { json: RUN }], async ({ repository, clock }) => {
      await repository.readRun(5);
      expect(clock.pauses.map((pause) => Math.floor(pause / 60_000))).toEqual([1, 2]);
    });
  });

  test("a primary limit is waited for until its reset", async () => {
    const reset = String(Date.parse("2026-09-01T12:00:00Z") / 1_000 + 90);
    await withGitHub([{ status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, json: { message: "API rate limit exceeded for installation." } }, { json: RUN }], async ({ repository, clock }) => {
      await repository.readRun(5);
      expect(clock.pauses[0]).toBeGreaterThanOrEqual(91_000);
      expect(clock.pauses[0]).toBeLessThan(92_000);
    });
  });

  test("GraphQL says it with status 200", async () => {
    const limit = { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Date.parse("2026-09-01T12:00:00Z") / 1_000 + 5) }, json: { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] } };
    await withGitHub([limit, { json: { data: { repository: { object: null } } } }], async ({ repository, clock }) => {
      await repository.readFile(SHA, "x");
      expect(Math.floor((clock.pauses[0] ?? 0) / 1_000)).toBe(6);
    });
  });

  test("a limit that lasts longer than a job should wait ends it, saying when it lifts", async () => {
    const reset = String(Date.parse("2026-09-01T12:00:00Z") / 1_000 + 3_000);
    await withGitHub([{ status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, json: { message: "API rate limit exceeded" } }], async ({ repository, clock }) => {
      const error = await rejected(repository.readRun(5));
      expect(error.blame).toBe("service");
      expect(textOf(error)).toMatch(/lifts in about 51 minutes/);
      expect(clock.pauses).toEqual([]);
    });
  });

  test("waiting is bounded however often a limit is answered", async () => {
    const script = Array.from({ length: 20 }, () => ({ status: 429, headers: { "retry-after": "1" }, json: secondary }));
    await withGitHub(script, async ({ repository, fake }) => {
      expect((await rejected(repository.readRun(5))).blame).toBe("service");
      expect(fake.seen).toHaveLength(9);
    });
  });

  test("who may wait for an hour is beaten to it more often", async () => {
    const script = Array.from({ length: 40 }, () => ({ status: 403, headers: { "retry-after": "60" }, json: secondary }));
    await withGitHub([...script, { json: RUN }], async ({ repository }) => expect((await repository.readRun(5)).id).toBe(5), { patienceMs: 3_600_000 });
  });
});

describe("refusals name who can change what", () => {
  const pull = { head: "instant/faq-1", base: "main", title: "t", body: "b" };

  test("a missing permission is shown as the lines to add", async () => {
    await withGitHub([{ status: 403, json: { message: "Resource not accessible by integration" } }], async ({ repository, fake }) => {
      const error = await rejected(repository.openPull(pull));
      expect(error.blame).toBe("permission");
      expect(error.problems).toHaveLength(1);
      expect(textOf(error)).toContain("permissions:\n  pull-requests: write");
      expect(fake.seen).toHaveLength(1);
    });
  });

  test("GitHub's own header on accepted permissions is believed first", async () => {
    const headers = { "x-accepted-github-permissions": "contents=write,pull_requests=write; administration=write" };
    await withGitHub([{ status: 403, headers, json: { message: "Resource not accessible by integration" } }], async ({ repository }) => {
      expect(textOf(await rejected(repository.openPull(pull)))).toContain("permissions:\n  contents: write\n  pull-requests: write");
    });
  });

  test("the repository setting that keeps Actions from opening pull requests has a message of its own", async () => {
    await withGitHub([{ status: 403, json: { message: "GitHub Actions is not permitted to create or approve pull requests." } }], async ({ repository }) => {
      const text = textOf(await rejected(repository.openPull(pull)));
      expect(text).toContain("Allow GitHub Actions to create and approve pull requests");
      expect(text).not.toContain("permissions:\n");
    });
  });

  test("a person's token, to which no permission can be given, is told what to be replaced by", async () => {
    await withGitHub([{ status: 403, json: { message: "You must authenticate via a GitHub App." } }], async ({ repository }) => {
      const text = textOf(await rejected(repository.openPull(pull)));
      expect(text).toContain("the token of a GitHub App");
      expect(text).not.toContain("permissions:\n");
    });
  });

  test("a bad token", async () => {
    await withGitHub([{ status: 401, json: { message: "Bad credentials" } }], async ({ repository }) => {
      expect(textOf(await rejected(repository.openPull(pull)))).toContain("renew the secret");
    });
  });

  test("a validation error lists all that GitHub found", async () => {
    const json = { message: "Validation Failed", errors: [{ resource: "PullRequest", field: "base", code: "invalid" }, { message: "head is odd" }] };
    await withGitHub([{ status: 422, json }], async ({ repository }) => {
      expect(textOf(await rejected(repository.openPull(pull)))).toContain("base invalid; head is odd");
    });
  });

  test("switched-off issues", async () => {
    await withGitHub([{ status: 410, json: { message: "Issues has been disabled in this repository." } }], async ({ repository }) => {
      expect((await rejected(repository.openIssue({ title: "t", body: "b", labels: [] }))).blame).toBe("configuration");
    });
  });

  test("a forbidden field of a query names the permission of that field", async () => {
    const json = { data: { viewer: { login: "x" }, repository: { pause: null } }, errors: [{ type: "FORBIDDEN", path: ["repository", "pause"], message: "Resource not accessible by integration" }] };
    await withGitHub([{ json }], async ({ repository }) => {
      const text = textOf(await rejected(repository.readQuestion({ base: "", faqPath: "docs/FAQ.md", sources: [], branches: ["instant/faq-1"] })));
      expect(text).toContain("permissions:\n  issues: read");
      expect(text).not.toContain("contents: write");
    });
  });

  test("the token is in no message and no line of the log", async () => {
    await withGitHub([{ status: 403, headers: { "retry-after": "1" }, json: { message: "secondary rate limit" } }, "drop", { status: 401, json: { message: "Bad credentials" } }], async ({ repository, log }) => {
      const error = await rejected(repository.readRun(5));
      expect([...log.lines, textOf(error), error.stack, String(error.cause)].join("\n")).not.toContain(TOKEN);
      expect(log.lines.join("\n")).toContain("rate limit");
    });
  });
});
