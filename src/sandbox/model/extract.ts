import { countWords, normalizeQuestion } from "../../faq/text.ts";
import { sentencesOf, type Sentence } from "./passages.ts";
import type { Prompt } from "./prompt.ts";

export interface Extract {
  readonly answer: string;
  readonly sources: readonly string[];
}

const MAX_WORDS = 100;
const MAX_SENTENCES = 4;

/** Okapi BM25 with its customary constants (Robertson and Zaragoza 2009, section 3.4). */
const K1 = 1.2;
const B = 0.75;

const FILLER = new Set(
  ("a an and any are as at be by can could did do does for from had has have how i if in is it its may me might must my of on or " +
    "our please shall should so that the their them then there these they this those to us was we were what when where which " +
    "who whose why will with would you your").split(" "),
);

interface Scored {
  /** The sentences of one paragraph. */
  readonly sentences: readonly Sentence[];
  readonly score: number;
  /** Words of the question that occur in it or in its headings. */
  readonly covered: ReadonlySet<string>;
}

/**
 * Answers by quoting: sentences of the paragraph that shares most with the question, at most four and 100 words, word for word,
 * with the paths they come from. When nothing is shared it says so and quotes the closest there is. Deterministic.
 */
export function extractAnswer({ question, sources }: Prompt): Extract {
  const asked = normalizeQuestion(question);
  const sentences = sentencesOf(sources).filter(({ text }) => normalizeQuestion(text) !== asked && !/[?？]\s*$/u.test(text));
  const wanted = new Set(termsOf(question));
  const ranked = rank(sentences, wanted);
  const best = ranked[0];
  // What the prompt asks for when the sources do not hold it.
  if (best === undefined) return { answer: "", sources: [] };
  if (best.score === 0 || best.covered.size / Math.max(1, wanted.size) < 0.25) return honest(bestSentence(best.sentences, wanted));
  const chosen = choose(ranked, wanted);
  return { answer: join(chosen), sources: [...new Set(chosen.map(({ path }) => path))] };
}

function rank(sentences: readonly Sentence[], wanted: ReadonlySet<string>): Scored[] {
  const paragraphs = [...Map.groupBy(sentences, ({ paragraph }) => paragraph).values()];
  const bodies = paragraphs.map((own) => own.flatMap(({ text }) => termsOf(text)));
  const headings = paragraphs.map((own) => new Set(termsOf(own[0]?.heading ?? "")));
  const contexts = paragraphs.map((own) => new Set(termsOf(own[0]?.context ?? "")));
  const length = bodies.reduce((sum, terms) => sum + terms.length, 0) / Math.max(1, bodies.length);
  const frequency = new Map<string, number>();
  bodies.forEach((terms, index) => {
    for (const term of new Set([...terms, ...(headings[index] ?? [])])) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  });
  const rarity = (term: string): number => {
    const found = frequency.get(term) ?? 0;
    return Math.log(1 + (paragraphs.length - found + 0.5) / (found + 0.5));
  };
  return paragraphs
    .map((own, index) => {
      const body = bodies[index] ?? [];
      let score = 0;
      const covered = new Set<string>();
      for (const term of wanted) {
        const count = body.filter((one) => one === term).length;
        const saturated = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * body.length) / Math.max(1, length)));
        const inHeading = headings[index]?.has(term) === true;
        const inContext = contexts[index]?.has(term) === true;
        // A heading speaks for all that stands below it; those further up, and the path, say less.
        score += rarity(term) * (saturated + (inHeading ? 1 : inContext ? 0.3 : 0));
        if (count > 0 || inHeading || inContext) covered.add(term);
      }
      return { sentences: own, score, covered };
    })
    .sort((one, other) => other.score - one.score);
}

