import { answered, faqAt, headOf, issues, outputOf, pulls } from "../../rehearsal/look.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import type { LoopWorld } from "../../rehearsal/world.ts";
import { clear, sick } from "../lens.ts";
import { asPerson } from "../person.ts";
import { type Drill, nothing } from "../port.ts";
import { withInputs } from "../scene.ts";
import { timesOf } from "../times.ts";
import { OTHER, QUESTION } from "./questions.ts";

/** What goes wrong with taking a change back. */
export const rollbackDrills: readonly Drill[] = [
  {
    name: "revert-conflict",
    about: "somebody has edited the answer since: it cannot be taken back by itself, everything stays as it is, and an issue says what to do",
    run: async (scene) => {
      const world = await scene.world();
      const { result } = await rehearse(world, QUESTION);
      await editAnswer(world);
      const before = headOf(world);
      const { run } = await rollBack(world, result.merged_sha ?? "");
      scene.same("the job says that it is not done", run.conclusion, "failure");
      scene.same("the default branch is as it was", headOf(world), before);
      scene.same("no hotfix is open", pulls(world).filter(({ issue }) => issue.title.startsWith("Rollback: ") && issue.state === "open").length, 0);
      const [incident] = issues(world);
      scene.expect("an incident names the file that conflicts", incident?.body?.includes("docs/FAQ.md") === true);
      scene.expect("and the commands to finish by hand", incident?.body?.includes("git revert") === true);
      return { ...nothing, notes: `status ${outputOf({ run }, "rollback", "status")}; the incident names docs/FAQ.md and the commands` };
    },
  },
  {
    name: "two-bad-deploys",
    about: "two answers at once break production: with `cascade` both are taken back, and it ends healthy",
    run: async (scene) => {
      const world = await scene.world({ sickWithText: "<!-- instant:", edit: withInputs("rollback", { cascade: "true" }) });
      const before = await faqAt(world);
      const both = await Promise.all([rehearse(world, QUESTION), rehearse(world, OTHER)]);
      scene.same("neither answer is left", await answered(world, [QUESTION, OTHER]), [0, 0]);
      scene.expect("the FAQ is as it was", (await faqAt(world)) === before);
      scene.expect("production is healthy", (await fetch(world.product.healthUrl)).status === 200);
      scene.same("it serves the newest commit", world.product.deployedSha(), headOf(world));
      scene.expect("nothing is left half-way", pulls(world).every(({ issue }) => issue.state === "closed"));
      const worst = both.map((one) => timesOf(world, one)).sort((a, b) => (b.recovery_ms ?? 0) - (a.recovery_ms ?? 0));
      return { ...nothing, ...worst[0], notes: `the slower of two; phases ${both.map(({ result }) => result.phase).join(" and ")}` };
    },
  },
  {
    name: "rollback-is-bad",
    about: "production stays sick after the rollback: people are called once, and nothing goes round in circles",
    run: async (scene) => {
      const world = await scene.world({ edit: withInputs("rollback", { "health-timeout-seconds": "8" }) });
      const lens = await scene.lens(world);
      const first = world.product.deployedSha();
      lens.show(() => (world.product.deployedSha() === first ? clear : sick));
      const rehearsal = await rehearse(world, QUESTION);
      scene.same("the verdict is that it is still sick", rehearsal.result.verdict, "unhealthy");
      scene.same("one rollback was tried", pulls(world).filter(({ issue }) => issue.title.startsWith("Rollback: ")).length, 1);
      scene.same("one incident is open", issues(world).filter(({ state }) => state === "open").length, 1);
      scene.same("no run is left", world.sandbox.runs.list(world.repository).filter(({ status }) => status !== "completed").length, 0);
      return { ...nothing, ...timesOf(world, rehearsal), recovery_ms: null, notes: "escalated once; the incident stays open" };
    },
  },
];

async function rollBack(world: LoopWorld, sha: string) {
  const { sandbox, repository, person } = world;
  const id = await sandbox.runs.dispatch(repository, "rollback.yml", { commit_sha: sha, reason: "Wrong answer" }, person);
  return { run: await sandbox.runs.waitForRun(id) };
}

/** A person rewrites the answer, as in the browser. */
async function editAnswer(world: LoopWorld): Promise<void> {
  const { sha, content } = await asPerson<{ sha: string; content: string }>(world, "GET", "/contents/docs/FAQ.md");
  const text = Buffer.from(content, "base64").toString("utf8");
  const [before = "", after] = text.split(`${QUESTION}\n`);
  if (after === undefined) throw new Error("the answer is not where the drill looks for it");
  const edited = `${before}${QUESTION}\n${after.replace(/^(\s*)(\S.*)$/m, "$1Ask Ada, she knows.")}`;
  await asPerson(world, "PUT", "/contents/docs/FAQ.md", { message: "Say it shorter", content: Buffer.from(edited).toString("base64"), sha });
}
