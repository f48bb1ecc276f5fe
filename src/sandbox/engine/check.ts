/** Looks at a workflow file without running it. */
import { nameOfWorkflow } from "./contexts.ts";
import type { Problem, WorkflowModel } from "./model.ts";
import { InvalidFile, parseWorkflowFile, readYaml } from "./parse.ts";
import { refusalsIn } from "./refusals.ts";

export interface WorkflowReport {
  /** What GitHub's parser finds wrong. */
  readonly problems: readonly Problem[];
  /** What is valid, but the sandbox does not run; each begins with its line. */
  readonly unsupported: readonly string[];
}

/** Checks a workflow file. Actions of other repositories are judged when a run starts, because the host has them. */
export async function checkWorkflow(source: string, path: string): Promise<WorkflowReport> {
  try {
    const file = await parseWorkflowFile(source, path);
    return { problems: [], unsupported: refusalsIn(file).map(({ line, message }) => `line ${line}: ${message}`) };
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    return { problems: error.problems, unsupported: [] };
  }
}

/** What the workflow is called: its `name`, or its path; the path too when the file is not readable. */
export function workflowName(source: string, path: string): string {
  try {
    return nameOfWorkflow(readYaml<WorkflowModel>(source, path).model, path);
  } catch {
    return path;
  }
}