/** The best paragraph as far as it fits, and the best sentence of others that add a word of the question. */
function choose(ranked: readonly Scored[], wanted: ReadonlySet<string>): Sentence[] {
  const [best] = ranked as [Scored, ...Scored[]];
  const own = best.sentences;
  const center = own.indexOf(bestSentence(own, wanted));
  const chosen: Sentence[] = [];
  let words = 0;
  const take = (sentence: Sentence | undefined): boolean => {
    const more = countWords(sentence?.text ?? "");
    if (sentence === undefined || chosen.length >= MAX_SENTENCES || words + more > MAX_WORDS) return false;
    chosen.push(sentence);
    words += more;
    return true;
  };
  // Outwards from the best sentence, without gaps.
  take(own[center]);
  for (let before = center - 1; take(own[before]); before -= 1);
  for (let after = center + 1; take(own[after]); after += 1);
  chosen.sort((one, other) => own.indexOf(one) - own.indexOf(other));
  const covered = new Set(best.covered);
  for (const other of ranked.slice(1)) {
    if (other.score < best.score * 0.6) break;
    const adds = [...other.covered].some((term) => !covered.has(term));
    if (adds && take(bestSentence(other.sentences, wanted))) other.covered.forEach((term) => covered.add(term));
  }
  return chosen;
}

/** The sentence with most of the question's words, the first of them on a tie. */
function bestSentence(sentences: readonly Sentence[], wanted: ReadonlySet<string>): Sentence {
  const shared = ({ text }: Sentence): number => new Set(termsOf(text).filter((term) => wanted.has(term))).size;
  return sentences.reduce((best, sentence) => (shared(sentence) > shared(best) ? sentence : best));
}

function join(sentences: readonly Sentence[]): string {
  return sentences
    .map(({ text }) => (/[.!?。！？：:…]["'”’」』)）]?$/u.test(text) ? text : `${text}.`))
    .reduce((answer, text) => (answer === "" ? text : `${answer}${/[。！？]$/u.test(answer) ? "" : " "}${text}`), "");
}

const CLOSEST = {
  en: "The documentation does not answer this directly. The closest passage:",
  ja: "ドキュメントには直接の回答がありません。最も近い記述：",
  zh: "文档没有直接回答这个问题。最接近的内容：",
} as const;

function honest({ text, path }: Sentence): Extract {
  const language = /[\u3040-\u30FF]/.test(text) ? "ja" : /\p{Script=Han}/u.test(text) ? "zh" : "en";
  const quote = countWords(text) > MAX_WORDS - 15 ? `${text.split(/\s+/).slice(0, 60).join(" ")} …` : text;
  return { answer: `${CLOSEST[language]} ${quote}`, sources: [path] };
}

/** Words that can be compared: lower case, plurals and verb endings off; pairs of signs where words are not parted. */
export function termsOf(text: string): string[] {
  const runs = text.normalize("NFKC").toLowerCase().matchAll(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+|[\p{L}\p{N}\p{M}+#]+/gu);
  return Array.from(runs, ([run]) => run).flatMap((run) => {
    if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/u.test(run)) return pairsOf(run);
    return FILLER.has(run) ? [] : [stem(run)];
  });
}

/** Pairs of Hiragana alone are grammar, as are the question words of Chinese. */
function pairsOf(run: string): string[] {
  const signs = Array.from(run.replace(/如何|怎么|怎麼|怎样|怎樣|什么|什麼|为什么|為什麼|可以|是否|多少|哪些|吗|嗎|呢|的|了/g, " "));
  const pairs = signs.slice(1).map((sign, index) => `${signs[index]}${sign}`);
  return (pairs.length === 0 ? signs : pairs).filter((pair) => !/\s/.test(pair) && !/^\p{Script=Hiragana}+$/u.test(pair));
}

function stem(word: string): string {
  const base = word.replace(/ies$/, "y").replace(/(?<=[a-z]{3})(?:ing|ed|es|s)$/, "").replace(/(?<=[a-z]{3})e$/, "");
  return base.replace(/([b-df-hj-np-tv-z])\1$/, "$1");
}
