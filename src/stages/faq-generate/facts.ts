import type { PermissionLevel, QuestionFacts, Questions } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import { MAX_BRANCHES, type Policy } from "./policy.ts";
import { isListed, type Requester } from "./requester.ts";

/** All that the decision needs, read at one time. */
export interface Facts extends QuestionFacts {
  readonly requester: Requester;
  /** null: it did not have to be asked for. */
  readonly permission: PermissionLevel | null;
  /** Epoch milliseconds. */
  readonly readAt: number;
}

/** What is asked: cleaned, with the name that it has everywhere. */
export interface Asked {
  readonly question: string;
  readonly hash: string;
}

/** `instant/faq-{hash}`, then `-2`, `-3` … for what was asked again after its pull request was closed. */
export function branchNames(prefix: string, hash: string): readonly string[] {
  return Array.from({ length: MAX_BRANCHES }, (_, i) => `${prefix}${hash}${i === 0 ? "" : `-${i + 1}`}`);
}

/** One query, and beside it the permission of whoever asked by a comment. */
export async function gather(repo: Questions, asked: Asked, requester: Requester, policy: Policy, clock: Clock): Promise<Facts> {
  const readAt = clock.now();
  const wanted = { base: policy.baseBranch, faqPath: policy.faqPath, sources: policy.sources, branches: branchNames(policy.branchPrefix, asked.hash) };
  const unlisted = requester.kind === "person" && !isListed(requester, policy);
  const [question, permission] = await Promise.all([repo.readQuestion(wanted), unlisted ? repo.permissionOf(requester.login) : null]);
  return Object.freeze({ ...question, requester, permission, readAt });
}
