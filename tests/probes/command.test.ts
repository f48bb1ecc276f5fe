import { tmpdir } from "node:os";
import { expect, test } from "@jest/globals";
import { commandProbe } from "../../src/probes/command.ts";
import { runCommand } from "../../src/workspace/command.ts";

const occasion = { timeoutMs: 5_000, signal: new AbortController().signal, since: 0 };
const measure = (run: string, timeoutMs = 5_000) => commandProbe({ kind: "command", name: "c", run }, "a1b2c3d", (command, options) => runCommand(command, tmpdir(), options)).measure({ ...occasion, timeoutMs });

test.each<[string, string, RegExp]>([
  ["echo all is well", "success", /^all is well$/],
  ["true", "success", /^it exited with 0$/],
  ["echo 3 pending; exit 1", "failure", /^it exited with 1: 3 pending$/],
  ["echo no network >&2; exit 75", "error", /^it exited with 75: no network$/],
  ["no-such-program-anywhere", "error", /^it exited with 127/],
  ["kill -9 $$", "error", /^it was ended by a signal/],
  ['test "$INSTANT_COMMIT" = a1b2c3d', "success", /./],
])("%s is a %s", async (run, outcome, detail) => {
  expect(await measure(run)).toMatchObject({ outcome, detail: expect.stringMatching(detail) });
});

test("one that does not end is ended, and is an error to measure", async () => {
  const start = Date.now();
  expect(await measure("echo waiting; sleep 60", 300)).toMatchObject({ outcome: "error", detail: "it did not end within 300 ms: waiting" });
  expect(Date.now() - start).toBeLessThan(5_000);
});

test("it sees no token", async () => {
  Object.assign(process.env, { INPUT_TOKEN: "ghs_inputtoken", SENTRY_TOKEN: "sntry_secret", PRODUCT_REDIS_URL: "redis://:pw@x" });
  try {
    expect(await measure('if env | grep -qE "ghs_inputtoken|sntry_secret|redis://"; then exit 1; fi')).toMatchObject({ outcome: "success" });
  } finally {
    for (const name of ["INPUT_TOKEN", "SENTRY_TOKEN", "PRODUCT_REDIS_URL"]) delete process.env[name];
  }
});

test("where it cannot be run at all is an error to measure", async () => {
  const probe = commandProbe({ kind: "command", name: "c", run: "true" }, "a", async () => {
    throw new Error("neither bash nor sh");
  });
  expect(await probe.measure(occasion)).toMatchObject({ outcome: "error", detail: "it could not be run: neither bash nor sh" });
});
