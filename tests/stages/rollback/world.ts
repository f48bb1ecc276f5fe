import type { FileChange, MergeAnswer, PullSummary, Repository, RollbackFacts } from "../../../src/github/port.ts";
import type { Log } from "../../../src/kit/log.ts";
import type { RollbackPorts, Verified } from "../../../src/stages/rollback/index.ts";
import type { RevertAnswer } from "../../../src/workspace/port.ts";
import { JumpingClock } from "../../fakes/clock.ts";
import { BRANCH, HEAD, SHA, commitFacts } from "./facts.ts";

const silent: Log = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };

/**
 * A repository with one bad commit, kept in memory: enough of GitHub to see what a rollback leaves behind when it is killed at any
 * call. Every call that reaches it is written down.
 */
export class World {
  readonly calls: string[] = [];
  readonly clock = new JumpingClock();
  head = SHA;
  headMessage = "Update FAQ - Why?";
  hotfix: string | null = null;
  hotfixMessage = "";
  readonly pulls: PullSummary[] = [];
  readonly labels = new Map<number, readonly string[]>();
  readonly issues: { number: number; url: string; title: string; body: string; labels: readonly string[] }[] = [];
  readonly comments: string[] = [];
  readonly verified: string[] = [];
  readonly messages: string[] = [];
  viewer = "github-actions[bot]";
  touchesWorkflows = false;
  /** Answers of the merge before the one that merges. */
  mergeAnswers: MergeAnswer[] = [];
  conflicting = false;
  /** Files of the hotfix pull request, and texts by `sha:path`. */
  changed: string[] = [];
  readonly files = new Map<string, string>();
  readonly joined: FileChange[] = [];
  revertAnswer: RevertAnswer = { kind: "reverted", sha: "9".repeat(40) };
  smoke = { exitCode: 0, output: "fine" };
  verdict: Pick<Verified, "verdict" | "reasons"> = { verdict: "healthy", reasons: [] };
  /** Called before a call takes effect. */
  before: (call: string) => void = () => {};

