/**
 * Best common ancestors without a process: most commits that the sandbox asks about are in memory, and starting git costs
 * more than walking them.
 */

import type { GitRepository } from "./repository.ts";

/** So many commits are walked before git is asked instead: beyond, its own index is faster. */
const walkLimit = 500;

const leftMark = 1;
const rightMark = 2;
/** Below a common ancestor: none of these can be a best one. */
const staleMark = 4;

interface Waiting {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly seconds: number;
}

export class Ancestry {
  readonly #repository: GitRepository;
  readonly #marks = new Map<string, number>();
  /** Newest last. */
  readonly #queue: Waiting[] = [];
  /** A commit is not there: the repository is shallow. */
  #torn = false;

  constructor(repository: GitRepository) {
    this.#repository = repository;
  }

  /**
   * The best common ancestor, in a list: empty for unrelated histories. Undefined when git must be asked, because there are
   * several best ones or the way to them is long.
   *
   * As git's own `paint_down_to_common` (commit-reach.c): both sides mark their ancestors, newest first, until only
   * ancestors of common ancestors are left. A commit that gets a further mark is looked at again, so dates need not be right.
   */
  async best(left: string, right: string): Promise<readonly [] | readonly [string] | undefined> {
    await this.#mark(left, leftMark);
    await this.#mark(right, rightMark);
    const common = new Set<string>();
    for (let walked = 0; this.#queue.some((one) => !this.#has(one.oid, staleMark)); walked += 1) {
      if (walked === walkLimit || this.#torn) return undefined;
      const next = this.#queue.pop() as Waiting;
      let marks = this.#marks.get(next.oid) ?? 0;
      if ((marks & (leftMark | rightMark | staleMark)) === (leftMark | rightMark)) {
        common.add(next.oid);
        marks |= staleMark;
      }
      for (const parent of next.parents) await this.#mark(parent, marks);
    }
    if (this.#torn) return undefined;
    const best = [...common].filter((oid) => !this.#has(oid, staleMark));
    if (best.length > 1) return undefined;
    return best[0] === undefined ? [] : [best[0]];
  }

  #has(oid: string, mark: number): boolean {
    return ((this.#marks.get(oid) ?? 0) & mark) !== 0;
  }

  /** Adds marks to a commit; it waits to pass them on when any is new. */
  async #mark(oid: string, marks: number): Promise<void> {
    const known = this.#marks.get(oid) ?? 0;
    if ((known & marks) === marks) return;
    this.#marks.set(oid, known | marks);
    const commit = await this.#repository.commit(oid).catch(() => undefined);
    if (commit === undefined) {
      this.#torn = true;
      return;
    }
    const entry: Waiting = { oid, parents: commit.parents, seconds: commit.committer.seconds };
    const newer = this.#queue.findLastIndex((one) => one.seconds <= entry.seconds);
    this.#queue.splice(newer + 1, 0, entry);
  }
}
