import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import type { AppCredentials } from "../../../src/sandbox/world/installations.ts";
import { attachContract, type Contract } from "../../contract/attach.ts";
import { clientOf } from "./support.ts";

let sandbox: Sandbox;
let contract: Contract;
let app: AppCredentials;
/** Epoch milliseconds that the sandbox goes ahead of this machine. */
let ahead = 0;

beforeEach(async () => {
  ahead = 0;
  sandbox = await startSandbox({ now: () => Date.now() + ahead });
  contract = await attachContract(sandbox);
  for (const name of ["docs", "site", "secret"]) {
    await sandbox.createRepository({ owner: "acme", name, organization: true, from: { "README.md": name }, settings: { defaultWorkflowPermissions: "read" } });
  }
  app = await sandbox.installApp({ slug: "loop", permissions: { contents: "write", issues: "read", "pull-requests": "write" }, repositories: ["acme/docs", "acme/site"] });
});

afterEach(async () => {
  await sandbox.close();
  contract.verify();
});

function jwt(claims: Record<string, unknown> = {}, key = app.privateKey): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: app.clientId, iat: now - 30, exp: now + 500, ...claims })}`;
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), createPrivateKey(key)).toString("base64url")}`;
}

const ask = (token: string, body?: unknown) => clientOf(sandbox, token).rest("POST", `/app/installations/${app.installationId}/access_tokens`, body);

test("an App finds its installation by repository and by owner, and nobody else's", async () => {
  const client = clientOf(sandbox, jwt());
  const found = await client.rest("GET", "/repos/acme/docs/installation");
  expect(found).toMatchObject({ status: 200, body: { id: app.installationId, app_slug: "loop", app_id: app.appId, target_type: "Organization" } });
  expect((await client.rest("GET", "/users/acme/installation")).body.id).toBe(app.installationId);
  expect((await client.rest("GET", "/orgs/acme/installation")).body.id).toBe(app.installationId);
  expect((await client.rest("GET", "/repos/acme/secret/installation")).status).toBe(404);
  const other = await sandbox.installApp({ slug: "other", permissions: { contents: "read" }, repositories: ["acme/secret"] });
  expect((await client.rest("GET", `/app/installations/${other.installationId}`)).status).toBe(404);
  expect((await client.rest("POST", `/app/installations/${other.installationId}/access_tokens`)).status).toBe(404);
});

test("a token may what the installation may, in its repositories only, for an hour", async () => {
  const { status, body } = await ask(jwt({ iss: String(app.appId) }));
  expect(status).toBe(201);
  expect(body.permissions).toEqual({ contents: "write", issues: "read", pull_requests: "write", metadata: "read" });
  expect(Date.parse(body.expires_at) - Date.now()).toBeGreaterThan(3_500_000);
  const client = clientOf(sandbox, body.token);
  const names = (await client.rest("GET", "/installation/repositories")).body.repositories.map((one: { name: string }) => one.name);
  expect(names).toEqual(["docs", "site"]);
  expect((await client.rest("GET", "/repos/acme/docs")).status).toBe(200);
  expect((await client.rest("GET", "/repos/acme/secret")).status).toBe(404);
  expect((await client.rest("POST", "/repos/acme/docs/issues", { title: "no" })).status).toBe(403);
  ahead = 3_700_000;
  expect(await client.rest("GET", "/repos/acme/docs")).toMatchObject({ status: 401, body: { message: "Bad credentials" } });
});

test("it is narrowed by repository and permission, and never widened", async () => {
  const { body } = await ask(jwt(), { repositories: ["docs"], permissions: { contents: "read" } });
  expect(body).toMatchObject({ permissions: { contents: "read", metadata: "read" }, repository_selection: "selected", repositories: [{ full_name: "acme/docs" }] });
  const client = clientOf(sandbox, body.token);
  expect((await client.rest("GET", "/repos/acme/site")).status).toBe(404);
  expect((await client.rest("POST", "/repos/acme/docs/git/refs", { ref: "refs/heads/x", sha: "0".repeat(40) })).status).toBe(403);
  const refused = "The permissions requested are not granted to this installation.";
  for (const permissions of [{ issues: "write" }, { checks: "read" }, { contents: "admin" }, { nonsense: "read" }]) {
    expect(await ask(jwt(), { permissions })).toMatchObject({ status: 422, body: { message: refused } });
  }
  for (const wanted of [{ repositories: ["docs", "secret"] }, { repositories: ["nowhere"] }, { repository_ids: [1] }]) {
    expect(await ask(jwt(), wanted)).toMatchObject({ status: 422, body: { message: expect.stringContaining("not accessible to the parent installation") } });
  }
});

test("a revoked token is dead; nobody else's token can be revoked so", async () => {
  const { body } = await ask(jwt());
  const client = clientOf(sandbox, body.token);
  expect((await client.rest("DELETE", "/installation/token")).status).toBe(204);
  expect((await client.rest("GET", "/repos/acme/docs")).status).toBe(401);
  sandbox.addUser("ann");
  expect((await clientOf(sandbox, sandbox.tokens.user("ann")).rest("DELETE", "/installation/token")).status).toBe(403);
});

