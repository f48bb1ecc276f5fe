// CHANGELOG.md in the form of https://keepachangelog.com.

/**
 * The notes of a version.
 * @returns `{ notes }`, or `{ problem }` with what to change
 */
export function sectionOf(changelog, version) {
  const lines = changelog.split("\n");
  const start = lines.findIndex((line) => heading(line)?.version === version);
  const example = `\`## [${version}] - ${new Date().toISOString().slice(0, 10)}\``;
  if (start < 0) return { problem: `CHANGELOG.md has no section for ${version}. Move what is under \`## [Unreleased]\` below a heading ${example}.` };
  const { date } = heading(lines[start]);
  if (!isDate(date)) return { problem: `CHANGELOG.md does not tell the day of ${version}. Write its heading as ${example}.` };
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^##? |^\[[^\]]+\]: /.test(line));
  const notes = (end < 0 ? rest : rest.slice(0, end)).join("\n").trim();
  if (!/^[-*] \S/m.test(notes)) return { problem: `CHANGELOG.md says nothing under ${version}. List what a user meets, below \`### Added\`, \`### Changed\`, …` };
  return { notes: `${notes}\n` };
}

function heading(line) {
  const found = /^## \[([^\]]+)\](?: - (\S+))?/.exec(line);
  return found ? { version: found[1], date: found[2] ?? "" } : undefined;
}

function isDate(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
}
