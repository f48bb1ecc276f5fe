import { cleanQuestion } from "../../faq/text.ts";
import { commonInputs } from "../../kit/common-inputs.ts";
import { type InputSpec, type InputValues, list, number, repoPath, secret, text, url } from "../../kit/inputs.ts";

/** Git's own rules for a name (git-check-ref-format), as far as a prefix or branch of a configuration needs them. */
const REF = /^(?![/-])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\s~^:?*[\\\u0000-\u001F\u007F]+$/;

/** A question, or a comment that begins with a command such as `/faq` before it. */
const question: InputSpec<string> = {
  type: "text, up to 500 characters",
  parse: (raw) => {
    if (cleanQuestion(withoutCommand(raw, /^\/\S+/)).problems.length > 0) throw new Error("takes a question of 1 to 500 characters with a letter or digit in it");
    return raw;
  },
};

/** What is written by an answer: a document, and no program, whatever the token may write. */
const faqPath = repoPath({ fallback: "docs/FAQ.md" });
const documentPath: InputSpec<string> = {
  ...faqPath,
  parse: (raw) => {
    if (/^\.github\/(?:workflows|actions)\//i.test(raw)) throw new Error("takes the path of a document; what is below `.github/workflows` and `.github/actions` is run");
    return faqPath.parse(raw);
  },
};

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  question,
  "base-url": url(),
  "api-key": secret({ fallback: "" }),
  model: text({ max: 200, pattern: /^[^\s\u0000-\u001F]+$/, takes: "the name of a model, without spaces, as the endpoint lists it under /models" }),
  "faq-path": documentPath,
  sources: list({ fallback: ["docs", "README.md"], each: repoPath() }),
  "base-branch": text({ fallback: "", pattern: REF, takes: "the name of a branch", type: "branch" }),
  "branch-prefix": text({ fallback: "instant/faq-", max: 150, pattern: REF, takes: "the beginning of a branch name such as `instant/faq-`" }),
  "signing-key": secret({ fallback: "" }),
  "command-prefix": text({ fallback: "/faq", max: 50, pattern: /^\S+$/, takes: "one word such as `/faq`" }),
  "allowed-requesters": list({ fallback: [], type: "login" }),
  "max-words": number({ fallback: 100, min: 5, max: 1_000, integer: true }),
  "timeout-seconds": number({ fallback: 10, min: 0.05, max: 600 }),
  "max-attempts": number({ fallback: 3, min: 1, max: 10, integer: true }),
} as const;

export type Policy = InputValues<typeof inputs>;

/** Same question within an hour is the same task (CONTRACTS, Pull requests). Milliseconds. */
export const SAME_TASK_MS = 3_600_000;
/** The branch of a question and the names it may have after pull requests that were closed. */
export const MAX_BRANCHES = 5;

/** The question without the command it was given with. */
export function withoutCommand(raw: string, command: string | RegExp): string {
  const begun = raw.trimStart();
  const length = typeof command === "string" ? (begun.startsWith(command) ? command.length : 0) : (command.exec(begun)?.[0].length ?? 0);
  const rest = begun.slice(length);
  // `/faqs are great` is no command.
  return rest === "" || /^\s/.test(rest) ? rest.trim() : raw.trim();
}
