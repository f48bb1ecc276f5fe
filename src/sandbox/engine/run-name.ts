/** What a run calls itself. */
import type { EngineHost, RunRequest } from "./port.ts";
import { nameOfWorkflow, runContext } from "./contexts.ts";
import { evaluateText, toText } from "./expressions.ts";
import type { WorkflowModel } from "./model.ts";
import { readYaml } from "./parse.ts";

/**
 * The workflow's `run-name`, which may read `github`, `inputs` and `vars`. Undefined when it is absent or only
 * whitespace: the run is then called after its event (a commit's headline, a pull request's title).
 * @throws InvalidFile when the file is not YAML; Error when the expression cannot be evaluated
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#run-name
 */
export function runName(request: RunRequest, host: Pick<EngineHost, "urls" | "variables">): string | undefined {
  const { model } = readYaml<WorkflowModel>(request.workflowSource, request.workflowPath);
  const text = model["run-name"];
  if (text === undefined || text === null) return undefined;
  const github = runContext(request, host, nameOfWorkflow(model, request.workflowPath));
  const contexts = { github, inputs: request.inputs ?? {}, vars: host.variables(request.repository) };
  const name = toText(evaluateText(toText(text), { contexts }));
  return name.trim() === "" ? undefined : name;
}
