import type { MergeMethod, PullFacts, RequiredCheck } from "./port.ts";
import type { BaseNode, PullAnswer } from "./pull-node.ts";
import { isWhole, nodesOf } from "./shapes.ts";

type Ruled = Pick<PullFacts, "rulesUnread" | "otherRules" | "requiredChecks" | "requiredApprovals" | "methods"> & { readonly wantsConversationsResolved: boolean | null };

/**
 * What a branch asks of a merge, from classic protection (`refUpdateRule`) and from rulesets together; unknown (null) when the branch is
 * gone or not all rules were given. A list that is not there is none that is empty.
 */
export function branchRules(base: BaseNode | null, repository: NonNullable<PullAnswer["repository"]>): Ruled {
  const rulesUnread = base === null ? "base-gone" : base.rules?.pageInfo?.hasNextPage ? "too-many" : isShown(base) ? null : "not-shown";
  if (base === null || rulesUnread !== null) return { rulesUnread, otherRules: [], requiredChecks: null, requiredApprovals: null, methods: null, wantsConversationsResolved: null };
  const rules = nodesOf(base.rules);
  const approvals = rules.map(({ parameters }) => parameters?.requiredApprovingReviewCount ?? 0);
  return {
    rulesUnread,
    otherRules: [...new Set(rules.map(({ type }) => type).filter((type) => OTHERS.has(type)))],
    requiredChecks: requiredChecks(base),
    requiredApprovals: Math.max(0, base.refUpdateRule?.requiredApprovingReviewCount ?? 0, ...approvals),
    methods: methods(base, repository),
    wantsConversationsResolved:
      base.refUpdateRule?.requiresConversationResolution === true || rules.some(({ type, parameters }) => type === "REQUIRED_REVIEW_THREAD_RESOLUTION" || parameters?.requiredReviewThreadResolution === true),
  };
}

/** Types of rules that hold back a merge until something has run, and that say nothing of it which could be judged here. */
const OTHERS = new Set(["WORKFLOWS", "REQUIRED_WORKFLOW_REF", "CODE_SCANNING", "CODE_QUALITY", "REQUIRED_DEPLOYMENTS"]);

function isShown({ rules, refUpdateRule }: BaseNode): boolean {
  return isWhole(rules) && !(refUpdateRule?.requiredStatusCheckContexts ?? []).includes(null);
}

/** Rulesets say which App has to report a check; the names alone, which classic protection gives, say no more than "any". */
function requiredChecks(base: BaseNode): readonly RequiredCheck[] {
  const ruled = nodesOf(base.rules).flatMap(({ parameters }) => parameters?.requiredStatusChecks?.map(({ context, integrationId }) => ({ name: context, appId: integrationId })) ?? []);
  const classic = (base.refUpdateRule?.requiredStatusCheckContexts ?? []).flatMap((name) => (name === null || ruled.some((one) => one.name === name) ? [] : [{ name, appId: null }]));
  return [...new Map([...classic, ...ruled].map((one) => [JSON.stringify([one.name, one.appId]), one])).values()];
}

function methods(base: BaseNode, repository: NonNullable<PullAnswer["repository"]>): readonly MergeMethod[] {
  const allowed = { merge: repository.mergeCommitAllowed, squash: repository.squashMergeAllowed, rebase: repository.rebaseMergeAllowed };
  const rules = nodesOf(base.rules);
  const linear = base.refUpdateRule?.requiresLinearHistory === true || rules.some(({ type }) => type === "REQUIRED_LINEAR_HISTORY");
  const lists = rules.flatMap(({ parameters }) => (parameters?.allowedMergeMethods ? [parameters.allowedMergeMethods.map((one) => one.toLowerCase())] : []));
  return (["squash", "merge", "rebase"] as const).filter((method) => allowed[method] && !(linear && method === "merge") && lists.every((list) => list.includes(method)));
}
