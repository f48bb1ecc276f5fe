import type { SourceFile } from "../../github/port.ts";
import { normalizeQuestion } from "../../faq/text.ts";

/** A piece of a source that is read as a whole: what stands below one heading, or a part of it. */
interface Section {
  readonly file: number;
  readonly position: number;
  readonly text: string;
}

/** Longest section, in characters: longer ones are parted at blank lines, so that one file cannot fill the prompt. */
const SECTION = 3_000;

/**
 * The sources that fit into `limit` characters. When all do, all are taken as they are; else the sections that share most with the
 * question, rare words counting more (inverse document frequency), in the order they have in their files.
 */
export function fitSources(sources: readonly SourceFile[], question: string, limit: number): readonly SourceFile[] {
  if (sources.reduce((sum, { path, text }) => sum + path.length + text.length, 0) <= limit) return sources;
  const sections = sources.flatMap(({ text }, file) => sectionsOf(text).map((part, position): Section => ({ file, position, text: part })));
  const wanted = new Set(termsOf(question));
  const terms = sections.map(({ text }) => new Set(termsOf(text)));
  const rarity = new Map([...wanted].map((term) => [term, Math.log(1 + sections.length / (1 + terms.filter((own) => own.has(term)).length))]));
  const score = (index: number) => [...wanted].reduce((sum, term) => sum + (terms[index]?.has(term) ? (rarity.get(term) ?? 0) : 0), 0);
  const ranked = sections.map((section, index) => ({ section, score: score(index) })).toSorted((a, b) => b.score - a.score);
  let left = limit;
  const taken: Section[] = [];
  for (const { section } of ranked) {
    const cost = section.text.length + (sources[section.file]?.path.length ?? 0) + 2;
    if (cost > left) continue;
    taken.push(section);
    left -= cost;
  }
  return sources.flatMap(({ path }, file) => {
    const own = taken.filter((section) => section.file === file).toSorted((a, b) => a.position - b.position);
    return own.length === 0 ? [] : [{ path, text: own.map(({ text }) => text).join("\n…\n") }];
  });
}

function sectionsOf(text: string): string[] {
  return text.split(/^(?=#{1,6}\s)/m).flatMap((section) => {
    if (section.length <= SECTION) return section.trim() === "" ? [] : [section];
    const parts: string[] = [];
    let part = "";
    for (const paragraph of section.split(/(?<=\n[ \t]*\n)/)) {
      if (part !== "" && part.length + paragraph.length > SECTION) {
        parts.push(part);
        part = "";
      }
      part += paragraph.slice(0, SECTION);
    }
    return part.trim() === "" ? parts : [...parts, part];
  });
}

/** Words, and pairs of signs for scripts that do not part words. */
function termsOf(text: string): string[] {
  const runs = normalizeQuestion(text).matchAll(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]+|[\p{L}\p{N}\p{M}+#]+/gu);
  return [...runs].flatMap(([run]) => (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(run) ? pairs(run) : run.length < 3 ? [] : [run.replace(/(?<=\w{3})(?:es|s)$/, "")]));
}

function pairs(run: string): string[] {
  const signs = Array.from(run);
  return signs.length === 1 ? signs : signs.slice(1).map((sign, i) => `${signs[i]}${sign}`);
}
