/** GitHub's own auto-merge: an armed pull request is merged as soon as nothing stands in its way. */

import type { WorldEvent } from "./events.ts";
import { pulls } from "./pull-sync.ts";
import { mergePull } from "./merging.ts";
import { mergeability } from "./pulls.ts";
import type { Actor } from "./tokens.ts";
import type { PullRequest } from "./types.ts";
import type { World } from "./world.ts";

/** Events after which a pull request may have become mergeable. */
const reasons = new Set<WorldEvent["name"]>(["check_run", "check_suite", "status", "pull_request_review", "push"]);

/** Watches the world; the result waits for merges under way. */
export function watchAutoMerge(world: World): () => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  world.listen((event) => {
    if (!reasons.has(event.name)) return;
    for (const pull of pulls(event.repository)) {
      if (pull.autoMerge === null || pull.issue.state !== "open") continue;
      tail = tail.then(() => attempt(world, pull));
    }
  });
  return () => tail;
}

async function attempt(world: World, pull: PullRequest): Promise<void> {
  const wish = pull.autoMerge;
  if (wish === null || pull.issue.state !== "open") return;
  const actor: Actor = {
    kind: "person", account: wish.by, app: undefined, permissions: {}, repository: undefined, runId: undefined, job: undefined, token: "",
  };
  try {
    const { state } = await mergeability(world, pull);
    // Only required checks count: `unstable` is merged too.
    if (state !== "clean" && state !== "unstable") return;
    await mergePull(world, wish.by.type === "Bot" ? { ...actor, kind: "app", permissions: { contents: "write" } } : actor, pull, {
      method: wish.method, title: wish.title, message: wish.message,
    });
  } catch {
    // Whatever kept it back may go away: the next event tries again.
  }
}
