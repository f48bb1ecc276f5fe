// Small pieces of Markdown that the generated documents are made of.

/** A value inside a cell of a table: one line, with pipes escaped. */
export const cell = (text) => String(text ?? "").replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|").trim();

/** A value as a code span inside a cell; nothing for an empty one. */
export const code = (text) => (text === "" ? "" : `\`${cell(text).replaceAll("`", "ˋ")}\``);

export const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

export const list = (items) => (items.length === 0 ? "None." : items.map((item) => `- ${item}`).join("\n"));

/**
 * Puts sections between their markers, `<!-- name -->` and `<!-- /name -->`, and leaves every other byte alone.
 * @param missing is told of a section whose markers are not there, or stand the wrong way round.
 */
export function fill(text, sections, missing) {
  return Object.entries(sections).reduce((filled, [name, section]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [filled.indexOf(open), filled.indexOf(close)];
    if (from !== -1 && to > from) return `${filled.slice(0, from + open.length)}\n${section}\n${filled.slice(to)}`;
    missing(`the markers ${open} and ${close} are missing.`);
    return filled;
  }, text);
}
