/**
 * How many lines of YAML (`---`) or TOML (`+++`) front matter a text begins with; 0 when it has none. Between two thematic breaks
 * there may be prose: front matter has a key in its first line.
 */
export function frontMatterLines(text: string): number {
  const found = /^\uFEFF?(---|\+\+\+)[ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[\w"'-]+[ \t]*[:=]/.exec(text);
  if (found === null) return 0;
  const lines = text.split("\n");
  const end = lines.findIndex((line, at) => at > 0 && (line.trimEnd() === found[1] || (found[1] === "---" && line.trimEnd() === "...")));
  return end + 1;
}
