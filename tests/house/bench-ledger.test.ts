import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { countRoundTrips } from "../../src/cli/bench/round-trips.ts";
import { MACHINE } from "../fakes/action-process.ts";

const bench = fileURLToPath(new URL("../../src/cli/bench.ts", import.meta.url));

test("an option that is none, and bundles that are not there, are told", () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [bench, "ledger", ...args], { encoding: "utf8", env: MACHINE, timeout: 50_000 });
  expect(run("--repeats", "0")).toMatchObject({ status: 2, stderr: expect.stringContaining("a whole number from 1 to 1000") });
  expect(run("--dist", path.join(tmpdir(), "instant-nowhere"))).toMatchObject({ status: 2, stderr: expect.stringContaining("npm run build") });
});

test("a round trip is an answer that was asked for, in however many pieces", async () => {
  const server = createServer((socket) => socket.on("data", (data) => socket.write(data)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const counter = await countRoundTrips((server.address() as { port: number }).port);
  const client = connect(counter.port, "127.0.0.1");
  for (const text of ["one", "two", "three"]) {
    const answered = new Promise((resolve) => client.once("data", resolve));
    client.write(text);
    await answered;
  }
  expect([counter.take(), counter.take()]).toEqual([3, 0]);
  await counter.close();
  await new Promise((resolve) => server.close(resolve));
});

test("without its servers it is skipped, says why and how to get them, and counts as skipped", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "instant-bench-test-"));
  try {
    const counts = path.join(folder, "counts.json");
    const env = { PATH: folder, HOME: folder, INSTANT_TEST_COUNTS: counts };
    const { status, stdout, stderr } = spawnSync(process.execPath, [bench, "ledger"], { encoding: "utf8", env, timeout: 50_000 });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toContain("skipped: redis-server is not on PATH");
    expect(stdout).toContain("apt-get install redis-server");
    expect(JSON.parse(readFileSync(counts, "utf8"))).toEqual({ passed: 0, failed: 0, skipped: 1 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
