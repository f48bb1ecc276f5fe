import { readdirSync, readFileSync } from "node:fs";
import { answered, headOf, pulls } from "../../rehearsal/look.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import type { LoopWorld } from "../../rehearsal/world.ts";
import { type Drill, nothing } from "../port.ts";
import { asPerson } from "../person.ts";
import type { Scene } from "../scene.ts";
import { seconds } from "../table.ts";
import { questions } from "./questions.ts";

const MEMORY_LIMIT = 512 * 1024 * 1024;
/** Of Linux on the machines that Node is built for, in bytes. */
const PAGE = 4096;

/** Runners for the backlog. */
const RUNNERS = 2;

/** Too much at once, or after a while of nothing. */
export const loadDrills: readonly Drill[] = [
  {
    name: "backlog",
    about: "ten questions were asked while the loop was paused: once it goes on, all ten are answered in their order, none is lost",
    limitMs: 5 * 60_000,
    run: async (scene) => {
      const world = await scene.world({ template: "closed-loop-express.yml", sandbox: { maxConcurrentJobs: RUNNERS } });
      deployOnPush(world);
      const { runs } = world.sandbox;
      const pause = await asPerson<{ number: number }>(world, "POST", "/issues", { title: "Stop", body: "A moment, please.", labels: ["instant-paused"] });
      const asked = questions(10);
      const ids: number[] = [];
      for (const question of asked) ids.push((await rehearse(world, question)).run.id);
      scene.same("nothing is written while it is paused", [pulls(world).length, world.model?.requests.length], [0, 0]);
      await asPerson(world, "PATCH", `/issues/${pause.number}`, { state: "closed" });
      const began = Date.now();
      for (const id of ids) runs.rerun(id);
      await Promise.all(ids.map((id) => runs.waitForRun(id, 5 * 60_000)));
      const recovery = Date.now() - began;
      const counts = await answered(world, asked);
      scene.same("every question is answered once", counts, asked.map(() => 1));
      const order = pulls(world).map(({ issue }) => asked.findIndex((question) => issue.title.includes(question)));
      scene.same("all are opened", order.toSorted((a, b) => a - b), asked.map((_, index) => index));
      inOrder(scene, "opened", order);
      const merged = pulls(world).toSorted((a, b) => (a.mergedAt ?? 0) - (b.mergedAt ?? 0)).map(({ issue }) => asked.findIndex((question) => issue.title.includes(question)));
      inOrder(scene, "merged", merged);
      scene.expect("what is served is the newest commit", world.product.deployedSha() === headOf(world));
      return { ...nothing, recovery_ms: recovery, lost: counts.filter((count) => count === 0).length, notes: "ten runs started again, two runners" };
    },
  },
  {
    name: "twenty-on-one-worker",
    about: "twenty questions, one runner: all are answered, in less than 512 MB",
    limitMs: 5 * 60_000,
    run: async (scene) => {
      const world = await scene.world({ template: "closed-loop-express.yml", sandbox: { maxConcurrentJobs: 1 } });
      deployOnPush(world);
      const memory = watchMemory();
      const asked = questions(20);
      const began = Date.now();
      try {
        const ended = await Promise.all(asked.map((question) => rehearse(world, question)));
        scene.same("every loop is verified", ended.filter(({ result }) => result.phase !== "verified").length, 0);
      } finally {
        memory.stop();
      }
      const counts = await answered(world, asked);
      scene.same("every question is answered once", counts, asked.map(() => 1));
      scene.expect(`the worker takes less than 512 MB (${Math.round(memory.peak() / 1024 / 1024)} MiB)`, memory.peak() < MEMORY_LIMIT);
      const seen = memory.peak() === 0 ? "memory is measured on Linux only" : `at most ${Math.round(memory.peak() / 1024 / 1024)} MiB`;
      return { ...nothing, lost: counts.filter((count) => count === 0).length, notes: `${seen}, ${seconds(Date.now() - began)} in all` };
    },
  },
];

/** Runners that work side by side may overtake each other by so many places as there are others. */
function inOrder(scene: Scene, what: string, order: readonly number[]): void {
  scene.expect(`they are ${what} in the order of asking, as far as two runners keep it (${order.join(" ")})`, order.every((asked, place) => Math.abs(asked - place) < RUNNERS));
}

/** A hosting platform that hears pushes: a deploy workflow would need a runner of its own, while the loop's waits for it. */
function deployOnPush({ sandbox, repository, product }: LoopWorld): void {
  sandbox.setVariable(repository, "INSTANT_DEPLOY_WORKFLOW", "");
  sandbox.onWebhook(({ event, payload }) => {
    if (event === "push" && payload["ref"] === "refs/heads/main") void product.onPush(String(payload["after"]));
  });
}

/** The most that the processes of jobs held in memory together. Linux only: 0 elsewhere. */
function watchMemory(): { peak(): number; stop(): void } {
  let peak = 0;
  const look = () => void (peak = Math.max(peak, residentBytesOfJobs()));
  const timer = process.platform === "linux" ? setInterval(look, 50) : undefined;
  return { peak: () => peak, stop: () => clearInterval(timer) };
}

/** Processes of jobs, which know their run, below this one. */
function residentBytesOfJobs(): number {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).reduce((sum, pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").includes("\0GITHUB_RUN_ID=") || !isBelowUs(Number(pid))) return sum;
      const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
      return sum + Number(pages) * PAGE;
    } catch {
      return sum; // It has ended.
    }
  }, 0);
}

function isBelowUs(pid: number): boolean {
  const [, parent = "0"] = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return Number(parent) === process.pid || (Number(parent) > 1 && isBelowUs(Number(parent)));
}
