/** A line or a text beyond these is generated or hostile; parsers of Markdown take quadratic time on some of them. */
const MAX_CHARACTERS = 1024 * 1024;
const MAX_LINE = 50_000;

/** Why a document is not parsed, with the line that is to blame; null when it can be. */
export function overLimit(path: string, text: string): { readonly line: number; readonly message: string } | null {
  if (text.length > MAX_CHARACTERS) return { line: 1, message: `${path} has more than ${MAX_CHARACTERS / 1024} Ki characters and was not looked at. Split it.` };
  for (let line = 1, start = 0; start <= text.length; line += 1) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    if (stop - start > MAX_LINE) return { line, message: `This line has more than ${MAX_LINE} characters, so that ${path} was not looked at. Break it.` };
    start = stop + 1;
  }
  return null;
}
