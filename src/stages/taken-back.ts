/** What commits of the default branch say of others that they took back. */

export interface Told {
  readonly sha: string;
  readonly message: string;
}

/** The commit that a message (`Rolls-Back: …`) or a body (`rolls-back: …`) says it takes back. The first such line counts. */
export function rollsBackIn(text: string): string | undefined {
  return /^rolls-back:[ \t]*([0-9a-f]{40}|[0-9a-f]{64})[ \t]*$/im.exec(text)?.[1];
}

/** Where a commit stands in the line, 0 being the newest; -1 when it is not in it. A version may be a short SHA. */
export function positionOf(line: readonly Pick<Told, "sha">[], sha: string): number {
  return sha === "" ? -1 : line.findIndex((commit) => commit.sha.startsWith(sha));
}

/** A rollback by its own words, title and trailer both: a question's text cannot hold both by accident. */
export function saysItIsARollback({ message }: Pick<Told, "message">): boolean {
  const [title = "", ...rest] = message.split("\n");
  return title.startsWith("Rollback: ") && rollsBackIn(rest.join("\n")) !== undefined;
}

/** Commits that a rollback says it took back together with the one in question. */
export function rollsBackToo(message: string): readonly string[] {
  return [...message.matchAll(/^rolls-back-too:[ \t]*([0-9a-f]{40,64})[ \t]*$/gim)].map(([, sha = ""]) => sha);
}

/**
 * The newest commit that says it took another one back (git revert's words, GitHub's `Revert` button's, a rollback's) and was not
 * taken back itself. Anybody may write such words: they explain, and never decide.
 */
export function takenBackBy<T extends Told>(history: readonly T[], sha: string, pullNumber: number | null): T | null {
  const at = positionOf(history, sha);
  const newer = at < 0 ? history : history.slice(0, at);
  const claims = newer.filter((commit) => commit.sha !== sha && revertsIn(commit.message, pullNumber).some((one) => one === "pull" || one === sha));
  return claims.find((claim) => takenBackBy(newer, claim.sha, null) === null) ?? null;
}

/** SHAs of reverted commits in a message; `pull` when it says to revert the pull request of this number. */
function revertsIn(message: string, pullNumber: number | null): readonly string[] {
  const shas = [...message.matchAll(/\breverts commit ([0-9a-f]{40,64})\b/gi)].map(([, sha = ""]) => sha);
  const rollback = saysItIsARollback({ message }) ? [rollsBackIn(message) ?? "", ...rollsBackToo(message)] : [];
  const pull = pullNumber !== null && [...message.matchAll(/^reverts [\w.-]+\/[\w.-]+#(\d+)\s*$/gim)].some(([, number]) => Number(number) === pullNumber);
  return [...shas, ...rollback, ...(pull ? ["pull"] : [])];
}
