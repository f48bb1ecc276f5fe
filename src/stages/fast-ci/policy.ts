import { commonInputs } from "../../kit/common-inputs.ts";
import { type InputSpec, type InputValues, list, number, oneOf, repoPath, sha, text } from "../../kit/inputs.ts";

/** A line of shell: what YAML's `|` leaves at its end is cut off by the reader of inputs. */
const command: InputSpec<string> = text({ fallback: "", max: 65_536 });

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  /** 0: the pull request of the event. */
  "pr-number": number({ fallback: 0, min: 1, max: 2_147_483_647, integer: true }),
  "head-sha": sha({ fallback: "" }),
  "faq-path": repoPath({ fallback: "docs/FAQ.md" }),
  checks: list({ fallback: ["markdown", "faq", "links", "smoke"], each: oneOf(["markdown", "faq", "links", "smoke"]) }),
  "smoke-command": command,
  "check-name": text({ fallback: "instant/fast-ci", max: 100 }),
  "check-timeout-seconds": number({ fallback: 180, min: 1, max: 3_600 }),
  "trace-id": text({
    fallback: "",
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    takes: "a UUID in lower case, as `trace-id` of faq-generate gives it",
  }),
} as const;

export type Policy = InputValues<typeof inputs>;

/** What one run of the checks needs to know, whoever asks for it. */
export type CheckPolicy = Pick<Policy, "faqPath" | "checkName" | "checkTimeoutSeconds">;
