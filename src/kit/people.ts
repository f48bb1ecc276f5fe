import { traceIdIn } from "./ids.ts";

/** What was done to a pull request, as far as GitHub tells who did it. Logins as REST has them: a bot's ends with `[bot]`. */
export interface Doings {
  /** Oldest first; null is an author whom GitHub does not know. */
  readonly commits: readonly { readonly author: string | null; readonly message: string }[];
  readonly reviews: readonly { readonly author: string; readonly at: number }[];
  readonly mergedBy: string | null;
  /** Epoch milliseconds; null while it is not merged. */
  readonly mergedAt: number | null;
}

/**
 * `human_intervention_count` (CONTRACTS, Task): how often people took a hand in a pull request between request and merge. That is
 *
 * - each push: commits of one person in a row are one, since GitHub does not tell later what was pushed together;
 * - each review that was submitted before the merge, an approval among them, whatever it says;
 * - the merge, when a person made it.
 *
 * Bots and `loops` are not people. A loop that works with a person's token cannot be told from that person, and is not counted.
 * @param loops accounts that the loop works with.
 */
export function interventionsIn({ commits, reviews, mergedBy, mergedAt }: Doings, loops: readonly string[]): number {
  const own = new Set(loops.map((login) => login.toLowerCase()));
  const isPerson = (login: string) => !login.endsWith("[bot]") && !own.has(login.toLowerCase());
  // The loop's commits carry their task, also where their author's account is not known.
  const pushers = commits.map(({ author, message }) => (author === null ? (traceIdIn(message) === undefined ? "" : null) : isPerson(author) ? author : null));
  const pushes = pushers.filter((pusher, index) => pusher !== null && pusher !== pushers[index - 1]);
  const judged = reviews.filter(({ author, at }) => isPerson(author) && (mergedAt === null || at <= mergedAt));
  return pushes.length + judged.length + (mergedBy !== null && isPerson(mergedBy) ? 1 : 0);
}
