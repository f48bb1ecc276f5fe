import { test } from "@jest/globals";
import { program } from "../../src/cli/programs.ts";

export { program };

/**
 * A test that needs other people's programs: skipped, with the reason in its name, where one is missing. `.ci/run` installs
 * them all and fails on any skip.
 * @param run gets the absolute path of each program by its name.
 * @param timeoutMs defaults to jest's own.
 */
export function testWith(
  programs: readonly string[],
  name: string,
  run: (paths: Record<string, string>) => Promise<void>,
  timeoutMs?: number,
): void {
  const paths: Record<string, string> = {};
  const missing: string[] = [];
  for (const one of programs) {
    const found = program(one);
    if ("path" in found) paths[one] = found.path;
    else missing.push(found.missing);
  }
  if (missing.length > 0) test.skip(`${name} (skipped: ${missing.join("; ")})`, () => run(paths), timeoutMs);
  else test(name, () => run(paths), timeoutMs);
}
