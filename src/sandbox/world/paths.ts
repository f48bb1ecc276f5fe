import { join } from "node:path";

/** `owner/name` below the sandbox's folder; the suffix keeps a repository apart from a deleted one of the same name. */
export function gitRoot(root: string, fullName: string, suffix: string): string {
  return join(root, "git", ...fullName.toLowerCase().split("/").map((part) => part.replace(/[^\w.-]/g, "_")), `${suffix}.git`);
}

/** Does a branch pattern (`main`, `release/*`, `**`) match a branch name? */
export function matchesBranch(pattern: string, branch: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*\*|\*/g, (star) => (star === "**" ? ".*" : "[^/]*"));
  return new RegExp(`^${source}$`).test(branch);
}
