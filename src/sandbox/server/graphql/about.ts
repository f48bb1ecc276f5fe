/** What a repository page and the command line tools ask besides the work itself. What a sandbox has none of is empty here. */

import { roleOf } from "../../world/tokens.ts";
import type { Account, Repository } from "../../world/types.ts";
import { htmlUrl } from "../render/repos.ts";
import { userShape } from "./actors.ts";
import { connection, none } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { templates } from "./templates.ts";

export function about(context: GraphqlContext, repository: Repository): Shape {
  const { world, actor } = context;
  const html = htmlUrl(world, repository);
  const { settings } = repository;
  const forks = (): Repository[] => [...world.repositories.values()].filter((one) => one.parent === repository && !one.deleted);
  return {
    hasWikiEnabled: false, hasProjectsEnabled: false, hasDiscussionsEnabled: false, isBlankIssuesEnabled: true,
    isInOrganization: repository.owner.type === "Organization", isMirror: false, mirrorUrl: null, isUserConfigurationRepository: false,
    homepageUrl: null, sshUrl: `git@${new URL(html).hostname}:${repository.fullName}.git`, templateRepository: null,
    openGraphImageUrl: `${html}/opengraph`, usesCustomOpenGraphImage: false, isSecurityPolicyEnabled: false, securityPolicyUrl: null,
    codeOfConduct: null, contactLinks: [], fundingLinks: [], licenseInfo: null, latestRelease: null, primaryLanguage: null,
    forkCount: () => forks().length, stargazerCount: 0, viewerHasStarred: false, viewerSubscription: "UNSUBSCRIBED",
    stargazers: none, watchers: none, languages: none, repositoryTopics: none, milestones: none, milestone: null, releases: none,
    projects: none, projectsV2: none, forks: (args: PageArguments) => connection(forks(), args, (one) => context.shapes.repository(one)),
    viewerDefaultMergeMethod: settings.allowMergeCommit ? "MERGE" : settings.allowSquashMerge ? "SQUASH" : "REBASE",
    viewerDefaultCommitEmail: actor.account.email, viewerPossibleCommitEmails: [actor.account.email],
    assignableUsers: (args: PageArguments & { query?: string | null }) => listed(context, repository, args),
    mentionableUsers: (args: PageArguments & { query?: string | null }) => listed(context, repository, args),
    ...templates(context, repository),
  };
}

/** Everybody who has a role of their own, the owner first. */
export function people(context: GraphqlContext, repository: Repository): Account[] {
  return [...context.world.accounts.values()].filter((account) => account.type === "User"
    && (account === repository.owner || repository.roles.has(account.login.toLowerCase())) && roleOf(repository, account) !== "none");
}

function listed(context: GraphqlContext, repository: Repository, args: PageArguments & { query?: string | null }): unknown {
  const query = (args.query ?? "").toLowerCase();
  return connection(people(context, repository).filter((one) => one.login.toLowerCase().includes(query)), args, (one) => userShape(context, one));
}
