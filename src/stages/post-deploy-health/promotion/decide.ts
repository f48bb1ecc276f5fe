import { shortSha } from "../../../kit/ids.ts";
import type { Verdict } from "../judge.ts";
import { because, type Reason } from "../reasons.ts";
import type { SeenBack } from "./live.ts";

/** What is known of the new deployment once it was judged where nobody uses it. */
export interface GreenFacts {
  readonly sha: string;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** What it serves now: still the commit that was judged, another one, or nobody knows; `untold`: no address tells. */
  readonly serves: { readonly kind: "judged" | "untold" } | { readonly kind: "other" | "unread"; readonly detail: string };
  /** Why users must not be moved to it, whatever it is like; null: nothing says so. */
  readonly standing: { readonly kind: "paused" | "taken-back"; readonly reasons: readonly Reason[] } | null;
  /** Critical probes of what users are served, which fail too, with what they saw. */
  readonly sickBefore: readonly { readonly probe: string; readonly detail: string }[];
}

/** `leave`: no command is run, and the new deployment stays as it is. */
export type AfterGreen =
  | { readonly kind: "promote" }
  | { readonly kind: "abort"; readonly verdict: Verdict; readonly reasons: readonly Reason[] }
  | { readonly kind: "leave"; readonly verdict: Verdict | null; readonly reasons: readonly Reason[] };

/**
 * Users are moved to what is healthy, still there, and wanted. What is not is taken away, unless another deployment has taken its place
 * by now, which is not this job's to take away.
 */
export function decideGreen({ sha, verdict, reasons, serves, standing, sickBefore }: GreenFacts): AfterGreen {
  if (standing?.kind === "paused") return { kind: "leave", verdict: verdict === "healthy" ? null : verdict, reasons: [...standing.reasons, ...reasons] };
  if (serves.kind === "other") {
    const replaced = because("green-replaced", `another deployment has taken the place of ${shortSha(sha)} before users were moved (${serves.detail}), and was left alone`);
    return { kind: "leave", verdict: verdict === "healthy" ? "inconclusive" : verdict, reasons: [replaced, ...reasons] };
  }
  if (standing !== null) return { kind: "abort", verdict: "unhealthy", reasons: [...standing.reasons, ...reasons] };
  if (verdict === "unhealthy" && sickBefore.length > 0) {
    const before = sickBefore.map(({ probe, detail }) => because("sick-before", `${probe}, as users are served it, fails too: ${detail}`));
    return { kind: "abort", verdict: "inconclusive", reasons: [...before, ...reasons] };
  }
  if (verdict !== "healthy") return { kind: "abort", verdict, reasons };
  if (serves.kind === "unread") return { kind: "abort", verdict: "inconclusive", reasons: [because("green-unread", `it was well, and then nothing told any more that it is still there: ${serves.detail}`)] };
  return { kind: "promote" };
}

/** What is known after an abort of users who were moved, or may have been. */
export interface BackFacts extends SeenBack {
  /** Of the abort command's last try. */
  readonly abort: { readonly ok: boolean; readonly how: string };
  readonly sha: string;
}

export interface Back {
  /** Whom users are with. */
  readonly users: "old" | "unknown";
  /** What people have to mend now. */
  readonly reasons: readonly Reason[];
  /** Production is, or may be, hurt. */
  readonly isUrgent: boolean;
}

/** Where users are after an abort: unknown is never yes. */
export function decideBack({ abort, sha, served, failing }: BackFacts): Back {
  const lost = (code: string, message: string): Back => ({ users: "unknown", isUrgent: true, reasons: [because(code, message)] });
  if (!abort.ok) return lost("abort-failed", `the abort command failed, so that users may be served ${shortSha(sha)}: ${abort.how}`);
  if (served === "commit") return lost("still-served", `the abort command succeeded, but users are still served ${shortSha(sha)}`);
  if (served === "unread") return lost("old-not-well", "users were moved back, and nothing tells any more what they are served");
  const reasons = failing.map(({ probe, detail }) => because("old-not-well", `users were moved back, and ${probe} fails there too: ${detail}`));
  return { users: "old", isUrgent: reasons.length > 0, reasons };
}
