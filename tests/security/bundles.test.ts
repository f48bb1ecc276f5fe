// Whatever a token allows, code that is not there does nothing: an action names the areas of GitHub that its bundle holds (`connect`).
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const actions = readdirSync(dist).sort();
const codeOf = (action: string) => readdirSync(path.join(dist, action)).filter((file) => file.endsWith(".js")).map((file) => readFileSync(path.join(dist, action, file), "utf8")).join("\n");
const holding = (what: RegExp) => actions.filter((action) => what.test(codeOf(action)));

test.each<[string, RegExp, readonly string[]]>([
  ["merges a pull request", /\/pulls\/\$\{[^}]+\}\/merge`/, ["auto-merge-gate", "rollback"]],
  ["arms auto-merge", /enablePullRequestAutoMerge\(/, ["auto-merge-gate", "rollback"]],
  ["puts into a merge queue", /enqueuePullRequest\(/, ["auto-merge-gate", "rollback"]],
  ["opens a hotfix", /mutation OpenHotfix/, ["rollback"]],
  ["opens an incident", /mutation OpenIncident/, ["rollback"]],
  ["starts a workflow", /\/dispatches`/, ["post-deploy-health", "rollback"]],
  ["publishes a check", /"\/check-runs"/, ["auto-merge-gate", "fast-ci", "rollback"]],
  ["asks a model", /chat\/completions/, ["faq-generate"]],
])("of all bundles, only these hold code that %s", (_, what, wanted) => {
  expect(holding(what)).toEqual(wanted);
});
