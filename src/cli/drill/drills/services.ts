import { answered, conclusions, headOf, logOf, pulls } from "../../rehearsal/look.ts";
import { type Rehearsal, rehearse } from "../../rehearsal/rehearse.ts";
import type { LoopWorld } from "../../rehearsal/world.ts";
import type { Fault } from "../../../sandbox/server/faults.ts";
import { type Drill, nothing } from "../port.ts";
import { type Scene, withInputs } from "../scene.ts";
import { seconds } from "../table.ts";
import { OTHER, QUESTION } from "./questions.ts";

/** What goes wrong with GitHub, the model, and the places of the record. */
export const serviceDrills: readonly Drill[] = [
  storeDrill("redis"),
  storeDrill("postgres"),
  {
    name: "model-timeout",
    about: "the model does not answer: the question ends with a reason, nothing is half-written, and asking again answers it",
    run: async (scene) => {
      const world = await scene.world({ edit: withInputs("faq-generate", { "timeout-seconds": "1", "max-attempts": "2" }) });
      world.model?.setBehaviour({ fault: { kind: "hang" }, times: 2 });
      const first = await rehearse(world, QUESTION);
      scene.same("the loop says that it failed", [first.result.status, first.run.conclusion], ["error", "failure"]);
      scene.expect("and that it was the model", /model/i.test(logOf(first, "generate")));
      scene.same("nothing was opened", pulls(world).length, 0);
      const began = Date.now();
      await done(scene, world, await rehearse(world, QUESTION));
      return { ...nothing, recovery_ms: Date.now() - began, notes: "two tries of 1 s, then an error that names the model" };
    },
  },
  githubDrill("github-5xx", "GitHub answers 502 at every kind of write, after it did what was asked: nothing is done twice", [
    { match: { graphql: "createCommitOnBranch" }, effect: { type: "error", when: "after" }, times: 1 },
    { match: { method: "POST", path: "/repos/{owner}/{repo}/pulls" }, effect: { type: "error", when: "after" }, times: 1 },
    { match: { method: "POST", path: "/repos/{owner}/{repo}/check-runs" }, effect: { type: "error", when: "after" }, times: 1 },
    { match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "error", when: "after" }, times: 1 },
    { match: { method: "POST", path: /\/dispatches$/ }, effect: { type: "error", when: "before" }, times: 1 },
    { match: { kind: "graphql" }, effect: { type: "error", when: "before", status: 503 }, times: 2 },
  ]),
  githubDrill("github-timeout", "connections to GitHub break, before and after the effect: nothing is lost, nothing is done twice", [
    { match: { method: "POST", path: "/repos/{owner}/{repo}/pulls" }, effect: { type: "drop", when: "after" }, times: 1 },
    { match: { graphql: "createCommitOnBranch" }, effect: { type: "drop", when: "after" }, times: 1 },
    { match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "drop", when: "after" }, times: 1 },
    { match: { kind: "graphql" }, effect: { type: "drop", when: "before" }, skip: 2, times: 2 },
  ]),
  githubDrill("rate-limited", "secondary and primary limits strike: their waits are obeyed, and the question is answered", [
    { match: { graphql: "createCommitOnBranch" }, effect: { type: "secondary-limit", retryAfterSeconds: 1 }, times: 1 },
    { match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "secondary-limit", status: 429, retryAfterSeconds: 1 }, times: 1 },
    { match: { kind: "rest", method: "POST" }, effect: { type: "primary-limit", resetSeconds: 2 }, times: 1 },
  ]),
  {
    name: "ci-timeout",
    about: "a check hangs: it is ended at its limit, nothing is merged, and the gate says why",
    run: async (scene) => {
      const world = await scene.world({ edit: withInputs("fast-ci", { "check-timeout-seconds": "2" }) });
      world.sandbox.setVariable(world.repository, "INSTANT_SMOKE_COMMAND", "sleep 600");
      const before = headOf(world);
      const rehearsal = await rehearse(world, QUESTION);
      scene.same("CI and gate are red", [conclusions(rehearsal)["ci"], conclusions(rehearsal)["gate"]], ["failure", "failure"]);
      scene.expect("the log names the limit", /2 s/.test(logOf(rehearsal, "ci")));
      scene.same("nothing is merged", headOf(world), before);
      scene.same("the pull request waits for people", pulls(world).map(({ issue }) => issue.state), ["open"]);
      return { ...nothing, notes: `phase ${rehearsal.result.phase}` };
    },
  },
  {
    name: "permission-removed",
    about: "a job lost a permission: one message names it and the line to add, and nothing is half-written",
    run: async (scene) => {
      const world = await scene.world({ edit: (text) => text.replace("      pull-requests: write # opens the pull request\n", "      pull-requests: read\n") });
      const first = await rehearse(world, QUESTION);
      const errors = first.run.jobs.flatMap(({ annotations }) => annotations.filter(({ level }) => level === "error"));
      scene.same("one error", errors.length, 1);
      scene.expect("it names the line to add", errors[0]?.message.includes("pull-requests: write") === true);
      scene.same("nothing was opened", pulls(world).length, 0);
      return { ...nothing, notes: "the message says `pull-requests: write`" };
    },
  },
];

