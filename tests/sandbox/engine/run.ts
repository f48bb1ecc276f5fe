/** Runs a workflow to its end and gives back all that was seen. */
import { createEngine } from "../../../src/sandbox/engine/index.ts";
import type { EngineOptions, RunRequest, RunResult } from "../../../src/sandbox/engine/index.ts";
import { makeHost, requestFor } from "./host.ts";
import type { HostOptions, TestHost } from "./host.ts";

export interface Ran {
  readonly host: TestHost;
  readonly result: RunResult;
  readonly conclusions: Record<string, string>;
  readonly lines: string[];
  /** Annotations of warnings and errors. */
  readonly errors: string[];
  /** Outputs of a job by its id. */
  outputs(job: string): Readonly<Record<string, string>>;
}

export interface RunOptions extends HostOptions {
  readonly request?: Partial<RunRequest>;
  readonly engine?: EngineOptions;
  prepare?(host: TestHost): void;
}

export async function runWorkflow(source: string, options: RunOptions = {}): Promise<Ran> {
  const host = makeHost(options);
  options.prepare?.(host);
  const engine = createEngine(host, options.engine);
  try {
    const handle = await engine.start(requestFor(source, options.request));
    const result = await handle.result;
    return {
      host,
      result,
      conclusions: host.conclusions(),
      lines: host.lines(),
      errors: host.events.flatMap((event) => (event.type === "log" && event.level === "error" ? [event.line] : [])),
      outputs: (job) => result.jobs.find((entry) => entry.job.id === job)?.outputs ?? {},
    };
  } finally {
    await engine.close();
    host.remove();
  }
}
