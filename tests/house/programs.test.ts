import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const source = fileURLToPath(new URL("../../tools/programs.mjs", import.meta.url));

const LIST = {
  go: [{ program: "builder", package: "example.com/builder", version: "v1.2.3", versionArguments: ["--version"] }],
  pypi: [{ program: "wheeler", package: "wheeler", version: "4.5.6", versionArguments: ["--version"], hashes: ["aa", "bb"] }],
  debian: [{ program: "packaged", package: "packaged-program", versionArguments: ["version"] }],
};

// Stands in for go, python3 and apt-get: notes its call, waits for `waitFor` calls of its name when told, then does what "plan" says.
const FAKE = `#!${process.execPath}
const { appendFileSync, chmodSync, mkdirSync, readFileSync, watch, writeFileSync } = require("node:fs");
const path = require("node:path");
const root = path.dirname(__dirname);
const name = path.basename(process.argv[1]);
const args = process.argv.slice(2);
const log = path.join(root, "log");
const make = (folder, program, version) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, program), "#!/bin/sh\\necho " + program + " " + version + "\\n");
  chmodSync(path.join(folder, program), 0o755);
};
const calls = () => readFileSync(log, "utf8").split("\\n").filter((line) => line.startsWith(name + " ")).length;
(async () => {
  appendFileSync(log, [name, ...args].join(" ").replaceAll(root, "ROOT") + "\\n");
  const plan = JSON.parse(readFileSync(path.join(root, "plan"), "utf8"))[name] ?? {};
  if (plan.waitFor && calls() < plan.waitFor) {
    await new Promise((resolve) => {
      const watcher = watch(log, () => { if (calls() >= plan.waitFor) { watcher.close(); resolve(); } });
      if (calls() >= plan.waitFor) { watcher.close(); resolve(); }
    });
  }
  const refusal = plan.fails?.find(([call]) => args.join(" ").includes(call));
  if (refusal) {
    console.error(refusal[1]);
    process.exit(1);
  }
  if (name === "go") make(process.env.GOBIN, "builder", plan.version ?? "1.2.3");
  if (name === "python3" && args.includes("install")) make(path.join(args[args.indexOf("--target") + 1], "bin"), "wheeler", "4.5.6");
  if (name === "apt-get" && args.includes("update")) writeFileSync(path.join(root, "plan"), "{}");
  if (name === "apt-get" && args.includes("packaged-program")) make(path.join(root, "bin"), "packaged", "7.8");
})();
`;

let folder = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "instant-programs-test-")));
  for (const name of ["tools", "bin", "home"]) mkdirSync(path.join(folder, name));
  copyFileSync(source, path.join(folder, "tools/programs.mjs"));
  put("tools/programs.json", JSON.stringify(LIST));
  for (const name of ["go", "python3", "apt-get"]) put(`bin/${name}`, FAKE);
  // What apt-get is called through: the variables it reads are set by env, the rights it needs are there.
  put("bin/env", `#!/bin/sh\nwhile case "$1" in *=*) true ;; *) false ;; esac; do shift; done\nexec "$@"\n`);
  put("bin/sudo", `#!/bin/sh\nshift\nexec "$@"\n`);
  put("bin/true", "#!/bin/sh\nexit 0\n");
  plan({});
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function put(file: string, text: string): void {
  writeFileSync(path.join(folder, file), text);
  if (file.startsWith("bin/")) chmodSync(path.join(folder, file), 0o755);
}

type Plan = Record<string, { waitFor?: number; fails?: [call: string, says: string][]; version?: string }>;
const plan = (what: Plan) => put("plan", JSON.stringify(what));
const log = () => (existsSync(path.join(folder, "log")) ? readFileSync(path.join(folder, "log"), "utf8").trim().split("\n") : []);
/** Resolves as soon as a fake was called. */
function called(name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, look);
    function look() {
      if (!log().some((line) => line.startsWith(`${name} `))) return;
      watcher.close();
      resolve();
    }
    look();
  });
}
const cache = (...names: string[]) => path.join(folder, "home/.cache/instant-ci", ...names);
const kept = () => readdirSync(cache()).sort();

