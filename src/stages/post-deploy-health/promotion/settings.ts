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
  "live-version-url": url({ fallback: "" }),
  "live-urls": list({ fallback: [], each: url() }),
  "watch-seconds": number({ fallback: 120, min: 0, max: 3_600 }),
} as const;

export type PromotionSettings = InputValues<typeof promotionInputs>;

/** What cannot be meant of the inputs of a promotion. */
export function promotionProblems(settings: PromotionSettings & Verification): Problem[] {
  const { promoteCommand, abortCommand, liveVersionUrl, liveUrls, commandEnv, watchSeconds } = settings;
  const problems: Problem[] = [];
  if (promoteCommand === "") {
    const set = Object.entries({ "abort-command": abortCommand, "live-version-url": liveVersionUrl, "live-urls": liveUrls.join(), "command-env": commandEnv.join() }).filter(([, value]) => value !== "");
    if (set.length > 0) problems.push({ what: `${set.map(([name]) => `\`${name}\``).join(" and ")} is set, but there is no \`promote-command\` that would move users`, where: "promote-command", fix: "Set `promote-command` to what moves users to the deployment, or remove what belongs to it." });
    return problems;
  }
  if (abortCommand === "") problems.push({ what: "`promote-command` is set, but there is no `abort-command` that would move users back", where: "abort-command", fix: "Set `abort-command` to what gives users the version before again; it has to be safe to run twice, and where nobody was moved." });
  if (abortCommand === promoteCommand) problems.push({ what: "`promote-command` and `abort-command` are the same", where: "abort-command", fix: "Let each say where users go. What swaps two slots is no promotion: run twice, as after a runner that died, it would undo itself." });
  if (liveVersionUrl !== "" && liveVersionUrl === settings.versionUrl) problems.push({ what: "`version-url` and `live-version-url` are the same address, so a deployment that nobody uses yet could not be told from the one that users are served", where: "version-url", fix: "Let `version-url` be the address of the new deployment itself, and `live-version-url` the one that users go by." });
  if (watchSeconds > 0 && liveVersionUrl === "" && liveUrls.length === 0 && settings.healthUrls.length === 0 && settings.healthFile === "") problems.push({ what: "Nothing tells whether users are well once they were moved", where: "live-urls", fix: "Set `live-urls` to addresses that users go by, or `watch-seconds: 0` to look no further than the promotion." });
  return problems;
}
