// GitHub Enterprise Server, and networks that stand between: what can be wrong there, and who is told to mend it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { everything } from "../../src/github/everything.ts";
import { connect } from "../../src/github/index.ts";
import { contextAt, fakeGitHub, fastClock, recordingLog, rejected, type Scripted, textOf, TOKEN, withGitHub } from "./fake.ts";
import { keepEnvironment, startProxy } from "./proxy-server.ts";

const RUN = { id: 5, html_url: "u", head_sha: "b".repeat(40), status: "queued", conclusion: null, created_at: "2026-09-01T12:00:00Z" };
const PAGE = "<!DOCTYPE html><title>Please sign in</title>";
let restore = () => {};

beforeEach(() => {
  restore = keepEnvironment();
});
afterEach(() => restore());

const pull = (repository: Parameters<Parameters<typeof withGitHub>[1]>[0]["repository"]) => repository.readPull(3, { faqPath: "docs/FAQ.md" });

describe("addresses", () => {
  test("REST goes under /api/v3, GraphQL to /api/graphql, also where the server lives below a path", async () => {
    const fake = await fakeGitHub([{ json: RUN }, { json: { data: null, errors: [{ type: "NOT_FOUND", message: "no" }] } }]);
    const context = { ...contextAt(fake.url), apiUrl: `${fake.url}/git/api/v3`, graphqlUrl: `${fake.url}/git/api/graphql`, serverUrl: `${fake.url}/git` };
    const repository = connect({ context, token: TOKEN, log: recordingLog(), clock: fastClock(), stage: "test" }, everything);
    await repository.readRun(5);
    await rejected(pull(repository));
    await fake.close();
    expect(fake.routes()).toEqual(["GET /git/api/v3/repos/octo/site/actions/runs/5", "POST /git/api/graphql"]);
  });

  test("a renamed repository is followed where it went, with method and token", async () => {
    const moved: Scripted = { status: 307, headers: { location: "/api/v3/repositories/9/pulls" } };
    await withGitHub([moved, { status: 201, json: { number: 3, html_url: "p" } }], async ({ repository, fake }) => {
      expect(await repository.openPull({ head: "x", base: "main", title: "t", body: "b" })).toEqual({ number: 3, url: "p" });
      expect(fake.routes()).toEqual(["POST /api/v3/repos/octo/site/pulls", "POST /api/v3/repositories/9/pulls"]);
      expect(fake.seen[1]).toMatchObject({ body: { title: "t" }, headers: { authorization: `token ${TOKEN}` } });
    });
  });

  test.each([301, 302, 307, 308])("a %s to another host takes no token there, and says where it pointed", async (status) => {
    const elsewhere = await fakeGitHub([{ json: RUN }]);
    await withGitHub([{ status, headers: { location: `${elsewhere.url}/login?token=s3cret` } }], async ({ repository, fake, clock }) => {
      const error = await rejected(repository.readRun(5));
      expect(error.blame).toBe("configuration");
      expect(textOf(error)).toContain(`sent the request to ${elsewhere.url}`);
      expect(textOf(error)).toContain("GITHUB_API_URL");
      expect(textOf(error)).not.toContain("s3cret");
      expect([fake.seen.length, elsewhere.seen.length, clock.pauses]).toEqual([1, 0, []]);
    });
    await elsewhere.close();
  });
});