function begin() {
  const env = { PATH: path.join(folder, "bin"), HOME: path.join(folder, "home") };
  const child = spawn(process.execPath, [path.join(folder, "tools/programs.mjs")], { env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const seen = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => { seen.stdout += text; });
  child.stderr.setEncoding("utf8").on("data", (text: string) => { seen.stderr += text; });
  return { child, done: once(child, "close").then(([code]) => ({ code: code as number, ...seen })) };
}

const run = () => begin().done;

test("installs what is missing, pinned, into a new cache and tells each version; the next time nothing is asked of anyone", async () => {
  const versions = "builder: builder 1.2.3\nwheeler: wheeler 4.5.6\npackaged: packaged 7.8\n";
  expect(await run()).toEqual({ code: 0, stdout: `Installing builder, wheeler, packaged …\n${versions}`, stderr: "" });
  expect(kept()).toEqual(["builder-v1.2.3", "wheeler-4.5.6"]);
  expect(log()).toContainEqual(expect.stringMatching(/^go install .* example\.com\/builder@v1\.2\.3$/));
  expect(log().find((line) => line.startsWith("apt-get"))).toMatch(/ install --yes --no-install-recommends packaged-program$/);
  expect(readFileSync(cache("wheeler-4.5.6/requirements.txt"), "utf8")).toBe("wheeler==4.5.6 --hash=sha256:aa --hash=sha256:bb\n");
  const calls = log();
  expect(await run()).toEqual({ code: 0, stdout: versions, stderr: "" });
  expect(log()).toEqual(calls);
});

test("two at once, with an empty cache, do not disturb each other", async () => {
  plan({ go: { waitFor: 2 } });
  const both = await Promise.all([run(), run()]);
  expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual([{ code: 0, stderr: "" }, { code: 0, stderr: "" }]);
  expect(kept()).toEqual(["builder-v1.2.3", "wheeler-4.5.6"]);
});

test("ended half-way it takes what it began along; what a killed one left is swept, what a living one makes is not", async () => {
  plan({ go: { waitFor: 9 } });
  const first = begin();
  await called("go");
  first.child.kill("SIGTERM");
  expect((await first.done).code).toBe(1);
  expect(kept().filter((name) => name.startsWith("partial-"))).toEqual([]);
  const dead = spawn(process.execPath, ["-e", "0"]);
  await once(dead, "close");
  for (const pid of [dead.pid, process.pid]) mkdirSync(cache(`partial-${pid}-x`));
  plan({});
  expect((await run()).code).toBe(0);
  expect(kept()).toEqual(["builder-v1.2.3", `partial-${process.pid}-x`, "wheeler-4.5.6"]);
});

test("everything that is in the way is told at once, with the change to make, and the rest is installed", async () => {
  for (const name of ["go", "apt-get"]) rmSync(path.join(folder, "bin", name));
  put("bin/packaged", "#!/bin/sh\necho packaged 7.8\n");
  plan({ python3: { fails: [["-r ", "NewConnectionError: refused"]] } });
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^go was not found, which builds builder\.\n {2}Change: install Go/);
  expect(stderr).toMatch(/pip install wheeler==4\.5\.6 ended with 1\.\n {2}Change: check the network/);
  expect(stderr).not.toContain("    at ");
  expect(kept()).toEqual([]);
});

test("apt-get gets fresh lists when a package is not found", async () => {
  plan({ "apt-get": { fails: [["install", "E: Unable to locate package packaged-program"]] } });
  expect((await run()).code).toBe(0);
  const said = log().filter((line) => line.startsWith("apt-get")).map((line) => /install|update/.exec(line)?.[0]);
  expect(said).toEqual(["install", "update", "install"]);
});

test("a python3 without pip gets it from Debian", async () => {
  plan({ python3: { fails: [["pip --version", "No module named pip"]] } });
  expect((await run()).code).toBe(0);
  expect(log().filter((line) => line.startsWith("apt-get")).at(-1)).toMatch(/ python3-pip$/);
});

test("without apt-get a missing program is told to be installed the system's way", async () => {
  rmSync(path.join(folder, "bin/apt-get"));
  expect((await run()).stderr).toMatch(/^Not found: packaged\. This is no Debian either/);
});

test("a program that is not the pinned version is not used", async () => {
  plan({ go: { version: "9.9.9" } });
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr).toContain(`does not say that it is v1.2.3 (0: builder 9.9.9).\n  Change: delete ${cache("builder-v1.2.3")}`);
});
