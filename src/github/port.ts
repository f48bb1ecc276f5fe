import type { Branches } from "./port/branches.ts";
import type { Checks } from "./port/checks.ts";
import type { Deployments } from "./port/deployments.ts";
import type { Issues } from "./port/issues.ts";
import type { Merges } from "./port/merges.ts";
import type { PullRequests } from "./port/pulls.ts";
import type { Questions } from "./port/questions.ts";
import type { Rollbacks } from "./port/rollbacks.ts";

/**
 * What a stage may ask of a repository on GitHub. Reads are one query a stage; writes are compare-and-swap, and an
 * answer such as "already exists" is a value, not an exception. Anything else that goes wrong is an InstantError.
 *
 * Untrusted text: titles, bodies, messages, paths and branch names come from whoever could write them.
 */

export type * from "./port/branches.ts";
export type * from "./port/checks.ts";
export type * from "./port/deployments.ts";
export type * from "./port/issues.ts";
export type * from "./port/merges.ts";
export type * from "./port/pulls.ts";
export type * from "./port/questions.ts";
export type * from "./port/rollbacks.ts";
export type * from "./port/shared.ts";
export type * from "./port/stories.ts";

export interface RepositoryHandle {
  readonly owner: string;
  readonly name: string;
  /** Requests made so far, retries included and 304 answers too. */
  requestCount(): number;
}

export interface Repository extends RepositoryHandle, Questions, Branches, PullRequests, Merges, Checks, Deployments, Rollbacks, Issues {}
