/** Tokens: who holds one, what it may do, and how GitHub words a refusal. */

import { randomBytes } from "node:crypto";

import type { Permissions } from "../engine/port.ts";
import { looksLikeJwt } from "./app-jwt.ts";
import { ApiError, notFound } from "./errors.ts";
import type { Account, App, Repository, Role } from "./types.ts";

export interface Actor {
  /** `person`: a user's token. `app`: an installation. `job`: a GITHUB_TOKEN. */
  readonly kind: "person" | "app" | "job" | "anonymous";
  readonly account: Account;
  readonly app: App | undefined;
  /** Of apps and jobs; a person's rights are their role. */
  readonly permissions: Permissions;
  /** A job's token reaches its own repository only. */
  readonly repository: Repository | undefined;
  readonly runId: number | undefined;
  readonly job: string | undefined;
  readonly token: string;
  /** What an installation's token reaches; undefined: every repository. */
  readonly reach?: ReadonlySet<Repository> | undefined;
  /** Epoch milliseconds; undefined: it does not expire. */
  readonly expiresAt?: number;
  /** The App that made this JSON web token: it may ask for tokens, and nothing else. */
  readonly signedBy?: App;
}

export type Scope =
  | "contents" | "pull_requests" | "issues" | "checks" | "statuses" | "actions" | "deployments" | "metadata"
  | "administration" | "workflows";

const roles: readonly Role[] = ["none", "read", "triage", "write", "maintain", "admin"];

/** What the store needs to know of the world. */
interface Accounts {
  readonly actionsApp: App;
  now(): number;
  /** @throws ApiError when it is not good. */
  appOfJwt(token: string): App;
  account(login: string): Account | undefined;
  addAccount(login: string, options?: { readonly id?: number }): Account;
}

export class TokenStore {
  readonly #world: Accounts;
  readonly #tokens = new Map<string, Actor>();
  #nobody: Actor | undefined;

  constructor(world: Accounts) {
    this.#world = world;
  }

  /** A person's token; the same one each time. */
  person(login: string): string {
    const account = this.#world.account(login);
    if (account === undefined) throw new Error(`No user ${login} in the sandbox: call addUser first`);
    for (const [token, actor] of this.#tokens) {
      if (actor.kind === "person" && actor.account === account) return token;
    }
    return this.#add("ghp", { kind: "person", account, app: undefined, permissions: {}, repository: undefined });
  }

  /** An installation may grant less than the app asks for. */
  app(app: App, permissions: Permissions = app.permissions): string {
    return this.#add("ghs", { kind: "app", account: app.bot, app, permissions, repository: undefined });
  }

  /** Of an installation: narrowed to some repositories, and good for an hour. */
  installation(app: App, given: { readonly permissions: Permissions; readonly reach: ReadonlySet<Repository> | undefined; readonly expiresAt: number }): string {
    return this.#add("ghs", { kind: "app", account: app.bot, app, repository: undefined, ...given });
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  job(repository: Repository, runId: number, job: string, permissions: Permissions): { token: string; revoke(): void } {
    const app = this.#world.actionsApp;
    const token = this.#add("ghs", { kind: "job", account: app.bot, app, permissions, repository }, { runId, job });
    return { token, revoke: () => void this.#tokens.delete(token) };
  }

  #add(
    prefix: string,
    actor: Omit<Actor, "token" | "runId" | "job">,
    job: { readonly runId?: number; readonly job?: string } = {},
  ): string {
    const token = `${prefix}_${randomBytes(27).toString("base64url").replace(/[-_]/g, "0")}`;
    this.#tokens.set(token, { ...actor, token, runId: job.runId, job: job.job });
    return token;
  }

  /** @throws ApiError for a JSON web token that is not good. */
  find(token: string): Actor | undefined {
    if (looksLikeJwt(token)) return this.#itself(token);
    const found = this.#tokens.get(token);
    return found?.expiresAt !== undefined && found.expiresAt <= this.#world.now() ? undefined : found;
  }

  #itself(token: string): Actor {
    const app = this.#world.appOfJwt(token);
    const nowhere = { permissions: {}, repository: undefined, runId: undefined, job: undefined, reach: new Set<Repository>() };
    return { kind: "app", account: app.bot, app, signedBy: app, token, ...nowhere };
  }

  get anonymous(): Actor {
    return (this.#nobody ??= {
      kind: "anonymous", account: this.#world.addAccount("ghost", { id: 10137 }), app: undefined, permissions: {},
      repository: undefined, runId: undefined, job: undefined, token: "",
    });
  }
}

export function roleOf(repository: Repository, account: Account): Role {
  if (account === repository.owner) return "admin";
  return repository.roles.get(account.login.toLowerCase()) ?? (repository.private ? "none" : "read");
}

export function hasRole(repository: Repository, account: Account, wanted: Role): boolean {
  return roles.indexOf(roleOf(repository, account)) >= roles.indexOf(wanted);
}

/** The role a person needs for what an app would need a scope for. */
function roleFor(scope: Scope, level: "read" | "write"): Role {
  if (scope === "administration") return "admin";
  if (level === "read") return "read";
  // Anyone who can read may open and discuss; whoever changes others' things asks for more where it does.
  return scope === "issues" || scope === "pull_requests" ? "read" : "write";
}

export function can(actor: Actor, repository: Repository, scope: Scope, level: "read" | "write"): boolean {
  if (actor.kind === "anonymous") return !repository.private && level === "read";
  if (actor.kind === "person") return hasRole(repository, actor.account, roleFor(scope, level));
  const reaches = actor.reach?.has(repository) ?? (actor.repository === undefined || actor.repository === repository);
  if (!reaches) return !repository.private && level === "read";
  if (scope === "metadata" && level === "read") return true;
  const granted = actor.permissions[scope] ?? actor.permissions[scope.replaceAll("_", "-")];
  // What is public may be read by every token.
  return granted === "write" || (level === "read" && (granted === "read" || !repository.private));
}

/**
 * Refuses as GitHub does: what a token cannot see does not exist (404), what it may not do is 403.
 * @throws ApiError
 */
export function requirePermission(actor: Actor, repository: Repository, scope: Scope, level: "read" | "write"): void {
  requireAny(actor, repository, [[scope, level]]);
}

/** One of several permissions is enough (labels: issues or pull requests). */
export function requireAny(
  actor: Actor,
  repository: Repository,
  wanted: readonly (readonly [Scope, "read" | "write"])[],
): void {
  if (wanted.some(([scope, level]) => can(actor, repository, scope, level))) return;
  if (actor.kind === "anonymous" && !repository.private) throw new ApiError(401, "Requires authentication");
  if (!can(actor, repository, "metadata", "read")) throw notFound();
  if (actor.kind === "person") throw new ApiError(403, "Must have admin rights to Repository.");
  throw new ApiError(403, "Resource not accessible by integration", {
    type: "FORBIDDEN",
    headers: { "x-accepted-github-permissions": wanted.map(([scope, level]) => `${scope}=${level}`).join("; ") },
  });
}

/** For what a person's role decides beyond the scope (closing others' issues, labels). */
export function requireRole(actor: Actor, repository: Repository, role: Role): void {
  if (actor.kind !== "person" || hasRole(repository, actor.account, role)) return;
  throw new ApiError(403, `Must have ${role === "admin" ? "admin" : "write"} access to Repository.`.replace("write access", "push access"));
}
