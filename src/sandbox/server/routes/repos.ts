/** Routes of a repository itself: settings, people, branches, rules. */

import { ApiError, notFound } from "../../world/errors.ts";
import type { BranchRule, Repository } from "../../world/types.ts";
import { requiredChecks, rulesFor } from "../../world/rules.ts";
import { requirePermission, roleOf } from "../../world/tokens.ts";
import { commit } from "../render/git.ts";
import { apiUrl, fullRepository, htmlUrl } from "../render/repos.ts";
import { user } from "../render/users.ts";
import { numberOf, objectOf, ok, page, repositoryOf, requiredText } from "../router.ts";
import type { Call, Router } from "../router.ts";
import { noContent } from "../router.ts";

export function repositoryRoutes(router: Router): void {
  router.add("GET", "/repos/{owner}/{repo}", (call) => ok(fullRepository(call.world, call.actor, repositoryOf(call))));
  router.add("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", permission);
  router.add("GET", "/repos/{owner}/{repo}/branches", async (call) => {
    const repository = readable(call);
    const branches = repository.git.refs("refs/heads/").map(([name, sha]) => ({ name: name.slice(11), sha }));
    return page(call, branches, (one) => ({
      name: one.name, commit: { sha: one.sha, url: `${apiUrl(call.world, repository)}/commits/${one.sha}` },
      protected: rulesFor(repository, one.name).length > 0,
    }));
  });
  router.add("GET", "/repos/{owner}/{repo}/branches/{+branch}/protection", (call) => {
    const repository = readable(call);
    // `permissions:` knows no administration, so GITHUB_TOKEN is always refused here.
    requirePermission(call.actor, repository, "administration", "read");
    throw new ApiError(404, "Branch not protected");
  });
  router.add("GET", "/repos/{owner}/{repo}/branches/{+branch}", branch);
  router.add("GET", "/repos/{owner}/{repo}/rules/branches/{+branch}", (call) => {
    const repository = repositoryOf(call);
    return page(call, restRules(repository, call.params["branch"] ?? ""), (rule) => rule);
  });
  router.add("POST", "/repos/{owner}/{repo}/dispatches", dispatch);
  router.add("GET", "/repositories/{repository_id}", (call) => {
    const id = numberOf(call, "repository_id");
    const found = [...call.world.repositories.values()].find((one) => one.id === id);
    if (found === undefined) throw notFound();
    return ok(fullRepository(call.world, call.actor, found));
  });
}

export function readable(call: Call): Repository {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "contents", "read");
  return repository;
}

/** `write` covers maintain and `read` covers triage in `permission`; `role_name` is exact. */
function permission(call: Call): ReturnType<typeof ok> {
  const repository = repositoryOf(call);
  const account = call.world.account(call.params["username"] ?? "");
  if (account === undefined) throw notFound();
  const role = roleOf(repository, account);
  const coarse = role === "maintain" ? "write" : role === "triage" ? "read" : role;
  return ok({
    permission: coarse, role_name: role,
    user: {
      ...user(call.world, account), role_name: role,
      permissions: {
        admin: role === "admin", maintain: ["admin", "maintain"].includes(role), push: ["admin", "maintain", "write"].includes(role),
        triage: ["admin", "maintain", "write", "triage"].includes(role), pull: role !== "none",
      },
    },
  });
}

async function branch(call: Call): Promise<ReturnType<typeof ok>> {
  const repository = readable(call);
  const name = call.params["branch"] ?? "";
  const sha = repository.git.ref(`refs/heads/${name}`);
  if (sha === undefined) throw new ApiError(404, "Branch not found");
  const rules = rulesFor(repository, name);
  const url = `${apiUrl(call.world, repository)}/branches/${name}`;
  const checks = requiredChecks(rules);
  return ok({
    name, commit: commit(call.world, repository, await repository.git.commit(sha)),
    _links: { self: url, html: `${htmlUrl(call.world, repository)}/tree/${name}` }, protected: rules.length > 0,
    protection: {
      enabled: rules.length > 0,
      required_status_checks: {
        enforcement_level: checks.length > 0 ? "everyone" : "off", contexts: checks.map((one) => one.context),
        checks: checks.map((one) => ({ context: one.context, app_id: appId(call, one.app) })),
      },
    },
    protection_url: `${url}/protection`,
  });
}

function appId(call: Call, slug: string | undefined): number | null {
  return slug === undefined ? null : (call.world.apps.get(slug)?.id ?? null);
}

/** The rules of a branch in REST's words. */
function restRules(repository: Repository, branchName: string): Record<string, unknown>[] {
  return rulesFor(repository, branchName).flatMap((rule) => {
    const source = { ruleset_source_type: "Repository", ruleset_source: repository.fullName, ruleset_id: repository.rules.indexOf(rule) + 1 };
    return plainRules(rule).map((one) => ({ ...one, ...source }));
  });
}

function plainRules(rule: BranchRule): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const checks = requiredChecks([rule]);
  if (rule.blockDeletions === true) found.push({ type: "deletion" });
  if (rule.blockForcePushes === true) found.push({ type: "non_fast_forward" });
  if (rule.requireSignatures === true) found.push({ type: "required_signatures" });
  if (rule.requireLinearHistory === true) found.push({ type: "required_linear_history" });
  if (rule.mergeQueue !== undefined) {
    found.push({
      type: "merge_queue",
      parameters: {
        check_response_timeout_minutes: 60, grouping_strategy: "ALLGREEN", max_entries_to_build: 5, max_entries_to_merge: 5,
        merge_method: rule.mergeQueue.toUpperCase(), min_entries_to_merge: 1, min_entries_to_merge_wait_minutes: 5,
      },
    });
  }
  if (rule.requiredApprovals !== undefined || rule.requireConversationResolution === true || rule.mergeMethods !== undefined) {
    found.push({
      type: "pull_request",
      parameters: {
        required_approving_review_count: rule.requiredApprovals ?? 0, dismiss_stale_reviews_on_push: false, require_code_owner_review: false,
        require_last_push_approval: false, required_review_thread_resolution: rule.requireConversationResolution ?? false,
        allowed_merge_methods: rule.mergeMethods ?? ["merge", "squash", "rebase"],
      },
    });
  }
  if (checks.length > 0) {
    found.push({
      type: "required_status_checks",
      parameters: {
        strict_required_status_checks_policy: rule.strict ?? false,
        required_status_checks: checks.map((one) => ({ context: one.context, ...(one.app === undefined ? {} : { integration_id: integration(one.app) }) })),
      },
    });
  }
  return found;
}

/** Only Actions has an id that is the same everywhere. */
function integration(slug: string): number {
  return slug === "github-actions" ? 15368 : 0;
}

function dispatch(call: Call): typeof noContent {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "contents", "write");
  const type = requiredText(call.body, "event_type");
  const payload = objectOf(call.body["client_payload"]);
  if (type.length > 100) throw new ApiError(422, "Invalid request.\n\nevent_type is too long (maximum is 100 characters).");
  if (Object.keys(payload).length > 10) throw new ApiError(422, "Invalid request.\n\nNo more than 10 properties are allowed; " + `${Object.keys(payload).length} were supplied.`);
  if (JSON.stringify(payload).length >= 65_536) throw new ApiError(422, "client_payload is too large.");
  call.world.emit({
    name: "repository_dispatch", action: type, clientPayload: payload, repository, actor: call.actor, at: call.world.now(),
  });
  return noContent;
}

