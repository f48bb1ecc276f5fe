/** GitHub Apps with a key of their own: who installed them where, and the tokens they ask for. */

import { createPublicKey, generateKeyPair, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";

import type { Permissions } from "../engine/port.ts";
import type { AppKey } from "./app-jwt.ts";
import { ApiError, notFound } from "./errors.ts";
import type { TokenStore } from "./tokens.ts";
import type { Account, App, Repository } from "./types.ts";

export interface Installation {
  readonly id: number;
  readonly app: App;
  /** Whose repositories it is about. */
  readonly account: Account;
  /** undefined: all of the account, later ones too. */
  readonly repositories: ReadonlySet<Repository> | undefined;
  /** What was granted, by GitHub's names in REST (`pull_requests`). */
  readonly permissions: Permissions;
  readonly createdAt: number;
}

export interface NewInstallation {
  readonly slug: string;
  /** Either spelling: `pull-requests` or `pull_requests`. */
  readonly permissions: Permissions;
  /** `owner/name` of each; all of one owner. */
  readonly repositories: readonly string[];
}

/** What an App's owner keeps: the private key is shown once. */
export interface AppCredentials {
  readonly appId: number;
  readonly clientId: string;
  /** PEM, PKCS #1, as GitHub gives it. */
  readonly privateKey: string;
  readonly installationId: number;
}

export interface InstallationToken {
  readonly token: string;
  /** Epoch milliseconds: an hour from now. */
  readonly expiresAt: number;
  readonly permissions: Permissions;
  /** undefined: all that the installation reaches. */
  readonly repositories: readonly Repository[] | undefined;
}

/** What a token is asked to be narrowed to. */
export interface Narrowing {
  readonly repositories?: readonly string[] | undefined;
  readonly repositoryIds?: readonly number[] | undefined;
  readonly permissions?: Readonly<Record<string, string>> | undefined;
}

/** What the store needs to know of the world. */
interface Surroundings {
  readonly tokens: Pick<TokenStore, "installation">;
  readonly repositories: ReadonlyMap<string, Repository>;
  repository(fullName: string): Repository | undefined;
  addApp(slug: string, permissions: Permissions): App;
  nextId(): number;
  now(): number;
}

const hour = 3_600_000;
const levels = ["read", "write", "admin"];

export class Installations {
  readonly #world: Surroundings;
  readonly #keys = new Map<App, { readonly clientId: string; readonly publicKey: KeyObject }>();
  readonly #installed = new Map<number, Installation>();

  constructor(world: Surroundings) {
    this.#world = world;
  }

  /** Registers an App with a fresh key and installs it on repositories of one owner. */
  async install(wanted: NewInstallation): Promise<AppCredentials> {
    const world = this.#world;
    const repositories = wanted.repositories.map((name) => {
      const found = world.repository(name);
      if (found === undefined) throw new Error(`The sandbox has no repository ${name}`);
      return found;
    });
    const account = repositories[0]?.owner;
    if (account === undefined || repositories.some((one) => one.owner !== account)) throw new Error("An installation is about repositories of one owner");
    const permissions = normalised({ ...wanted.permissions, metadata: "read" });
    const pair = await promisify(generateKeyPair)("rsa", {
      modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const app = world.addApp(wanted.slug, permissions);
    const clientId = `Iv23li${randomBytes(7).toString("hex")}`;
    this.#keys.set(app, { clientId, publicKey: createPublicKey(pair.publicKey) });
    const id = world.nextId();
    this.#installed.set(id, { id, app, account, permissions, repositories: new Set(repositories), createdAt: world.now() });
    return { appId: app.id, clientId, privateKey: pair.privateKey, installationId: id };
  }

  /** By App id or client id, as `iss` of a JWT names it. */
  keyOf(issuer: string): AppKey | undefined {
    for (const [app, { clientId, publicKey }] of this.#keys) {
      if (issuer === clientId || issuer === String(app.id)) return { app, publicKey };
    }
    return undefined;
  }

  clientIdOf(app: App): string | undefined {
    return this.#keys.get(app)?.clientId;
  }

  /** @throws ApiError 404 when the App has no installation of this id. */
  find(app: App, id: number): Installation {
    const found = this.#installed.get(id);
    if (found === undefined || found.app !== app) throw notFound();
    return found;
  }

  /** The App's installation for which this holds. @throws ApiError 404 */
  search(app: App, holds: (installation: Installation) => boolean): Installation {
    const found = [...this.#installed.values()].find((one) => one.app === app && holds(one));
    if (found === undefined) throw notFound();
    return found;
  }

  /**
   * `POST /app/installations/{id}/access_tokens`: a token may get less than the installation has, never more.
   * @throws ApiError 422 for a repository or a permission that the installation does not have.
   */
  issue(installation: Installation, wanted: Narrowing): InstallationToken {
    const repositories = this.#narrowed(installation, wanted);
    const asked = Object.entries(wanted.permissions ?? {}).map(([name, level]) => [name.replaceAll("-", "_"), level] as const);
    for (const [name, level] of asked) {
      const granted = installation.permissions[name];
      if (!levels.includes(level) || granted === undefined || levels.indexOf(level) > levels.indexOf(granted)) {
        throw new ApiError(422, "The permissions requested are not granted to this installation.");
      }
    }
    const permissions = asked.length === 0 ? installation.permissions : normalised({ ...Object.fromEntries(asked), metadata: "read" } as Permissions);
    const expiresAt = this.#world.now() + hour;
    const reach = repositories === undefined ? installation.repositories : new Set(repositories);
    return { token: this.#world.tokens.installation(installation.app, { permissions, reach, expiresAt }), expiresAt, permissions, repositories };
  }

  #narrowed(installation: Installation, { repositories, repositoryIds }: Narrowing): readonly Repository[] | undefined {
    if (repositories === undefined && repositoryIds === undefined) return undefined;
    const byName = (repositories ?? []).map((name) => this.#world.repository(`${installation.account.login}/${name}`));
    const byId = (repositoryIds ?? []).map((id) => [...this.#world.repositories.values()].find((one) => one.id === id && !one.deleted));
    const found = [...byName, ...byId].flatMap((one) => (one !== undefined && reaches(installation, one) ? [one] : []));
    if (found.length === byName.length + byId.length) return [...new Set(found)];
    throw new ApiError(422, "There is at least one repository that does not exist or is not accessible to the parent installation.");
  }
}

export function reaches(installation: Installation, repository: Repository): boolean {
  if (repository.deleted || repository.owner !== installation.account) return false;
  return installation.repositories === undefined || installation.repositories.has(repository);
}

function normalised(permissions: Permissions): Permissions {
  return Object.fromEntries(Object.entries(permissions).map(([name, level]) => [name.replaceAll("-", "_"), level]));
}
