// Stands in for @actions/exec, which @actions/core imports for one function that INSTANT never calls (`platform.getDetails`) and which
// loads child_process, assert, timers and 50 KB of its own before an action has begun. Each call is passed on to the real package.
// `npm overrides` in the root package.json puts this package in the real one's place (docs/decisions/0001-start-up.md).

const load = () => import("actions-exec-real");

/** As of 3.0.0: runs a command, streams what it says, and answers with its exit status. @throws Error as the real one. */
export async function exec(...given) {
  return (await load()).exec(...given);
}

/** As of 3.0.0: the same, and gives what the command said. @throws Error as the real one. */
export async function getExecOutput(...given) {
  return (await load()).getExecOutput(...given);
}
