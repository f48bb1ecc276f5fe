// The example of a health file, against real servers: Redis, Prometheus, and the rest as small servers of their own.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import type { Report } from "../../../src/kit/report.ts";
import { program } from "../../../src/cli/programs.ts";
import { type Server, startPrometheus, startRedis } from "../../../src/cli/servers.ts";
import { verify } from "../../../src/stages/post-deploy-health/index.ts";
import { type Hostile, http, json } from "../../probes/hostile.ts";
import { FakeRepository, masked, OTHER, policyOf, portsOf, SHA } from "./fakes.ts";

const example = readFileSync(new URL("../../../actions/post-deploy-health/health.example.yaml", import.meta.url), "utf8");
const programs = { redis: program("redis-server"), prometheus: program("prometheus") };
const missing = Object.values(programs).flatMap((one) => ("missing" in one ? [one.missing] : []));
const pathOf = (one: (typeof programs)["redis"]) => ("path" in one ? one.path : "");
const withServers = missing.length === 0 ? describe : describe.skip;

/** Length of the windows that are compared, in seconds. */
const WINDOW = 2;
const SECRETS = { TASK_API_TOKEN: "task-api-s3cret", SENTRY_TOKEN: "sntrys_s3cret", PRODUCT_REDIS_URL: "", PROMETHEUS_URL: "" };

/** One product with its traffic: which version is served, and how many of a hundred requests go wrong. */
interface Scene {
  readonly name: string;
  version: string;
  readonly rates: { backend: number; billing: number };
  readonly issues: unknown[];
}

