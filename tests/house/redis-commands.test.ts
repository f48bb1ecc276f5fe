// docs/decisions/0020: ioredis makes its methods from our list of commands, and works as with its own.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import * as ours from "@ioredis/commands";
import { Redis } from "ioredis";
import * as real from "ioredis-commands-real";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = (folder: string) => JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8")) as { version: string; dependencies: Record<string, string> };
const original = real as unknown as typeof ours;

describe("the commands of Redis", () => {
  test("are known as ioredis' own package knows them", () => {
    expect(ours.list.length).toBeGreaterThan(20);
    for (const name of ours.list) {
      expect([name, original.exists(name)]).toEqual([name, true]);
      for (const flag of ["loading", "readonly"]) expect([name, flag, ours.hasFlag(name, flag)]).toEqual([name, flag, original.hasFlag(name, flag)]);
      expect(ours.exists(name.toUpperCase(), { caseInsensitive: true })).toBe(true);
    }
    expect([ours.exists("geoadd"), ours.exists("GET"), ours.hasFlag("SELECT", "loading", { nameCaseInsensitive: true })]).toEqual([false, false, true]);
    expect(() => ours.getKeyIndexes("get", ["x"])).toThrow(/not known here/);
  });

  test("stand in for the version that this ioredis asks for", () => {
    expect(manifest("node_modules/ioredis").dependencies["@ioredis/commands"]).toBe(manifest("tools/redis-commands").version);
    expect(["hgetall", "hgetallBuffer", "geoadd"].map((name) => name in Redis.prototype)).toEqual([true, true, false]);
  });

  test("are all that the store sends", () => {
    const folder = path.join(root, "src/ledger/redis");
    const sources = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8")).join("\n");
    // Of the connection, and of Lua.
    const own = new Set(["connect", "disconnect", "on", "pipeline", "exec", "call", "pcall"]);
    const sent = [...sources.matchAll(/\b(?:redis|pipeline)\.(\w+)\(/g)].map(([, name = ""]) => name).filter((name) => !own.has(name));
    expect(sent.length).toBeGreaterThan(10);
    expect(sent.filter((name) => !ours.exists(name))).toEqual([]);
  });
});
