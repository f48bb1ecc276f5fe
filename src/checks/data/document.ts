/** A document of data: what it says, and where. */
export interface DataDocument {
  /** Plain objects, arrays, strings, numbers, booleans and null. With YAML's aliases one object stands in several places. */
  readonly value: unknown;
  /** The line, from 1, that an object or array begins in; of a value in a mapping, the line of its key. 1 for all else. */
  lineOf(node: unknown): number;
}

export interface DataProblem {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Parsed {
  /** null when nothing could be made of it. */
  readonly document: DataDocument | null;
  readonly problems: readonly DataProblem[];
}

/** Files that people and programs write with comments and trailing commas, by their names. */
const WITH_COMMENTS = new RegExp(
  [
    "\\.(?:jsonc|json5|code-workspace|code-snippets)$",
    "(?:^|/)(?:tsconfig|jsconfig|api-extractor|tsdoc|tslint|devcontainer|deno|turbo|nx|biome|wrangler|renovate|language-configuration|settings|angular|launch|launchSettings|appsettings|extensions|tasks|keybindings|rush|babel\\.config|cspell)(?:\\.[^/]*)?\\.json$",
    "(?:^|/)\\.(?:eslintrc|oxlintrc|babelrc|swcrc|jshintrc|jscsrc|hintrc|prettierrc|stylelintrc|markdownlint|renovaterc|devcontainer|mocharc|oxfmtrc)(?:\\.json)?$",
    "(?:^|/)\\.(?:vscode|devcontainer|zed)/[^/]+\\.json$",
  ].join("|"),
  "i",
);

export const isYamlName = (path: string) => /\.ya?ml$/i.test(path);
export const isJsonName = (path: string) => /\.(?:json|jsonc|code-workspace|webmanifest|geojson)$/i.test(path);

/** Reads one document of YAML or JSON, by its name. */
export async function parseData(path: string, text: string): Promise<Parsed> {
  if (isYamlName(path)) return (await import("./yaml.ts")).parseYaml(text);
  const { parseJson } = await import("./json.ts");
  return parseJson(text, { comments: WITH_COMMENTS.test(path) });
}

/** Finds the line of an offset. */
export function lineFinder(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length - 1; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** `__proto__` is a key like any other. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
