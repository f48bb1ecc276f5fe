import type { Api } from "./client.ts";
import type { PullSummary } from "./port.ts";
import { PULLS_OF_BRANCH } from "./queries/questions.ts";
import { type Connection, nodesOf, pullSummary, type PullNode } from "./shapes.ts";

const MAX_PAGES = 20;

/**
 * This repository's own pull requests of a head branch, newest first. Anyone may open one from a fork whose branch has the same
 * name, so further pages are read while a page holds nothing but those.
 */
export async function ownPulls(api: Api, branch: string, first: Connection<PullNode>, needs: string): Promise<readonly PullSummary[]> {
  let page: Connection<PullNode> = first;
  for (let pages = 1; ; pages += 1) {
    const own = nodesOf(page).filter((pull) => !pull.isCrossRepository);
    if (own.length > 0 || !page.pageInfo?.hasNextPage || pages >= MAX_PAGES) return own.map(pullSummary);
    const { repository } = await api.graphql<{ repository: { pulls: Connection<PullNode> } }>({
      query: PULLS_OF_BRANCH,
      variables: { owner: api.owner, name: api.repo, branch, after: page.pageInfo.endCursor ?? null },
      doing: `list the pull requests of ${branch}`,
      needs,
    });
    page = repository.pulls;
  }
}
