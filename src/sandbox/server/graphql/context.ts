/** What every resolver gets. The shapes refer to each other in circles, so they are reached through here. */

import type { Actor } from "../../world/tokens.ts";
import type { CheckSuite, CommitStatus, Issue, Label, PullRequest, Repository } from "../../world/types.ts";
import type { Runs } from "../../world/actions/runs.ts";
import type { World } from "../../world/world.ts";
import type { RateLimiter } from "../limits.ts";

/** An object as the schema shows it: values, or functions of a field's arguments. */
export type Shape = Readonly<Record<string, unknown>>;

export interface Shapes {
  repository(repository: Repository): Shape;
  ref(repository: Repository, name: string): Shape;
  object(repository: Repository, expression: string): Promise<Shape | null>;
  pull(pull: PullRequest): Shape;
  issue(issue: Issue): Shape;
  label(label: Label): Shape;
  checkSuite(suite: CheckSuite): Shape;
  rollup(repository: Repository, sha: string): Shape | null;
  status(repository: Repository, sha: string, latest: readonly CommitStatus[]): Shape;
}

export interface Parts {
  readonly world: World;
  readonly runs: Runs;
  readonly actor: Actor;
  readonly limiter: RateLimiter;
}

export interface GraphqlContext extends Parts {
  readonly shapes: Shapes;
}
