import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { openCommands } from "../../src/workspace/commands.ts";

const given = { LB_TOKEN: "first-line\nsecond-line", REGION: "eu", INPUT_TOKEN: "job-t0ken", GITHUB_TOKEN: "job-t0ken", OTHER_SECRET: "not-named" };
beforeAll(() => void Object.assign(process.env, given));
afterAll(() => {
  for (const name of Object.keys(given)) delete process.env[name];
});

test("commands see the variables that are named and the commit, and none of the job's; what they print shows no secret", async () => {
  const masked: string[] = [];
  const run = openCommands({ root: tmpdir(), allowed: ["LB_TOKEN", "REGION"], secrets: ["job-t0ken"], mask: (value) => void masked.push(value) });
  const { exitCode, output } = await run('echo "$REGION $INSTANT_COMMIT [$INPUT_TOKEN$GITHUB_TOKEN$OTHER_SECRET]"; echo "$LB_TOKEN"; echo job-t0ken', { commit: "a1b2c3d", timeoutMs: 10_000 });
  expect([exitCode, output]).toEqual([0, "eu a1b2c3d []\n***\n***\n"]);
  expect(masked).toEqual(["first-line\nsecond-line", "first-line", "second-line"]);
});

test("every variable that is named and not there is told at once", () => {
  const open = () => openCommands({ root: tmpdir(), allowed: ["REGION", "ABSENT_ONE", "ABSENT_TWO"], secrets: [], mask: () => {} });
  expect(open).toThrow(InstantError);
  expect(open).toThrow(/ABSENT_ONE[\s\S]*ABSENT_TWO/);
});
