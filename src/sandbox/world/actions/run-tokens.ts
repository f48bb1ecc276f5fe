/** The tokens of a run's jobs: none of them outlives its run. */

import type { Permissions } from "../../engine/port.ts";
import type { WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";

export class RunTokens {
  readonly #world: World;
  readonly #revokes = new Map<number, (() => void)[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The `GITHUB_TOKEN` of one job. A fork's run may look, not touch. */
  issue(run: WorkflowRun, job: string, permissions: Permissions): { token: string; revoke(): void } {
    const granted = run.readOnly ? Object.fromEntries(Object.keys(permissions).map((name) => [name, "read" as const])) : permissions;
    const issued = this.#world.tokens.job(run.repository, run.id, job, granted);
    this.#revokes.set(run.id, [...(this.#revokes.get(run.id) ?? []), issued.revoke]);
    return issued;
  }

  revokeAll(run: WorkflowRun): void {
    for (const revoke of this.#revokes.get(run.id) ?? []) revoke();
    this.#revokes.delete(run.id);
  }
}
