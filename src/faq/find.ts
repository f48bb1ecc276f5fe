import type { FaqDocument, FaqEntry } from "./document.ts";
import { normalizeQuestion, questionHash } from "./text.ts";

/**
 * Two questions at or above this similarity are near-duplicates. Chosen on the ten real documents in tests/fixtures/faq:
 * of their 3,416 pairs of questions that people kept apart one reaches it, and most rewordings do (the test holds both).
 */
export const NEAR_DUPLICATE = 0.62;

/** The entry that answers exactly this question: written by INSTANT for it, or under a heading of the same normalised text. */
export function findEntry(document: FaqDocument, question: string): FaqEntry | undefined {
  const hash = questionHash(question);
  return (
    document.entries.find((entry) => entry.hash === hash) ?? document.entries.find((entry) => entry.record?.hash === hash)
  );
}

export interface NearDuplicate {
  readonly entry: FaqEntry;
  /** 0 to 1. */
  readonly similarity: number;
}

/** Entries that ask nearly the same, most similar first; the exact one is not among them. */
export function nearDuplicates(document: FaqDocument, question: string, threshold = NEAR_DUPLICATE): NearDuplicate[] {
  const exact = findEntry(document, question);
  const asked = features(question);
  const known = document.entries.map((entry) => ({ entry, features: features(entry.question) }));
  const weight = rarity(known.map(({ features: { words, pairs } }) => new Set([...words, ...pairs])));
  return known
    .filter(({ entry }) => entry !== exact)
    .map((one) => ({ entry: one.entry, similarity: overlap(asked, one.features, weight) }))
    .filter((one) => one.similarity >= threshold)
    .sort((one, other) => other.similarity - one.similarity);
}

/**
 * 0 (nothing in common) to 1: the mean of the Jaccard index of content words and the Dice index of character pairs.
 * Scripts written without spaces are compared by pairs of characters throughout.
 */
export function similarity(one: string, other: string): number {
  return overlap(features(one), features(other), () => 1);
}

/**
 * Weight of a word by how rare it is among a document's questions (inverse document frequency): in the FAQ of Foo the word
 * "Foo" says nothing.
 */
function rarity(questions: readonly ReadonlySet<string>[]): (feature: string) => number {
  const counts = new Map<string, number>();
  for (const question of questions) for (const feature of question) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return (feature) => Math.log(1 + questions.length / (counts.get(feature) ?? 1));
}

interface Features {
  readonly words: ReadonlySet<string>;
  readonly pairs: ReadonlySet<string>;
}

/** Words that carry no topic. Negations and numbers are topics: "how do I not …" is another question. */
const FILLER = new Set(
  ("a an and are as at be been by can could did do does for from had has have how i if in is it its may me might must my of on " +
    "or our shall should so that the their them then there these they this those to us was we were what when where which who " +
    "whose why will with would you your please get").split(" "),
);
const UNSPACED = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar}|ー/u;
const RUNS = new RegExp(`(?:${UNSPACED.source})+|[\\p{L}\\p{N}\\p{M}+#]+`, "gu");
/** Endings and particles that nearly every Chinese or Japanese question has. */
const UNSPACED_FILLER = /ですか|ますか|ません|のか|でしょうか|とは|には|どう|する|した|して|如何|怎么|怎麼|怎样|什么|什麼|为什么|為什麼|可以|吗|嗎|的/gu;

function features(question: string): Features {
  const text = normalizeQuestion(question);
  const words = new Set<string>();
  const pairs = new Set<string>();
  for (const [run] of text.matchAll(RUNS)) {
    const unspaced = UNSPACED.test(run);
    const bare = unspaced ? run.replace(UNSPACED_FILLER, " ") : run;
    if (unspaced) for (const pair of bigrams(bare)) words.add(pair);
    else if (!FILLER.has(run)) words.add(stem(run));
    for (const pair of bigrams(unspaced ? bare : FILLER.has(run) ? "" : ` ${run} `)) pairs.add(pair);
  }
  // A question of filler words only is compared by all of them.
  if (words.size === 0) for (const [run] of text.matchAll(RUNS)) words.add(run);
  return { words, pairs };
}

/** English plurals and the commonest verb endings; enough to bring "installing" and "installs" together. */
function stem(word: string): string {
  const base = word.replace(/(?:ies)$/, "y").replace(/(?<=[a-z]{3})(?:ing|ed|es|s)$/, "");
  return base.replace(/(?<=[a-z]{3})e$/, "").replace(/([b-df-hj-np-tv-z])\1$/, "$1");
}

function bigrams(text: string): string[] {
  const signs = Array.from(text);
  if (signs.length === 1 && text.trim() !== "") return [text];
  return signs.slice(1).map((sign, index) => `${signs[index]}${sign}`).filter((pair) => pair.trim().length > 0 && !/^\s.*\s$/.test(pair));
}

function overlap(one: Features, other: Features, weight: (feature: string) => number): number {
  const words = shared(one.words, other.words, weight);
  const pairs = shared(one.pairs, other.pairs, weight);
  const allWords = total(one.words, weight) + total(other.words, weight) - words;
  const allPairs = total(one.pairs, weight) + total(other.pairs, weight);
  if (allWords === 0) return 0;
  const jaccard = words / allWords;
  const mean = (jaccard + (allPairs === 0 ? jaccard : (2 * pairs) / allPairs)) / 2;
  // GPT-3 or GPT-4, HTTP 403 or 404: another number is another question, however alike the rest is.
  return numbersIn(one) === numbersIn(other) ? mean : mean / 2;
}

function numbersIn({ words }: Features): string {
  return [...words].filter((word) => /\d/.test(word)).toSorted().join(" ");
}

function shared(one: ReadonlySet<string>, other: ReadonlySet<string>, weight: (feature: string) => number): number {
  let sum = 0;
  for (const feature of one) if (other.has(feature)) sum += weight(feature);
  return sum;
}

function total(features: ReadonlySet<string>, weight: (feature: string) => number): number {
  let sum = 0;
  for (const feature of features) sum += weight(feature);
  return sum;
}
