import { tmpdir } from "node:os";
import type { DeploymentFacts, Deployments, PullSummary, Repository, RunFacts } from "../../../src/github/port.ts";
import { parseInputs } from "../../../src/kit/inputs.ts";
import type { Log } from "../../../src/kit/log.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { connectProbes } from "../../../src/probes/index.ts";
import { runCommand } from "../../../src/workspace/command.ts";
import type { HealthPorts } from "../../../src/stages/post-deploy-health/index.ts";
import { type Policy, inputs } from "../../../src/stages/post-deploy-health/policy.ts";

export const SHA = "a1b2c3d4".repeat(5);
export const OTHER = "0f1e2d3c".repeat(5);

export const silent: Log = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };

/** A repository as far as this stage asks it; it counts what it is asked and lets a test answer. */
export class FakeRepository {
  readonly calls: string[] = [];
  target: Awaited<ReturnType<Deployments["readDeployTarget"]>> = { defaultBranch: "main", defaultSha: SHA, history: [], known: true, message: "Update FAQ - Why?", rollback: null, pause: null };
  runs: RunFacts[] = [];
  deployments: DeploymentFacts[] = [];
  /** Files of the commit, by their path. */
  files: Record<string, string> = {};
  /** Called with each dispatch; may add a run. */
  onDispatch: (start: Parameters<Deployments["dispatchWorkflow"]>[0]) => void = () => {};
  /** Called before a run is read; may change it. */
  onRead: (id: number) => void = () => {};
  /** What contains the commit besides itself. */
  readonly descendants = new Set<string>();

  run(more: Partial<RunFacts>): RunFacts {
    const made: RunFacts = { id: this.runs.length + 1, url: `https://github.example/runs/${this.runs.length + 1}`, headSha: SHA, title: "Deploy", status: "in_progress", conclusion: null, createdAt: Date.now(), ...more };
    this.runs.unshift(made);
    return made;
  }

  change(id: number, more: Partial<RunFacts>): void {
    this.runs = this.runs.map((run) => (run.id === id ? { ...run, ...more } : run));
  }

  get port(): Repository {
    const asked = <T>(call: string, answer: T): Promise<T> => {
      this.calls.push(call);
      return Promise.resolve(answer);
    };
    const port: Partial<Repository> = {
      owner: "o",
      name: "r",
      requestCount: () => this.calls.length,
      readDeployTarget: (sha) => asked(`target ${sha.slice(0, 7)}`, this.target),
      contains: (descendant, ancestor) => asked(`contains ${descendant.slice(0, 7)}`, descendant === ancestor || this.descendants.has(descendant)),
      listDispatchedRuns: (workflow) => asked(`runs ${workflow}`, this.runs),
      findDeployment: async (environment, sha, contains) => {
        this.calls.push(`deployments ${environment}`);
        for (const one of this.deployments) if (one.environment === environment && (one.sha === sha || (one.state !== "failure" && (await contains(one.sha))))) return one;
        return null;
      },
      readFile: (sha, path) => asked(`file ${sha.slice(0, 7)} ${path}`, this.files[path] ?? null),
      dispatchWorkflow: (start) => {
        this.onDispatch(start);
        const run = this.runs[0];
        return asked(`dispatch ${start.workflow} ${start.ref} ${JSON.stringify(start.inputs)}`, { runId: run?.id ?? null, url: run?.url ?? null });
      },
      readRun: (id) => {
        this.onRead(id);
        const found = this.runs.find((run) => run.id === id);
        if (!found) throw new Error(`no run ${id}`);
        return asked(`run ${id}`, found);
      },
    };
    return port as Repository;
  }
}

/** Everything that was masked so far. */
export const masked: string[] = [];

export function policyOf(given: Record<string, string>): Policy {
  const all: Record<string, string> = { token: "t", "commit-sha": SHA, "health-json": "status=ok", "deploy-input": "commit_sha", "probe-interval-seconds": "0.02", "probe-timeout-seconds": "2", "health-timeout-seconds": "10", ...given };
  return parseInputs(inputs, (name) => all[name] ?? "");
}

export function portsOf(repo: FakeRepository, policy: Policy): HealthPorts {
  const probes = connectProbes(policy, { mask: (value) => void masked.push(value), run: (command, options) => runCommand(command, tmpdir(), options) });
  return { repo: repo.port, ...probes, promotion: null, ledger: null, log: silent, clock: systemClock };
}

export function pull(more: Partial<PullSummary>): PullSummary {
  return { number: 4, url: "https://github.example/pull/4", title: "Rollback: x", body: "", state: "open", author: "github-actions[bot]", headSha: OTHER, mergeSha: null, createdAt: 0, mergedAt: null, commits: [], commitCount: 0, ...more };
}
