import type { Problem } from "../../../kit/errors.ts";
import { type InputValues, list, number, text, url } from "../../../kit/inputs.ts";
import { variableNames, type Verification } from "../../verification.ts";

/** How users are moved to a deployment that is well, and back: blue-green. */
export const promotionInputs = {
  /** Empty: nobody is moved, the deployment is judged where it is. */
  "promote-command": text({ fallback: "", max: 8_000 }),
  "abort-command": text({ fallback: "", max: 8_000 }),
  "command-env": variableNames,
  "command-timeout-seconds": number({ fallback: 60, min: 1, max: 900 }),
  "green-version-url": url({ fallback: "" }),
  "green-urls": list({ fallback: [], each: url() }),
  "watch-seconds": number({ fallback: 120, min: 0, max: 3_600 }),
} as const;

export type PromotionSettings = InputValues<typeof promotionInputs>;

/** What cannot be meant of the inputs of a promotion. */
export function promotionProblems(settings: PromotionSettings & Verification): Problem[] {
  const { promoteCommand, abortCommand, greenVersionUrl, greenUrls, commandEnv } = settings;
  const problems: Problem[] = [];
  if (promoteCommand === "") {
    const set = Object.entries({ "abort-command": abortCommand, "green-version-url": greenVersionUrl, "green-urls": greenUrls.join(), "command-env": commandEnv.join() }).filter(([, value]) => value !== "");
    if (set.length > 0) problems.push({ what: `${set.map(([name]) => `\`${name}\``).join(" and ")} is set, but there is no \`promote-command\` that would move users`, where: "promote-command", fix: "Set `promote-command` to what moves users to the deployment, or remove what belongs to it." });
    return problems;
  }
  if (abortCommand === "") problems.push({ what: "`promote-command` is set, but there is no `abort-command` that would move users back", where: "abort-command", fix: "Set `abort-command` to what gives users the version before again; it has to be safe to run twice, and where nobody was moved." });
  if (abortCommand === promoteCommand) problems.push({ what: "`promote-command` and `abort-command` are the same", where: "abort-command", fix: "Let each say where users go. What swaps two slots is no promotion: run twice, as after a runner that died, it would undo itself." });
  if (greenVersionUrl !== "" && greenVersionUrl === settings.versionUrl) problems.push({ what: "`version-url` and `green-version-url` are the same address, so the new deployment could not be told from the one that users are served", where: "green-version-url", fix: "Let `green-version-url` be an address of the new deployment itself, and `version-url` the one that users go by." });
  const same = greenUrls.filter((one) => settings.healthUrls.includes(one));
  if (same.length > 0) problems.push({ what: `${same.join(" and ")} stands in \`green-urls\` and in \`health-urls\`, so it could not tell the new deployment from the one that users are served`, where: "green-urls", fix: "Let `green-urls` be addresses of the new deployment itself." });
  if (greenUrls.length === 0 && settings.healthFile === "") problems.push({ what: "Nothing tells whether the new deployment is well before users are moved to it", where: "green-urls", fix: "Set `green-urls` to addresses of the new deployment itself, or `health-file` to a health.yaml with a section `green`." });
  return problems;
}
