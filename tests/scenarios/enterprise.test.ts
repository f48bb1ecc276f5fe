// The loop on a server of one's own, in a network where only a proxy with a password knows the names: a call that went past the
// proxy, or to another address than the runner gave, would find nothing.
import { afterEach, expect, test } from "@jest/globals";
import type { LoopWorld, WorldOptions } from "../../src/cli/rehearsal/world.ts";
import { type Proxy, startProxy } from "../github/proxy-server.ts";
import { answered, ask, conclusions, headOf, issues, logOf, loopWorld, pulls, repositoryOf, summaryOf } from "./support.ts";

const QUESTION = "How do I restore a backup?";
const [GHES, MODEL, SHOP] = ["ghes.internal.test", "model.internal.test", "shop.internal.test"];
const PASSWORD = "Hunter-2@home";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function enterprise(options: WorldOptions & { readonly noProxy?: string } = {}): Promise<{ world: LoopWorld; proxy: Proxy }> {
  const routes: Record<string, number> = {};
  const proxy = await startProxy(routes, { credential: `ada:${PASSWORD}` });
  closing.push(proxy.close);
  const environment = { http_proxy: proxy.url.replace("//", `//ada:${encodeURIComponent(PASSWORD)}@`), no_proxy: options.noProxy ?? "" };
  const world = await loopWorld({ ...options, sandbox: { publicUrl: `http://${GHES}`, environment } });
  const { sandbox, product, model, repository } = world;
  const known = (name: string, url: string): string => {
    const { port, pathname } = new URL(url);
    routes[name] = Number(port);
    return `http://${name}${pathname}`;
  };
  known(GHES, sandbox.address);
  sandbox.setVariable(repository, "INSTANT_BASE_URL", known(MODEL, model?.url ?? ""));
  sandbox.setVariable(repository, "INSTANT_VERSION_URL", known(SHOP, product.versionUrl));
  sandbox.setVariable(repository, "INSTANT_HEALTH_URLS", known(SHOP, product.healthUrl));
  return { world, proxy };
}

/** What went through the proxy to a host, as `METHOD first/two/segments`, each once. */
function seen(proxy: Proxy, host: string, program: RegExp): string[] {
  const found = proxy.requests.filter(({ authority, userAgent }) => authority === `${host}:80` && program.test(userAgent));
  return [...new Set(found.map(({ method, path }) => `${method} ${path.split(/[?]/)[0]?.split("/").slice(1, 3).join("/")}`))].sort();
}

/** Whether the server was asked by nobody but the proxy. */
function allCame(world: LoopWorld, proxy: Proxy): boolean {
  return world.sandbox.requests.list().length === proxy.requests.filter(({ authority }) => authority === `${GHES}:80`).length;
}

function everyLog(run: { readonly jobs: readonly { readonly log: string }[] }): string {
  return run.jobs.map((job) => job.log).join("\n");
}

test("a question is merged and deployed, found to break production and taken back until it is healthy, through the proxy alone, with the API under /api/v3", async () => {
  const { world, proxy } = await enterprise({ sickWith: QUESTION });
  const { result, run } = await ask(world, QUESTION);
  expect(run.error).toBeUndefined();
  expect(result).toMatchObject({ status: "error", phase: "rolled_back", verdict: "healthy", deployed_sha: headOf(world) });
  expect(conclusions({ run })).toEqual({ generate: "success", ci: "success", gate: "success", health: "failure", rollback: "success" });
  expect(pulls(world).map((pull) => pull.merged)).toEqual([true, true]);
  expect(await answered(world, [QUESTION])).toEqual([0]);

  expect(seen(proxy, GHES, /^instant-/)).toEqual(["DELETE api/v3", "GET api/v3", "POST api/graphql", "POST api/v3", "PUT api/v3"]);
  const [owner, name] = world.repository.split("/");
  // fast-ci fetches the commit that it checks.
  expect(seen(proxy, GHES, /^git\//)).toEqual([`GET ${owner}/${name}`, `POST ${owner}/${name}`]);
  expect(proxy.requests.some(({ authority, path }) => authority === `${MODEL}:80` && path.endsWith("/chat/completions"))).toBe(true);
  expect(seen(proxy, SHOP, /^instant-probe$/)).toEqual(["GET healthz", "GET version"]);
  expect(allCame(world, proxy)).toBe(true);

  // Every link is one that people on that network can follow.
  const runUrl = `http://${GHES}/${world.repository}/actions/runs/${run.id}`;
  const bodies = [pulls(world)[0]?.issue.body, issues(world)[0]?.body].map((body) => body ?? "");
  for (const body of bodies) expect(body).toContain(runUrl);
  const written = [everyLog(run), ...bodies, ...run.jobs.flatMap((job) => job.steps.map((step) => step.summary))].join("\n");
  expect(written).not.toMatch(/github\.com|127\.0\.0\.1/);
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(written).not.toContain(secret);
});

test("a server that does not sign what is made through its API: nothing is merged, and the gate names the setting", async () => {
  const world = await loopWorld();
  const { signed } = repositoryOf(world);
  signed.add = () => signed; // as on a GitHub Enterprise Server without web commit signing, its default
  const before = headOf(world);
  const rehearsal = await ask(world, QUESTION);
  expect(conclusions(rehearsal)).toMatchObject({ generate: "success", ci: "success", gate: "failure", health: "skipped" });
  expect(summaryOf(rehearsal, "gate")).toContain("web commit signing");
  expect(headOf(world)).toBe(before);
});

test("NO_PROXY takes a host out: it is asked straight, and what is wrong there is said", async () => {
  const { world, proxy } = await enterprise({ noProxy: `localhost,.${MODEL.split(".").slice(1).join(".")}:81,${MODEL}` });
  const rehearsal = await ask(world, QUESTION);
  expect(conclusions(rehearsal)).toMatchObject({ generate: "failure", ci: "skipped", gate: "skipped" });
  expect(logOf(rehearsal, "generate")).toMatch(new RegExp(`cannot be reached: .*${MODEL}`));
  expect(proxy.requests.map(({ authority }) => authority)).not.toContain(`${MODEL}:80`);
  expect(seen(proxy, GHES, /^instant-/)).toContain("POST api/graphql");
  expect(pulls(world)).toHaveLength(0);
});
