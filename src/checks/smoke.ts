import type { CheckResult, Finding, Subject } from "./port.ts";

const SHOWN_LINES = 30;
const SHOWN_CHARACTERS = 4_000;

/** Runs the user's own command on the tree; any status but 0 is a failure. */
export async function runSmoke(command: string, { workspace, timeoutMs, signal }: Subject): Promise<CheckResult> {
  const { exitCode, timedOut, output, ms } = await workspace.run(command, { timeoutMs, signal });
  const seconds = (ms / 1000).toFixed(1);
  if (exitCode === 0) return { findings: [], detail: `exit status 0 in ${seconds} s` };
  const limit = `${Math.round(timeoutMs / 100) / 10} s`;
  const how = timedOut ? `did not end within ${limit} and was stopped` : exitCode === null ? "was ended by a signal" : `ended with exit status ${exitCode}`;
  const mend = timedOut
    ? "Make it end by itself (a server has to be stopped by the command that started it), or raise `check-timeout-seconds`."
    : "Run the same command in a checkout of this commit, and mend what it reports.";
  const finding: Finding = { level: "failure", path: "", line: 1, rule: "smoke", message: `The smoke command ${how}. ${mend}\n${shownTail(output)}` };
  return { findings: [finding], detail: timedOut ? `no end within ${limit}` : exitCode === null ? "ended by a signal" : `exit status ${exitCode}` };
}

/** The end of the output, without the colours and cursor movements of a terminal. */
function shownTail(output: string): string {
  const plain = output.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g, "").replace(/[^\n]*\r(?!\n)/g, "");
  const lines = plain.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
  const tail = lines.length > SHOWN_CHARACTERS ? `…${lines.slice(-SHOWN_CHARACTERS).toWellFormed()}` : lines;
  return tail === "" ? "It printed nothing." : `The end of its output:\n${tail}`;
}
