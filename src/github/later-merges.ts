import type { GraphqlError } from "./answers.ts";
import type { Api } from "./client.ts";
import type { ArmAnswer, MergeRequest, QueueAnswer } from "./port.ts";
import { ARM_AUTO_MERGE, DEQUEUE, DISARM_AUTO_MERGE, ENQUEUE, PULL_STATE } from "./queries/pulls.ts";

/** GitHub's own ways of merging later: auto-merge, and the merge queue of a branch. What is meant is bound to the head that was judged. */

const NEEDS = "contents: write, pull-requests: write";

type Done = Readonly<Record<string, unknown>>;
/** What a mutation says in an error that is an answer; undefined: the error is one. */
type Reading<T> = (said: string) => T | undefined;

export async function armAutoMerge(api: Api, id: string, merge: MergeRequest): Promise<ArmAnswer> {
  const input = { pullRequestId: id, expectedHeadOid: merge.sha, mergeMethod: merge.method.toUpperCase(), commitHeadline: merge.title, commitBody: merge.message };
  const read: Reading<ArmAnswer> = (said) => {
    if (/in (clean|unstable|has_hooks) status/i.test(said)) return { kind: "clean" };
    return isAboutHead(said) ? { kind: "head-moved" } : { kind: "refused", reason: said };
  };
  const armed = async () => ((await stateOf(api, merge.number))?.autoMergeRequest ? ({ kind: "armed" } as const) : undefined);
  return mutate<ArmAnswer>(api, { query: ARM_AUTO_MERGE, input, doing: `arm auto-merge for pull request #${merge.number}`, done: { kind: "armed" }, read, recover: armed });
}

export async function disarmAutoMerge(api: Api, id: string, number: number): Promise<void> {
  const read: Reading<null> = (said) => (/not enabled|is closed|is merged|not in an open state/i.test(said) ? null : undefined);
  const recover = async () => ((await stateOf(api, number))?.autoMergeRequest ? undefined : null);
  await mutate(api, { query: DISARM_AUTO_MERGE, input: { pullRequestId: id }, doing: `disarm auto-merge of pull request #${number}`, done: null, read, recover });
}

export async function enqueuePull(api: Api, id: string, pull: { readonly number: number; readonly sha: string }): Promise<QueueAnswer> {
  const read: Reading<QueueAnswer> = (said) => {
    if (/already in the (merge )?queue|already queued/i.test(said)) return { kind: "queued" };
    return isAboutHead(said) ? { kind: "head-moved" } : { kind: "refused", reason: said };
  };
  const queued = async () => ((await stateOf(api, pull.number))?.mergeQueueEntry ? ({ kind: "queued" } as const) : undefined);
  const input = { pullRequestId: id, expectedHeadOid: pull.sha };
  return mutate<QueueAnswer>(api, { query: ENQUEUE, input, doing: `put pull request #${pull.number} into the merge queue`, done: { kind: "queued" }, read, recover: queued });
}

export async function dequeuePull(api: Api, id: string, number: number): Promise<void> {
  const read: Reading<null> = (said) => (/not (in|found in) the (merge )?queue|not queued|is closed|is merged/i.test(said) ? null : undefined);
  const recover = async () => ((await stateOf(api, number))?.mergeQueueEntry ? undefined : null);
  await mutate(api, { query: DEQUEUE, input: { id }, doing: `take pull request #${number} out of the merge queue`, done: null, read, recover });
}

/** The head that was judged is not the head any more, in the words of any of these mutations. */
function isAboutHead(said: string): boolean {
  return /head (branch|sha|oid|commit|ref)/i.test(said) && /modified|moved|match|expected|changed/i.test(said);
}

/** Carries out a mutation whose refusals are answers; a missing permission is an error like any other. */
async function mutate<T>(
  api: Api,
  { query, input, doing, done, read, recover }: { readonly query: string; readonly input: Done; readonly doing: string; readonly done: T; readonly read: Reading<T>; readonly recover: () => Promise<T | undefined> },
): Promise<T> {
  // An answer of null has to be told from none.
  const answer = await api.graphql<{ readonly value: T } | Done>({
    query,
    variables: { input },
    doing,
    needs: NEEDS,
    answer: (errors) => {
      // The client explains what is forbidden, and tries again what broke down.
      if (errors.some((error) => isForbidden(error) || isBreakdown(error))) return undefined;
      const value = read(errors.map(({ message }) => message).join("; "));
      return value === undefined ? undefined : { value };
    },
    recover: async () => {
      const value = await recover();
      return value === undefined ? undefined : { value };
    },
  });
  return "value" in answer ? (answer.value as T) : done;
}

function isForbidden({ type, message }: GraphqlError): boolean {
  return type === "FORBIDDEN" || type === "INSUFFICIENT_SCOPES" || /not accessible by|must have push access/i.test(message);
}

function isBreakdown({ type, message }: GraphqlError): boolean {
  return type === undefined && /something went wrong|timed? ?out/i.test(message);
}

interface PullState {
  readonly autoMergeRequest: object | null;
  readonly mergeQueueEntry: object | null;
}

async function stateOf(api: Api, number: number): Promise<PullState | null> {
  const { repository } = await api.graphql<{ repository: { pullRequest: PullState | null } | null }>({
    query: PULL_STATE,
    variables: { owner: api.owner, name: api.repo, number },
    doing: `read pull request #${number}`,
    needs: "pull-requests: read",
  });
  return repository?.pullRequest ?? null;
}
