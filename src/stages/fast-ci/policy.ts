import { commonInputs, traceIdInput } from "../../kit/common-inputs.ts";
import { type InputValues, number, repoPath, sha, text } from "../../kit/inputs.ts";
import { checkingInputs } from "../checking.ts";

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  ...traceIdInput,
  ...checkingInputs,
  /** 0: the pull request of the event. */
  "pr-number": number({ fallback: 0, min: 1, max: 2_147_483_647, integer: true }),
  "head-sha": sha({ fallback: "" }),
  /** A folder of the runner's, or one below the workspace. */
  "cache-dir": text({ fallback: "", max: 1_000, type: "folder" }),
  /** Without it nothing is read or written: whoever can write to the folder could make a bad file pass. */
  "cache-key": { ...text({ fallback: "", pattern: /^.{16,}$/s, takes: "a secret of at least 16 characters" }), type: "secret", secret: true },
  "sarif-file": repoPath({ fallback: "" }),
} as const;

export type Policy = InputValues<typeof inputs>;

/** What one run of the checks needs to know, whoever asks for it. */
export type CheckPolicy = Pick<Policy, "faqPath" | "checkName" | "checkTimeoutSeconds" | "ignorePaths">;
