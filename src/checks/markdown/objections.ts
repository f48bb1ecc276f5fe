import type { Configuration } from "markdownlint";
import type { Traits } from "./traits.ts";

/** Names that the linter has for its rules beside the numbers. */
const ALIASES: Readonly<Record<string, string>> = {
  "heading-increment": "MD001", "heading-style": "MD003", "ul-style": "MD004", "list-indent": "MD005", "ul-indent": "MD007", "no-trailing-spaces": "MD009", "no-hard-tabs": "MD010", "no-reversed-links": "MD011",
  "no-multiple-blanks": "MD012", "line-length": "MD013", "commands-show-output": "MD014", "no-missing-space-atx": "MD018", "no-multiple-space-atx": "MD019", "no-missing-space-closed-atx": "MD020",
  "no-multiple-space-closed-atx": "MD021", "blanks-around-headings": "MD022", "heading-start-left": "MD023", "no-duplicate-heading": "MD024", "single-title": "MD025", "single-h1": "MD025", "no-trailing-punctuation": "MD026",
  "no-multiple-space-blockquote": "MD027", "no-blanks-blockquote": "MD028", "ol-prefix": "MD029", "list-marker-space": "MD030", "blanks-around-fences": "MD031", "blanks-around-lists": "MD032", "no-inline-html": "MD033",
  "no-bare-urls": "MD034", "hr-style": "MD035", "no-emphasis-as-heading": "MD036", "no-space-in-emphasis": "MD037", "no-space-in-code": "MD038", "no-space-in-links": "MD039", "fenced-code-language": "MD040",
  "first-line-heading": "MD041", "first-line-h1": "MD041", "no-empty-links": "MD042", "required-headings": "MD043", "proper-names": "MD044", "no-alt-text": "MD045", "code-block-style": "MD046", "single-trailing-newline": "MD047",
  "code-fence-style": "MD048", "emphasis-style": "MD049", "strong-style": "MD050", "link-fragments": "MD051", "reference-links-images": "MD052", "link-image-reference-definitions": "MD053", "link-image-style": "MD054",
  "table-pipe-style": "MD055", "table-column-count": "MD056", "blanks-around-tables": "MD058", "descriptive-link-text": "MD059", "table-column-style": "MD060",
};

/** Every rule that there is; a newer one is not known to be kept. */
export const RULES: ReadonlySet<string> = new Set(Object.values(ALIASES));
export { ALIASES };

type Options = Readonly<Record<string, unknown>>;

/** Where options make a rule no stricter than a document without the trait can bear. */
const BEARABLE: Readonly<Record<string, (options: Options) => boolean>> = {
  MD003: ({ style = "consistent" }) => style === "consistent" || style === "atx",
  MD007: ({ indent = 2, start_indented: started = false }) => indent === 2 && started === false,
  MD009: () => true,
  MD010: () => true,
  MD012: () => true,
  MD013: () => true,
  MD014: () => true,
  MD024: () => true,
  MD033: () => true,
  MD034: () => true,
  MD035: ({ style = "consistent" }) => style === "consistent" || style === "---",
  MD046: ({ style = "consistent" }) => style === "consistent" || style === "fenced",
  MD048: ({ style = "consistent" }) => style === "consistent" || style === "backtick",
  MD055: ({ style = "consistent" }) => style === "consistent" || style === "leading_and_trailing",
};

/** Lines that a configuration may measure, each with a limit of its own; 80 by default. */
const LENGTHS = ["line_length", "heading_line_length", "code_block_line_length"] as const;

/** Whether a rule that the configuration switches on could object to a document of these traits. It errs on the side of yes. */
export function mayObject(traits: Traits, config: Configuration): boolean {
  const settings = settingsOf(config);
  return settings === null || [...settings].some(([rule, options]) => options !== null && objects(rule, options, traits));
}

/** null: the linter has to read the configuration itself. Of a rule null: it is off. */
function settingsOf(config: Configuration): ReadonlyMap<string, Options | null> | null {
  const base = config.default === undefined || Boolean(config.default) ? {} : null;
  const settings = new Map<string, Options | null>([...RULES].map((rule) => [rule, base]));
  for (const [key, value] of Object.entries(config)) {
    if (key === "default" || key === "$schema") continue;
    const rule = ALIASES[key.toLowerCase()] ?? key.toUpperCase();
    // A tag of many rules, or a rule that is not known here.
    if (!RULES.has(rule)) return null;
    const options = optionsOf(value);
    if (options === undefined) return null;
    settings.set(rule, options);
  }
  return settings;
}

function optionsOf(value: unknown): Options | null | undefined {
  if (value === false) return null;
  if (value === true || value === "error" || value === "warning") return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { enabled = true, severity: _, ...options } = value as Options;
  return enabled === false ? null : options;
}

function objects(rule: string, options: Options, { rules, longest }: Traits): boolean {
  if (Object.keys(options).length > 0 && BEARABLE[rule]?.(options) !== true) return true;
  switch (rule) {
    case "MD004":
      return [...rules].filter((trait) => trait.endsWith("MD004")).length > 1;
    case "MD010":
      return rules.has(rule) && options["code_blocks"] !== false;
    case "MD013":
      return longest > Math.min(...LENGTHS.map((name) => Number(options[name] ?? options["line_length"] ?? 80)));
    case "MD024":
      return rules.has(rule) && options["siblings_only"] !== true;
    case "MD009":
      return rules.has(rule) && (options["strict"] === true || Number(options["br_spaces"] ?? 2) !== 2);
    case "MD049":
    case "MD050":
      return rules.has(`*${rule}`) && rules.has(`_${rule}`);
    default:
      return rules.has(rule);
  }
}
