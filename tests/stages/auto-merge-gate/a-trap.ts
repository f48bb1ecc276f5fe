import { createCheckRun, createStatus, updateCheckRun } from "../../../src/sandbox/world/checks.ts";
import { addLabels } from "../../../src/sandbox/world/labels.ts";
import { addReview, addThread } from "../../../src/sandbox/world/reviews.ts";
import type { Actor } from "../../../src/sandbox/world/tokens.ts";
import type { CheckRun, PullRequest, Review, Role } from "../../../src/sandbox/world/types.ts";
import { TRACE } from "./a-pull.ts";
import { FAQ, type Place } from "./a-sandbox.ts";

/** A pull request as the tests know it. */
export interface Opened {
  readonly number: number;
  readonly branch: string;
  readonly sha: string;
}

/** What other people do to a repository, beyond what the loop's own adapter can. */
export class Others {
  readonly here: Place;

  constructor(here: Place) {
    this.here = here;
  }

  get #sandbox() {
    return this.here.scene.sandbox;
  }

  get repository() {
    return this.#sandbox.repository(`acme/${this.here.name}`);
  }

  pull(number: number): PullRequest {
    const pull = this.repository.issues.get(number)?.pull;
    if (!pull) throw new Error(`there is no pull request ${number}`);
    return pull;
  }

  /** A person, who is made a user with that role. */
  person(login: string, role?: Role): Actor {
    this.#sandbox.addUser(login);
    if (role) this.repository.roles.set(login, role);
    return this.#sandbox.world.tokens.find(this.#sandbox.tokens.user(login)) as Actor;
  }

  app(slug: string): Actor {
    return this.#sandbox.world.tokens.find(this.#sandbox.tokens.app(slug, { checks: "write", contents: "write", pull_requests: "write" })) as Actor;
  }

  review(number: number, login: string, role: Role, state: Review["state"]): void {
    addReview(this.#sandbox.world, this.person(login, role), this.pull(number), state);
  }

  talk(number: number): { resolved: boolean } {
    return addThread(this.#sandbox.world, this.person("ada"), this.pull(number), "docs/FAQ.md", "Why?");
  }

  label(number: number, ...names: string[]): void {
    addLabels(this.#sandbox.world, this.person("ada"), this.pull(number).issue, names);
  }

  check(sha: string, name: string, conclusion: CheckRun["conclusion"], by = "github-actions"): Promise<CheckRun> {
    return createCheckRun(this.#sandbox.world, this.app(by), this.repository, { name, headSha: sha, ...(conclusion === null ? { status: "in_progress" } : { status: "completed", conclusion }) });
  }

  finish(run: CheckRun, conclusion: NonNullable<CheckRun["conclusion"]>): void {
    updateCheckRun(this.#sandbox.world, this.app(run.suite.app.slug), run, { status: "completed", conclusion });
  }

  async status(sha: string, context: string, state: "success" | "failure" | "pending"): Promise<void> {
    await createStatus(this.#sandbox.world, this.person("ada"), this.repository, sha, { context, state });
  }

  /** REST as somebody, below `/repos/acme/<name>` unless another repository is named. @throws Error when it is refused */
  async call<T = { sha: string; number: number }>(as: string, path: string, body: object, repository = `acme/${this.here.name}`): Promise<T> {
    const token = as === "" ? this.here.jobToken({ contents: "write", "pull-requests": "write", checks: "write" }).token : this.#sandbox.tokens.user(as);
    const response = await fetch(`${this.#sandbox.urls.api}/repos/${repository}${path}`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /**
   * A pull request made of tree entries, by the Git data API: modes, links, anything.
   * @param as whose token; empty for the loop's own, whose commits GitHub signs.
   */
  async open(entries: readonly object[], options: { readonly as?: string; readonly author?: object; readonly onto?: string; readonly branch?: string; readonly body?: string; readonly title?: string; readonly repository?: string } = {}): Promise<Opened> {
    const { as = "", onto = this.here.ref("main") ?? "", branch = "instant/faq-odd", repository = `acme/${this.here.name}` } = options;
    const sha = await this.commit(entries, { as, onto, repository, ...(options.author ? { author: options.author } : {}) });
    await this.call(as, "/git/refs", { ref: `refs/heads/${branch}`, sha }, repository);
    const head = repository === `acme/${this.here.name}` ? branch : `${repository.split("/")[0]}:${branch}`;
    const { number } = await this.call(as, "/pulls", { head, base: "main", title: options.title ?? "Update FAQ - Odd?", body: options.body ?? `trace-id: ${TRACE}\n` });
    return { number, branch, sha };
  }

  /** A commit of tree entries on top of another, on no branch yet. */
  async commit(entries: readonly object[], { as = "", onto, author, repository = `acme/${this.here.name}` }: { readonly as?: string; readonly onto: string; readonly author?: object; readonly repository?: string }): Promise<string> {
    const { tree: base } = await this.#sandbox.repository(repository).git.commit(onto);
    const tree = await this.call(as, "/git/trees", { base_tree: base, tree: entries }, repository);
    const made = await this.call(as, "/git/commits", { message: `Update FAQ - Odd?\n\nTrace-Id: ${TRACE}`, tree: tree.sha, parents: [onto], ...(author ? { author } : {}) }, repository);
    return made.sha;
  }

  /** Somebody's push of a commit to a branch, by fast-forward. */
  async push(as: string, branch: string, sha: string): Promise<void> {
    const token = as === "" ? this.here.jobToken({ contents: "write" }).token : this.#sandbox.tokens.user(as);
    const response = await fetch(`${this.#sandbox.urls.api}/repos/acme/${this.here.name}/git/refs/heads/${branch}`, { method: "PATCH", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ sha, force: false }) });
    if (!response.ok) throw new Error(`${branch}: ${response.status} ${await response.text()}`);
  }

  /** A fork by somebody, with a pull request from its main branch. */
  async fork(login: string, options: { readonly as?: string; readonly text?: string; readonly author?: object; readonly body?: string; readonly title?: string } = {}): Promise<Opened> {
    this.person(login);
    await this.#sandbox.fork(this.repository, login);
    return this.open([faq(options.text ?? `${FAQ}\n## Fork?\n\nYes.\n`)], { as: login, branch: "patch", repository: `${login}/${this.here.name}`, ...options });
  }

  /** Does something once, between the gate's first look and its next request of any kind, which waits for it. */
  afterFirstLook(work: () => Promise<unknown>): void {
    this.#sandbox.faults.add({ match: { userAgent: /^instant-auto-merge-gate/ }, effect: { type: "hold", until: work }, skip: 1, times: 1 });
  }
}

/** The FAQ as a tree entry of plain text. */
export function faq(content: string): object {
  return { path: "docs/FAQ.md", mode: "100644", type: "blob", content };
}

/** The name and address of the loop's own bot, which anybody can write into a commit. */
export function bot(here: Place): object {
  const { login, email } = here.scene.sandbox.world.actionsApp.bot;
  return { name: login, email };
}
