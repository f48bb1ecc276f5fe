import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { watched } from "../../src/checks/watchdog.ts";

const file = join(import.meta.dirname, "../../src/checks/watchdog.ts");
const hostile = ">".repeat(40_000);

function start(texts: readonly string[], limitMs: number, busyMs: number) {
  const script = `
    import { watched } from ${JSON.stringify(file)};
    const busy = async () => { const end = Date.now() + ${busyMs}; while (Date.now() < end); return "done"; };
    console.log(await watched("markdown", ${JSON.stringify(texts)}, ${limitMs}, busy, 0));`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", timeout: 40_000 });
}

describe("a parser that does not come back", () => {
  test("is ended with a message that names the check", () => {
    const { signal, stdout } = start([hostile], 1_000, 30_000);
    expect(signal).toBe("SIGKILL");
    expect(stdout).toMatch(/^::error title=fast-ci::The check markdown did not end within 1 s: /);
  });

  test.each([
    ["one long line", "_*".repeat(2_000)],
    ["lines of one paragraph, none of them long", `${"_*".repeat(1_400)}\n`.repeat(30)],
    ["very many lines", "# h\n\n".repeat(3_000)],
    ["very much text", "A sentence like any other.\n\n".repeat(4_000)],
  ])("is watched over %s", (_, text) => {
    expect(start([text], 500, 30_000)).toMatchObject({ signal: "SIGKILL" });
  });

  test("in time is not disturbed, and nothing keeps the process alive", () => {
    expect(start([hostile], 60_000, 50)).toMatchObject({ status: 0, signal: null, stdout: "done\n" });
  });

  test("an ordinary document starts no thread", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name.includes("Worker") || name === "MessagePort").length;
    const during = await watched("markdown", ["# A\n\ntext\n".repeat(100), `${"word ".repeat(100)}\n`.repeat(11)], 1, async () => process.getActiveResourcesInfo().filter((name) => name.includes("Worker") || name === "MessagePort").length);
    expect(during).toBe(before);
  });

  test("what it does comes back, failures too", async () => {
    await expect(watched("faq", [hostile], 60_000, async () => 7)).resolves.toBe(7);
    await expect(watched("faq", [hostile], 60_000, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });
});
