import { isYamlName, type Parsed, parseData } from "./document.ts";

export type Parse = typeof parseData;

/** UTF-16 units whose documents are kept. */
const MAX_KEPT = 8 * 1024 * 1024;

/** Parses each text once for all checks of a run. */
export function parsingOnce(): Parse {
  const known = new Map<string, Promise<Parsed>>();
  let kept = 0;
  return (path, text) => {
    // The rules of JSON are those of the file's name.
    const key = `${isYamlName(path) ? "" : path}\0${text}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const parsed = parseData(path, text);
    kept += text.length;
    if (kept <= MAX_KEPT) known.set(key, parsed);
    return parsed;
  };
}
