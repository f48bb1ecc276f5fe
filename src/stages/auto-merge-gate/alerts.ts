import type { Alert } from "../../kit/alert.ts";
import { InstantError } from "../../kit/errors.ts";
import type { Ending } from "./ending.ts";

const KEY = "permission:auto-merge-gate";

/**
 * Whom the gate wakes: nothing is merged as long as a permission is missing, and nobody is told by a pull request that stays open. Each
 * permission is told once; a merge ends it.
 */
export function alertsOf({ outcome, reasons, facts }: Ending, traceId: string): readonly Alert[] {
  if (outcome === "merged") return [{ ...alert(traceId), state: "resolved", title: "The gate has its permissions again", text: `#${facts.pull.number} was merged.` }];
  const unread = reasons.filter(({ code }) => code === "rules-unread");
  return unread.length === 0 || outcome === "dry-run" || outcome === "explained" ? [] : [missing("contents: write, pull-requests: write", unread.map(({ message, fix }) => `${message}. ${fix}`), traceId)];
}

/** The same for a gate that GitHub refused something. */
export function alertsOfError(error: unknown, traceId: string): readonly Alert[] {
  if (!(error instanceof InstantError) || error.blame !== "permission") return [];
  const permission = error.problems.map((problem) => problem.permission).find((one) => one !== undefined) ?? "";
  return [missing(permission, error.problems.map(({ what, fix }) => `${what}. ${fix}`), traceId)];
}

function missing(permission: string, why: readonly string[], traceId: string): Alert {
  const named = permission === "" ? "a permission" : `\`${permission}\``;
  return { ...alert(traceId), state: "firing", title: `The gate merges nothing: it lacks ${named}`, text: why.join("\n"), occasions: [permission] };
}

function alert(traceId: string): Pick<Alert, "key" | "severity" | "fields" | "links" | "traceId"> {
  return { key: KEY, severity: "P1", fields: [{ name: "stage", value: "auto-merge-gate" }], links: [], traceId };
}