describe("a server that is older than the queries", () => {
  // As GitHub Enterprise Server words it (graphql-ruby's static validation).
  const missing = (field: string, type: string) => ({ path: ["query Pull", "repository", field], extensions: { code: "undefinedField", typeName: type, fieldName: field }, locations: [{ line: 1, column: 1 }], message: `Field '${field}' doesn't exist on type '${type}'` });

  test.each([
    ["no rules of branches", [missing("rules", "Ref")]],
    ["several at once", [missing("rules", "Ref"), missing("refUpdateRule", "Ref")]],
    ["an unknown argument, without a code", [{ message: "Field 'latestOpinionatedReviews' doesn't accept argument 'writersOnly'" }]],
    ["an unknown type", [{ message: "No such type RequiredStatusChecksParameters, so it can't be a fragment condition" }]],
  ])("%s: it is said at once, and nothing is decided without it", async (_, errors) => {
    await withGitHub([{ json: { errors } }], async ({ repository, fake, clock }) => {
      const error = await rejected(pull(repository));
      expect(error.blame).toBe("configuration");
      for (const { message } of errors) expect(textOf(error)).toContain(message);
      expect(textOf(error)).toContain("older than INSTANT can work with");
      expect([fake.seen.length, clock.pauses]).toEqual([1, []]);
    });
  });

  test("a dispatch that cannot tell its run is asked for again in the older words", async () => {
    const refused = { status: 422, json: { message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' } };
    await withGitHub([refused, { status: 204 }], async ({ repository, fake }) => {
      expect(await repository.dispatchWorkflow({ workflow: "deploy.yml", ref: "main", inputs: {}, mayBeOurs: () => Promise.resolve(true) })).toEqual({ runId: null, url: null });
      expect(fake.seen.map(({ body }) => body)).toEqual([{ ref: "main", inputs: {}, return_run_details: true }, { ref: "main", inputs: {} }]);
    });
  });
});

describe("something else answers in GitHub's place", () => {
  async function answering(status: number, type: string, body: string) {
    const server = createServer((_, response) => response.writeHead(status, { "content-type": type }).end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const clock = fastClock();
    const repository = connect({ context: contextAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), token: TOKEN, log: recordingLog(), clock, stage: "test" }, everything);
    return { repository, clock, close: () => server.closeAllConnections() ?? server.close() };
  }

  test.each([
    ["a page with 200", 200, "text/html", PAGE],
    ["a page with 200 that calls itself JSON", 200, "application/json", PAGE],
    ["a proxy's page with 403", 403, "text/html", PAGE],
    ["a server's page with 404", 404, "text/html; charset=utf-8", PAGE],
    ["plain words with 200", 200, "text/plain", "OK"],
  ])("%s: neither an answer nor a missing permission", async (_, status, type, body) => {
    const { repository, clock, close } = await answering(status, type, body);
    for (const ask of [() => repository.readRun(5), () => repository.openPull({ head: "x", base: "main", title: "t", body: "b" }), () => pull(repository)]) {
      const error = await rejected(ask());
      expect(error.blame).toBe("service");
      expect(textOf(error)).toContain("is not GitHub's API");
      expect(textOf(error)).toContain("/api/v3 and /api/graphql");
      expect(textOf(error)).not.toContain("permissions:");
    }
    expect(clock.pauses).toEqual([]);
    close();
  });

  test("a page with 503 is a disturbance, which a server's own administrators know about", async () => {
    const { repository, clock, close } = await answering(503, "text/html", PAGE);
    const error = await rejected(repository.readRun(5));
    expect(clock.pauses).toHaveLength(2);
    expect(textOf(error)).toMatch(/see the administrators of 127\.0\.0\.1:\d+/);
    expect(textOf(error)).not.toContain("githubstatus");
    close();
  });
});

describe("the way there is closed", () => {
  const at = (url: string) => {
    const clock = fastClock();
    return { clock, repository: connect({ context: contextAt(url), token: TOKEN, log: recordingLog(), clock, stage: "test" }, everything) };
  };

  test("a proxy that wants a password is the configuration's fault, and is asked once", async () => {
    const proxy = await startProxy(1, { credential: "ada:right" });
    process.env.HTTPS_PROXY = proxy.url.replace("//", "//ada:Hunter-2@");
    const { repository, clock } = at("https://ghes.internal.test");
    const error = await rejected(repository.readRun(5));
    proxy.close();
    expect(error.blame).toBe("configuration");
    expect(textOf(error)).toContain("does not take the user and password in HTTPS_PROXY");
    expect(textOf(error)).not.toContain("Hunter-2");
    expect([proxy.credentials.length, clock.pauses]).toEqual([1, []]);
  });

  test("a proxy that cannot reach the server is tried three times, and its log named in place of GitHub's status", async () => {
    const proxy = await startProxy({});
    process.env.HTTPS_PROXY = proxy.url;
    const { repository, clock } = at("https://ghes.internal.test");
    const error = await rejected(repository.readRun(5));
    proxy.close();
    expect(error.blame).toBe("service");
    expect(textOf(error)).toContain(`GitHub could not be asked to read the workflow run 5: The proxy ${proxy.url} did not let this job through to ghes.internal.test:443 (502) (3 tries)`);
    expect(textOf(error)).toContain("add it to NO_PROXY");
    expect([proxy.asked.length, clock.pauses.length]).toEqual([3, 2]);
  });

  test("no proxy where one is needed", async () => {
    const error = await rejected(at("https://ghes.internal.invalid").repository.readRun(5));
    expect(error.blame).toBe("service");
    expect(textOf(error)).toMatch(/The name ghes\.internal\.invalid cannot be resolved .*set HTTPS_PROXY/s);
  });
});
