import { parse } from "yaml";
import type { JobReport, RunReport, StepReport } from "../../sandbox/world/actions/report.ts";
import type { LoopWorld } from "./world.ts";
import type { RehearsalResult, StageResult } from "./result.ts";

interface StageStep {
  readonly stage: string;
  readonly job: JobReport;
  readonly step: StepReport;
}

/** What a run of the loop came to, from its record and from what the sandbox's GitHub saw. */
export function collect(world: LoopWorld, run: RunReport, workflow: string): RehearsalResult {
  const steps = stageSteps(run, workflow);
  const output = (name: string) => steps.map(({ step }) => step.outputs[name] ?? "").filter((value) => value !== "").at(-1) ?? null;
  const of = (stage: string, name: string) => steps.find((one) => one.stage === stage)?.step.outputs[name] || null;
  const merged = of("auto-merge-gate", "merged-sha");
  const phase = output("phase");
  const trb = of("rollback", "trb-ms");
  return {
    trace_id: output("trace-id"),
    status: isDone(run, phase) ? "done" : "error",
    phase,
    pr_url: of("faq-generate", "pr-url"),
    merged_sha: merged,
    deployed_sha: of("rollback", "deployed-sha") ?? of("post-deploy-health", "deployed-sha"),
    verdict: of("rollback", "verdict") ?? of("post-deploy-health", "verdict"),
    tte_ms: merged === null ? null : mergeTime(world, of("faq-generate", "pr-number"), run.createdAt),
    trb_ms: trb === null ? null : Number(trb),
    api_requests: world.sandbox.requests.list({ runId: run.id }).filter((one) => one.kind !== "git").length,
    stages: steps.filter(({ step }) => step.conclusion !== "skipped").map((one) => stageResult(world, run, one)),
  };
}

/** Success is: merged, and healthy where there is something to be healthy (CONTRACTS, Task). */
function isDone(run: RunReport, phase: string | null): boolean {
  return run.conclusion === "success" && (phase === "verified" || phase === "merged");
}

function stageResult(world: LoopWorld, run: RunReport, { stage, job, step }: StageStep): StageResult {
  const requests = world.sandbox.requests.list({ runId: run.id, job: job.job });
  return {
    name: stage,
    ms: step.ms ?? 0,
    api_requests: requests.filter((one) => one.kind !== "git" && one.userAgent.startsWith(`instant-${stage}`)).length,
    conclusion: step.conclusion ?? step.status,
  };
}

/** The steps of a run that are stages of INSTANT, in the order of the file. */
function stageSteps(run: RunReport, workflow: string): StageStep[] {
  const file = parse(workflow) as { jobs: Record<string, { steps?: { name?: string; uses?: string }[] }> };
  return Object.entries(file.jobs).flatMap(([key, { steps = [] }]) => {
    const job = run.jobs.find((one) => one.key === key);
    return steps.flatMap(({ name, uses }) => {
      const stage = /^org\/instant\/(?:actions\/)?([a-z-]+)@/.exec(uses ?? "")?.[1];
      const step = job?.steps.find((one) => one.name === name);
      return stage !== undefined && job && step ? [{ stage, job, step }] : [];
    });
  });
}

/** Milliseconds from the request to the merge; a question that was merged before it was asked again has none. */
function mergeTime(world: LoopWorld, number: string | null, from: number): number | null {
  const mergedAt = world.sandbox.repository(world.repository).issues.get(Number(number))?.pull?.mergedAt ?? null;
  return mergedAt === null || mergedAt < from ? null : mergedAt - from;
}
