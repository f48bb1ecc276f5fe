/** Expands `strategy.matrix` as GitHub documents it: vectors, then exclude, then include. */
import { fieldsOf } from "./model.ts";
import { looselyEqual, toText } from "./expressions.ts";

export type Combination = Readonly<Record<string, unknown>>;

/** GitHub's limit of jobs from one matrix. */
const MAX_JOBS = 256;

/**
 * The combinations of an evaluated matrix, in GitHub's order: the first key varies slowest, combinations that only
 * `include` makes come last.
 * @throws when a vector is not a list or is empty, or the matrix makes no job or more than 256
 * @see https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
 */
export function expandMatrix(matrix: unknown): readonly Combination[] {
  const { include, exclude, ...vectors } = fieldsOf(matrix);
  let combinations: Record<string, unknown>[] = Object.keys(vectors).length > 0 ? [{}] : [];
  for (const [key, values] of Object.entries(vectors)) {
    if (!Array.isArray(values)) {
      throw new Error(`Matrix vector "${key}" is not a list; give it one, for example [1, 2] or fromJSON of a JSON array`);
    }
    if (values.length === 0) throw new Error(`Matrix vector '${key}' does not contain any values`);
    combinations = combinations.flatMap((made) => values.map((value: unknown) => ({ ...made, [key]: value })));
    // Excludes may still bring a big product below the limit, but not from anywhere.
    if (combinations.length > MAX_JOBS * 256) break;
  }
  const excluded = listOf(exclude, "exclude");
  const kept = combinations.filter((made) => !excluded.some((filter) => isPartOf(filter, made)));
  const result = include === undefined ? kept : withIncluded(kept, listOf(include, "include"));
  if (result.length === 0) throw new Error("The matrix makes no job: exclude leaves none of its combinations");
  if (result.length > MAX_JOBS) {
    throw new Error(`The matrix makes ${result.length} jobs; GitHub allows ${MAX_JOBS}: shorten its vectors`);
  }
  return result;
}

function listOf(value: unknown, name: string): readonly Combination[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`matrix.${name} is not a list of mappings`);
  return value.map(fieldsOf);
}

/**
 * An entry is added to every combination of the vectors whose own values it would not overwrite (values that an
 * earlier include added may be); an entry that fits none becomes a combination of its own.
 */
function withIncluded(base: readonly Combination[], included: readonly Combination[]): readonly Combination[] {
  const merged: Record<string, unknown>[] = base.map((made) => ({ ...made }));
  const added: Combination[] = [];
  for (const entry of included) {
    let fits = false;
    base.forEach((original, index) => {
      const keeps = Object.entries(entry).every(([key, value]) => !(key in original) || sameValue(value, original[key]));
      if (!keeps) return;
      fits = true;
      Object.assign(merged[index] as object, entry);
    });
    if (!fits) added.push({ ...entry });
  }
  return [...merged, ...added];
}

/** A filter matches when all its keys do; a mapping inside is compared in part as well. */
function isPartOf(filter: Combination, value: Combination): boolean {
  const entries = Object.entries(filter);
  return entries.length > 0 && entries.every(([key, wanted]) => key in value && sameValue(wanted, value[key]));
}

function sameValue(wanted: unknown, value: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(value) && wanted.length === value.length && wanted.every((item, at) => sameValue(item, value[at]));
  }
  if (typeof wanted === "object" && wanted !== null) {
    return typeof value === "object" && value !== null && !Array.isArray(value) && isPartOf(fieldsOf(wanted), fieldsOf(value));
  }
  if (typeof value === "object" && value !== null) return false;
  return looselyEqual(wanted, value);
}

/** What stands in brackets behind the job's name: `(ubuntu-latest, 20)`. */
export function combinationLabel(combination: Combination): string {
  const leaves = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(leaves);
    if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leaves);
    return [toText(value)];
  };
  return Object.values(combination).flatMap(leaves).join(", ");
}
