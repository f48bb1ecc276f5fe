/** Pushes over git: the hook that refuses, and what follows a push. */

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { refsMoved } from "./refs.ts";
import { protectedBranches } from "./rules.ts";
import { can } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Repository } from "./types.ts";
import type { World } from "./world.ts";

/** GitHub's own words, so that whoever reads git's output sees what they would see there. */
const preReceive = `#!/bin/sh
status=0
while read -r old new ref; do
  branch="\${ref#refs/heads/}"
  for guarded in $SANDBOX_PROTECTED; do
    if [ "$guarded" = "$branch" ]; then
      echo "error: GH013: Repository rule violations found for $ref." >&2
      status=1
    fi
  done
  case "$ref" in
    refs/pull/*) echo "deny updating a hidden ref" >&2; status=1 ;;
  esac
  if [ "$SANDBOX_DENY_WORKFLOWS" = 1 ] && [ "$new" != 0000000000000000000000000000000000000000 ]; then
    file=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
    if [ -n "$file" ]; then
      echo "refusing to allow a GitHub App to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission" >&2
      status=1
    fi
  fi
done
exit $status
`;

export async function installHooks(repository: Repository): Promise<void> {
  const folder = join(repository.git.dir, "hooks");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "pre-receive"), preReceive);
  await chmod(join(folder, "pre-receive"), 0o755);
}

/** What the hook needs to know of this pusher. */
export function hookEnvironment(repository: Repository, actor: Actor): Readonly<Record<string, string>> {
  const deny = actor.kind !== "person" && !can(actor, repository, "workflows", "write");
  return {
    SANDBOX_DENY_WORKFLOWS: deny ? "1" : "0",
    SANDBOX_PROTECTED: protectedBranches(repository, actor).join(" "),
  };
}

/** Looks what a push changed and tells the world. */
export async function afterPush(world: World, actor: Actor, repository: Repository): Promise<void> {
  const moved = await repository.git.reload();
  await refsMoved(world, actor, repository, moved);
}