/** The place of the record dies in the middle of a loop and comes back. */
function storeDrill(store: "redis" | "postgres"): Drill {
  const programs = store === "redis" ? ["redis-server"] : ["postgres", "initdb"];
  return {
    name: `${store}-down`,
    about: `${store === "redis" ? "Redis" : "PostgreSQL"} dies in the middle of a loop: it costs a warning, the question is answered, and the record is whole when it is back`,
    programs,
    run: async (scene) => {
      const writing = (text: string) => text.replaceAll(/contents: read #.*/g, "contents: write");
      const world = await scene.world({ edit: writing });
      const server = await scene[store](world);
      world.sandbox.setVariable(world.repository, "INSTANT_LEDGER_BRANCH", "instant-ledger");
      let killing: Promise<void> | undefined;
      const unsubscribe = world.sandbox.runs.subscribe((_, event) => {
        if (event.type === "job_completed" && event.job.key === "generate") killing = server.kill();
      });
      const first = await rehearse(world, QUESTION);
      unsubscribe();
      await killing;
      await done(scene, world, first);
      const warned = first.run.jobs.filter(({ log }) => log.includes(`goes on without ${store}`)).length;
      scene.expect("the jobs without it said so", warned >= 2);
      const down = Date.now();
      await server.start();
      const second = await rehearse(world, OTHER);
      scene.same("the next loop is done too", second.result.phase, "verified");
      const found = await recordsIn(store, server.url, [first, second]);
      scene.same("both tasks are on record, done and verified", found, [["done", "verified"], ["done", "verified"]]);
      return { ...nothing, recovery_ms: Date.now() - down, notes: `${warned} warnings; what it missed was brought to it` };
    },
  };
}

async function recordsIn(store: "redis" | "postgres", url: string, rehearsals: readonly Rehearsal[]): Promise<(readonly string[] | null)[]> {
  const opened = store === "redis" ? (await import("../../../ledger/redis/index.ts")).openRedis(url) : (await import("../../../ledger/postgres/index.ts")).openPostgres(url);
  const place = await opened;
  try {
    const records = await Promise.all(rehearsals.map(({ result }) => place.read(result.trace_id ?? "")));
    return records.map((record) => record && [record.task.status, record.task.phase]);
  } finally {
    await place.close();
  }
}

function githubDrill(name: string, about: string, faults: readonly Fault[]): Drill {
  return {
    name,
    about,
    run: async (scene) => {
      const world = await scene.world();
      for (const fault of faults) world.sandbox.faults.add(fault);
      const rehearsal = await rehearse(world, QUESTION);
      await done(scene, world, rehearsal);
      const struck = faults.map((fault) => world.sandbox.faults.struck(fault));
      scene.same("every fault struck", struck, faults.map(({ times = 1 }) => times));
      return { ...nothing, notes: `${struck.reduce((sum, times) => sum + times, 0)} faults, ${rehearsal.result.api_requests} requests, ${seconds(rehearsal.run.ms ?? 0)} in all` };
    },
  };
}

/** Answered once, by one pull request, served and verified. */
async function done(scene: Scene, world: LoopWorld, { result }: Rehearsal): Promise<void> {
  scene.same("it is verified", [result.status, result.phase], ["done", "verified"]);
  scene.same("one pull request", pulls(world).filter(({ merged }) => merged).length, 1);
  scene.same("answered once", await answered(world, [QUESTION]), [1]);
  scene.same("what is served is the newest commit", world.product.deployedSha(), headOf(world));
}
