import type { RunContext } from "../../kit/context.ts";
import { failure } from "../../kit/errors.ts";
import type { Policy } from "./policy.ts";

/** What is to be checked, as far as inputs and event tell. */
export interface Target {
  /** null in a merge queue: the group is no pull request. */
  readonly prNumber: number | null;
  /** Empty: the pull request's head, to be asked for. */
  readonly sha: string;
  /** A commit of the base branch that the event names; null when it names none. */
  readonly baseSha: string | null;
  readonly body: string;
  /** True when the event says that the head is in another repository. */
  readonly fork: boolean;
  /**
   * True when GitHub gives this run no more than a stranger may have, should the head be a fork's: a read-only token and no secrets
   * (https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request).
   */
  readonly powerless: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws InstantError when neither inputs nor event name a pull request. */
export function targetOf(policy: Pick<Policy, "prNumber" | "headSha">, context: Pick<RunContext, "event" | "eventName" | "owner" | "repo">): Target {
  const pull = fields(context.event.pull_request);
  const number = typeof pull.number === "number" ? pull.number : null;
  if (number !== null && (policy.prNumber === 0 || policy.prNumber === number)) return pullTarget(policy, context, pull, number);
  const powerless = context.eventName === "pull_request";
  if (policy.prNumber !== 0) return { prNumber: policy.prNumber, sha: policy.headSha, baseSha: null, body: "", fork: false, powerless };
  const group = fields(context.event.merge_group);
  if (text(group.head_sha) !== "") return { prNumber: null, sha: text(group.head_sha), baseSha: text(group.base_sha), body: "", fork: false, powerless };
  throw failure("configuration", {
    what: `There is no pull request to check: the event \`${context.eventName}\` has none, and \`pr-number\` is empty`,
    where: "pr-number",
    fix: "Start this action on `pull_request`, or give it `pr-number`.",
  });
}

function pullTarget(policy: Pick<Policy, "headSha">, context: Pick<RunContext, "eventName" | "owner" | "repo">, pull: Fields, number: number): Target {
  const head = fields(pull.head);
  const from = text(fields(head.repo).full_name).toLowerCase();
  return {
    prNumber: number,
    sha: policy.headSha || text(head.sha),
    baseSha: text(fields(pull.base).sha) || null,
    body: text(pull.body),
    fork: from !== `${context.owner}/${context.repo}`.toLowerCase(),
    powerless: context.eventName === "pull_request",
  };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
