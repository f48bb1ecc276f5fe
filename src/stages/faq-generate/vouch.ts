import type { CommitFacts } from "../../github/port.ts";
import { traceIdIn } from "../../kit/ids.ts";
import { isSigned } from "../signature.ts";
import type { Effect } from "./apply.ts";
import type { Decision } from "./decide.ts";
import type { Facts } from "./facts.ts";

type Due = Extract<Decision, { kind: "write" | "open" | "duplicate" }>;

interface Vouching {
  readonly facts: Facts;
  readonly decision: Due;
  readonly signingKey: string;
  /** `owner/name` */
  readonly repository: string;
  readonly traceId: string;
  /** Text of the pull request as it stands, or is about to be opened with. */
  readonly body: string;
}

/**
 * INSTANT's own signature over the pull request, where a key is given. It vouches for everything on the branch, so it is put only on what
 * is known to be the loop's: a commit of this run on top of the base, of what was signed before, or of commits that GitHub signed for this
 * very account. A branch that somebody prepared under the name of a question gets none.
 */
export function signEffects(vouching: Vouching): readonly Effect[] {
  const { decision, signingKey, repository, traceId, body } = vouching;
  const pull = "pull" in decision ? decision.pull : null;
  if (signingKey === "" || traceIdIn(body) !== traceId || !isKnown(vouching)) return [];
  if (decision.kind === "duplicate" && (decision.pull.state !== "open" || isSignedAt(vouching, decision.pull.headSha, decision.pull.number))) return [];
  return [{ kind: "sign", pull: pull?.number ?? null, repository, traceId, body }];
}

function isKnown(vouching: Vouching): boolean {
  const { decision, facts } = vouching;
  switch (decision.kind) {
    case "write":
      // Without a pull request it is committed onto the base, or onto a branch that holds nothing beyond it.
      return decision.pull === null || (decision.pull.headSha === decision.onto && (isSignedAt(vouching, decision.onto, decision.pull.number) || isOwn(decision.pull.commits, facts)));
    case "open":
      return isOwn(facts.branches.find(({ name }) => name === decision.branch)?.commits ?? [], facts);
    case "duplicate":
      return decision.pull.commits.at(-1)?.sha === decision.pull.headSha && isOwn(decision.pull.commits, facts);
  }
}

function isSignedAt({ signingKey, repository, traceId, body }: Vouching, headSha: string, number: number): boolean {
  return isSigned(signingKey, { repository, number, headSha, traceId }, body);
}

/** At most so many commits of a branch are read: with as many there may be others. */
const MOST_COMMITS = 20;

function isOwn(commits: readonly CommitFacts[], { viewer }: Facts): boolean {
  const verified = commits.every(({ signature, signedByGitHub, author }) => signature === "valid" && signedByGitHub && author?.toLowerCase() === viewer.toLowerCase());
  return commits.length > 0 && commits.length < MOST_COMMITS && verified;
}
