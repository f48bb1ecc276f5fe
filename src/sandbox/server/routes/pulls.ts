/** Routes of pull requests. */

import { patches } from "../../git/diff.ts";
import { ApiError } from "../../world/errors.ts";
import { pullBase, pullCommits, pullFiles } from "../../world/pull-facts.ts";
import { pulls } from "../../world/pull-sync.ts";
import { mergePull, updateBranch } from "../../world/merging.ts";
import { createPull, pullByNumber, requireSettled, updatePull } from "../../world/pulls.ts";
import { addReview } from "../../world/reviews.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { PullRequest } from "../../world/types.ts";
import { changedFile, commit } from "../render/git.ts";
import { fullPull, pull as render, review } from "../render/pulls.ts";
import { apiUrl } from "../render/repos.ts";
import { created, flag, noContent, numberOf, ok, oneOf, page, repositoryOf, requiredText, text } from "../router.ts";
import type { Call, Reply, Router } from "../router.ts";

const base = "/repos/{owner}/{repo}/pulls";

export function pullRoutes(router: Router): void {
  router.add("GET", base, listPulls);
  router.add("POST", base, async (call) => {
    const repository = repositoryOf(call);
    const pull = await createPull(call.world, call.actor, repository, {
      title: text(call.body, "title") ?? "", head: requiredText(call.body, "head"), base: requiredText(call.body, "base"),
      body: text(call.body, "body"), draft: flag(call.body, "draft"), maintainerCanModify: flag(call.body, "maintainer_can_modify"),
    });
    const reply = created(await fullPull(call.world, pull));
    return { ...reply, headers: { location: `${apiUrl(call.world, repository)}/pulls/${pull.issue.number}` } };
  });
  router.add("GET", `${base}/{pull_number}`, async (call) => {
    const pull = readPull(call);
    const [, format] = /\b(diff|patch)\b/.exec(call.accept) ?? [];
    if (format !== undefined) {
      const range = [await pullBase(pull), pull.headSha];
      // A patch is a mail for each commit, as `git am` takes them.
      const made = await pull.repository.git.run(format === "diff" ? ["diff", ...range] : ["format-patch", "--stdout", range.join("..")]);
      return { status: 200, body: made.stdout, headers: { "content-type": `application/vnd.github.${format}; charset=utf-8` } };
    }
    return ok(await fullPull(call.world, pull));
  });
  router.add("PATCH", `${base}/{pull_number}`, async (call) => {
    const pull = readPull(call);
    await updatePull(call.world, call.actor, pull, {
      title: text(call.body, "title"), body: call.body["body"] === null ? null : text(call.body, "body"),
      state: oneOf(call.body, "state", ["open", "closed"]), base: text(call.body, "base"),
    });
    return ok(await fullPull(call.world, pull));
  });
  router.add("GET", `${base}/{pull_number}/files`, async (call) => {
    const pull = readPull(call);
    const files = (await pullFiles(pull)).slice(0, 3_000);
    const [before, head] = [await pullBase(pull), pull.headSha];
    const texts = await patches(pull.repository.git, before, head);
    return page(call, files, (file) => changedFile(call.world, pull.repository, file, { head, before }, texts.get(file.path)));
  });
  router.add("GET", `${base}/{pull_number}/commits`, async (call) => {
    const pull = readPull(call);
    return page(call, await pullCommits(pull), async (oid) => commit(call.world, pull.repository, await pull.repository.git.commit(oid)));
  });
  router.add("GET", `${base}/{pull_number}/merge`, (call) => {
    if (!readPull(call).merged) throw new ApiError(404, "Not Found");
    return noContent;
  });
  router.add("PUT", `${base}/{pull_number}/merge`, merge);
  router.add("PUT", `${base}/{pull_number}/update-branch`, async (call) => {
    const pull = readPull(call);
    await updateBranch(call.world, call.actor, pull, text(call.body, "expected_head_sha"));
    return { status: 202, body: { message: "Updating pull request branch.", url: `${apiUrl(call.world, pull.repository)}/pulls/${pull.issue.number}` } };
  });
  router.add("GET", `${base}/{pull_number}/reviews`, (call) => page(call, readPull(call).reviews, (one) => review(call.world, one)));
  router.add("POST", `${base}/{pull_number}/reviews`, (call) => {
    const event = oneOf(call.body, "event", ["APPROVE", "REQUEST_CHANGES", "COMMENT"]) ?? "COMMENT";
    const state = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;
    return ok(review(call.world, addReview(call.world, call.actor, readPull(call), state[event], text(call.body, "body") ?? "")));
  });
}

function readPull(call: Call): PullRequest {
  requirePermission(call.actor, repositoryOf(call), "pull_requests", "read");
  return namedPull(call);
}

/** For routes that ask for another permission than `pull_requests`. */
function namedPull(call: Call): PullRequest {
  const pull = pullByNumber(repositoryOf(call), numberOf(call, "pull_number"));
  settle(call, pull);
  return pull;
}

/** Reading works at once; what refers to a pull request may have to wait. */
export function settle(call: Call, pull: PullRequest): void {
  if (call.method !== "GET") requireSettled(call.world, pull);
}

function listPulls(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "pull_requests", "read");
  const state = call.query.get("state") ?? "open";
  const head = call.query.get("head");
  const baseName = call.query.get("base");
  const updated = call.query.get("sort") === "updated";
  const ascending = call.query.get("direction") === "asc";
  const found = pulls(repository)
    .filter((one) => state === "all" || one.issue.state === state)
    .filter((one) => baseName === null || one.baseRef === baseName)
    .filter((one) => head === null || head === `${one.headRepository.owner.login}:${one.headRef}`)
    .sort((a, b) => (updated ? a.issue.updatedAt - b.issue.updatedAt : a.issue.number - b.issue.number));
  return page(call, ascending ? found : found.reverse(), (one) => render(call.world, one));
}

async function merge(call: Call): Promise<Reply> {
  const pull = namedPull(call);
  const sha = await mergePull(call.world, call.actor, pull, {
    sha: text(call.body, "sha"), method: oneOf(call.body, "merge_method", ["merge", "squash", "rebase"]),
    title: text(call.body, "commit_title"), message: text(call.body, "commit_message"),
  });
  return ok({ sha, merged: true, message: "Pull Request successfully merged" });
}
