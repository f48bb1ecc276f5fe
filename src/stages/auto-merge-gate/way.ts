import { type Condition, listed, met, open, rulesUnread } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import type { Policy } from "./policy.ts";

/** The rules about how it is merged: by the gate itself, by GitHub's auto-merge, or by a merge queue. */

export function isMergedAsAllowed({ pull }: GateFacts, { mergeMode, mergeMethod }: Policy): Condition {
  const title = "It may be merged in this way";
  if (mergeMode === "queue") {
    if (pull.queue.enabled) return met(title, "by the merge queue, in its own way");
    return open(title, "unmet", "no merge queue", { code: "no-queue", message: `\`${pull.base.branch}\` has no merge queue`, fix: "Set `merge-mode: direct`, or require a merge queue in the rules of the branch." });
  }
  if (pull.methods === null) {
    return open(title, "unmet", "the rules could not be read", rulesUnread(`how \`${pull.base.branch}\` lets pull requests be merged`, pull));
  }
  if (pull.methods.includes(mergeMethod)) return met(title, mergeMethod);
  const allowed = pull.methods.map((method) => `\`${method}\``).join(" and ") || "nothing";
  return open(title, "unmet", `${mergeMethod} is not allowed`, {
    code: "method-not-allowed",
    message: `merging by \`${mergeMethod}\` is not allowed into \`${pull.base.branch}\``,
    fix: `Set \`merge-method\` to what the repository and its rules allow (${allowed}), or allow it in the settings.`,
  });
}

/** What GitHub says when its rules hold nothing back; one that is behind is refused as such, or merged. */
const SATISFIED = new Set(["clean", "unstable", "has_hooks", "behind"]);

/** Required workflows, code scanning and deployments: rules that say nothing which could be judged here, so that GitHub's word counts. */
export function satisfiesOtherRules({ pull }: GateFacts): Condition {
  const title = "Other rules of the branch are satisfied";
  if (pull.otherRules.length === 0) return met(title, "none that hold back a merge");
  const shown = listed(pull.otherRules.map((type) => type.toLowerCase().replaceAll("_", " ")));
  if (pull.state === "merged" || SATISFIED.has(pull.mergeState)) return met(title, `${shown}: GitHub says ${pull.mergeState}`);
  const waiting = open(title, "waiting", `${shown}: GitHub says ${pull.mergeState}`, {
    code: "rules-pending",
    message: `rules of \`${pull.base.branch}\` (${shown}) are not satisfied yet, or GitHub does not say so`,
    fix: "See at the foot of the pull request's page what they wait for; when something there failed, mend it.",
  });
  return { ...waiting, byGitHub: true };
}

/** How a pull request stands in the merge queue, or stood; none where the gate has nothing to do with a queue. */
export function queueConditions({ pull, memory }: GateFacts, { mergeMode }: Policy, now: number): readonly Condition[] {
  if (mergeMode !== "queue" || pull.state !== "open") return [];
  const title = "Its turn in the merge queue";
  const { entry } = pull.queue;
  if (entry !== null) {
    return [open(title, "waiting", `number ${entry.position}, ${entry.state.toLowerCase().replaceAll("_", " ")}`, { code: "queued", message: `it is number ${entry.position} of the merge queue`, fix: "Wait for the queue, or look at its page: the checks of the group decide." })];
  }
  if (memory.queued === null || memory.queued.head !== pull.head.sha) return [];
  // A queue that has just been joined may not show it yet.
  if (!memory.queued.seen && now - memory.queued.at < QUEUE_SETTLES_MS) {
    return [open(title, "waiting", "not shown yet", { code: "queued", message: "it was put into the merge queue, which does not show it yet", fix: "Run the gate again in a minute." })];
  }
  return [open(title, "unmet", "taken out of it", { code: "queue-removed", message: "the merge queue took it out again", fix: "See the checks of its merge group on the pull request's page: one of them failed, or the base conflicts with it." })];
}

/** Milliseconds. */
const QUEUE_SETTLES_MS = 15_000;

/** Whether this run's own auto-merge is armed at the head that is judged. */
export function isArmedHere({ pull, memory }: GateFacts): boolean {
  return isArmedByUs({ pull }) && memory.armed === pull.head.sha;
}

/** Also by an earlier run, of which nobody knows what it had judged. */
export function isArmedByUs({ pull }: Pick<GateFacts, "pull">): boolean {
  return pull.autoMerge.armedBy !== null && pull.autoMerge.armedBy.toLowerCase() === pull.viewer.toLowerCase();
}

export function isQueuedByUs({ pull }: Pick<GateFacts, "pull">): boolean {
  return pull.queue.entry !== null && pull.queue.entry.by.toLowerCase() === pull.viewer.toLowerCase();
}

/** Auto-merge waits for the branch's own rules and for nothing else: it is armed only where nothing else is waited for. */
export function mayBeArmed({ pull, memory }: GateFacts, { mergeMode }: Policy, conditions: readonly Condition[]): boolean {
  const left = conditions.filter(({ standing }) => standing !== "met");
  const onlyRules = left.length > 0 && left.every(({ standing, byGitHub }) => standing === "waiting" && byGitHub === true);
  return mergeMode === "auto" && onlyRules && pull.autoMerge.allowed && !memory.unarmable.includes(pull.head.sha);
}
