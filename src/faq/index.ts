/** The FAQ document (DESIGN 7): pure functions over its text. Importing this loads a Markdown parser: import it when needed. */
export { checkFaq, MAX_ANSWER_WORDS, type FaqProblem, type FaqRule } from "./check.ts";
export type { Convention } from "./convention.ts";
export { parseFaq, type FaqDocument, type FaqEntry } from "./document.ts";
export { removeEntry, upsertEntry, type RemoveResult, type Upsert, type UpsertResult } from "./edit.ts";
export { findEntry, NEAR_DUPLICATE, nearDuplicates, similarity, type NearDuplicate } from "./find.ts";
export { mergeFaq, type MergeConflict, type MergeResult } from "./merge.ts";
export { readRecord, writeRecord, type FaqRecord } from "./record.ts";
export { isSafeUrl, type Relink, sanitizeAnswer, type SanitizedAnswer } from "./sanitize.ts";
export {
  cleanQuestion,
  countWords,
  MAX_QUESTION_GRAPHEMES,
  normalizeQuestion,
  questionHash,
  stripInvisible,
  truncate,
  type CleanText,
} from "./text.ts";
