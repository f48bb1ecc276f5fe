import type { Finding } from "../../checks/port.ts";
import type { CiFacts } from "./facts.ts";
import { findingsOf } from "./findings.ts";

/** GitHub takes 25,000 results of a run and shows 5,000 (https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning). */
const MAX_RESULTS = 5_000;

const LEVELS = { failure: "error", warning: "warning", notice: "note" } as const;

/**
 * All findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), for code scanning and for editors.
 * @returns JSON
 */
export function sarifOf(facts: Pick<CiFacts, "outcomes" | "sha">, repositoryUrl: string): string {
  const results = findingsOf(facts).slice(0, MAX_RESULTS);
  const errored = facts.outcomes.filter(({ kind }) => kind === "errored");
  const rules = [...new Set(results.map(({ rule }) => rule))].map((id) => ({ id }));
  const run = {
    tool: { driver: { name: "INSTANT fast-ci", rules } },
    columnKind: "utf16CodeUnits",
    originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the repository." } } },
    versionControlProvenance: [{ repositoryUri: repositoryUrl, revisionId: facts.sha }],
    // What could not run is told apart from what found nothing.
    invocations: [{
      executionSuccessful: errored.length === 0,
      toolExecutionNotifications: errored.map(({ name, detail }) => ({ level: "error", message: { text: `${name} could not run: ${detail}` } })),
    }],
    results: results.map((finding) => resultOf(finding, rules.findIndex(({ id }) => id === finding.rule))),
  };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, null, 2)}\n`;
}

function resultOf({ level, path, line, endLine, column, rule, message }: Finding, ruleIndex: number) {
  const region = { startLine: line, ...(endLine === undefined ? {} : { endLine }), ...(column === undefined ? {} : { startColumn: column }) };
  const uri = path.split("/").map(encodeURIComponent).join("/");
  const locations = path === "" ? [] : [{ physicalLocation: { artifactLocation: { uri, uriBaseId: "%SRCROOT%" }, region } }];
  return { ruleId: rule, ruleIndex, level: LEVELS[level], message: { text: message }, locations };
}
