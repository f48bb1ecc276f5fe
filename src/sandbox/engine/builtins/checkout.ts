/** actions/checkout by real git. The token reaches git through its environment or a file outside of the workspace. */
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { isTrue, onlyDefaults } from "./builtin.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";
import { gitFor } from "./git.ts";
import type { Git } from "./git.ts";
import { stepName } from "../call.ts";

const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i;

export const checkout: Builtin = {
  defaults: {
    "allow-unsafe-pr-checkout": "false", "clean": "true", "fetch-depth": "1", "fetch-tags": "false", "filter": "",
    "github-server-url": "", "lfs": "false", "path": "", "persist-credentials": "true", "ref": "", "repository": "",
    "set-safe-directory": "true", "show-progress": "true", "sparse-checkout": "", "sparse-checkout-cone-mode": "true",
    "ssh-key": "", "ssh-known-hosts": "", "ssh-strict": "true", "ssh-user": "git", "submodules": "false", "token": "",
  },
  refusals: (inputs) => {
    const reasons = onlyDefaults(inputs, {
      "filter": [""], "github-server-url": [""], "lfs": ["false", ""], "sparse-checkout": [""], "ssh-key": [""],
      "ssh-known-hosts": [""], "submodules": ["false", ""],
    });
    const depth = inputs["fetch-depth"];
    if (depth !== undefined && !/^\d+$/.test(depth)) reasons.push(`input "fetch-depth: ${depth}" is not a whole number`);
    const repository = inputs["repository"];
    if (repository && !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
      reasons.push(`input "repository: ${repository}" is not owner/name`);
    }
    return reasons;
  },
  run: async (call) => {
    const { state, inputs, outputs, sink } = call;
    const repository = inputs["repository"] || state.request.repository;
    const url = `${state.host.urls.server}/${repository}`;
    const folder = folderOf(call);
    const git = gitFor(call, state.host.urls.server, inputs["token"] || state.token);
    sink.log(`Syncing repository: ${repository}`);
    await prepare(folder, url, git, isTrue(inputs["clean"]));
    const target = await targetOf(call, repository, folder, git);
    await fetch(call, folder, target, git);
    await git.run(["-c", "advice.detachedHead=false", "checkout", "--force", ...target.checkout], folder);
    if (isTrue(inputs["persist-credentials"])) persistCredentials(call, folder, git);
    outputs["ref"] = target.ref;
    outputs["commit"] = target.commit ?? (await git.read(["rev-parse", "HEAD"], folder)).trim();
    sink.log(`HEAD is at ${outputs["commit"]}`);
  },
};

function folderOf({ state, inputs }: BuiltinCall): string {
  const { workspace } = state.folders;
  const folder = resolve(workspace, inputs["path"] || ".");
  if (relative(workspace, folder).startsWith("..")) throw new Error(`Repository path '${folder}' is not under '${workspace}'`);
  return folder;
}

