import { messageOf } from "../kit/errors.ts";
import { excerpt } from "./exchange.ts";
import type { CommandSpec, Measurement, Probe } from "./port.ts";

/** Runs a command of the user's, without tokens in its environment; src/workspace has one. */
export type Run = (command: string, options: { readonly timeoutMs: number; readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal }) => Promise<{
  /** null when it was ended by a signal or the time limit. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly output: string;
  readonly ms: number;
}>;

/** How a command says that it could not measure (sysexits(3), EX_TEMPFAIL). */
const NOT_MEASURED = 75;
/** What a shell answers when there is no such command, or none that may be run (POSIX, Shell Command Language, 2.8.2). */
const NOT_RUN = [126, 127];

/**
 * Probes by a command: 0 is a success, and what it exits with otherwise a failure, but for 75. That it could not be run, was ended or
 * took too long is an error to measure: what it would have found nobody knows.
 */
export function commandProbe(spec: CommandSpec, commit: string, run: Run): Probe {
  return {
    name: spec.name,
    measure: async ({ timeoutMs, signal }) => {
      const at = Date.now();
      try {
        const result = await run(spec.run, { timeoutMs, signal, env: { INSTANT_COMMIT: commit } });
        return { probe: spec.name, ...judge(result, timeoutMs), latencyMs: result.ms, at };
      } catch (error) {
        return { probe: spec.name, outcome: "error", detail: `it could not be run: ${excerpt(messageOf(error))}`, latencyMs: Date.now() - at, at };
      }
    },
  };
}

function judge({ exitCode, timedOut, output }: Awaited<ReturnType<Run>>, timeoutMs: number): Pick<Measurement, "outcome" | "detail"> {
  const said = excerpt(output.trimEnd().split("\n").at(-1) ?? "");
  const told = said === "" ? "" : `: ${said}`;
  if (timedOut) return { outcome: "error", detail: `it did not end within ${timeoutMs} ms${told}` };
  if (exitCode === null) return { outcome: "error", detail: `it was ended by a signal${told}` };
  if (exitCode === 0) return { outcome: "success", detail: said === "" ? "it exited with 0" : said };
  const isError = exitCode === NOT_MEASURED || NOT_RUN.includes(exitCode);
  return { outcome: isError ? "error" : "failure", detail: `it exited with ${exitCode}${told}` };
}
