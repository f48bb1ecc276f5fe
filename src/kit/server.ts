/** Whether a server's address is github.com's own, and not GitHub Enterprise Server or a host of data residency. */
function isPublic(serverUrl: string): boolean {
  return URL.canParse(serverUrl) && new URL(serverUrl).hostname === "github.com";
}

/** Where a person learns whether the GitHub at an address is disturbed. */
export function whereItsStatusIs(serverUrl: string): string {
  return isPublic(serverUrl) ? "https://www.githubstatus.com" : `the administrators of ${URL.canParse(serverUrl) ? new URL(serverUrl).host : "your GitHub"}`;
}

/**
 * The name and address by which the GitHub at an address shows a commit as its Actions bot's. The number before the plus is the
 * bot's user id, which is known for github.com alone; without one the address is read all the same.
 */
export function actionsBot(serverUrl: string): { readonly name: string; readonly email: string } {
  const name = "github-actions[bot]";
  if (isPublic(serverUrl) || !URL.canParse(serverUrl)) return { name, email: `41898282+${name}@users.noreply.github.com` };
  return { name, email: `${name}@users.noreply.${new URL(serverUrl).hostname}` };
}
