import { createContext, Script } from "node:vm";

/** How long a regular expression may look at a body, in milliseconds. */
export const MATCH_LIMIT_MS = 100;

/**
 * Whether a text matches a regular expression. Both come from outside, and together they may take for ever (a body made for the
 * expression): it is tried where V8 can break it off.
 * @returns null when it took too long.
 */
export function matchesInTime(text: string, pattern: string): boolean | null {
  const context = createContext({ text, pattern }, { codeGeneration: { strings: false, wasm: false } });
  try {
    return new Script("new RegExp(pattern, 'u').test(text)").runInContext(context, { timeout: MATCH_LIMIT_MS }) === true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return null;
    throw error;
  }
}
