import { InstantError } from "../kit/errors.ts";
import { type Trace, untraced } from "../kit/trace.ts";
import { runCommand, tracedCommand } from "./command.ts";
import type { CommandResult } from "./port.ts";

/** Shorter values are no secrets but words: hiding them would make a text unreadable. */
const SHORTEST_SECRET = 5;

export type RunNamed = (command: string, options: { readonly commit: string; readonly timeoutMs: number; readonly signal?: AbortSignal; readonly spared?: boolean }) => Promise<CommandResult>;

/**
 * A user's commands that may see the variables that the workflow names, and `INSTANT_COMMIT`. Opened before any command is run: the first
 * one makes this process forget what is a secret by its name (environment.ts).
 * @param options.secrets is taken out of what they print, like the variables; `mask` hides those in everything else that is printed.
 * @param options.trace is told that a command ran and how it ended.
 * @throws InstantError blaming the configuration, with every variable that is not set.
 */
export function openCommands(options: { readonly root: string; readonly allowed: readonly string[]; readonly secrets: readonly string[]; readonly mask: (value: string) => void; readonly trace?: Trace }): RunNamed {
  const { root, allowed, mask, trace = untraced } = options;
  const { env } = process;
  const missing = allowed.filter((name) => (env[name] ?? "") === "");
  if (missing.length > 0) throw new InstantError("configuration", missing.map((name) => ({ what: `\`command-env\` names \`${name}\`, and the step has no such variable in its environment`, where: "command-env", fix: `Set it below \`env:\` of the step: \`${name}: \${{ secrets.${name} }}\`, or do not name it.` })));
  const variables = Object.fromEntries(allowed.map((name) => [name, env[name] ?? ""]));
  const telling = (values: readonly string[]) => values.filter((value) => value.trim().length >= SHORTEST_SECRET);
  const given = telling(Object.values(variables).flatMap((value) => [value, ...value.split(/[\r\n]+/)]));
  for (const value of given) mask(value);
  const secrets = [...new Set([...given, ...telling(options.secrets)])].toSorted((a, b) => b.length - a.length);
  return async (command, { commit, ...how }) => {
    const result = await tracedCommand(trace, () => runCommand(command, root, { ...how, env: { ...variables, INSTANT_COMMIT: commit } }));
    return { ...result, output: secrets.reduce((text, secret) => text.replaceAll(secret, "***"), result.output) };
  };
}
