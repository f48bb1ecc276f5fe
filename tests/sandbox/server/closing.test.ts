import { request } from "node:http";
import type { ClientRequest } from "node:http";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import type { Repository } from "../../../src/sandbox/world/types.ts";
import { all, clientOf } from "./support.ts";

let sandbox: Sandbox;
let repository: Repository;

beforeEach(async () => {
  sandbox = await startSandbox();
  repository = await sandbox.createRepository({
    owner: "acme", name: "docs", roles: { ann: "write" }, from: { "docs/FAQ.md": "# FAQ\n", "large.bin": randomBytes(6 * 1024 * 1024) },
  });
});

afterEach(async () => {
  await sandbox.close();
});

/** Processes, servers and timers that keep this process alive. */
function held(): Record<string, number> {
  const count: Record<string, number> = { ProcessWrap: 0, TCPServerWrap: 0, Timeout: 0 };
  for (const name of process.getActiveResourcesInfo()) if (name in count) count[name] = (count[name] ?? 0) + 1;
  return count;
}

/** What was held before may have ended by itself meanwhile; more than that is left behind. */
function expectNothingLeft(before: Record<string, number>): void {
  for (const [name, count] of Object.entries(held())) expect([name, Math.max(count, before[name] ?? 0)]).toEqual([name, before[name] ?? 0]);
}

/** A git client that sends what it sends and reads only when asked to. */
function git(service: string, body: string, length = body.length): ClientRequest {
  const made = request(`${sandbox.urls.server}/acme/docs.git/${service}`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`x:${sandbox.tokens.user("ann")}`).toString("base64")}`,
      "content-type": `application/x-${service}-request`, "content-length": length,
    },
  });
  made.on("error", () => undefined);
  made.write(body);
  return made;
}

/** The programs behind this process' git, two generations deep; Linux tells, the others are answered with none. */
function backends(): number {
  if (process.platform !== "linux") return 0;
  const parents = new Map<string, { name: string; parent: string }>();
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, name = "", parent = ""] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      parents.set(pid, { name, parent });
    } catch {
      // It has ended.
    }
  }
  return [...parents.values()].filter(({ name, parent }) => name.startsWith("git-http-back") && parents.get(parent)?.parent === String(process.pid)).length;
}

/** Asks for the whole history; the answer is larger than what sockets and pipes hold. */
function fetching(): ClientRequest {
  const want = `want ${repository.git.ref("refs/heads/main")}\n`;
  return git("git-upload-pack", `${(want.length + 4).toString(16).padStart(4, "0")}${want}00000009done\n`);
}

test("closing waits for nobody's delay and leaves no timer, server or process", async () => {
  const before = held();
  const other = await startSandbox();
  await other.createRepository({ owner: "acme", name: "docs", from: { "docs/FAQ.md": "# FAQ\n" } });
  const client = clientOf(other, other.tokens.app("instant", all));
  expect((await client.rest("GET", "/repos/acme/docs/commits")).status).toBe(200);
  expect(held()["TCPServerWrap"]).toBe((before["TCPServerWrap"] ?? 0) + 1);
  other.faults.add({ match: { method: "GET" }, effect: { type: "latency", delay: 30_000 } });
  const struck = new Promise<void>((resolve) => {
    other.faults.delay = ((delay) => (effects) => (resolve(), delay.call(other.faults, effects)))(other.faults.delay);
  });
  const late = client.rest("GET", "/repos/acme/docs").then(() => "answered", () => "broken off");
  await struck;
  await other.close();
  expect(await late).toBe("broken off");
  expectNothingLeft(before);
});

test("what is under way when the sandbox closes ends with it: requests, and git behind them", async () => {
  const client = clientOf(sandbox, sandbox.tokens.app("instant", all));
  const before = held();
  const warnings: Error[] = [];
  const warn = (warning: Error): number => warnings.push(warning);
  process.on("warning", warn);
  const [answer] = await once(fetching(), "response");
  answer.pause();
  const open = Array.from({ length: 12 }, (_, index) =>
    client.rest("PUT", `/repos/acme/docs/contents/notes/${index}.md`, { message: "m", content: "aGk=" }).catch(() => undefined));
  await client.rest("GET", "/repos/acme/docs");
  expect(held()["ProcessWrap"]).toBeGreaterThan(before["ProcessWrap"] ?? 0);
  await sandbox.close();
  expect(held()["ProcessWrap"]).toBe(0);
  answer.destroy();
  await Promise.all(open);
  process.off("warning", warn);
  expect(warnings).toEqual([]);
});

test("who asks a closed repository is refused; no process is started for it", async () => {
  const { git: store } = repository;
  const head = store.ref("refs/heads/main");
  expect((await store.read("main"))?.type).toBe("commit");
  await sandbox.close();
  const before = held();
  await expect(store.read("main^{tree}")).rejects.toThrow("closed");
  await expect(store.updateRefs([{ ref: "refs/heads/late", from: undefined, to: head }])).rejects.toThrow("closed");
  expectNothingLeft(before);
});

test("a push that breaks off while git reads it ends with every process behind it", async () => {
  const broken = git("git-receive-pack", "00", 4_000);
  // git's backend reads the end of a broken request for ever, so that it has to be running when the client goes.
  for (let tries = 0; tries < 400 && process.platform === "linux" && backends() === 0; tries += 1) await pause(10);
  expect(backends()).toBe(process.platform === "linux" ? 1 : 0);
  broken.destroy();
  const client = clientOf(sandbox, sandbox.tokens.app("instant", all));
  expect((await client.rest("POST", "/repos/acme/docs/git/refs", { ref: "refs/heads/next", sha: repository.git.ref("refs/heads/main") })).status).toBe(201);
  expect(backends()).toBe(0);
}, 20_000);

test("a client that goes away in the middle of a push or a fetch holds nothing up", async () => {
  // A push whose client is gone before git is asked.
  sandbox.faults.add({ match: { kind: "git" }, effect: { type: "latency", delay: 50 }, times: 1 });
  const gone = git("git-receive-pack", "00", 4_000);
  await once(gone, "socket").then(([socket]) => once(socket, "connect"));
  gone.destroy();
  // A fetch whose client stops reading.
  const slow = fetching();
  const [answer] = await once(slow, "response");
  answer.pause();
  await once(answer, "readable");
  slow.destroy();
  // Writes wait for one another: this one waits for the push.
  const client = clientOf(sandbox, sandbox.tokens.app("instant", all));
  expect((await client.rest("POST", "/repos/acme/docs/git/refs", { ref: "refs/heads/next", sha: repository.git.ref("refs/heads/main") })).status).toBe(201);
  await sandbox.close();
}, 20_000);