test("a JWT has to be signed by the App's own key, be of this time, and is good for nothing else", async () => {
  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs1", format: "pem" } });
  const now = Math.floor(Date.now() / 1000);
  const undecodable = "A JSON web token could not be decoded";
  expect(await ask(jwt({}, stranger.privateKey))).toMatchObject({ status: 401, body: { message: undecodable } });
  expect(await ask(`${jwt().split(".").slice(0, 2).join(".")}.AAAA`)).toMatchObject({ status: 401, body: { message: undecodable } });
  expect(await ask("a.b.c")).toMatchObject({ status: 401, body: { message: undecodable } });
  expect(await ask(jwt({ exp: now - 1 }))).toMatchObject({ status: 401, body: { message: expect.stringContaining("('exp')") } });
  expect(await ask(jwt({ exp: now + 700 }))).toMatchObject({ status: 401, body: { message: expect.stringContaining("too far in the future") } });
  expect(await ask(jwt({ iat: now + 120 }))).toMatchObject({ status: 401, body: { message: expect.stringContaining("('iat')") } });
  expect(await ask(jwt({ iss: "Iv23linobody" }))).toMatchObject({ status: 404, body: { message: "Integration not found" } });
  expect((await clientOf(sandbox, jwt()).rest("GET", "/repos/acme/docs")).status).toBe(404);
  expect((await clientOf(sandbox, jwt()).rest("DELETE", "/installation/token")).status).toBe(403);
  expect(await ask(sandbox.tokens.app("loop", { contents: "write" }))).toMatchObject({ status: 401 });
});

/** A job that makes a token with these inputs, uses it, and tells what came out. */
async function runJob(inputs: string, secret = app.privateKey) {
  const workflow = `on: workflow_dispatch
jobs:
  one:
    runs-on: any
    steps:
      - id: app
        uses: actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3
        with:
          client-id: \${{ vars.APP }}
          private-key: \${{ secrets.KEY }}
${inputs.replace(/^/gm, "          ")}
      - run: |
          echo "slug $SLUG installation $ID"
          echo "the token is $TOKEN"
          node -e 'fetch(process.env.GITHUB_API_URL + "/repos/acme/site", { headers: { authorization: "token " + process.env.TOKEN } }).then((answer) => console.log("site", answer.status))'
        env:
          TOKEN: \${{ steps.app.outputs.token }}
          SLUG: \${{ steps.app.outputs.app-slug }}
          ID: \${{ steps.app.outputs.installation-id }}
`;
  const name = `run${sandbox.world.repositories.size}`;
  await sandbox.createRepository({ owner: "acme", name, organization: true, from: { ".github/workflows/one.yml": workflow }, roles: { zoe: "write" } });
  sandbox.addUser("zoe");
  sandbox.setVariable(`acme/${name}`, "APP", app.clientId);
  sandbox.setSecret(`acme/${name}`, "KEY", secret);
  const tokens: string[] = [];
  const stop = sandbox.onExchange(({ responseBody }) => {
    const token = (responseBody as { token?: string } | undefined)?.token;
    if (token !== undefined) tokens.push(token);
  });
  const id = await sandbox.runs.dispatch(`acme/${name}`, "one.yml", {}, "zoe");
  const run = await sandbox.runs.waitForRun(id);
  stop();
  return { run, log: run.jobs.map((job) => job.log).join("\n"), tokens };
}

test("the action makes a masked token for the repositories it names, and revokes it when the job ends", async () => {
  const { run, log, tokens } = await runJob("owner: acme\nrepositories: docs, site\npermission-contents: read");
  expect(run.conclusion).toBe("success");
  expect(log).toContain(`slug loop installation ${app.installationId}`);
  expect(log).toContain("the token is ***");
  expect(log).toContain("site 200");
  expect(log).toContain("Token revoked");
  expect(tokens).toHaveLength(1);
  expect(log).not.toContain(tokens[0]);
  expect(log).not.toContain(app.privateKey.split("\n")[1]);
  expect((await clientOf(sandbox, tokens[0]).rest("GET", "/repos/acme/site")).status).toBe(401);
});

test("skip-token-revoke leaves it alive; a key on one line is read; 5xx is asked again", async () => {
  sandbox.faults.add({ match: { method: "POST", path: /access_tokens$/ }, effect: { type: "error", when: "before" }, times: 2 });
  const { run, log, tokens } = await runJob("owner: acme\nskip-token-revoke: true", app.privateKey.replaceAll("\n", "\\n"));
  expect(run.conclusion).toBe("success");
  expect(log).toContain("attempt 2");
  expect(log).not.toContain("Token revoked");
  expect((await clientOf(sandbox, tokens[0]).rest("GET", "/repos/acme/site")).status).toBe(200);
});

test.each([
  ["a permission that the installation lacks", "owner: acme\nrepositories: docs\npermission-checks: write", "The permissions requested are not granted to this installation."],
  ["a repository that it does not reach", "owner: acme\nrepositories: docs,secret", "not accessible to the parent installation"],
  ["its own repository, where it is not installed", "skip-token-revoke: false", "Not Found"],
])("the action fails with GitHub's words: %s", async (_, inputs, message) => {
  const { run } = await runJob(inputs);
  expect(run.conclusion).toBe("failure");
  expect(run.jobs[0]?.annotations.map((one) => one.message).join()).toContain(message);
});
