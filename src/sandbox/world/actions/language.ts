/** What the world asks of workflow files, and what it makes of those that cannot be read. */

import type { EngineHost, RunRequest } from "../../engine/port.ts";

/** What the workflow engine's package exports, besides the engine itself. */
export interface WorkflowLanguage {
  matchesEvent(
    source: string,
    path: string,
    event: {
      readonly name: string;
      readonly payload: Readonly<Record<string, unknown>>;
      readonly ref: string;
      readonly changedFiles?: readonly string[];
    },
  ): boolean;
  resolveDispatchInputs(
    source: string,
    path: string,
    given: Readonly<Record<string, unknown>>,
  ):
    | { readonly ok: true; readonly inputs: Readonly<Record<string, string | boolean | number>> }
    | { readonly ok: false; readonly problems: readonly string[] };
  workflowName(source: string, path: string): string;
  runName(request: RunRequest, host: Pick<EngineHost, "urls" | "variables">): string | undefined;
}

/** A file that cannot be read matches nothing; GitHub shows it as a failed run only on a push. */
export function matches(
  language: WorkflowLanguage,
  source: string,
  path: string,
  event: Parameters<WorkflowLanguage["matchesEvent"]>[2],
): boolean {
  try {
    return language.matchesEvent(source, path, event);
  } catch {
    return false;
  }
}

/** The evaluated `run-name`; undefined too where it cannot be evaluated, because the engine then refuses the run and says why. */
export function titleOf(language: WorkflowLanguage, ...given: Parameters<WorkflowLanguage["runName"]>): string | undefined {
  try {
    return language.runName(...given);
  } catch {
    return undefined;
  }
}
