/** The workflow engine of the sandbox: runs workflow files as a GitHub runner would. */
export { createEngine } from "./engine.ts";
export type { EngineOptions } from "./engine.ts";
export { InvalidFile } from "./parse.ts";
export { RefusedWorkflow } from "./refusals.ts";
export type { Refusal } from "./refusals.ts";
export { InvalidInputs, resolveDispatchInputs } from "./inputs.ts";
export type { InputValue } from "./inputs.ts";
export { matchesEvent } from "./triggers.ts";
export type { TriggerEvent } from "./triggers.ts";
export { runName } from "./run-name.ts";
export { checkWorkflow, workflowName } from "./check.ts";
export type { WorkflowReport } from "./check.ts";
export type * from "./port.ts";
