import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import type { PeerCertificate } from "node:tls";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { gitIdentity } from "./support.ts";

interface Ended {
  readonly code: number;
  readonly output: string;
}

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "instant-tls-test-"));
  sandbox = await startSandbox({ tls: true, directory: folder });
  await sandbox.createRepository({
    owner: "acme", name: "docs", roles: { ann: "write" },
    from: { "README.md": "# Docs\n", ".github/workflows/ask.yml": askWorkflow },
  });
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

// A job with its own programs: Node, git by the action and git by hand, all against the same certificate.
const askWorkflow = `on: workflow_dispatch
jobs:
  ask:
    runs-on: ubuntu-latest
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@v4
      - run: git ls-remote origin HEAD
      - run: >-
          node --eval "fetch(process.env.GITHUB_API_URL + '/repos/acme/docs', { headers: { authorization: 'Bearer ' + process.env.TOKEN } }).then((answer) => console.log('answered', answer.status))"
        env: { TOKEN: "\${{ github.token }}" }
`;

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const base = { PATH: process.env["PATH"] ?? "", HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
  return new Promise((resolve) => {
    execFile(file, args, { cwd: folder, env: { ...base, ...env }, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
  });
}

function trust(): NonNullable<Sandbox["trust"]> {
  if (sandbox.trust === undefined) throw new Error("a sandbox with tls says whom to trust");
  return sandbox.trust;
}

/** Resolves with what the server showed; rejects when a client that trusts the authority would refuse it. */
async function shownTo(servername: string): Promise<PeerCertificate> {
  const ca = await readFile(trust().caFile);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(sandbox.urls.server).port), ca, ...(servername === "127.0.0.1" ? {} : { servername }) }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("the addresses are https, and a Node program reaches them by either name when it is told whom to trust", async () => {
  expect(Object.values(sandbox.urls).map((url) => new URL(url).protocol)).toEqual(["https:", "https:", "https:"]);
  const ask = "fetch(process.argv[1], { headers: { authorization: process.argv[2] } }).then(async (answer) => console.log((await answer.json()).login), (error) => { console.log(error.cause.code); process.exit(1); })";
  const args = (url: string) => ["--eval", ask, url, `Bearer ${sandbox.tokens.user("ann")}`];
  const user = `${sandbox.urls.api}/user`;
  expect(await run(process.execPath, args(user), { NODE_EXTRA_CA_CERTS: trust().caFile })).toEqual({ code: 0, output: "ann\n" });
  expect(await run(process.execPath, args(user.replace("127.0.0.1", "localhost")), trust().environment)).toEqual({ code: 0, output: "ann\n" });
  expect(await run(process.execPath, args(user))).toEqual({ code: 1, output: expect.stringMatching(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)\n$/) });
});

test("the certificate is for this machine's names, signs nothing, and no key lies on the disk", async () => {
  const shown = await shownTo("127.0.0.1");
  expect(shown.subjectaltname?.split(", ").sort()).toEqual(["DNS:localhost", "IP Address:127.0.0.1"]);
  expect(shown.ca).toBe(false);
  expect(Date.parse(shown.valid_to) - Date.now()).toBeGreaterThan(364 * 86_400_000);
  expect((await shownTo("localhost")).fingerprint256).toBe(shown.fingerprint256);
  await expect(shownTo("github.com")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile() && /\.(pem|key|crt)$/.test(one.name));
  expect(files.map((one) => one.name).sort()).toEqual(["ca-bundle.pem", "ca.pem"]);
  for (const file of files) expect(await readFile(join(file.parentPath, file.name), "utf8")).not.toContain("PRIVATE KEY");
});

test("git clones and pushes when it is told whom to trust, and only then", async () => {
  const url = new URL(`${sandbox.urls.server}/acme/docs.git`);
  [url.username, url.password] = ["x-access-token", sandbox.tokens.user("ann")];
  const config = ["-c", `http.sslCAInfo=${trust().caFile}`, ...gitIdentity];
  expect(await run("git", [...config, "clone", "--quiet", url.href, "clone"])).toEqual({ code: 0, output: "" });
  expect((await run("git", [...config, "-C", "clone", "commit", "--quiet", "--allow-empty", "-m", "More"])).code).toBe(0);
  expect((await run("git", [...config, "-C", "clone", "push", "--quiet", "origin", "HEAD:topic"])).code).toBe(0);
  expect(sandbox.repository("acme/docs").git.ref("refs/heads/topic")).toMatch(/^[0-9a-f]{40}$/);
  expect((await run("git", ["-C", "clone", "fetch"], trust().environment)).code).toBe(0);
  const refused = await run("git", ["-C", "clone", "fetch"]);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(/certificate/i);
});

test("a job trusts it as the jobs of a runner with its company's authority do", async () => {
  const report = await sandbox.runs.waitForRun(await sandbox.runs.dispatch("acme/docs", "ask.yml", {}, "ann"));
  const log = report.jobs[0]?.log ?? "";
  expect({ conclusion: report.conclusion, log }).toMatchObject({ conclusion: "success", log: expect.stringContaining("answered 200") });
  expect(log).toMatch(/[0-9a-f]{40}\tHEAD/);
});

test("who speaks plain HTTP to it is cut off, and the next one is served", async () => {
  await expect(fetch(sandbox.urls.api.replace("https:", "http:"))).rejects.toThrow("fetch failed");
  expect((await shownTo("localhost")).subject.CN).toBe("localhost");
});

test("a port that is taken refuses the start, and neither that nor closing leaves a file behind", async () => {
  const directory = await mkdtemp(join(folder, "other-"));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  await expect(startSandbox({ tls: true, directory, port: (taken.address() as AddressInfo).port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  taken.close();
  expect(await readdir(directory)).toEqual([]);
  const other = await startSandbox({ tls: true, directory });
  expect(await readFile(other.trust?.caFile ?? "", "utf8")).not.toBe(await readFile(trust().caFile, "utf8"));
  await other.close();
  expect(await readdir(directory)).toEqual([]);
});
