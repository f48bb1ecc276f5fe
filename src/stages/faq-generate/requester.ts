import type { PermissionLevel } from "../../github/port.ts";
import type { RunContext } from "../../kit/context.ts";
import type { Policy } from "./policy.ts";

/**
 * Who asks, and whether that has to be checked. The platform itself lets only people with write permission dispatch, push or edit
 * a schedule; anyone may comment on or open an issue or a pull request, and then their permission is asked for (DESIGN 2).
 */
export type Requester = { readonly kind: "trusted"; readonly by: string } | { readonly kind: "person"; readonly login: string };

const TRUSTED_EVENTS = new Set(["workflow_dispatch", "repository_dispatch", "schedule", "push"]);

export function requesterOf(context: Pick<RunContext, "eventName" | "event" | "actor">): Requester {
  const { eventName, event, actor } = context;
  if (TRUSTED_EVENTS.has(eventName)) return { kind: "trusted", by: eventName };
  // The author of the text, not whoever touched it last. One whose account is gone is nobody, whoever caused the event; an event
  // that is about no text falls back to who caused it.
  const [text] = ["comment", "review", "issue", "discussion", "pull_request"].filter((name) => typeof event[name] === "object" && event[name] !== null);
  if (text !== undefined) return { kind: "person", login: loginIn(event[text]) ?? GHOST };
  return { kind: "person", login: loginIn({ user: event.sender }) ?? actor };
}

/**
 * When it was asked, epoch milliseconds: when the text was written, or changed into a question; `now` where the event tells no time
 * that can be.
 */
export function requestedAt({ event }: Pick<RunContext, "event">, now: number): number {
  const text = ["comment", "review", "issue", "discussion"].map((name) => event[name]).find((one) => typeof one === "object" && one !== null);
  const { created_at: created, updated_at: updated, submitted_at: submitted } = (text ?? {}) as Readonly<Record<string, unknown>>;
  const at = Date.parse(String(event.action === "edited" ? updated : (created ?? submitted)));
  return at <= now ? at : now;
}

/** As whom GitHub shows what people wrote whose account is gone. */
const GHOST = "ghost";

function loginIn(subject: unknown): string | undefined {
  const user = (subject as { user?: { login?: unknown } | null }).user;
  return typeof user?.login === "string" && user.login !== "" ? user.login : undefined;
}

/** Whether a requester may spend the model's money; the permission is asked for only when the configuration does not allow it already. */
export function isListed(requester: Requester, policy: Pick<Policy, "allowedRequesters">): boolean {
  if (requester.kind === "trusted") return true;
  return policy.allowedRequesters.some((login) => login.replace(/^@/, "").toLowerCase() === requester.login.toLowerCase());
}

export function mayWrite(permission: PermissionLevel): boolean {
  return permission === "admin" || permission === "maintain" || permission === "write";
}
