/** Whether an event starts a workflow. */
import { matchesFilter } from "./filters.ts";
import { fieldsOf, stringsOf } from "./model.ts";
import type { Fields, WorkflowModel } from "./model.ts";
import { readYaml } from "./parse.ts";

/** Something that happened in a repository. */
export interface TriggerEvent {
  /** `push`, `pull_request`, … */
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Full ref that a push moved or made; not needed for other events. */
  readonly ref?: string;
  /** Files that a push or pull request changes. Path filters let an event pass when it is not known what changed. */
  readonly changedFiles?: readonly string[];
}

/**
 * Activity types without `types:`. Where an event is not listed, all its types count.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
const DEFAULT_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ["opened", "synchronize", "reopened"],
  pull_request_target: ["opened", "synchronize", "reopened"],
};

/**
 * Whether the file's `on` takes the event. A file that is not YAML takes none.
 * `workflow_call` is not an event: a called workflow is started by its caller only.
 */
export function matchesEvent(source: string, path: string, event: TriggerEvent): boolean {
  let model: WorkflowModel;
  try {
    model = readYaml<WorkflowModel>(source, path).model;
  } catch {
    return false;
  }
  const { on } = model;
  if (event.name === "workflow_call") return false;
  if (typeof on === "string" || Array.isArray(on)) {
    return (stringsOf(on) ?? []).includes(event.name) && matchesFilters(event, {});
  }
  const triggers = fieldsOf(on);
  if (!(event.name in triggers)) return false;
  if (event.name === "schedule") return matchesSchedule(triggers["schedule"], event);
  return matchesFilters(event, fieldsOf(triggers[event.name]));
}

function matchesSchedule(schedule: unknown, event: TriggerEvent): boolean {
  const wanted = event.payload["schedule"];
  if (!Array.isArray(schedule)) return false;
  return wanted === undefined || schedule.some((item) => fieldsOf(item)["cron"] === wanted);
}

function matchesFilters(event: TriggerEvent, filters: Fields): boolean {
  return [matchesType, matchesWorkflows, matchesRef, matchesPaths].every((matches) => matches(event, filters));
}

function matchesType(event: TriggerEvent, filters: Fields): boolean {
  const types = stringsOf(filters["types"]) ?? DEFAULT_TYPES[event.name];
  const action = event.payload["action"];
  return types === undefined || typeof action !== "string" || types.includes(action);
}

function matchesWorkflows(event: TriggerEvent, filters: Fields): boolean {
  const names = stringsOf(filters["workflows"]);
  if (event.name !== "workflow_run" || names === undefined) return true;
  const run = fieldsOf(event.payload["workflow_run"]);
  const name = fieldsOf(event.payload["workflow"])["name"] ?? run["name"];
  return typeof name === "string" && matchesFilter(names, name);
}

/** Branches: of a push the pushed, of a pull request or merge group the base, of a workflow_run the head. */
function matchesRef(event: TriggerEvent, filters: Fields): boolean {
  const list = (name: string) => stringsOf(filters[name]);
  const included = { branches: list("branches"), tags: list("tags") };
  const ignored = { branches: list("branches-ignore"), tags: list("tags-ignore") };
  const { kind, name } = refOf(event);
  if (name === undefined) return true;
  const patterns = included[kind];
  if (patterns) return matchesFilter(patterns, name);
  const without = ignored[kind];
  if (without) return !matchesFilter(without, name);
  // A push filtered by branches only is not meant for tags, and the other way round.
  const other = kind === "branches" ? "tags" : "branches";
  return event.name !== "push" || (included[other] === undefined && ignored[other] === undefined);
}

function refOf(event: TriggerEvent): { readonly kind: "branches" | "tags"; readonly name: string | undefined } {
  const { payload } = event;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  switch (event.name) {
    case "push": {
      const ref = event.ref ?? text(payload["ref"]) ?? "";
      if (ref.startsWith("refs/tags/")) return { kind: "tags", name: ref.slice("refs/tags/".length) };
      return { kind: "branches", name: ref.replace(/^refs\/heads\//, "") };
    }
    case "pull_request":
    case "pull_request_target":
      return { kind: "branches", name: text(fieldsOf(fieldsOf(payload["pull_request"])["base"])["ref"]) };
    case "merge_group":
      return { kind: "branches", name: text(fieldsOf(payload["merge_group"])["base_ref"])?.replace(/^refs\/heads\//, "") };
    case "workflow_run":
      return { kind: "branches", name: text(fieldsOf(payload["workflow_run"])["head_branch"]) };
    default:
      return { kind: "branches", name: undefined };
  }
}

/** `paths` wants one file in; `paths-ignore` wants one file that is not ignored. Tags have no paths. */
function matchesPaths(event: TriggerEvent, filters: Fields): boolean {
  const { changedFiles } = event;
  if (changedFiles === undefined || refOf(event).kind === "tags") return true;
  const wanted = stringsOf(filters["paths"]);
  if (wanted) return changedFiles.some((file) => matchesFilter(wanted, file));
  const ignored = stringsOf(filters["paths-ignore"]);
  return !ignored || changedFiles.some((file) => !matchesFilter(ignored, file));
}