  /** Ports of one run; it is killed after its n-th call has taken effect. */
  ports(options: { readonly killAfter?: number; readonly onKill?: () => void; readonly verify?: boolean } = {}): RollbackPorts {
    let count = 0;
    const killed = () => count >= (options.killAfter ?? Infinity);
    const never = new Promise<never>(() => {});
    const call = async <T>(name: string, effect: () => T): Promise<T> => {
      if (killed()) return never;
      this.before(name);
      this.calls.push(name);
      count += 1;
      const result = effect();
      if (!killed()) return result;
      options.onKill?.();
      return never;
    };
    const repo = this.#repository(call, () => count);
    const verify = (target: { sha: string }) =>
      call(`verify ${target.sha.slice(0, 7)}`, () => {
        this.verified.push(target.sha);
        return { ...this.verdict, deployedSha: target.sha, runUrl: "", at: this.clock.now() + 5_000 };
      });
    return { repo, checkouts: this.#checkouts(call), verify: options.verify === false ? null : verify, clock: this.clock, log: silent };
  }

  #repository(call: <T>(name: string, effect: () => T) => Promise<T>, count: () => number): Repository {
    const port: Partial<Repository> = {
      requestCount: count,
      readRollback: () => call("read", () => this.#facts()),
      contains: () => call("contains", () => true),
      commitTree: ({ message }) =>
        call("commit", () => {
          this.messages.push(message);
          return { sha: "7".repeat(40) };
        }),
      openHotfix: (hotfix) => call("open", () => this.#open(hotfix)),
      addLabels: (number, labels) => call("label", () => void this.labels.set(number, labels)),
      mergePull: (merge) => call("merge", () => this.#merge(merge)),
      deleteBranch: (name) => call(`delete ${name}`, () => void (this.hotfix = null)),
      openIssue: (issue) => call("issue", () => this.#issue(issue)),
      comment: (_, body) => call("comment", () => void this.comments.push(body)),
      listPullFiles: () => call("files", () => this.changed.map((path) => ({ path, previousPath: null, status: "modified" as const, additions: 1, deletions: 1 }))),
      readFile: (sha, path) => call("file", () => this.files.get(`${sha}:${path}`) ?? null),
      commitMerge: ({ files }) =>
        call("join", () => {
          this.joined.push(...files);
          const [pull] = this.pulls;
          const sha = "6".repeat(40);
          if (pull) this.pulls[0] = { ...pull, headSha: sha };
          this.hotfix = sha;
          return { sha };
        }),
      readPull: () => call("pull", () => ({ mergeable: this.conflicting ? "conflicting" : "mergeable", base: { branch: "main", sha: this.head } }) as Awaited<ReturnType<Repository["readPull"]>>),
    };
    return port as Repository;
  }

  #checkouts(call: <T>(name: string, effect: () => T) => Promise<T>): RollbackPorts["checkouts"] {
    return {
      revert: ({ push, message }) =>
        call(push ? "git revert" : "git revert, no push", () => {
          if (push && this.hotfix !== null) return { kind: "exists" };
          if (push && this.revertAnswer.kind === "reverted") [this.hotfix, this.hotfixMessage] = [this.revertAnswer.sha, message];
          return this.revertAnswer;
        }),
      checkout: async () => ({
        root: "",
        readText: async () => null,
        exists: async () => false as const, looksBinary: async () => false,
        run: () => call("smoke", () => ({ ...this.smoke, timedOut: false, ms: 1 })),
        dispose: async () => {},
      }),
    };
  }

  #open(hotfix: Parameters<Repository["openHotfix"]>[0]): Awaited<ReturnType<Repository["openHotfix"]>> {
    if (this.hotfix === null) [this.hotfix, this.hotfixMessage] = [hotfix.sha, this.messages.at(-1) ?? ""];
    if (this.pulls.some(({ state }) => state === "open")) return "exists";
    const number = this.pulls.length + 2;
    const commits = [commitFacts({ sha: this.hotfix, message: this.hotfixMessage })];
    const pull: PullSummary = { number, url: `https://github.example/pull/${number}`, title: hotfix.title, body: hotfix.body, state: "open", author: this.viewer, headSha: this.hotfix, mergeSha: null, createdAt: 0, mergedAt: null, commits };
    this.pulls.unshift(pull);
    return { number, url: pull.url, headSha: this.hotfix };
  }

  #merge({ number, sha, title, message }: Parameters<Repository["mergePull"]>[0]): MergeAnswer {
    const scripted = this.mergeAnswers.shift();
    if (scripted) return scripted;
    const index = this.pulls.findIndex((pull) => pull.number === number);
    const pull = this.pulls[index];
    if (!pull || pull.headSha !== sha) return { kind: "head-moved" };
    const merged = "8".repeat(40);
    this.pulls[index] = { ...pull, state: "merged", mergeSha: merged };
    [this.head, this.headMessage] = [merged, `${title}\n\n${message}`];
    return { kind: "merged", sha: merged };
  }

  #issue(issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] }) {
    const number = 100 + this.issues.length;
    const made = { number, url: `https://github.example/issues/${number}`, ...issue };
    this.issues.push(made);
    return made;
  }

  #facts(): RollbackFacts {
    const commit = { ...commitFacts(), tree: "tree", parentTrees: ["tree before"], at: this.clock.now() - 60_000, touchesWorkflows: this.touchesWorkflows };
    return {
      defaultBranch: "main",
      head: { ...commitFacts({ sha: this.head, message: this.headMessage, parents: [this.head === SHA ? HEAD : SHA] }), tree: this.head === SHA ? "tree" : "other tree" },
      commit,
      pull: null,
      hotfix: { sha: this.hotfix, commit: this.hotfix === null ? null : commitFacts({ sha: this.hotfix, message: this.hotfixMessage }), pulls: [...this.pulls] },
      incidents: this.issues.map(({ number, url, title, body }) => ({ number, url, title, body })),
      repositoryId: "R_1",
      labelIds: {},
      pause: null,
      viewer: this.viewer,
    };
  }
}

export { BRANCH };
