import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { drills } from "../../src/cli/drill/index.ts";
import { openStage, playAll } from "../../src/cli/drill/play.ts";
import { type Drill, nothing } from "../../src/cli/drill/port.ts";
import { withInputs } from "../../src/cli/drill/scene.ts";
import { line, markdown } from "../../src/cli/drill/table.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/drill.ts", import.meta.url));
const drill = (name: string, run: Drill["run"], limitMs = 1_000): Drill => ({ name, about: "…", run, limitMs });

describe("playing drills", () => {
  test("what should have held and did not is named, what is thrown too, and one that hangs is given up", async () => {
    const told: string[] = [];
    const results = await playAll(openStage(), [
      drill("good", async (scene) => {
        scene.same("a", [1, "x"], [1, "x"]);
        return { ...nothing, detection_ms: 7, notes: "fine" };
      }),
      drill("bad", async (scene) => {
        scene.expect("the sun shines", false);
        scene.same("colours", ["red"], ["green"]);
        return { ...nothing, notes: "fine" };
      }),
      drill("thrown", async () => Promise.reject(new Error("no world"))),
      drill("hanging", () => new Promise(() => {}), 20),
    ], 2, ({ name }) => told.push(name));
    expect(results).toEqual([
      { name: "good", ok: true, ...nothing, detection_ms: 7, notes: "fine" },
      { name: "bad", ok: false, ...nothing, notes: 'the sun shines; colours: ["red"] instead of ["green"]' },
      { name: "thrown", ok: false, ...nothing, notes: "no world" },
      { name: "hanging", ok: false, ...nothing, notes: "it did not end within 0.02 s" },
    ]);
    expect(told.toSorted()).toEqual(["bad", "good", "hanging", "thrown"]);
  });

  test("promises that are not kept fail a drill: 3 min, 30 s and 5 min", async () => {
    const figures = (detection_ms: number, decision_ms: number, recovery_ms: number) => async () => ({ ...nothing, detection_ms, decision_ms, recovery_ms, notes: "" });
    const results = await playAll(openStage(), [drill("kept", figures(180_000, 30_000, 300_000)), drill("broken", figures(180_001, 30_001, 300_001))], 1, () => {});
    expect(results.map(({ ok, notes }) => [ok, notes])).toEqual([[true, ""], [false, "detection took 180.0 s, more than 180.0 s; decision took 30.0 s, more than 30.0 s; recovery took 300.0 s, more than 300.0 s"]]);
  });

  test("names are unique, and each says what goes wrong and how it ends", () => {
    expect(new Set(drills.map(({ name }) => name)).size).toBe(drills.length);
    for (const { about } of drills) expect(about).toMatch(/: /);
  });

  test("limits go into every step that uses the action; a template without it is refused", () => {
    const workflow = "steps:\n      - uses: org/instant/rollback@v1\n        with:\n          reason: x\n";
    expect(withInputs("rollback", { "wait-seconds": "2" })(workflow)).toBe('steps:\n      - uses: org/instant/rollback@v1\n        with:\n          wait-seconds: "2"\n          reason: x\n');
    expect(() => withInputs("fast-ci", {})(workflow)).toThrow("does not use fast-ci");
  });
});

describe("what a person sees", () => {
  const result = { name: "health-failure", ok: true, detection_ms: 1_240, decision_ms: null, recovery_ms: 3_000, lost: 0, notes: "one incident" };

  test("a line for each, and a table for the docs", () => {
    expect(line(result)).toBe("ok      health-failure                   detection 1.2 s · recovery 3.0 s · one incident\n");
    expect(line({ ...result, ok: false })).toMatch(/^FAILED /);
    expect(markdown([result], [drill("health-failure", async () => ({ ...nothing, notes: "" }))]).split("\n").at(-1)).toBe("| `health-failure` | … | yes | 1.2 s |  | 3.0 s | 0 |");
  });

  test.each([
    [["--list"], 0, /^health-failure {2,}the deployed answer breaks/m],
    [["--help"], 0, /npm run drill -- --all --json/],
    [[], 2, /No drill is named/],
    [["helth-failure"], 2, /There is no drill `helth-failure`/],
    [["--all", "backlog"], 2, /do not go together/],
    [["--all", "--side-by-side", "9"], 2, /no number of drills/],
  ])("%j", (args, status, said) => {
    const ran = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
    expect(ran.status).toBe(status);
    expect(ran.stdout + ran.stderr).toMatch(said);
  });
});
