import { expect, test } from "@jest/globals";
import type { Trace } from "../../src/kit/trace.ts";
import type { Store } from "../../src/ledger/port.ts";
import { traced } from "../../src/ledger/traced.ts";

test("each call of a store is a span that names the store and the call, and nothing of what is asked", async () => {
  const spans: unknown[] = [];
  const trace: Trace = async (name, facts, work) => {
    spans.push([name, facts]);
    return work({ set: () => {}, fail: () => {} });
  };
  const asked: unknown[] = [];
  const store = { name: "postgres", read: async (...args: unknown[]) => (asked.push(args), "answer"), heartbeats: async () => { throw new Error("down"); }, close: async () => "closed" } as unknown as Store;
  const opened = await traced({ name: "postgres", open: async () => store }, "postgres://me:s3cr3t@db.example:5433/x?sslmode=require", trace).open();
  expect([opened.name, await opened.read("6f1c2f6e"), asked]).toEqual(["postgres", "answer", [["6f1c2f6e"]]]);
  await expect(opened.heartbeats()).rejects.toThrow("down");
  expect(await opened.close()).toBe("closed");
  const facts = (operation: string) => ({ "db.system.name": "postgresql", "db.operation.name": operation, "server.address": "db.example", "server.port": 5433 });
  expect(spans).toEqual([["connect postgresql", facts("connect")], ["read postgresql", facts("read")], ["heartbeats postgresql", facts("heartbeats")]]);
  // An address that is none is told by the store itself.
  await expect(traced({ name: "redis", open: async () => { throw new Error("no address"); } }, "s3cr3t", trace).open()).rejects.toThrow("no address");
  expect(JSON.stringify(spans)).not.toContain("s3cr3t");
});
