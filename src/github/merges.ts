import { failure } from "../kit/errors.ts";
import { messageIn } from "./answers.ts";
import type { Api } from "./client.ts";
import { armAutoMerge, dequeuePull, disarmAutoMerge, enqueuePull } from "./later-merges.ts";
import type { MergeAnswer, MergeRequest, Merges } from "./port.ts";

/** Apart from the rest of pull requests, so that a bundle which must not merge holds nothing that could. */
export function merges(api: Api): Merges {
  return {
    mergePull: (merge) => mergePull(api, merge),
    armAutoMerge: (id, merge) => armAutoMerge(api, id, merge),
    disarmAutoMerge: (id, number) => disarmAutoMerge(api, id, number),
    enqueuePull: (id, pull) => enqueuePull(api, id, pull),
    dequeuePull: (id, number) => dequeuePull(api, id, number),
  };
}

/** The merge of a pull request if it has happened; a merge that answered 5xx, or 405, may have: by somebody else, and of another head. */
async function mergedAs(api: Api, number: number, head: string): Promise<Extract<MergeAnswer, { kind: "merged" | "head-moved" }> | undefined> {
  const { data } = await api.rest({ method: "GET", path: `/pulls/${number}`, doing: `read pull request #${number}`, needs: "pull-requests: read" });
  const { merged, merge_commit_sha: sha, head: at } = data as { merged?: boolean; merge_commit_sha?: string | null; head?: { sha?: string } };
  if (merged !== true || typeof sha !== "string") return undefined;
  return at?.sha === head ? { kind: "merged", sha } : { kind: "head-moved" };
}

async function mergePull(api: Api, merge: MergeRequest): Promise<MergeAnswer> {
  const { number, sha, method, title, message } = merge;
  const answer = await api.rest({
    method: "PUT",
    path: `/pulls/${number}/merge`,
    body: { sha, merge_method: method, commit_title: title, commit_message: message },
    answers: [405, 409],
    doing: `merge pull request #${number}`,
    needs: "contents: write",
    recover: async () => {
      const done = await mergedAs(api, number, sha);
      if (done === undefined) return undefined;
      return done.kind === "merged" ? { status: 200, data: { merged: true, sha: done.sha } } : { status: 409, data: {} };
    },
  });
  if (answer.status === 409) return { kind: "head-moved" };
  if (answer.status !== 405) return mergedAnswer(number, answer.data);
  const reason = messageIn(answer.data);
  if (/base branch was modified/i.test(reason)) return { kind: "base-moved" };
  return (await mergedAs(api, number, sha)) ?? { kind: "not-mergeable", reason };
}

function mergedAnswer(number: number, data: unknown): MergeAnswer {
  const { sha } = data as { sha?: string };
  if (typeof sha === "string") return { kind: "merged", sha };
  throw failure("service", { what: `GitHub did not say which commit pull request #${number} was merged as`, fix: "Run the job again; a merged pull request is not merged twice." });
}
