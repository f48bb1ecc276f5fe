// docs/decisions/0001: the HTTP client is loaded late, and OIDC, retries and proxies go on working; so is what runs commands.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { HttpClient as RealClient } from "actions-http-client-real";
import { footprint } from "../../src/cli/bench/measure.ts";
import { MACHINE } from "../fakes/action-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const TOKEN = "header.payload.signature";
const PROGRAM = `
import * as core from "@actions/core";
if (process.env.DETAILS !== undefined) console.log("details=" + JSON.stringify(await core.platform.getDetails()));
if (process.env.ASK !== undefined) {
  try {
    console.log("token=" + (await core.getIDToken(process.env.ASK)));
  } catch (error) {
    console.log("error=" + error.message);
  }
}
`;

let folder = "";
let bundled = "";
let unbundled = "";
const servers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "instant-oidc-"));
  unbundled = path.join(folder, "main.js");
  writeFileSync(unbundled, PROGRAM);
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
  bundled = path.join(folder, "dist", "index.js");
  const ncc = path.join(root, "node_modules/@vercel/ncc/dist/ncc/cli.js");
  // ncc itself uses an API that Node deprecates; that is not ours to see.
  const build = ["--no-deprecation", ncc, "build", unbundled, "--out", path.dirname(bundled), "--target", "es2022", "--no-cache", "--quiet"];
  const { status, stdout, stderr } = spawnSync(process.execPath, build, { encoding: "utf8", timeout: 50_000 });
  expect([status, stdout, stderr]).toEqual([0, "", ""]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Answers like the runner's token service, after `failures` times 503. */
async function tokenService(failures = 0): Promise<{ port: number; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const authorised = request.headers.authorization === "Bearer request-token";
    response.statusCode = !authorised ? 401 : requests.length <= failures ? 503 : 200;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(response.statusCode === 200 ? { value: TOKEN } : { message: "no" }));
  });
  return { port: await listen(server), requests };
}

/** A proxy that opens every tunnel to one local port, whatever name was asked for. */
async function proxy(target: number): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer();
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    asked.push(request.url ?? "");
    const upstream = connect(target, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  return { port: await listen(server), asked };
}

async function run(program: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [program], {
    env: { ...MACHINE, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => { said += chunk; });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => { said += chunk; });
  await once(child, "close");
  return said;
}

describe.each(["unbundled", "bundled"])("core.getIDToken, %s", (kind) => {
  const program = () => (kind === "bundled" ? bundled : unbundled);

  test("gets the token, masks it, and asks for the audience", async () => {
    const service = await tokenService();
    const said = await run(program(), { ASK: "sts.example.com", ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${service.port}/token?v=1` });
    expect(said).toContain(`token=${TOKEN}`);
    expect(said).toContain(`::add-mask::${TOKEN}`);
    expect(service.requests.map(({ url }) => url)).toEqual(["/token?v=1&audience=sts.example.com"]);
    expect(service.requests[0]?.headers["user-agent"]).toContain("actions/oidc-client");
  });

  test("goes through the proxy of the environment", async () => {
    const service = await tokenService();
    const through = await proxy(service.port);
    const said = await run(program(), {
      ASK: "sts.example.com",
      ACTIONS_ID_TOKEN_REQUEST_URL: "http://oidc.example.invalid/token?v=1",
      http_proxy: `http://127.0.0.1:${through.port}`,
    });
    expect(said).toContain(`token=${TOKEN}`);
    expect(through.asked).toEqual(["oidc.example.invalid:80"]);
    expect(service.requests).toHaveLength(1);
  });

  test("tries again after a 503, as the real client does", async () => {
    const service = await tokenService(1);
    const said = await run(program(), { ASK: "a", ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${service.port}/token?v=1` });
    expect(said).toContain(`token=${TOKEN}`);
    expect(service.requests).toHaveLength(2);
  });

  test("a refusal arrives as the real client's error", async () => {
    const service = await tokenService();
    const said = await run(program(), {
      ASK: "a", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "wrong", ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${service.port}/token?v=1`,
    });
    expect(said).toContain("Error Code : 401");
  });
});

test.each(["unbundled", "bundled"])("core.platform.getDetails, %s, runs the command that it asks", async (kind) => {
  const bin = mkdtempSync(path.join(folder, "bin-"));
  // What each system has: one command, two, or PowerShell, which answers the same to both questions.
  for (const name of ["lsb_release", "sw_vers", "powershell"]) writeFileSync(path.join(bin, name), "#!/bin/sh\nprintf 'Kestrel\\n7\\n'\n", { mode: 0o755 });
  const said = await run(kind === "bundled" ? bundled : unbundled, { DETAILS: "1", PATH: `${bin}${path.delimiter}${MACHINE.PATH}` });
  expect(JSON.parse(/^details=(.*)$/m.exec(said)?.[1] ?? "{}")).toMatchObject({ name: "Kestrel", version: "7" });
});

test("an idle bundle loads its entry and nothing else", () => {
  const { loadedFiles } = footprint(
    { name: "idle", args: [bundled], env: {} }, (url) => statSync(url).size, (file) => readFileSync(file, "utf8"),
  );
  expect(loadedFiles).toEqual(["index.js"]);
});

test("the stand-in for what runs commands has the real package's functions and version", async () => {
  const standIn = await import(path.join(root, "tools/lazy-exec/index.js")) as object;
  const real = await import("actions-exec-real") as object;
  expect(Object.keys(standIn).sort()).toEqual(Object.keys(real).sort());
  const versionIn = (folder: string) => (JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8")) as { version: string }).version;
  expect(versionIn("tools/lazy-exec")).toBe(versionIn("node_modules/actions-exec-real"));
});

test("the stand-in has every public method of the real client", async () => {
  const standIn = await import(path.join(root, "tools/lazy-http-client/index.js")) as { HttpClient: { prototype: object } };
  const publicNames = (prototype: object) => Object.getOwnPropertyNames(prototype).filter((name) => !name.startsWith("_")).sort();
  expect(publicNames(standIn.HttpClient.prototype)).toEqual(publicNames(RealClient.prototype));
});
