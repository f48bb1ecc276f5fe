/** Resolves `permissions:` blocks to what the job's token may do. */
import type { Permissions } from "./port.ts";
import { fieldsOf } from "./model.ts";

const SCOPES = [
  "actions", "artifact-metadata", "attestations", "checks", "contents", "deployments", "discussions", "issues", "models",
  "packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses",
] as const;

/** Scopes that have no `write`, or no `read`. */
const READ_ONLY = new Set(["models"]);

/**
 * The permissions of one job. A block replaces the outer one as a whole; scopes it does not mention are none;
 * `metadata: read` is always granted. A called workflow never gets more than its caller (`cap`).
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */
export function resolvePermissions(job: unknown, workflow: unknown, fallback: Permissions, cap?: Permissions): Permissions {
  const block = job ?? workflow;
  // A called workflow that says nothing has what its caller's job has.
  const wanted = block === undefined || block === null ? (cap ?? fallback) : blockOf(block);
  const granted = Object.entries(wanted).flatMap(([scope, level]) => {
    if (!cap || scope === "metadata") return [[scope, level]];
    const limit = cap[scope];
    if (!limit) return [];
    return [[scope, limit === "read" ? "read" : level]];
  });
  return { ...Object.fromEntries(granted), metadata: "read" } as Permissions;
}

function blockOf(block: unknown): Permissions {
  if (block === "read-all") return Object.fromEntries(SCOPES.map((scope) => [scope, "read"]));
  if (block === "write-all") {
    const all = SCOPES.map((scope) => [scope, READ_ONLY.has(scope) ? "read" : "write"]);
    return { ...Object.fromEntries(all), "id-token": "write" } as Permissions;
  }
  const granted = Object.entries(fieldsOf(block)).filter(([, level]) => level === "read" || level === "write");
  return Object.fromEntries(granted) as Permissions;
}
