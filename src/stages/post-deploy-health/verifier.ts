import { type Verification, canVerify } from "../verification.ts";
import type { Verdict } from "./judge.ts";
import type { WatchPorts } from "./facts.ts";
import { prepare, watchDeployment } from "./watch.ts";

/** What another stage is told about a deployment that it asked to have verified. */
export interface Verified {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly deployedSha: string;
  readonly runUrl: string;
  /** When it was decided, epoch milliseconds. */
  readonly at: number;
}

/** This stage's watch as a function for another one; null when the settings name nothing that could be watched. */
export function verifierOf(settings: Verification, ports: WatchPorts): ((target: { readonly sha: string; readonly defaultBranch: string }) => Promise<Verified>) | null {
  if (!canVerify(settings)) return null;
  return async (target) => {
    // What is verified for another stage is what that has just put on the default branch.
    const prepared = prepare(settings, ports, { sha: target.sha, isOnDefaultBranch: async () => true });
    const { verdict, reasons, deployedSha, runUrl, decidedAt } = await watchDeployment(settings, ports, { ...target, dryRun: false, contrast: false, lastGood: Promise.resolve(null) }, prepared);
    const told = reasons.map(({ code, message }) => `${code}: ${message}`);
    return { verdict: verdict ?? "inconclusive", reasons: told, deployedSha, runUrl, at: decidedAt };
  };
}
