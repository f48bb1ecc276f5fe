/** What a built-in action is given, and what it is. */
import type { StepCall } from "../call.ts";

export interface BuiltinCall extends StepCall {
  /** Inputs by lower-case name, with the action's own defaults. */
  readonly inputs: Readonly<Record<string, string>>;
}

export interface Builtin {
  /** Every input it knows, with its default. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Why these inputs cannot be served; asked before the run starts. A text with `${{ }}` is not known yet. */
  refusals(inputs: Readonly<Record<string, string>>): readonly string[];
  /** @throws when it fails */
  run(call: BuiltinCall): Promise<void>;
}

export function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === "true";
}

/** Refuses each input that is set to what the sandbox does not do. */
export function onlyDefaults(
  inputs: Readonly<Record<string, string>>,
  fixed: Readonly<Record<string, readonly string[]>>,
): string[] {
  return Object.entries(fixed).flatMap(([name, allowed]) => {
    const value = inputs[name];
    if (value === undefined || allowed.includes(value)) return [];
    return [`input "${name}: ${value}" is not supported by the sandbox`];
  });
}
