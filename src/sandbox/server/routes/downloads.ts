/** Logs and artifacts as files. The API sends their readers on to an address that is as good as a key, as on github.com. */

import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { ApiError, notFound } from "../../world/errors.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { Artifact, JobRecord, WorkflowRun } from "../../world/types.ts";
import { artifact } from "../render/actions.ts";
import { numberOf, ok, page, repositoryOf } from "../router.ts";
import type { Call, Reply, Router } from "../router.ts";
import { zip } from "../zip.ts";
import type { ZipFile } from "../zip.ts";
import { jobOf, readable, runOf } from "./actions.ts";

const actions = "/repos/{owner}/{repo}/actions";

export function downloadRoutes(router: Router): void {
  router.add("GET", `${actions}/jobs/{job_id}/logs`, (call) => {
    const { run, record } = jobOf(call);
    return redirect(call, `/_logs/${run.id}/${record.id}-${record.nodeId}`);
  });
  router.add("GET", "/_logs/{run_id}/{job}", (call) => {
    const record = call.runs.peek(numberOf(call, "run_id"))?.jobs.find((one) => `${one.id}-${one.nodeId}` === call.params["job"]);
    if (record === undefined) return nothing;
    return { status: 200, body: Buffer.from(`${record.log.join("\n")}\n`), headers: { "content-type": "text/plain; charset=utf-8" } };
  });
  router.add("GET", `${actions}/runs/{run_id}/logs`, (call) => {
    const run = runOf(call);
    // GitHub keeps none of a run that did not begin, and gives none before the end.
    if (run.status !== "completed" || run.jobs.length === 0) throw notFound();
    return redirect(call, `/_archives/logs/${run.id}/${run.nodeId}.zip`);
  });
  router.add("GET", "/_archives/logs/{run_id}/{node}.zip", (call) => {
    const run = call.runs.peek(numberOf(call, "run_id"));
    if (run === undefined || run.nodeId !== call.params["node"]) return nothing;
    return archive(run.jobs.flatMap((job, index) => logFiles(run, job, index)));
  });
  artifactRoutes(router);
}

function artifactRoutes(router: Router): void {
  router.add("GET", `${actions}/artifacts`, (call) => {
    const name = call.query.get("name");
    const found = readable(call).artifacts.filter((one) => name === null || one.name === name);
    return page(call, [...found].reverse(), (one) => artifact(call.world, one), (artifacts, total_count) => ({ total_count, artifacts }));
  });
  router.add("GET", `${actions}/artifacts/{artifact_id}`, (call) => ok(artifact(call.world, artifactOf(call))));
  router.add("GET", `${actions}/artifacts/{artifact_id}/{archive_format}`, (call) => {
    const found = artifactOf(call);
    if (call.params["archive_format"] !== "zip") throw notFound();
    return redirect(call, `/_archives/artifacts/${found.id}/${found.nodeId}.zip`);
  });
  router.add("GET", "/_archives/artifacts/{artifact_id}/{node}.zip", async (call) => {
    const id = numberOf(call, "artifact_id");
    const found = [...call.world.repositories.values()].flatMap((one) => one.artifacts).find((one) => one.id === id);
    if (found === undefined || found.nodeId !== call.params["node"]) return nothing;
    const entries = await readdir(found.dir, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
    return archive(await Promise.all(paths.map(async (path) => ({
      path: relative(found.dir, path).replaceAll("\\", "/"), content: await readFile(path),
    }))));
  });
}

function redirect(call: Call, path: string): Reply {
  return { status: 302, headers: { location: call.world.urls.server + path } };
}

function archive(files: readonly ZipFile[]): Reply {
  return { status: 200, body: zip(files), headers: { "content-type": "application/zip" } };
}

/** These addresses are not the API's, and do not answer in its form. */
const nothing: Reply = { status: 404, body: Buffer.from("Not Found\n"), headers: { "content-type": "text/plain" } };

function artifactOf(call: Call): Artifact {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "actions", "read");
  const id = numberOf(call, "artifact_id");
  const found = repository.artifacts.find((one) => one.id === id);
  if (found === undefined) throw new ApiError(404, "Not Found");
  return found;
}

/** `0_build.txt` holds the whole job, `build/1_Set up job.txt` one step. */
function logFiles(run: WorkflowRun, job: JobRecord, index: number): ZipFile[] {
  const name = fileName(job.ref.name);
  const began = run.events.findLastIndex((event) => event.type === "run_started");
  const lines = new Map<number, string[]>();
  for (const event of run.events.slice(Math.max(began, 0))) {
    if (event.type !== "log" || event.job.id !== job.ref.id) continue;
    const { number } = event.step;
    lines.set(number, [...(lines.get(number) ?? []), `${new Date(event.at).toISOString()} ${event.line}`]);
  }
  const steps = job.steps.flatMap((step) => {
    const own = lines.get(step.ref.number);
    return own === undefined ? [] : [{ path: `${name}/${step.ref.number}_${fileName(step.ref.name)}.txt`, content: text(own) }];
  });
  return [{ path: `${index}_${name}.txt`, content: text(job.log) }, ...steps];
}

function text(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** GitHub leaves out what a file's name cannot hold everywhere, and cuts at 90 characters. */
function fileName(name: string): string {
  return name.replace(/[/\\:*?"<>|\u0000-\u001f]/g, "").slice(0, 90);
}
