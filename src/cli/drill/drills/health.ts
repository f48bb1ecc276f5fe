import { faqAt, headOf, issues, outputOf, pulls } from "../../rehearsal/look.ts";
import { type Rehearsal, rehearse } from "../../rehearsal/rehearse.ts";
import type { LoopWorld } from "../../rehearsal/world.ts";
import { clear, sick } from "../lens.ts";
import { type Drill, nothing } from "../port.ts";
import { type Scene, withInputs } from "../scene.ts";
import { timesOf } from "../times.ts";
import { QUESTION } from "./questions.ts";

/** What goes wrong with the product, or with those who look at it. */
export const healthDrills: readonly Drill[] = [
  {
    name: "health-failure",
    about: "the deployed answer breaks /healthz: it is taken back, and production ends healthy",
    run: async (scene) => {
      const world = await scene.world({ sickWith: QUESTION });
      const before = await faqAt(world);
      const rehearsal = await rehearse(world, QUESTION);
      await takenBack(scene, world, rehearsal, before);
      return { ...nothing, ...timesOf(world, rehearsal), notes: "the answer was taken back, one incident" };
    },
  },
  {
    name: "flapping",
    about: "every other look at the new version fails: that is not healthy, and it is taken back",
    run: async (scene) => {
      const world = await scene.world();
      const lens = await scene.lens(world);
      const before = await faqAt(world);
      lens.show(async (looks) => ((await isServed(world)) && looks % 2 === 0 ? sick : clear));
      const rehearsal = await rehearse(world, QUESTION);
      await takenBack(scene, world, rehearsal, before);
      return { ...nothing, ...timesOf(world, rehearsal), notes: "one good look between two bad ones is no pass" };
    },
  },
  {
    name: "slow-burn",
    about: "the new version answers its probes, and more and more of its requests go wrong: the counts tell, and it is taken back",
    run: async (scene) => {
      const world = await scene.world();
      const metrics = await scene.metrics(world, 5);
      const before = await faqAt(world);
      let burningSince: number | null = null;
      metrics.show((at) => {
        if (world.product.deployedSha() === headOf(world) && pulls(world).some(({ merged }) => merged)) burningSince ??= world.product.history.at(-1)?.at ?? at;
        const seconds = burningSince === null ? 0 : Math.max(0, at - burningSince) / 1_000;
        return 0.01 + Math.min(0.2, 0.02 * seconds);
      });
      const rehearsal = await rehearse(world, QUESTION);
      const [reason = ""] = reasonsOf(rehearsal);
      scene.expect("the counts tell", reason.startsWith("more-errors"));
      scene.same("it is rolled back", rehearsal.result.phase, "rolled_back");
      scene.expect("the FAQ is as it was", (await faqAt(world)) === before);
      return { ...nothing, ...timesOf(world, rehearsal), notes: reason };
    },
  },
  {
    name: "outside-outage",
    about: "everything fails, before the deployment as after it: that is not the change's fault, and nothing is taken back",
    run: async (scene) => {
      const world = await scene.world({ edit: withInputs("post-deploy-health", { "health-timeout-seconds": "8" }) });
      const lens = await scene.lens(world);
      lens.show(() => sick);
      const rehearsal = await rehearse(world, QUESTION);
      undecided(scene, world, rehearsal);
      return { ...nothing, notes: reasonsOf(rehearsal)[0] ?? "" };
    },
  },
  {
    name: "monitoring-down",
    about: "the probes are well, and Prometheus is not there: that is no failure, nothing is taken back, and the run says so",
    run: async (scene) => {
      const world = await scene.world();
      const metrics = await scene.metrics(world, 2);
      await metrics.close();
      const rehearsal = await rehearse(world, QUESTION);
      undecided(scene, world, rehearsal);
      return { ...nothing, notes: reasonsOf(rehearsal)[0] ?? "" };
    },
  },
  {
    name: "deploy-never-arrives",
    about: "the platform never deploys the merged commit: a verdict of its own, and nothing is taken back",
    run: async (scene) => {
      const world = await scene.world({ edit: withInputs("post-deploy-health", { "deploy-timeout-seconds": "3" }) });
      // A hosting platform that should hear the push, and does not.
      world.sandbox.setVariable(world.repository, "INSTANT_DEPLOY_WORKFLOW", "");
      const rehearsal = await rehearse(world, QUESTION);
      undecided(scene, world, rehearsal);
      scene.expect("the old version is still served", world.product.deployedSha() !== headOf(world));
      return { ...nothing, notes: reasonsOf(rehearsal)[0] ?? "" };
    },
  },
];

/** Whether what is served holds the answer: what comes by the deployment, and goes by the rollback. */
export async function isServed(world: LoopWorld): Promise<boolean> {
  const sha = world.product.deployedSha();
  return sha !== undefined && (await faqAt(world, sha)).includes(QUESTION);
}

async function takenBack(scene: Scene, world: LoopWorld, { result }: Rehearsal, before: string): Promise<void> {
  scene.same("it is rolled back", [result.phase, result.verdict], ["rolled_back", "healthy"]);
  scene.same("production serves the reverted tree", result.deployed_sha, headOf(world));
  scene.expect("the FAQ is as it was", (await faqAt(world)) === before);
  scene.same("one hotfix was merged", pulls(world).filter(({ issue, merged }) => issue.title.startsWith("Rollback: ") && merged).length, 1);
  scene.same("one incident tells of it", issues(world).length, 1);
}

/** Merged, not judged, not taken back. */
function undecided(scene: Scene, world: LoopWorld, { result }: Rehearsal): void {
  scene.same("no verdict for or against it", result.verdict, "inconclusive");
  scene.expect("it stays merged", result.merged_sha !== null && headOf(world) === result.merged_sha);
  scene.same("nothing is taken back", pulls(world).length, 1);
  scene.same("the loop does not call it a success", result.status, "error");
}

function reasonsOf({ run }: Rehearsal): string[] {
  const reasons: unknown = JSON.parse(outputOf({ run }, "health", "reasons") || "[]");
  return Array.isArray(reasons) ? reasons.map(String) : [];
}
