import type { FileChange } from "../../github/port.ts";
import { sign, withSignature } from "../signature.ts";
import type { Writes } from "./writes.ts";

/** What is going to be written, as data: a dry run prints it and stops. */
export type Effect =
  | { readonly kind: "commit"; readonly branch: string; readonly create: { readonly repositoryId: string } | null; readonly onto: string; readonly file: FileChange; readonly headline: string; readonly body: string }
  | { readonly kind: "open-pull"; readonly branch: string; readonly base: string; readonly title: string; readonly body: string }
  /** Signs the head that was just written, in the text of its pull request; `pull` null: the one that was just opened. */
  | { readonly kind: "sign"; readonly pull: number | null; readonly repository: string; readonly traceId: string; readonly body: string };

export type Applied =
  | { readonly kind: "done"; readonly headSha: string; readonly pull: { readonly number: number; readonly url: string } | null }
  /** Somebody else was quicker: look again. */
  | { readonly kind: "overtaken"; readonly by: string }
  /** The base has the same text by now. */
  | { readonly kind: "no-difference" };

/**
 * Carries the effects out in order; each write is a compare-and-swap, and what it answers decides whether the next is due.
 * @param headSha where the branch stands before.
 * @param key of INSTANT's own signature; empty where nothing is signed.
 */
export async function apply(effects: readonly Effect[], { headSha, key }: { readonly headSha: string; readonly key: string }, repo: Writes): Promise<Applied> {
  let head = headSha;
  let pull: { readonly number: number; readonly url: string } | null = null;
  for (const effect of effects) {
    if (effect.kind === "commit") {
      const { branch, create, onto, file, headline, body } = effect;
      const made = await repo.commitFiles({ branch, expectedHead: onto, files: [file], headline, body, ...(create ? { create } : {}) });
      if (made === "moved") return { kind: "overtaken", by: `a commit on ${branch}` };
      head = made.sha;
    } else if (effect.kind === "sign") {
      const { repository, traceId, body } = effect;
      const number = effect.pull ?? pull?.number;
      if (number === undefined) throw new Error("there is no pull request to sign");
      await repo.setPullBody(number, withSignature(body, sign(key, { repository, number, headSha: head, traceId })));
    } else {
      const { branch, base, title, body } = effect;
      const opened = await repo.openPull({ head: branch, base, title, body });
      if (opened === "exists") return { kind: "overtaken", by: `a pull request of ${branch}` };
      if (opened === "no-difference") return { kind: "no-difference" };
      pull = opened;
    }
  }
  return { kind: "done", headSha: head, pull };
}

/** An effect in a person's words. */
export function described(effect: Effect): string {
  if (effect.kind === "sign") return `sign ${effect.pull === null ? "the pull request" : `#${effect.pull}`} in its text`;
  if (effect.kind === "open-pull") return `open a pull request from \`${effect.branch}\` into \`${effect.base}\``;
  return `${effect.create ? `create the branch \`${effect.branch}\` and ` : ""}commit \`${effect.file.path}\` to \`${effect.branch}\` on top of ${effect.onto.slice(0, 7)}`;
}