/** Leaves a repository in the folder whose origin is the URL, and nothing else that was there before. */
async function prepare(folder: string, url: string, git: Git, clean: boolean): Promise<void> {
  const config = join(folder, ".git", "config");
  const origin = `[remote "origin"]\n\turl = ${JSON.stringify(url)}\n`;
  if (existsSync(config) && readFileSync(config, "utf8").includes(origin)) {
    if (!clean) return;
    await git.run(["clean", "-ffdx"], folder);
    await git.run(["reset", "--hard"], folder);
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  await git.read(["-c", "init.defaultBranch=main", "init", "--quiet", "--template="], folder);
  appendFileSync(config, `${origin}\tfetch = +refs/heads/*:refs/remotes/origin/*\n[gc]\n\tauto = 0\n`);
}

interface Target {
  readonly ref: string;
  readonly commit: string | undefined;
  readonly refspec: string;
  readonly checkout: readonly string[];
  /** Where the fetched commit is remembered. */
  readonly tracking: string | undefined;
}

/** What to fetch and check out: the run's own commit unless `ref` or `repository` ask for another. */
async function targetOf(call: BuiltinCall, repository: string, folder: string, git: Git): Promise<Target> {
  const { request } = call.state;
  const wanted = call.inputs["ref"] ?? "";
  const own = repository.toLowerCase() === request.repository.toLowerCase();
  if (wanted === "" && own) return targetOfRef(request.ref, request.sha);
  if (SHA.test(wanted)) return { ref: "", commit: wanted, refspec: wanted, checkout: [wanted], tracking: undefined };
  if (wanted.startsWith("refs/")) return targetOfRef(wanted, undefined);
  if (wanted === "") {
    const head = await git.read(["ls-remote", "--symref", "origin", "HEAD"], folder);
    return targetOfRef(/^ref: (\S+)\s+HEAD$/m.exec(head)?.[1] ?? "refs/heads/main", undefined);
  }
  const named = [`refs/heads/${wanted}`, `refs/tags/${wanted}`];
  const found = await git.read(["ls-remote", "origin", ...named], folder);
  const ref = named.find((name) => found.split("\n").some((line) => line.endsWith(`\t${name}`)));
  if (!ref) throw new Error(`A branch or tag with the name '${wanted}' could not be found`);
  return targetOfRef(ref, undefined);
}

function targetOfRef(ref: string, commit: string | undefined): Target {
  const source = commit ?? ref;
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  const tracking =
    branch === undefined ? ref.replace(/^refs\/pull\//, "refs/remotes/pull/") : `refs/remotes/origin/${branch}`;
  const checkoutArgs = branch === undefined ? [tracking] : ["-B", branch, tracking];
  return { ref, commit, refspec: `+${source}:${tracking}`, checkout: checkoutArgs, tracking };
}

async function fetch(call: BuiltinCall, folder: string, target: Target, git: Git): Promise<void> {
  const depth = Number(call.inputs["fetch-depth"]);
  const common = ["fetch", "--no-recurse-submodules", "--no-auto-gc"];
  if (depth > 0) {
    const tags = isTrue(call.inputs["fetch-tags"]) ? "--tags" : "--no-tags";
    await git.run([...common, tags, `--depth=${depth}`, "origin", target.refspec], folder);
    return;
  }
  const all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  // One fetch cannot write a ref twice: what the branches and tags bring already is not asked for again.
  const covered = target.tracking !== undefined && /^refs\/(?:remotes\/origin|tags)\//.test(target.tracking);
  await git.run([...common, "--no-tags", "--prune", "origin", ...all, ...(covered ? [] : [target.refspec])], folder);
  if (!covered || target.commit === undefined) return;
  const at = await git.read(["rev-parse", "--verify", "--quiet", `${target.tracking}^{commit}`], folder).catch(() => "");
  if (at.trim() !== target.commit) await git.run([...common, "--no-tags", "origin", target.refspec], folder);
}

/** Later steps may push: the header stands in a file of the job's temp folder, until the job ends. */
function persistCredentials(call: BuiltinCall, folder: string, git: Git): void {
  if (!git.header) return;
  const { state, scope } = call;
  const file = join(state.folders.temp, `git-credentials-${randomUUID()}.config`);
  const section = git.header.key.replace(/^http\.(.*)\.extraheader$/, "$1");
  writeFileSync(file, `[http "${section}"]\n\textraheader = ${git.header.value}\n`, { mode: 0o600 });
  const include = `[include]\n\tpath = ${JSON.stringify(file)}\n`;
  const config = join(folder, ".git", "config");
  appendFileSync(config, include);
  state.posts.push({
    name: `Post ${stepName(call.step, call.expressions)}`,
    condition: "always()",
    scope,
    run: async (sink) => {
      rmSync(file, { force: true });
      if (existsSync(config)) writeFileSync(config, readFileSync(config, "utf8").replace(include, ""));
      sink.log("The credentials of the checkout are removed.");
      return true;
    },
  });
}
