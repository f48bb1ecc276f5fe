import { program } from "../programs.ts";
import type { LoopWorld, WorldOptions } from "../rehearsal/world.ts";
import { type Server, startPostgres, startRedis } from "../servers.ts";
import { type Lens, openLens } from "./lens.ts";
import { healthFile, type Metrics, openMetrics } from "./metrics.ts";
import { asPerson } from "./person.ts";

/** Where a drill is played: it opens worlds and servers, says what has to hold, and leaves nothing behind. */
export class Scene {
  /** What should have held and did not. */
  readonly broken: string[] = [];
  readonly #ending: (() => Promise<unknown>)[] = [];
  #closed = false;

  expect(what: string, holds: boolean): void {
    if (!holds) this.broken.push(what);
  }

  /** As `expect`, with both sides shown when they differ. */
  same(what: string, seen: unknown, wanted: unknown): void {
    const [left, right] = [JSON.stringify(seen), JSON.stringify(wanted)];
    if (left !== right) this.broken.push(`${what}: ${left} instead of ${right}`);
  }

  async world(options: WorldOptions = {}): Promise<LoopWorld> {
    // The sandbox is big; a list of the drills should not wait for it.
    const { openWorld } = await import("../rehearsal/world.ts");
    return this.#keep(await openWorld(options));
  }

  /** A lens on the product's health, which the loop looks through from now on. */
  async lens(world: LoopWorld): Promise<Lens> {
    const lens = this.#keep(await openLens(world.product.healthUrl));
    world.sandbox.setVariable(world.repository, "INSTANT_HEALTH_URLS", lens.url);
    return lens;
  }

  /** Counts of the product's requests, which the loop compares from now on by a health file. */
  async metrics(world: LoopWorld, windowSeconds: number): Promise<Metrics> {
    const metrics = this.#keep(await openMetrics());
    const content = Buffer.from(healthFile(world.product.healthUrl, metrics.url, windowSeconds)).toString("base64");
    await asPerson(world, "PUT", "/contents/health.yaml", { message: "Say what healthy is", content });
    world.sandbox.setVariable(world.repository, "INSTANT_HEALTH_FILE", "health.yaml");
    world.sandbox.setVariable(world.repository, "INSTANT_HEALTH_URLS", "");
    return metrics;
  }

  async redis(world: LoopWorld): Promise<Server> {
    const server = this.#keep(await startRedis(pathOf("redis-server"), { password: "drill", settings: ["--appendonly", "yes", "--appendfsync", "always"] }));
    world.sandbox.setSecret(world.repository, "INSTANT_REDIS_URL", server.url);
    return server;
  }

  async postgres(world: LoopWorld): Promise<Server> {
    const server = this.#keep(await startPostgres({ postgres: pathOf("postgres"), initdb: pathOf("initdb") }, { password: "drill" }));
    world.sandbox.setSecret(world.repository, "INSTANT_DATABASE_URL", server.url);
    return server;
  }

  /** Ends everything it opened, the newest first. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#ending.splice(0).reverse()) await end();
  }

  #keep<T extends { close(): Promise<void> }>(one: T): T {
    this.#ending.push(() => one.close());
    // Opened while its drill was given up: it goes at once.
    if (this.#closed) void this.close();
    return one;
  }
}

function pathOf(name: string): string {
  const found = program(name);
  if ("path" in found) return found.path;
  throw new Error(found.missing);
}

/** `with:` lines put into the steps that use an action, for limits that a drill cannot wait for. */
export function withInputs(action: string, inputs: Readonly<Record<string, string>>): (workflow: string) => string {
  const lines = Object.entries(inputs).map(([name, value]) => `          ${name}: ${JSON.stringify(value)}\n`).join("");
  return (workflow) => {
    const place = new RegExp(`(uses: org/instant/${action}@\\S+\\n +with:\\n)`, "g");
    if (!place.test(workflow)) throw new Error(`the template does not use ${action}`);
    return workflow.replace(place, `$1${lines}`);
  };
}
