import { posix } from "node:path";
import type { Workspace } from "../../workspace/port.ts";

/** What a repository asks of the bytes of a file; absent: nothing. */
export interface Format {
  readonly endOfLine?: "lf" | "crlf";
  readonly finalNewline?: boolean;
  readonly trimTrailing?: boolean;
  /** Where that was asked for. */
  readonly source: string;
}

/** One place that a formatter would change. */
export interface Misformat {
  readonly line: number;
  readonly rule: "end-of-line" | "final-newline" | "trailing-space";
  readonly message: string;
}

const MAX_CHARACTERS = 256 * 1024;

/**
 * Reads the formats that .editorconfig files ask for (https://spec.editorconfig.org), the nearest first, and the line endings of
 * .gitattributes (gitattributes(5), `eol`), which go before them. Without either nothing is asked of anybody.
 */
export function openFormats(workspace: Workspace): (path: string) => Promise<Format | null> {
  const configs = new Map<string, Promise<Config | null>>();
  const read = (path: string, parse: (text: string) => Config): Promise<Config | null> => {
    const known = configs.get(path) ?? workspace.readText(path).then((text) => (text === null || text.length > MAX_CHARACTERS ? null : parse(text)));
    configs.set(path, known);
    return known;
  };
  return async (path) => {
    const asked: Record<string, string> = {};
    let source = "";
    for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
      const name = posix.join(folder, ".editorconfig");
      const config = await read(name, parseEditorconfig);
      for (const [key, value] of Object.entries(matching(config, folder === "." ? path : path.slice(folder.length + 1)))) {
        if (Object.hasOwn(asked, key)) continue;
        asked[key] = value;
        source = name;
      }
      if (config?.root === true || folder === ".") break;
    }
    const { eol } = matching(await read(".gitattributes", parseAttributes), path);
    if (eol !== undefined) Object.assign(asked, { end_of_line: eol });
    return formatOf(asked, eol === undefined ? source : ".gitattributes");
  };
}

function formatOf(asked: Readonly<Record<string, string>>, source: string): Format | null {
  const { end_of_line: eol, insert_final_newline: final, trim_trailing_whitespace: trim } = asked;
  const format = { ...(eol === "lf" || eol === "crlf" ? { endOfLine: eol } as const : {}), ...(final === "true" ? { finalNewline: true } : {}), ...(trim === "true" ? { trimTrailing: true } : {}) };
  return Object.keys(format).length === 0 ? null : { ...format, source };
}

/** Every place of a text that is otherwise; of line endings the first that `isTouched` has. */
export function misformats(text: string, { endOfLine, finalNewline, trimTrailing, source }: Format, isTouched: (line: number) => boolean): readonly Misformat[] {
  const found: Misformat[] = [];
  const lines = text.split("\n");
  const wrong = endOfLine === undefined ? -1 : lines.findIndex((line, at) => at < lines.length - 1 && isTouched(at + 1) && line.endsWith("\r") !== (endOfLine === "crlf"));
  if (wrong !== -1) found.push({ line: wrong + 1, rule: "end-of-line", message: `This line does not end in ${endOfLine?.toUpperCase()}, as ${source} asks for. Save the file with ${endOfLine?.toUpperCase()} line endings.` });
  if (trimTrailing === true) {
    for (const [at, line] of lines.entries()) if (/[ \t]\r?$/.test(line)) found.push({ line: at + 1, rule: "trailing-space", message: `Blanks stand at the end of this line, which ${source} does not want. Take them out; a line break can be written as a backslash.` });
  }
  if (finalNewline === true && text !== "" && !text.endsWith("\n")) found.push({ line: lines.length, rule: "final-newline", message: `The last line has no end, as ${source} asks for. Add one.` });
  return found;
}

interface Config {
  readonly root: boolean;
  readonly sections: readonly { readonly matches: (path: string) => boolean; readonly values: Readonly<Record<string, string>> }[];
}

/** The last section that names a key counts. */
function matching(config: Config | null, path: string): Readonly<Record<string, string>> {
  return Object.assign({}, ...(config?.sections ?? []).filter(({ matches }) => matches(path)).map(({ values }) => values)) as Record<string, string>;
}

function parseEditorconfig(text: string): Config {
  let root = false;
  const sections: { matches: (path: string) => boolean; values: Record<string, string> }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    const [, key = "", value = ""] = /^\s*([^=#;[\s][^=]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== undefined) sections.push({ matches: globMatcher(section), values: {} });
    else if (key !== "" && sections.length > 0) Object.assign(sections.at(-1)?.values ?? {}, { [key.toLowerCase()]: value.toLowerCase() });
    else if (key.toLowerCase() === "root") root = value.toLowerCase() === "true";
  }
  return { root, sections };
}

function parseAttributes(text: string): Config {
  const sections = text.split(/\r?\n/).flatMap((line) => {
    const [pattern = "", ...attributes] = line.trim().split(/\s+/);
    const eol = attributes.map((attribute) => /^eol=(lf|crlf)$/.exec(attribute)?.[1]).find((one) => one !== undefined);
    return eol === undefined || pattern.startsWith("#") ? [] : [{ matches: globMatcher(pattern), values: { eol } }];
  });
  return { root: true, sections };
}

/** More signs than a person writes are no pattern but an attack on the matcher. */
const MAX_PATTERN = 200;

/** `*` stops at `/`, `**` does not; a pattern without `/` is of a name in any folder. */
function globMatcher(pattern: string): (path: string) => boolean {
  if (pattern.length > MAX_PATTERN || (pattern.match(/\*/g)?.length ?? 0) > 8) return () => false;
  let depth = 0;
  const source = pattern.replace(/^\//, "").replace(/\*\*\/?|[*?{},]|\[!?[^\]/]+\]|[^*?{},[\]]+|[[\]]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "{") return (depth += 1), "(?:";
    if (part === "}" && depth > 0) return (depth -= 1), ")";
    if (part === "," && depth > 0) return "|";
    if (/^\[.+\]$/.test(part)) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return part.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
  });
  try {
    const form = new RegExp(`^${pattern.includes("/") ? "" : "(?:.*/)?"}${source}${")".repeat(depth)}$`, "s");
    return (path) => form.test(path);
  } catch {
    return () => false;
  }
}
