/** Branches and tags, and the rules on them, as GraphQL shows them. */

import { requiredChecks, rulesFor } from "../../world/rules.ts";
import { can, requirePermission } from "../../world/tokens.ts";
import type { BranchRule, Repository } from "../../world/types.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { filterPulls } from "./filters.ts";
import type { PullArguments } from "./filters.ts";
import { objectAt } from "./objects.ts";

export function refId(context: GraphqlContext, repository: Repository, name: string): string {
  return context.world.nodeId("REF", `${repository.id}:${name}`);
}

export function refShape(context: GraphqlContext, repository: Repository, name: string): Shape {
  const short = name.replace(/^refs\/(heads|tags)\//, "");
  const oid = repository.git.ref(name);
  return {
    __typename: "Ref", id: refId(context, repository, name), name: short, prefix: name.slice(0, name.length - short.length),
    repository: () => context.shapes.repository(repository),
    target: () => {
      requirePermission(context.actor, repository, "contents", "read");
      return oid === undefined ? null : objectAt(context, repository, oid);
    },
    refUpdateRule: () => refUpdateRule(context, repository, short),
    rules: (args: PageArguments) => connection(rulesFor(repository, short).flatMap((rule) => ruleShapes(context, repository, rule)), args, (one) => one),
    // Classic protection, which the sandbox has none of. People who may not read it see null, apps are refused.
    branchProtectionRule: () => {
      if (context.actor.kind !== "person") requirePermission(context.actor, repository, "administration", "read");
      return null;
    },
    associatedPullRequests: (args: PullArguments) => {
      const found = filterPulls(repository, args).filter((one) => one.headRef === short && one.headRepository === repository);
      return connection(found, args, (one) => context.shapes.pull(one));
    },
    compare: null,
  };
}

/** What the viewer may do with a branch, in the words of classic protection; null when nothing binds it. */
function refUpdateRule(context: GraphqlContext, repository: Repository, branch: string): Shape | null {
  const rules = rulesFor(repository, branch);
  if (rules.length === 0) return null;
  const approvals = Math.max(...rules.map((rule) => rule.requiredApprovals ?? 0));
  return {
    pattern: rules[0]?.branch ?? branch, allowsDeletions: !rules.some((rule) => rule.blockDeletions === true),
    allowsForcePushes: !rules.some((rule) => rule.blockForcePushes === true), blocksCreations: false,
    requiredApprovingReviewCount: rules.some((rule) => rule.requiredApprovals !== undefined) ? approvals : null,
    requiredStatusCheckContexts: requiredChecks(rules).map((one) => one.context), requiresCodeOwnerReviews: false,
    requiresConversationResolution: rules.some((rule) => rule.requireConversationResolution === true),
    requiresLinearHistory: rules.some((rule) => rule.requireLinearHistory === true),
    requiresSignatures: rules.some((rule) => rule.requireSignatures === true), viewerAllowedToDismissReviews: false,
    viewerCanPush: can(context.actor, repository, "contents", "write"),
  };
}

/** What only a rule on pull requests can say. */
function asksForPull(rule: BranchRule): boolean {
  return rule.requiredApprovals !== undefined || rule.requireConversationResolution === true || rule.mergeMethods !== undefined;
}

function ruleShapes(context: GraphqlContext, repository: Repository, rule: BranchRule): Shape[] {
  const make = (type: string, parameters: Shape | null): Shape => ({
    __typename: "RepositoryRule", id: context.world.nodeId("RR", `${repository.id}:${repository.rules.indexOf(rule)}:${type}`), type, parameters,
    repositoryRuleset: () => ({ __typename: "RepositoryRuleset", id: context.world.nodeId("RRS", `${repository.id}:${repository.rules.indexOf(rule)}`), name: rule.branch, enforcement: "ACTIVE", target: "BRANCH", databaseId: repository.rules.indexOf(rule) + 1 }),
  });
  const found: Shape[] = [];
  const checks = requiredChecks([rule]);
  if (rule.blockDeletions === true) found.push(make("DELETION", null));
  if (rule.blockForcePushes === true) found.push(make("NON_FAST_FORWARD", null));
  if (rule.requireSignatures === true) found.push(make("REQUIRED_SIGNATURES", null));
  if (rule.requireLinearHistory === true) found.push(make("REQUIRED_LINEAR_HISTORY", null));
  if (rule.workflows !== undefined) {
    found.push(make("WORKFLOWS", {
      __typename: "WorkflowsParameters", doNotEnforceOnCreate: false,
      workflows: rule.workflows.map((name) => ({ path: `.github/workflows/${name}.yml`, ref: null, repositoryId: repository.id, sha: null })),
    }));
  }
  if (rule.mergeQueue !== undefined) {
    found.push(make("MERGE_QUEUE", {
      __typename: "MergeQueueParameters", checkResponseTimeoutMinutes: 60, groupingStrategy: "ALLGREEN", maxEntriesToBuild: 5, maxEntriesToMerge: 5,
      mergeMethod: rule.mergeQueue.toUpperCase(), minEntriesToMerge: 1, minEntriesToMergeWaitMinutes: 5,
    }));
  }
  if (asksForPull(rule)) {
    found.push(make("PULL_REQUEST", {
      __typename: "PullRequestParameters", requiredApprovingReviewCount: rule.requiredApprovals ?? 0, dismissStaleReviewsOnPush: false,
      requireCodeOwnerReview: false, requireLastPushApproval: false, requiredReviewThreadResolution: rule.requireConversationResolution ?? false,
      allowedMergeMethods: (rule.mergeMethods ?? ["merge", "squash", "rebase"]).map((method) => method.toUpperCase()),
    }));
  }
  if (checks.length > 0) {
    found.push(make("REQUIRED_STATUS_CHECKS", {
      __typename: "RequiredStatusChecksParameters", strictRequiredStatusChecksPolicy: rule.strict ?? false, doNotEnforceOnCreate: false,
      requiredStatusChecks: checks.map((one) => ({
        context: one.context, integrationId: one.app === undefined ? null : (context.world.apps.get(one.app)?.id ?? null),
      })),
    }));
  }
  return found;
}