withServers(`the example of a health file${missing.length > 0 ? `: ${missing.join("; ")}` : ""}`, () => {
  const scenes = new Map<string, Scene>();
  const counters = new Map<string, number>();
  const closing: (() => Promise<unknown>)[] = [];
  let redis: Redis;
  let products: Hostile;
  let scrapes = 0;

  /** A thousand requests to each service with each scrape. */
  const metrics = (): string => {
    scrapes += 1;
    const lines: string[] = [];
    for (const { name, rates } of scenes.values()) {
      for (const service of ["backend", "billing"] as const) {
        const bad = 10 * rates[service];
        for (const [code, count] of [["500", bad], ["200", 1_000 - bad]] as const) {
          const key = `http_requests_total{job="${name}-${service}",code="${code}"}`;
          counters.set(key, (counters.get(key) ?? 0) + count);
          lines.push(`${key} ${counters.get(key)}`);
        }
      }
    }
    return `${lines.join("\n")}\nqueue_depth{queue="a"} 3\n`;
  };

  const answer: Parameters<typeof http>[0] = (request, response) => {
    const [, name = "", ...rest] = (request.url ?? "").split("?")[0]!.split("/");
    const scene = scenes.get(name);
    const say = (status: number, body: unknown) => json(status, body)(request, response);
    switch (rest.join("/")) {
      case "version": return say(200, { commit: scene?.version });
      case "api/healthz": return say(200, { status: "ok", checks: { database: true } });
      case "www/": return response.writeHead(200, { "content-type": "text/html" }).end('<!doctype html><div id="app">');
      case "api/v1/tasks": return request.headers.authorization === "Bearer task-api-s3cret" ? say(200, { queue: { depth: 7 } }) : say(401, {});
      case "api/migrations/pending": return response.end("0");
      case "payments/health": return say(200, { status: "ok" });
      case "sentry/api/0/projects/acme/backend/": return request.headers.authorization === "Bearer sntrys_s3cret" ? say(200, { id: "42" }) : say(401, {});
      case "sentry/api/0/organizations/acme/issues/": return say(200, scene?.issues);
      default: return say(404, {});
    }
  };

  beforeAll(async () => {
    for (const name of ["good", "bad", "outage"]) scenes.set(name, { name, version: OTHER, rates: { backend: 1, billing: 1 }, issues: [] });
    products = await http(answer);
    const exporter = await http((_, response) => void response.end(metrics()));
    const [redisServer, prometheus]: [Server, Server] = await Promise.all([startRedis(pathOf(programs.redis), { password: "redis-s3cret" }), startPrometheus(pathOf(programs.prometheus), { target: `${exporter.url}/metrics`, intervalMs: 200 })]);
    redis = new Redis(redisServer.url);
    Object.assign(SECRETS, { PRODUCT_REDIS_URL: redisServer.url, PROMETHEUS_URL: prometheus.url });
    Object.assign(process.env, SECRETS);
    for (const id of ["a", "b"]) await redis.hset(`worker:heartbeat:${id}`, { last_heartbeat: new Date().toISOString(), status: "idle" });
    closing.push(async () => redis.disconnect(), redisServer.close, prometheus.close, async () => exporter[Symbol.asyncDispose](), async () => products[Symbol.asyncDispose]());
    const deadline = Date.now() + 20_000;
    // Both windows have to hold something.
    while (scrapes < 5 * (WINDOW + 1) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
  }, 60_000);
  afterAll(async () => {
    for (const end of closing) await end();
    for (const name of Object.keys(SECRETS)) delete process.env[name];
  });

  /** The example as it is, but for its addresses and for how long it takes. */
  const fileOf = (name: string) => example
    .replaceAll("https://api.example.com", `${products.url}/${name}/api`).replaceAll("https://www.example.com", `${products.url}/${name}/www`)
    .replace("https://status.payments.example", `${products.url}/${name}/payments`).replaceAll('job="', `job="${name}-`)
    .replace("kind: sentry\n", `kind: sentry\n    url: ${products.url}/${name}/sentry\n`).replace("expect: { certificate-days: 14 }", "expect: { status: 200 }")
    .replace("within-seconds: 180", "within-seconds: 20").replace("interval-seconds: 5", "interval-seconds: 0.2").replace("initial-delay-seconds: 30", "initial-delay-seconds: 1").replace("window-seconds: 60", `window-seconds: ${WINDOW}`);

  const deploy = async (name: string, more: (scene: Scene) => void): Promise<Report> => {
    const scene = scenes.get(name)!;
    const repo = new FakeRepository();
    repo.files["health.yaml"] = fileOf(name);
    repo.onDispatch = () => {
      scene.version = SHA;
      more(scene);
      repo.run({ status: "completed", conclusion: "success" });
    };
    const policy = policyOf({ "deploy-workflow": "deploy.yml", "version-url": `${products.url}/${name}/version`, "health-file": "health.yaml", "health-env": Object.keys(SECRETS).join(","), "probe-timeout-seconds": "5" });
    return verify(policy, portsOf(repo, policy));
  };

  test("finds a good deployment healthy, a bad one by its errors, and leaves an outage from outside alone", async () => {
    const [good, bad, outage] = await Promise.all([
      deploy("good", () => {}),
      deploy("bad", ({ rates }) => void (rates.backend = 3)),
      deploy("outage", ({ rates }) => void Object.assign(rates, { backend: 3, billing: 3 })),
    ]);
    const seen = [good, bad, outage].map(({ outputs }) => `${outputs["verdict"]} ${(JSON.parse(outputs["reasons"]!) as string[]).map((reason) => reason.split(":")[0]).join(" ")}`);
    expect(seen).toEqual(["healthy ", "unhealthy more-errors", "inconclusive outside-outage"]);
    // What every probe saw, and what the test says.
    for (const name of ["backend", "frontend", "task API", "workers", "new errors", "queue (advisory)", "migrations (advisory)", "payment provider (control)"]) expect(good!.summary).toMatch(new RegExp(`\\| ${name.replace(/[()]/g, "\\$&")} \\| [1-9]\\d* \\| 0 \\| 0 \\|`));
    expect(bad!.summary).toMatch(/\| errors of the backend \| right before \| [\d.]+% of \d+ \| [23][\d.]*% of \d+ \| less than once in a million times \| to [\d.]+% \| \*\*worse\*\* \|/);
    for (const secret of [...Object.values(SECRETS), "redis-s3cret"]) {
      expect(JSON.stringify([good, bad, outage])).not.toContain(secret);
      expect(masked).toContain(secret);
    }
  }, 60_000);

  test("finds workers that stop with the deployment", async () => {
    Object.assign(scenes.get("good")!, { version: OTHER });
    const stop = () => redis.hset("worker:heartbeat:b", { last_heartbeat: String(Date.now() / 1_000 - 400) });
    const { outputs } = await deploy("good", () => void stop());
    expect(outputs["verdict"]).toBe("unhealthy");
    expect(outputs["reasons"]).toMatch(/probe-failed: workers failed 4 of \d+ times: 1 of 2 heartbeats are older than 300 s: worker:heartbeat:b 40\d s ago/);
  }, 60_000);
});
