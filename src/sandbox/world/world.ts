/** The world: who exists, what exists, and who is told when something happens. */

import { randomBytes } from "node:crypto";

import { appOfJwt } from "./app-jwt.ts";
import { gitRoot } from "./paths.ts";
import type { WorldEvent } from "./events.ts";
import { Installations } from "./installations.ts";
import { TokenStore } from "./tokens.ts";
import type { Permissions } from "../engine/port.ts";
import type { Account, App, Repository } from "./types.ts";

export interface Urls {
  readonly api: string;
  readonly graphql: string;
  readonly server: string;
}

export interface Quirks {
  /** So many reads of a new pull request (or a moved one) answer `mergeable: null`. */
  mergeableUnknownReads: number;
  /** So many merges answer 405 "Base branch was modified". */
  baseModifiedMerges: number;
  /** For so many milliseconds after a pull request appears, calls on its number answer 422. */
  pullRequestSettlingMs: number;
}

export class World {
  readonly root: string;
  readonly now: () => number;
  readonly accounts = new Map<string, Account>();
  readonly apps = new Map<string, App>();
  readonly repositories = new Map<string, Repository>();
  /** Every git store, those of deleted repositories too: each has processes to end. */
  readonly stores = new Set<{ close(remove?: boolean): Promise<void> }>();
  /** Everything with a GraphQL id that is stored, by that id. */
  readonly nodes = new Map<string, object>();
  readonly tokens: TokenStore;
  readonly installations = new Installations(this);
  readonly quirks: Quirks = { mergeableUnknownReads: 0, baseModifiedMerges: 0, pullRequestSettlingMs: 0 };
  urls: Urls = { api: "http://127.0.0.1", graphql: "http://127.0.0.1/graphql", server: "http://127.0.0.1" };
  /** The app behind GITHUB_TOKEN. */
  readonly actionsApp: App;
  readonly webFlow: Account;
  readonly #listeners = new Set<(event: WorldEvent) => void>();
  #lastId = 1_000_000_000;

  constructor(root: string, now: () => number = Date.now) {
    this.root = root;
    this.now = now;
    this.tokens = new TokenStore(this);
    this.webFlow = this.addAccount("web-flow", { id: 19864447, name: "GitHub", email: "noreply@github.com" });
    this.actionsApp = this.addApp("github-actions", { contents: "write" }, { id: 15368, botId: 41898282, name: "GitHub Actions" });
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** A GraphQL id in GitHub's manner; `register` makes it findable. */
  nodeId(prefix: string, id: number | string): string {
    return `${prefix}_${Buffer.from(String(id)).toString("base64url")}`;
  }

  register<T extends { readonly nodeId: string }>(value: T): T {
    this.nodes.set(value.nodeId, value);
    return value;
  }

  addAccount(
    login: string,
    options: { readonly id?: number; readonly name?: string; readonly email?: string; readonly type?: Account["type"] } = {},
  ): Account {
    const known = this.accounts.get(login.toLowerCase());
    if (known !== undefined) return known;
    const id = options.id ?? this.nextId();
    const type = options.type ?? "User";
    const account: Account = {
      type, id, login,
      nodeId: this.nodeId(type === "Bot" ? "BOT" : type === "Organization" ? "O" : "U", id),
      name: options.name ?? login,
      email: options.email ?? `${id}+${login}@users.noreply.github.com`,
      createdAt: this.now(),
    };
    this.accounts.set(login.toLowerCase(), account);
    return this.register(account);
  }

  addApp(
    slug: string,
    permissions: Permissions,
    options: { readonly id?: number; readonly botId?: number; readonly name?: string } = {},
  ): App {
    const id = options.id ?? this.nextId();
    const bot = this.addAccount(`${slug}[bot]`, {
      type: "Bot",
      ...(options.botId === undefined ? {} : { id: options.botId }),
    });
    const app: App = {
      id, slug, bot, permissions,
      nodeId: this.nodeId("A", id), name: options.name ?? slug, createdAt: this.now(),
    };
    this.apps.set(slug, app);
    return this.register(app);
  }

  /** The App that signed a JSON web token. @throws ApiError */
  appOfJwt(token: string): App {
    return appOfJwt(token, (issuer) => this.installations.keyOf(issuer), this.now());
  }

  account(login: string): Account | undefined {
    return this.accounts.get(login.toLowerCase());
  }

  /** A commit's author or committer as an account, found by address. */
  accountByEmail(email: string): Account | undefined {
    const wanted = email.toLowerCase();
    for (const account of this.accounts.values()) {
      if (account.email.toLowerCase() === wanted) return account;
    }
    const login = /^(?:\d+\+)?(.+)@users\.noreply\.github\.com$/.exec(wanted)?.[1];
    return login === undefined ? undefined : this.account(login);
  }

  repository(fullName: string): Repository | undefined {
    const found = this.repositories.get(fullName.toLowerCase());
    return found?.deleted === true ? undefined : found;
  }

  /** Where a new repository's objects live. */
  repositoryDir(fullName: string): string {
    return gitRoot(this.root, fullName, randomBytes(4).toString("hex"));
  }

  listen(listener: (event: WorldEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells every listener, in order; a listener that throws must not undo what happened. */
  emit(event: WorldEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
