import type { FileChange, HotfixBranch, IncidentFacts, LineCommit, MergeAnswer, PullFacts, PullSummary, Repository, RollbackFacts } from "../../../src/github/port.ts";
import type { Log } from "../../../src/kit/log.ts";
import type { RollbackPorts, Verified } from "../../../src/stages/rollback/index.ts";
import { marksOf, rollsBackIn } from "../../../src/stages/rollback/text.ts";
import type { RevertAnswer } from "../../../src/workspace/port.ts";
import { JumpingClock } from "../../fakes/clock.ts";
import { BASE, BRANCH, SHA, commitFacts, landed } from "./facts.ts";

const silent: Log = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };
type Call = <T>(name: string, effect: () => T) => Promise<T>;
type Wanted = Parameters<Repository["readRollback"]>[0];
interface Issue extends IncidentFacts {
  readonly labels: readonly string[];
}

/**
 * A repository with a bad commit, kept in memory: enough of GitHub to see what a rollback leaves behind when it is killed at any
 * call. Every call that reaches it is written down.
 */
export class World {
  readonly calls: string[] = [];
  readonly clock = new JumpingClock();
  /** The default branch, newest first. */
  line: LineCommit[] = [landed(SHA, { message: "Update FAQ - Why?", tree: "tree", at: this.clock.now() - 60_000 }), landed(BASE, { message: "Before", tree: "tree before", at: this.clock.now() - 9e6 })];
  readonly branches = new Map<string, { sha: string; message: string }>();
  readonly pulls: (PullSummary & { readonly branch: string })[] = [];
  readonly labels = new Map<number, readonly string[]>();
  issues: Issue[] = [];
  readonly comments: string[] = [];
  readonly verified: string[] = [];
  readonly messages: string[] = [];
  readonly published: string[] = [];
  viewer = "github-actions[bot]";
  touchesWorkflows = false;
  /** Answers of the merge before the one that merges. */
  mergeAnswers: MergeAnswer[] = [];
  pushAnswers: Awaited<ReturnType<Repository["moveBranch"]>>[] = [];
  conflicting = false;
  /** What a person sees in the pull request. */
  seen: Partial<PullFacts> = {};
  /** Files of the hotfix pull request, and texts by `sha:path`. */
  changed: string[] = [];
  readonly files = new Map<string, string>();
  readonly joined: FileChange[] = [];
  revertAnswer: RevertAnswer | null = null;
  smoke = { exitCode: 0, output: "fine" };
  /** Changes that make production sick as long as they are in it. */
  readonly sick = new Set<string>();
  verdict: Pick<Verified, "verdict" | "reasons"> | null = null;
  /** What the version address shows; null: there is none. */
  version: { readonly sha: string } | { readonly sha: null; readonly reason: string } | null = null;
  deployments: RollbackFacts["deployments"] = null;
  /** Called before a call takes effect. */
  before: (call: string) => void = () => {};
  #made = 0;

  get head(): string {
    return this.line[0]?.sha ?? "";
  }

  get hotfix(): string | null {
    return this.branches.get(BRANCH)?.sha ?? null;
  }

  /** Something else is merged. */
  land(sha: string, more: Partial<LineCommit> = {}): void {
    this.line.unshift(landed(sha, { at: this.clock.now(), parents: [this.head], ...more }));
  }

  /** Changes that are in production at a commit: not those that were taken back before it. */
  contents(sha: string): readonly string[] {
    const line = this.line.slice(this.line.findIndex((commit) => commit.sha === sha));
    const gone = new Set(line.flatMap(({ message }) => [rollsBackIn(message) ?? "", ...[...message.matchAll(/^Rolls-Back-Too: (\S+)$/gm)].map(([, too = ""]) => too)]));
    return line.map((commit) => commit.sha).filter((one) => !gone.has(one));
  }

