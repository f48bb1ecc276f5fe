import { answered, faqAt, headOf, issues, pulls } from "../../rehearsal/look.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import type { LoopWorld } from "../../rehearsal/world.ts";
import { type Drill, type Figures, nothing } from "../port.ts";
import type { Scene } from "../scene.ts";
import { QUESTION, questions } from "./questions.ts";

const FORWARDS = ["faq-generate", "fast-ci", "auto-merge-gate", "post-deploy-health"] as const;

/** Worlds side by side for the kills of one direction; each of its loops is mostly waiting. */
const LANES = 3;

/** A loop makes more calls than this, in each direction; how many more depends on how often it has to look whether something is done. */
const LEAST_CALLS = 12;
/** And fewer than this. */
const MOST_CALLS = 60;

interface Killed {
  readonly killed: boolean;
  readonly ms: number;
}

/**
 * Kills at each call in turn, several side by side, until a loop ends before its kill comes.
 * @param kills one for each lane.
 */
async function killAtEveryCall(scene: Scene, kills: readonly ((call: number) => Promise<Killed>)[]): Promise<Figures> {
  let [next, last, slowest, count] = [0, Infinity, 0, 0];
  const lane = async (kill: (call: number) => Promise<Killed>) => {
    for (let call = next++; call < last; call = next++) {
      const { killed, ms } = await kill(call);
      if (!killed) last = Math.min(last, call);
      else [slowest, count] = [Math.max(slowest, ms), count + 1];
    }
  };
  await Promise.all(kills.map(lane));
  scene.expect(`more than ${LEAST_CALLS} kills came (${count})`, count > LEAST_CALLS);
  return { ...nothing, recovery_ms: slowest, notes: `${count} kills` };
}

/** Runners that lose power. The one who asks again is a person, or the schedule of a later version. */
export const killedDrills: readonly Drill[] = [
  ...[...FORWARDS, "rollback" as const].map(runnerKilled),
  {
    name: "kill-at-every-call",
    about: "the runner is killed at every single API call of a loop, the answer on its way: asked again, the work is finished and nothing is done twice",
    limitMs: 8 * 60_000,
    run: async (scene) => {
      const asked = questions(MOST_CALLS);
      const worlds = await Promise.all(Array.from({ length: LANES }, () => scene.world()));
      return killAtEveryCall(scene, worlds.map((world) => (call) => killForwards(scene, world, asked[call] ?? QUESTION, call)));
    },
  },
  {
    name: "kill-at-every-call-of-a-rollback",
    about: "the same on the way back: taken back once, one incident",
    limitMs: 8 * 60_000,
    run: async (scene) => {
      return killAtEveryCall(scene, Array.from({ length: LANES }, () => (call: number) => killBackwards(scene, call)));
    },
  },
];

/** Killed in the middle of one stage: at its second call. */
function runnerKilled(stage: (typeof FORWARDS)[number] | "rollback"): Drill {
  return {
    name: `runner-killed-${stage}`,
    about: `the runner loses power in the middle of ${stage}: asked again, the work is finished and nothing is done twice`,
    run: async (scene): Promise<Figures> => {
      const back = stage === "rollback";
      const world = await scene.world(back ? { sickWith: QUESTION } : {});
      const before = await faqAt(world);
      const killed = await killAt(world, QUESTION, 1, new RegExp(`^instant-${stage}`));
      scene.expect(`${stage} was reached`, killed);
      const began = Date.now();
      const { result } = await rehearse(world, QUESTION);
      const recovery = Date.now() - began;
      if (back) scene.same("it is rolled back", [result.phase, await faqAt(world)], ["rolled_back", before]);
      else scene.same("it is verified, once", [result.phase, ...(await answered(world, [QUESTION]))], ["verified", 1]);
      scene.same("pull requests", pulls(world).length, back ? 2 : 1);
      scene.same("incidents", issues(world).map(({ state }) => state), back ? ["closed"] : []);
      return { ...nothing, recovery_ms: recovery, notes: "asked again" };
    },
  };
}

async function killForwards(scene: Scene, world: LoopWorld, question: string, call: number): Promise<Killed> {
  const killed = await killAt(world, question, call);
  const began = Date.now();
  const { result } = await rehearse(world, question);
  scene.same(`killed at call ${call + 1}, it is verified`, result.phase, "verified");
  scene.same(`killed at call ${call + 1}, it is answered once`, await answered(world, [question]), [1]);
  const mine = pulls(world).filter(({ issue }) => issue.title.includes(question));
  scene.same(`killed at call ${call + 1}, pull requests of the question`, mine.map(({ merged }) => merged), [true]);
  scene.same(`killed at call ${call + 1}, what is served`, world.product.deployedSha(), headOf(world));
  return { killed, ms: Date.now() - began };
}

async function killBackwards(scene: Scene, call: number): Promise<Killed> {
  const world = await scene.world({ sickWith: QUESTION });
  try {
    const before = await faqAt(world);
    const killed = await killAt(world, QUESTION, call, /^instant-(post-deploy-health|rollback)/);
    const began = Date.now();
    const { result } = await rehearse(world, QUESTION);
    const about = `killed at call ${call + 1} on the way back`;
    scene.same(`${about}, production`, [(await fetch(world.product.healthUrl)).status, result.deployed_sha], [200, headOf(world)]);
    scene.expect(`${about}, the FAQ is as it was`, (await faqAt(world)) === before);
    scene.same(`${about}, hotfixes`, pulls(world).map(({ merged }) => merged), [true, true]);
    scene.same(`${about}, incidents`, issues(world).map(({ state }) => state), ["closed"]);
    return { killed, ms: Date.now() - began };
  } finally {
    await world.close();
  }
}

/**
 * Asks, and ends the runner's processes when the call with this ordinal has had its effect, before its answer is known.
 * @returns false when the loop ended without making so many calls.
 */
async function killAt(world: LoopWorld, question: string, call: number, stages = /^instant-/): Promise<boolean> {
  const { sandbox, repository, template, person } = world;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: started, resolve: start } = Promise.withResolvers<number>();
  let killed = false;
  const first = async () => {
    killed = true;
    await sandbox.runs.killRun(await started);
  };
  const disarm = sandbox.faults.add({ match: { userAgent: stages }, effect: { type: "drop", when: "after", first }, skip: call, times: 1 });
  const unsubscribe = sandbox.runs.subscribe((run, event) => {
    if (event.type === "run_completed" && run.workflow.path.endsWith(`/${template}`)) end();
  });
  start(await sandbox.runs.dispatch(repository, template, { question }, person));
  await ended;
  disarm();
  unsubscribe();
  return killed;
}
