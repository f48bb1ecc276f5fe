import { BREAKING_POLICIES, CHECKS, EXTERNAL_POLICIES } from "../checks/port.ts";
import { list, number, oneOf, repoPath, text } from "../kit/inputs.ts";

/** How a commit is checked: the inputs of fast-ci, and of the gate for a commit that it has rebuilt. */
export const checkingInputs = {
  "faq-path": repoPath({ fallback: "docs/FAQ.md" }),
  checks: list({ fallback: CHECKS, each: oneOf(CHECKS) }),
  /** Paths that no check looks at. git takes them as patterns of a pathspec, so that none may begin with its magic. */
  "ignore-paths": list({ fallback: [], each: text({ max: 500, pattern: /^[^:/\\\p{Cc}][^\\\p{Cc}]*$/u, takes: "a path of the repository, in which `*` stands for any name and `**` for any folders", type: "path pattern" }) }),
  "openapi-breaking": oneOf(BREAKING_POLICIES, { fallback: "fail" }),
  "external-links": oneOf(EXTERNAL_POLICIES, { fallback: "off" }),
  /** A line of shell: what YAML's `|` leaves at its end is cut off by the reader of inputs. */
  "smoke-command": text({ fallback: "", max: 65_536 }),
  "check-name": text({ fallback: "instant/fast-ci", max: 100 }),
  "check-timeout-seconds": number({ fallback: 180, min: 1, max: 3_600 }),
} as const;