  /** Ports of one run; it is killed after its n-th call has taken effect. */
  ports(options: { readonly killAfter?: number; readonly onKill?: () => void; readonly verify?: boolean; readonly clock?: RollbackPorts["clock"] } = {}): RollbackPorts {
    let count = 0;
    const killed = () => count >= (options.killAfter ?? Infinity);
    const never = new Promise<never>(() => {});
    const call: Call = async (name, effect) => {
      if (killed()) return never;
      this.before(name);
      this.calls.push(name);
      count += 1;
      const result = effect();
      if (!killed()) return result;
      options.onKill?.();
      return never;
    };
    const verify = ({ sha }: { sha: string }) =>
      call(`verify ${sha.slice(0, 7)}`, () => {
        this.verified.push(sha);
        const verdict = this.contents(sha).some((one) => this.sick.has(one)) ? "unhealthy" : "healthy";
        return { verdict, reasons: [], ...this.verdict, deployedSha: sha, runUrl: "", at: this.clock.now() + 5_000 } as Verified;
      });
    const version = this.version === null ? null : { read: async () => this.version! };
    return { repo: this.#repository(call, () => count), checkouts: this.#checkouts(call), verify: options.verify === false ? null : verify, version, ledger: null, clock: options.clock ?? this.clock, log: silent };
  }

  #repository(call: Call, count: () => number): Repository {
    const port: Partial<Repository> = {
      requestCount: count,
      readRollback: (wanted) => call("read", () => this.#facts(wanted)),
      contains: () => call("contains", () => true),
      differsIn: () => call("differs", () => this.touchesWorkflows),
      listDispatchedRuns: () => call("runs", () => []),
      commitTree: ({ message }) =>
        call("commit", () => {
          this.messages.push(message);
          return { sha: this.#sha() };
        }),
      openHotfix: (hotfix) => call("open", () => this.#open(hotfix)),
      addLabels: (number, labels) => call("label", () => void this.labels.set(number, labels)),
      mergePull: (merge) => call("merge", () => this.#merge(merge)),
      closePull: (number, title) => call("withdraw", () => this.#change(number, { state: "closed", title })),
      moveBranch: (_, sha) => call("push", () => this.#push(sha)),
      deleteBranch: (name) => call(`delete ${name}`, () => void this.branches.delete(name)),
      openIncident: (issue) => call("issue", () => this.#issue(issue)),
      tellIncident: ({ incident, body, comment, state }) =>
        call(comment === null ? "update" : "tell", () => {
          this.issues = this.issues.map((issue) => (issue.number === incident.number ? { ...issue, body, updatedAt: this.clock.now(), open: state === null ? issue.open : state === "open" } : issue));
          if (comment !== null) this.comments.push(comment.body);
        }),
      publishCheck: ({ name, sha }) => call("check", () => {
        this.published.push(`${name} ${sha}`);
        return { id: 1, url: "" };
      }),
      listPullFiles: () => call("files", () => this.changed.map((path) => ({ path, previousPath: null, status: "modified" as const, additions: 1, deletions: 1 }))),
      readFile: (sha, path) => call("file", () => this.files.get(`${sha}:${path}`) ?? null),
      commitMerge: ({ files, branch }) =>
        call("join", () => {
          this.joined.push(...files);
          const sha = this.#sha();
          this.#change(this.pulls[0]!.number, { headSha: sha });
          this.branches.set(branch, { sha, message: this.messages.at(-1) ?? "" });
          return { sha };
        }),
      readPull: (number) => call("pull", () => this.#pullFacts(number)),
    };
    return port as Repository;
  }

  #checkouts(call: Call): RollbackPorts["checkouts"] {
    return {
      revert: ({ sha, onto, branch, push, message }) =>
        call(push ? "git revert" : "git revert, no push", () => {
          if (push && this.branches.has(branch)) return { kind: "exists" };
          const answer: RevertAnswer = this.revertAnswer ?? (this.contents(onto).includes(sha) ? { kind: "reverted", sha: this.#sha() } : { kind: "empty" });
          if (!push || answer.kind !== "reverted") return answer;
          this.messages.push(message);
          this.branches.set(branch, { sha: answer.sha, message });
          return answer;
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

  #sha(): string {
    this.#made += 1;
    return `${this.#made}`.padStart(8, "e").repeat(5);
  }

  #change(number: number, more: Partial<PullSummary>): void {
    const at = this.pulls.findIndex((pull) => pull.number === number);
    const pull = this.pulls[at];
    if (pull) this.pulls[at] = { ...pull, ...more };
  }

  #open({ branch, branches, sha, title, body }: Parameters<Repository["openHotfix"]>[0]): Awaited<ReturnType<Repository["openHotfix"]>> {
    const made = this.branches.get(branch) ?? { sha, message: this.messages.findLast((message) => message.includes(marksOf(body)["rolls-back"] ?? "?")) ?? "" };
    this.branches.set(branch, made);
    if (this.pulls.some((pull) => pull.state === "open" && pull.branch === branch)) return "exists";
    const number = this.pulls.length + 2;
    const commits = [commitFacts({ sha: made.sha, message: made.message })];
    const pull = { number, url: `https://github.example/pull/${number}`, title, body, state: "open" as const, author: this.viewer, headSha: made.sha, mergeSha: null, createdAt: this.clock.now(), mergedAt: null, commits, commitCount: 1, branch };
    this.pulls.unshift(pull);
    return { number, url: pull.url, headSha: made.sha, labelIds: {}, hotfixes: this.#hotfixes(branches) };
  }

  #merge({ number, sha, title, message }: Parameters<Repository["mergePull"]>[0]): MergeAnswer {
    const scripted = this.mergeAnswers.shift();
    if (scripted) return scripted;
    const pull = this.pulls.find((one) => one.number === number);
    if (!pull || pull.headSha !== sha) return { kind: "head-moved" };
    const merged = this.#sha();
    this.#change(number, { state: "merged", mergeSha: merged });
    this.land(merged, { message: `${title}\n\n${message}` });
    return { kind: "merged", sha: merged };
  }

  #push(sha: string): Awaited<ReturnType<Repository["moveBranch"]>> {
    const scripted = this.pushAnswers.shift();
    if (scripted && scripted !== "moved") return scripted;
    const message = [...this.branches.values()].find((branch) => branch.sha === sha)?.message ?? this.messages.at(-1) ?? "";
    if (this.head !== sha) this.land(sha, { message });
    return "moved";
  }

  #issue({ title, body, labels }: Parameters<Repository["openIncident"]>[0]) {
    const number = 100 + this.issues.length;
    const opened = { id: `I_${number}`, number, url: `https://github.example/issues/${number}`, title, body, labels, open: true, createdAt: this.clock.now(), updatedAt: this.clock.now() };
    this.issues.unshift(opened);
    return { opened, incidents: this.issues };
  }

  #hotfixes(prefix: string): HotfixBranch[] {
    return [...this.branches].filter(([name]) => name.startsWith(prefix)).map(([name, { message }]) => {
      const pull = this.pulls.find((one) => one.state === "open" && one.branch === name);
      return { name, message, pull: pull ? { number: pull.number, url: pull.url, createdAt: pull.createdAt } : null };
    });
  }

  #pullFacts(number: number): PullFacts {
    const pull = this.pulls.find((one) => one.number === number);
    return {
      number, url: pull?.url ?? "", state: pull?.state ?? "open", head: { sha: pull?.headSha ?? "" }, merge: pull?.mergeSha ? { sha: pull.mergeSha, at: 0 } : null, checks: [], checksComplete: true, approvals: 0, changesRequestedBy: [],
      mergeable: this.conflicting ? "conflicting" : "mergeable", base: { branch: "main", sha: this.head }, defaultBranch: "main", commits: [], commitCount: 1, ...this.seen,
    } as unknown as PullFacts;
  }

  #facts({ sha, branch, branches }: Wanted): RollbackFacts {
    const line = this.line.map((commit, at) => ({ ...commit, parents: this.line.slice(at + 1, at + 2).map((parent) => parent.sha) }));
    const at = line.findIndex((commit) => commit.sha === sha);
    const commit = line[at];
    const hotfix = this.branches.get(branch);
    return {
      defaultBranch: "main",
      head: { ...commitFacts({ sha: this.head, message: line[0]?.message ?? "" }), tree: line[0]?.tree ?? "" },
      line,
      history: line,
      commit: commit ? { ...commitFacts({ sha, message: commit.message, parents: commit.parents }), tree: commit.tree, parentTrees: line.slice(at + 1, at + 2).map(({ tree }) => tree), at: commit.at, touchesWorkflows: this.touchesWorkflows } : null,
      pull: null,
      hotfix: { sha: hotfix?.sha ?? null, commit: hotfix ? commitFacts({ sha: hotfix.sha, message: hotfix.message }) : null, pulls: this.pulls.filter((pull) => pull.branch === branch) },
      hotfixes: this.#hotfixes(branches),
      incidents: [...this.issues],
      deployments: this.deployments,
      repositoryId: "R_1",
      labelIds: {},
      pause: null,
      viewer: this.viewer,
    };
  }
}

export { BRANCH };
