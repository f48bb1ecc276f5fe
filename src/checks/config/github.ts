import { readFileSync } from "node:fs";
import type { DataProblem } from "../data/document.ts";

/** GitHub's own reading of its two kinds of files. */
export interface GithubParser {
  checkWorkflow(source: string, path: string): readonly DataProblem[];
  checkAction(source: string, path: string): readonly DataProblem[];
}

let library: Promise<GithubParser> | undefined;

/** Loads it once; it costs about 50 ms. */
export function loadGithubParser(): Promise<GithubParser> {
  library ??= importParser();
  return library;
}

async function importParser(): Promise<GithubParser> {
  // Only the parts that are needed, put together as the package's own entry does; it loads twice as fast.
  const [reader, yaml, context, schemas, jobs, events, concurrency, conditions, trace, expressions] = await Promise.all([
    import("@actions/workflow-parser/templates/template-reader"),
    import("@actions/workflow-parser/workflows/yaml-object-reader"),
    import("@actions/workflow-parser/templates/template-context"),
    importSchemas(),
    import("@actions/workflow-parser/model/converter/jobs"),
    import("@actions/workflow-parser/model/converter/events"),
    import("@actions/workflow-parser/model/converter/concurrency"),
    import("@actions/workflow-parser/model/converter/if-condition"),
    import("@actions/workflow-parser/templates/trace-writer"),
    import("@actions/expressions"),
  ]);
  const features = new expressions.FeatureFlags({ all: true });
  const read = (kind: "workflow" | "action", source: string, path: string) => {
    const errors = new context.TemplateValidationErrors(200);
    const made = new context.TemplateContext(errors, schemas[kind](), new trace.NoOperationTraceWriter());
    made.state["featureFlags"] = features;
    const file = made.getFileId(path);
    const object = new yaml.YamlObjectReader(file, source);
    for (const error of object.errors) made.error(file, error.message, error.range);
    const valid = object.errors.length === 0;
    const value = valid ? reader.readTemplate(made, `${kind}-root-strict`, object, file) : undefined;
    return { made, value: errors.count === 0 ? value : undefined };
  };
  type Context = ReturnType<typeof read>["made"];
  const problemsOf = (made: Context): DataProblem[] =>
    made.errors.getErrors().map((error) => ({
      line: error.range?.start.line ?? 1,
      column: error.range?.start.column ?? 1,
      message: firstLine(error.rawMessage),
    }));
  const convert = { on: events.convertOn, jobs: jobs.convertJobs, concurrency: concurrency.convertConcurrency };
  return {
    checkWorkflow: (source, path) => {
      const { made, value } = read("workflow", source, path);
      for (const { key, value: part } of value?.assertMapping("root") ?? []) {
        const check = convert[key.toString() as keyof typeof convert];
        try {
          check?.(made, part);
        } catch (error) {
          made.error((error as { token?: typeof part }).token ?? part, error as Error);
        }
      }
      return problemsOf(made);
    },
    checkAction: (source, path) => {
      const { made, value } = read("action", source, path);
      const runs = value?.assertMapping("root").find("runs")?.assertMapping("runs");
      for (const key of ["pre-if", "post-if"]) {
        const condition = runs?.find(key);
        if (condition) conditions.validateRunsIfCondition(made, condition, condition.toString());
      }
      for (const step of runs?.find("steps")?.assertSequence("steps") ?? []) {
        const condition = step.assertMapping("step").find("if");
        if (condition) conditions.convertToIfCondition(made, condition);
      }
      return problemsOf(made);
    },
  };
}

/** The bundler's own, which tells that this is a bundle. */
declare const __webpack_require__: unknown;

/**
 * The package imports its schemas as JSON without the attribute that Node asks for. A bundle holds them; elsewhere they are read as
 * files.
 */
async function importSchemas() {
  if (typeof __webpack_require__ === "function") {
    const [workflow, action] = await Promise.all([import("@actions/workflow-parser/workflows/workflow-schema"), import("@actions/workflow-parser/actions/action-schema")]);
    return { workflow: workflow.getWorkflowSchema, action: action.getActionSchema };
  }
  const [{ TemplateSchema }, { JSONObjectReader }] = await Promise.all([import("@actions/workflow-parser/templates/schema/template-schema"), import("@actions/workflow-parser/templates/json-object-reader")]);
  const entry = import.meta.resolve("@actions/workflow-parser");
  const load = (name: string) => TemplateSchema.load(new JSONObjectReader(undefined, readFileSync(new URL(`${name}-v1.0.min.json`, entry), "utf8")));
  const [workflow, action] = [load("workflow"), load("action")];
  return { workflow: () => workflow, action: () => action };
}

/** The YAML library draws the place below its message; the line and column say it already. */
export function firstLine(message: string): string {
  return message.split("\n")[0]?.replace(/ at line \d+, column \d+:$/, "") ?? message;
}
