// Every trap about merging that is known of GitHub and of other merging tools, each through the bundle that users get, with its right
// answer: merge, block, or wait (which ends as stuck when what is waited for does not come).
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { sign } from "../../../src/stages/signature.ts";
import { attachContract, type Contract } from "../../contract/attach.ts";
import { TRACE } from "./a-pull.ts";
import { FAQ, type Gated, type Place, Scene } from "./a-sandbox.ts";
import { bot, faq, type Opened, Others } from "./a-trap.ts";

let scene: Scene;
let contract: Contract;
let count = 0;
beforeAll(async () => {
  scene = await Scene.start();
  contract = await attachContract(scene.sandbox);
});
afterEach(() => scene.sandbox.faults.clear());
afterAll(async () => {
  await scene.close();
  expect(contract.checked).toBeGreaterThan(100);
  contract.verify();
});

const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";
const CHANGED = `${FAQ}\n## New?\n\nYes, it is.\n`;

interface World {
  readonly here: Place;
  readonly others: Others;
  /** A green pull request of the loop, made when it is asked for. */
  green(): Promise<Opened>;
}

/** What a trap prepares: the pull request, and inputs beside its number. */
type Prepared = Opened | { readonly pull: Opened; readonly inputs?: Readonly<Record<string, string>> };

interface Trap {
  readonly name: string;
  readonly repository?: Parameters<Scene["repository"]>[1];
  readonly set: (world: World) => Promise<Prepared>;
  /** A part of each reason, in their order; none when it is merged. */
  readonly because?: readonly string[];
  /** What has to hold of the repository afterwards. */
  readonly after?: (world: World, pull: Opened, gated: Gated) => unknown;
}

type Answer = "merged" | "blocked" | "stuck" | "handed-over";

const merges = ({ requests }: Gated) => requests.filter((request) => request.startsWith(MERGE)).map((request) => request.slice(-3));

async function spring(trap: Trap, answer: Answer): Promise<void> {
  const here = await scene.repository(`trap-${(count += 1)}`, trap.repository);
  const others = new Others(here);
  const world: World = { here, others, green: () => here.pull("New?") };
  const prepared = await trap.set(world);
  const before = here.ref("main");
  const { pull, inputs = {} } = "pull" in prepared ? prepared : { pull: prepared };
  const gated = await here.gate({ "pr-number": String(pull.number), ...(answer === "stuck" ? { "wait-seconds": "0" } : {}), ...inputs });
  const said = gated.reasons.length === 0 ? gated.log.slice(-1_500) : gated.reasons;
  expect([gated.outputs["decision"], answer === "merged" ? [] : said]).toEqual([answer, answer === "merged" ? [] : (trap.because ?? []).map((part) => expect.stringContaining(part))]);
  expect(gated.exitCode).toBe(answer === "merged" || answer === "handed-over" ? 0 : 1);
  const stored = others.pull(pull.number);
  expect(stored.merged).toBe(answer === "merged");
  if (answer === "merged") {
    // Exactly what was judged, once, on top of what was there; and nothing was said about it.
    expect([stored.headSha, stored.mergeCommitSha]).toEqual([gated.outputs["head-sha"], gated.outputs["merged-sha"]]);
    expect(stored.issue.comments).toEqual([]);
  } else if (trap.because !== undefined) {
    expect(here.ref("main")).toBe(before);
  }
  await trap.after?.(world, pull, gated);
}

/** A green pull request with a failed job of the run that the gate will be a job of. */
async function ownRun({ green, others, here }: World, job: string): Promise<Opened> {
  const pull = await green();
  const run = await others.check(pull.sha, job, "failure");
  run.detailsUrl = `${scene.sandbox.urls.server}/acme/${here.name}/actions/runs/${scene.nextRunId() + 1}/job/1`;
  return pull;
}

describe("is merged", () => {
  test.each<Trap>([
    { name: "a green pull request, in at most four requests", set: ({ green }) => green(), after: (_, __, { requests }) => expect(requests.length).toBeLessThanOrEqual(4) },
    {
      name: "mergeable that GitHub has not worked out yet (null, unknown), when it has", set: async ({ green, others }) => {
        const pull = await green();
        others.pull(pull.number).unknownFor = 2;
        return pull;
      },
    },
    {
      name: "unstable only because a check that nobody requires is running", set: async ({ green, others }) => {
        const pull = await green();
        await others.check(pull.sha, "nightly", null);
        return pull;
      },
    },
    {
      name: "an older failure with a newer success", set: async ({ here, others }) => {
        const pull = await here.pull("New?", { check: "failure" });
        await others.check(pull.sha, "instant/fast-ci", "success");
        return pull;
      },
    },
    {
      name: "a required check that is on page 2", repository: { rules: [{ branch: "main", requiredChecks: ["last"] }] }, set: async ({ green, others }) => {
        const pull = await green();
        for (let i = 0; i < 100; i += 1) await others.check(pull.sha, `check ${i}`, "success");
        await others.check(pull.sha, "last", "success");
        return pull;
      },
    },
    {
      name: "a required check from the App that the rule names, whatever its name is from others", repository: { rules: [{ branch: "main", requiredChecks: [{ context: "build", app: "builder" }] }] }, set: async ({ green, others }) => {
        const pull = await green();
        await others.check(pull.sha, "build", "success", "other");
        await others.check(pull.sha, "build", "success", "builder");
        return pull;
      },
    },
    { name: "with the approval that the rules require", repository: { rules: [{ branch: "main", requiredApprovals: 1 }] }, set: async ({ green, others }) => {
      const pull = await green();
      others.review(pull.number, "bob", "write", "CHANGES_REQUESTED");
      others.review(pull.number, "bob", "write", "APPROVED");
      return pull;
    } },
    { name: "a workflow that the rules require, when it has passed", repository: { rules: [{ branch: "main", workflows: ["audit"] }] }, set: async ({ green, others }) => {
      const pull = await green();
      const run = await others.check(pull.sha, "audit", null);
      others.afterFirstLook(async () => others.finish(run, "success"));
      return pull;
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["200"]) },
    { name: "with its conversations resolved", repository: { rules: [{ branch: "main", requireConversationResolution: true }] }, set: async ({ green, others }) => {
      const pull = await green();
      others.talk(pull.number).resolved = true;
      return pull;
    } },
    { name: "what an earlier attempt of the gate's own job ended with", set: (world) => ownRun(world, "Gate") },
    { name: "what the gate itself had said before", set: async ({ green, here }) => {
      const pull = await green();
      await here.check(pull.sha, "failure", "instant/gate");
      return pull;
    }, after: ({ others }, pull) => expect(others.repository.bySha.get(pull.sha)?.runs.at(-1)).toMatchObject({ name: "instant/gate", conclusion: "success" }) },
    { name: "a base that was modified in the same moment (405), asked again", set: async ({ green }) => {
      const pull = await green();
      scene.sandbox.quirks.baseModifiedMerges = 2;
      return pull;
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["405", "405", "200"]) },
    ...([
      ["a secondary limit with Retry-After", { type: "secondary-limit", status: 403, retryAfterSeconds: 0 }, ["403", "200"]],
      ["429", { type: "secondary-limit", status: 429, retryAfterSeconds: 0 }, ["429", "200"]],
      ["a primary limit that lifts", { type: "primary-limit", status: 403, resetSeconds: 0 }, ["403", "200"]],
      ["a 5xx before the effect", { type: "error", status: 502, when: "before" }, ["502", "200"]],
      ["a 5xx after the effect", { type: "error", status: 503, when: "after" }, ["503"]],
      ["a connection that broke after the effect", { type: "drop", when: "after" }, ["T 0"]],
    ] as const).map(([name, effect, answers]): Trap => ({
      name, set: async ({ green }) => {
        const pull = await green();
        scene.sandbox.faults.add({ match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect, times: 1 });
        return pull;
      },
      after: ({ here, others }, pull, gated) => {
        expect(gated.requests.filter((request) => /^PUT/.test(request)).map((request) => (request.endsWith(" 0") ? "T 0" : request.slice(-3)))).toEqual(answers);
        // Looked for before anything was sent again.
        if (effect.type === "error" || effect.type === "drop") expect(gated.requests.join("\n")).toMatch(/PUT .*\nGET \/repos\/\{owner\}\/\{repo\}\/pulls\/\{pull_number\} 200/);
        expect(here.ref("main")).toBe(others.pull(pull.number).mergeCommitSha);
      },
    })),
    { name: "a query that GraphQL limits with status 200, or that breaks down once", set: async ({ green }) => {
      const pull = await green();
      scene.sandbox.faults.add({ match: { graphql: "Pull" }, effect: { type: "primary-limit", resetSeconds: 0 }, times: 1 });
      scene.sandbox.faults.add({ match: { graphql: "Pull" }, effect: { type: "error", status: 502, when: "before" }, skip: 1, times: 1 });
      return pull;
    } },
    { name: "350 files, all pages of them allowed", set: async ({ here, others }) => {
      const pull = await others.open(Array.from({ length: 350 }, (_, i) => ({ path: `docs/${i}.md`, mode: "100644", type: "blob", content: `${i}\n` })));
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allowed-paths": "docs/**", "max-files": "350" } };
    } },
    { name: "a rename with a deletion beside it, all names allowed", repository: { from: { "docs/FAQ.md": FAQ, "docs/a.md": "# A\n\nOf some length.\n", "docs/b.md": "# B\n" } }, set: async ({ here, others }) => {
      const gone = { mode: "100644", type: "blob", sha: null };
      const pull = await others.open([{ ...gone, path: "docs/a.md" }, { ...gone, path: "docs/b.md" }, { path: "docs/c.md", mode: "100644", type: "blob", content: "# A\n\nOf some length.\n" }]);
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allowed-paths": "docs/**" } };
    } },
    { name: "an unsigned commit that INSTANT's own signature vouches for", set: async ({ here, others }) => {
      const pull = await others.open([faq(CHANGED)], { as: "ada" });
      others.pull(pull.number).issue.body = `trace-id: ${TRACE}\ninstant-signature: ${sign("k", { repository: `acme/${here.name}`, number: pull.number, headSha: pull.sha, traceId: TRACE })}\n`;
      await here.check(pull.sha, "success");
      return { pull, inputs: { "signing-key": "k", "trusted-authors": "nobody[bot]", "required-checks": "instant/fast-ci" } };
    } },
    { name: "an author who is named, and may write as the API says", set: async ({ here, others }) => {
      const pull = await others.open([faq(CHANGED)], { as: "ada" });
      await here.check(pull.sha, "success");
      return { pull, inputs: { "trusted-people": "ada" } };
    }, after: ({ here }, pull, { requests }) => expect([here.ref(pull.branch), requests.length]).toEqual([pull.sha, 3]) },
    { name: "a fork of an author who is named and may write, where forks are allowed; its branch stays", repository: { private: false, roles: { ada: "write" } }, set: async ({ here, others }) => {
      const pull = await others.fork("ada");
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allow-forks": "true", "trusted-people": "ada" } };
    }, after: ({ here }) => expect(scene.sandbox.repository(`ada/${here.name}`).git.ref("refs/heads/patch")).toBeDefined() },
    { name: "into a branch that the allow-list names", set: async ({ here, green, others }) => {
      const pull = await green();
      await here.loop.createBranch("release/1", here.ref("main") ?? "");
      others.pull(pull.number).baseRef = "release/1";
      return { pull, inputs: { "base-branches": "main\nrelease/*" } };
    } },
    { name: "a pull request whose sibling has the same commit: that one and its branch stay", set: async ({ here, green, others }) => {
      const pull = await green();
      await here.loop.createBranch("release", here.ref("main") ?? "");
      const sibling = await others.call("ada", "/pulls", { head: pull.branch, base: "release", title: "Sibling", body: "" });
      expect(sibling.number).toBe(pull.number + 1);
      return { pull, inputs: { "head-sha": pull.sha } };
    }, after: ({ here, others }, pull) => expect([here.ref(pull.branch), others.pull(pull.number + 1).issue.state]).toEqual([pull.sha, "open"]) },
    { name: "merged by somebody else in the last moment: found, not merged twice", set: async ({ here, green, others }) => {
      const pull = await green();
      others.afterFirstLook(() => here.ada.mergePull({ number: pull.number, sha: pull.sha, method: "squash", title: "By Ada", message: "" }));
      return pull;
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["405"]) },
  ])("$name", (trap) => spring(trap, "merged"));
});

describe("is blocked", () => {
  const odd = (entries: readonly object[], part: string, inputs: Record<string, string> = {}): Pick<Trap, "set" | "because"> => ({
    because: part.split(" | "),
    set: async ({ here, others }) => {
      const pull = await others.open(entries);
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allowed-paths": "docs/**", ...inputs } };
    },
  });
  test.each<Trap>([
    { name: "a draft", because: ["is a draft"], set: async ({ green, others }) => {
      const pull = await green();
      others.pull(pull.number).draft = true;
      return pull;
    } },
    { name: "a closed one", because: ["closed without being merged"], set: async ({ green, others }) => {
      const pull = await green();
      others.pull(pull.number).issue.state = "closed";
      return pull;
    } },
    { name: "unstable: a check failed that nobody requires", because: ["`lint` failed, though no rule requires it"], set: async ({ green, others }) => {
      const pull = await green();
      await others.check(pull.sha, "lint", "failure");
      return pull;
    } },
    { name: "another failed job of the gate's very own run", because: ["`lint` failed, though no rule requires it"], set: (world) => ownRun(world, "lint") },
    { name: "an older success with a newer failure", because: ["`instant/fast-ci` failed"], set: async ({ green, others }) => {
      const pull = await green();
      await others.check(pull.sha, "instant/fast-ci", "failure");
      return pull;
    } },
    { name: "the same name green from one App and red from another", repository: { rules: [{ branch: "main", requiredChecks: ["build"] }] }, because: ["`build` failed"], set: async ({ green, others }) => {
      const pull = await green();
      await others.check(pull.sha, "build", "failure", "builder");
      await others.check(pull.sha, "build", "success", "other");
      return pull;
    } },
    { name: "a failed check on page 2", because: ["`last` failed"], set: async ({ green, others }) => {
      const pull = await green();
      for (let i = 0; i < 100; i += 1) await others.check(pull.sha, `check ${i}`, "success");
      await others.check(pull.sha, "last", "failure");
      return pull;
    } },
    { name: "checks that were all skipped", because: ["every required check was skipped"], set: async ({ here, others }) => {
      const pull = await here.pull("New?", { check: null });
      await others.check(pull.sha, "instant/fast-ci", "skipped");
      return pull;
    } },
    { name: "approval, then changes requested", repository: { rules: [{ branch: "main", requiredApprovals: 1 }] }, because: ["bob requested changes"], set: async ({ green, others }) => {
      const pull = await green();
      others.review(pull.number, "bob", "write", "APPROVED");
      others.review(pull.number, "bob", "write", "CHANGES_REQUESTED");
      return pull;
    } },
    { name: "changes requested where no review is required", because: ["bob requested changes"], set: async ({ green, others }) => {
      const pull = await green();
      others.review(pull.number, "bob", "write", "CHANGES_REQUESTED");
      return pull;
    } },
    { name: "approval without permission", repository: { private: false, rules: [{ branch: "main", requiredApprovals: 1 }] }, because: ["0 of the 1 approvals"], set: async ({ green, others }) => {
      const pull = await green();
      others.review(pull.number, "eve", "read", "APPROVED");
      return pull;
    } },
    { name: "a review on page 2", because: ["p100 requested changes"], set: async ({ green, others }) => {
      const pull = await green();
      for (let i = 0; i <= 100; i += 1) others.review(pull.number, `p${i}`, "write", i === 100 ? "CHANGES_REQUESTED" : "APPROVED");
      return pull;
    } },
    { name: "an open conversation", repository: { rules: [{ branch: "main", requireConversationResolution: true }] }, because: ["a conversation is not resolved"], set: async ({ green, others }) => {
      const pull = await green();
      others.talk(pull.number);
      return pull;
    } },
    { name: "a label", because: ["its label `WIP` holds it back"], set: async ({ green, others }) => {
      const pull = await green();
      others.label(pull.number, "WIP", "docs");
      return pull;
    } },
    { name: "another base", because: ["it would be merged into `release`"], set: async ({ here, green, others }) => {
      const pull = await green();
      await here.loop.createBranch("release", here.ref("main") ?? "");
      others.pull(pull.number).baseRef = "release";
      return pull;
    } },
    { name: "350 files, one of the last outside", because: ["it changes `src/349.md`"], set: async ({ here, others }) => {
      const pull = await others.open(Array.from({ length: 350 }, (_, i) => ({ path: `${i === 349 ? "src" : "docs"}/${i}.md`, mode: "100644", type: "blob", content: `${i}\n` })));
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allowed-paths": "docs/**", "max-files": "400" } };
    } },
    { name: "too many files", ...odd(Array.from({ length: 6 }, (_, i) => ({ path: `docs/${i}.md`, mode: "100644", type: "blob", content: "x\n" })), "it changes 6 files, 6 lines", { "max-files": "5" }) },
    { name: "too many lines", ...odd([faq(`${FAQ}${"x\n\n".repeat(50)}`)], "and `max-lines` is 99", { "max-lines": "99" }) },
    { name: "a path outside: a workflow", because: ["it changes `.github/workflows/x.yml`"], set: async ({ here, others }) => ({ pull: await workflowPull(here, others), inputs: { "allowed-paths": "docs/**" } }) },
    { name: "a rename out of the allow-list", because: ["`README.md`"], set: async ({ here, others }) => {
      const pull = await others.open([{ path: "README.md", mode: "100644", type: "blob", sha: null }, { path: "docs/README.md", mode: "100644", type: "blob", content: "# Product\n" }]);
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allowed-paths": "docs/**" } };
    } },
    { name: "a symbolic link", ...odd([{ path: "docs/FAQ.md", mode: "120000", type: "blob", content: "../README.md" }], "`docs/FAQ.md` (mode 120000) | it changes the mode of `docs/FAQ.md`") },
    { name: "a submodule", ...odd([faq(CHANGED), { path: "docs/sub", mode: "160000", type: "commit", sha: "1".repeat(40) }], "`docs/sub` (mode 160000)") },
    { name: "a change of the mode", ...odd([{ ...faq(CHANGED), mode: "100755" }], "changes the mode of `docs/FAQ.md` (100644 to 100755)") },
    { name: "a binary file", ...odd([faq(CHANGED), { path: "docs/a.bin", mode: "100644", type: "blob", content: "a\u0000b" }], "it holds `docs/a.bin`, which is not text") },
    { name: "an unverified second commit in the bot's name", because: ["claims to be, but carries no signature"], set: async ({ here, green, others }) => {
      const pull = await green();
      const sha = await others.commit([faq(`${CHANGED}\nMore.\n`)], { as: "ada", onto: pull.sha, author: bot(here) });
      await others.push("ada", pull.branch, sha);
      await here.check(sha, "success");
      return pull;
    } },
    { name: "an unverified commit in the bot's name, on page 2 of the commits", because: ["claims to be, but carries no signature"], set: async ({ here, green, others }) => {
      const pull = await green();
      const { git, signed } = others.repository;
      const first = await git.commit(pull.sha);
      let head = pull.sha;
      for (let i = 0; i < 100; i += 1) {
        head = await git.writeCommit({ tree: first.tree, parents: [head], author: first.author, committer: first.committer, message: `${i}` });
        if (i < 99) signed.add(head);
      }
      await others.push("ada", pull.branch, head);
      await here.check(head, "success");
      return pull;
    } },
    { name: "a stranger's fork, with `trace-id` in its title, the loop's branch name, and a signature that was copied", repository: { private: false }, because: ["the fork mallory/", "its origin is not proved"], set: async ({ here, others, green }) => {
      const own = await green();
      const copied = sign("k", { repository: `acme/${here.name}`, number: own.number, headSha: own.sha, traceId: TRACE });
      const pull = await others.fork("mallory", { title: `Update FAQ - trace-id: ${TRACE}`, body: `trace-id: ${TRACE}\ninstant-signature: ${copied}\n`, author: bot(here) });
      await here.check(pull.sha, "success");
      return { pull, inputs: { "signing-key": "k" } };
    } },
    { name: "a fork whose own Actions made the commits, though forks are allowed", repository: { private: false }, because: ["in a fork, where a bot's commits prove nothing"], set: async ({ here, others }) => {
      const pull = await others.fork("mallory", { author: bot(here) });
      // GitHub signs what a workflow commits, in a fork too.
      others.repository.signed.add(pull.sha);
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allow-forks": "true" } };
    } },
    { name: "a fork that is gone", repository: { private: false }, because: ["a fork that is gone", "its origin is not proved"], set: async ({ here, others }) => {
      const pull = await others.fork("mallory", { author: bot(here) });
      scene.sandbox.deleteRepository(scene.sandbox.repository(`mallory/${here.name}`));
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allow-forks": "true" } };
    } },
    { name: "an author who is named, but may only read", repository: { private: false }, because: ["is in trusted-people, but may not write here (read)"], set: async ({ here, others }) => {
      const pull = await others.fork("eve");
      await here.check(pull.sha, "success");
      return { pull, inputs: { "allow-forks": "true", "trusted-people": "eve" } };
    } },
    { name: "a sibling with the signature of another pull request", because: ["its origin is not proved"], set: async ({ here, others }) => {
      const first = await others.open([faq(CHANGED)], { as: "ada" });
      const body = `trace-id: ${TRACE}\ninstant-signature: ${sign("k", { repository: `acme/${here.name}`, number: first.number, headSha: first.sha, traceId: TRACE })}\n`;
      await others.call("ada", "/git/refs", { ref: "refs/heads/instant/faq-twin", sha: first.sha });
      const { number } = await others.call("ada", "/pulls", { head: "instant/faq-twin", base: "main", title: "Twin", body });
      await here.check(first.sha, "success");
      return { pull: { ...first, number }, inputs: { "signing-key": "k" } };
    } },
    { name: "another head than was checked", because: ["`head-sha` asks for"], set: async ({ here, green }) => {
      const pull = await green();
      const sha = await here.push(here.loop, pull.branch, `${CHANGED}\nMore.\n`);
      await here.check(sha, "success");
      return { pull, inputs: { "head-sha": pull.sha } };
    } },
    { name: "conflicts in more than the FAQ", because: ["it conflicts with `main`"], set: async ({ here, others }) => {
      const pull = await others.open([{ path: "README.md", mode: "100644", type: "blob", content: "# Theirs\n" }]);
      await here.check(pull.sha, "success");
      await here.push(here.as(scene.sandbox.tokens.user("acme")), "main", "# Ours\n", "README.md");
      return { pull, inputs: { "allowed-paths": "README.md" } };
    }, after: ({ here }) => expect(here.loop.readFile(here.ref("main") ?? "", "README.md")).resolves.toBe("# Ours\n") },
    { name: "what its base holds already", because: ["`main` holds the same `docs/FAQ.md` by now"], set: async ({ here, green }) => {
      const pull = await green();
      await here.push(here.as(scene.sandbox.tokens.user("acme")), "main", `${FAQ}\n## New?\n\nYes, it does.\n`);
      return pull;
    } },
    { name: "a way of merging that is not allowed", repository: { rules: [{ branch: "main", mergeMethods: ["merge"] }] }, because: ["merging by `squash` is not allowed"], set: ({ green }) => green() },
    { name: "a base with a merge queue, merged directly: in GitHub's words, with the input to set", repository: { rules: [{ branch: "main", mergeQueue: "squash" }] }, because: ["Changes must be made through the merge queue"], set: ({ green }) => green(), after: (_, __, gated) => {
      expect(merges(gated)).toEqual(["405"]);
      expect(gated.log).toContain("merge-mode: queue");
    } },
    { name: "what a hidden rule refuses (405): asked once, told in GitHub's words", because: ["Waiting on code owner review from acme/docs"], set: async ({ green }) => {
      const pull = await green();
      scene.sandbox.faults.add({ match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "answer", status: 405, body: { message: "Waiting on code owner review from acme/docs." } } });
      return pull;
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["405"]) },
  ])("$name", (trap) => spring(trap, "blocked"));
});

/** A pull request that touches a workflow, which the loop's own token could not make: as if its bot had. */
async function workflowPull(here: Place, others: Others): Promise<Opened> {
  const branch = "instant/faq-odd";
  const sha = await others.commit([{ path: ".github/workflows/x.yml", mode: "100644", type: "blob", content: "on: push\n" }], { as: "ada", onto: here.ref("main") ?? "", author: bot(here) });
  others.repository.signed.add(sha);
  await others.call("ada", "/git/refs", { ref: `refs/heads/${branch}`, sha });
  const { number } = await others.call("", "/pulls", { head: branch, base: "main", title: "Update FAQ - Odd?", body: `trace-id: ${TRACE}\n` });
  await here.check(sha, "success");
  return { number, branch, sha };
}

describe("waits, and is stuck when that is in vain", () => {
  test.each<Trap>([
    { name: "a check that has not appeared, though none failed", because: ["`instant/fast-ci` has not appeared"], set: ({ here }) => here.pull("New?", { check: null }) },
    { name: "a check that is running", because: ["`instant/fast-ci` is not finished"], set: async ({ here, others }) => {
      const pull = await here.pull("New?", { check: null });
      await others.check(pull.sha, "instant/fast-ci", null);
      return pull;
    } },
    { name: "a check whose older run ended after a newer one had begun", because: ["`instant/fast-ci` is not finished"], set: async ({ here, others }) => {
      const pull = await here.pull("New?", { check: null });
      const older = await others.check(pull.sha, "instant/fast-ci", null);
      await others.check(pull.sha, "instant/fast-ci", null);
      others.finish(older, "success");
      return pull;
    } },
    { name: "a required status on a commit that has none: pending, never green", because: ["`ci/build` has not appeared"], set: async ({ green }) => ({ pull: await green(), inputs: { "required-checks": "instant/fast-ci\nci/build" } }) },
    { name: "a status that is pending", because: ["`ci/build` is not finished"], set: async ({ green, others }) => {
      const pull = await green();
      await others.status(pull.sha, "ci/build", "success");
      await others.status(pull.sha, "ci/build", "pending");
      return { pull, inputs: { "required-checks": "instant/fast-ci\nci/build" } };
    } },
    { name: "a check that was green at the commit before", because: ["`instant/fast-ci` has not appeared"], set: async ({ here, green }) => {
      const pull = await green();
      await here.push(here.loop, pull.branch, `${CHANGED}\nMore.\n`);
      return pull;
    } },
    { name: "our check by another App", because: ["`instant/fast-ci` has not appeared"], set: async ({ here, others }) => {
      const pull = await here.pull("New?", { check: null });
      await others.check(pull.sha, "instant/fast-ci", "success", "other");
      await others.status(pull.sha, "instant/fast-ci", "success");
      return pull;
    }, after: (_, __, { log }) => expect(log).toContain("the App other") },
    { name: "a check that a rule wants from an App, reported by another", repository: { rules: [{ branch: "main", requiredChecks: [{ context: "build", app: "builder" }] }] }, because: ["`build` has not appeared"], set: async ({ green, others }) => {
      const pull = await green();
      others.app("builder");
      await others.check(pull.sha, "build", "success", "other");
      return pull;
    } },
    {
      name: "a run that waits for approval, because a bot opened the pull request: the cause is named",
      repository: { from: { "docs/FAQ.md": FAQ, ".github/workflows/ci.yml": "name: CI\non: pull_request\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n" }, rules: [{ branch: "main", requiredChecks: ["build"] }] },
      because: ["`build` has not appeared"],
      set: async ({ green }) => {
        const pull = await green();
        await scene.sandbox.runs.settled();
        return pull;
      },
      after: (_, __, { log }) => expect(log).toContain("A run of a workflow waits for approval at this commit"),
    },
    { name: "a workflow that the rules require and that does not come", repository: { rules: [{ branch: "main", workflows: ["audit"] }] }, because: ["rules of `main` (workflows) are not satisfied yet"], set: ({ green }) => green(), after: (_, __, gated) => expect(merges(gated)).toEqual([]) },
    { name: "what GitHub says it still waits for (405)", because: ["Required workflow \"hidden\" is expected."], set: async ({ green }) => {
      const pull = await green();
      scene.sandbox.faults.add({ match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "answer", status: 405, body: { message: "Repository rule violations found\n\nRequired workflow \"hidden\" is expected.\n\n" } } });
      return pull;
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["405"]) },
    { name: "mergeable that GitHub never works out", because: ["GitHub has not worked out yet"], set: async ({ green, others }) => {
      const pull = await green();
      others.pull(pull.number).unknownFor = 1_000;
      return pull;
    } },
    { name: "a head that GitHub refuses (409) and goes on showing: sent once", because: ["because its head had moved, and still shows no other"], set: async ({ green }) => {
      const pull = await green();
      scene.sandbox.faults.add({ match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "answer", status: 409, body: { message: "Head branch was modified. Review and try the merge again." } } });
      return { pull, inputs: { "wait-seconds": "1" } };
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["409"]) },
  ])("$name", (trap) => spring(trap, "stuck"));
});

describe("is left to a person", () => {
  test.each<Trap>([
    { name: "a branch of the loop that they pushed to", because: ["somebody took over the branch"], set: async ({ here, green }) => {
      const pull = await green();
      await here.check(await here.push(here.ada, pull.branch, `${CHANGED}\nBy me.\n`), "success");
      return pull;
    } },
    { name: "a head that they moved while it was judged", because: ["somebody took over the branch"], set: async ({ here, green, others }) => {
      const pull = await green();
      others.afterFirstLook(async () => here.check(await here.push(here.ada, pull.branch, `${CHANGED}\nBy me.\n`), "success"));
      return pull;
    }, after: (_, __, gated) => expect(merges(gated)).toEqual(["409"]) },
    { name: "what INSTANT signed before they pushed", because: ["somebody took over the branch"], set: async ({ here, green, others }) => {
      const pull = await green();
      others.pull(pull.number).issue.body = `trace-id: ${TRACE}\ninstant-signature: ${sign("k", { repository: `acme/${here.name}`, number: pull.number, headSha: pull.sha, traceId: TRACE })}\n`;
      await here.check(await here.push(here.ada, pull.branch, `${CHANGED}\nBy me.\n`), "success");
      return { pull, inputs: { "signing-key": "k" } };
    } },
  ])("$name", (trap) => spring(trap, "handed-over"));
});

describe("GitHub's own ways of merging", () => {
  const rules = [{ branch: "main", requiredChecks: ["build"] }];
  const auto = { "merge-mode": "auto" };

  /** A new repository where auto-merge is allowed, and a pull request that `build` is missing of. */
  async function armed(more: object = {}) {
    const here = await scene.repository(`trap-${(count += 1)}`, { rules, ...more });
    const others = new Others(here);
    others.repository.settings.allowAutoMerge = true;
    const pull = await here.pull("New?");
    return { here, others, pull };
  }
  /** When the gate has armed it, or put it into the queue. */
  const left = (operation: string, work: () => Promise<unknown>) => {
    const stop = scene.sandbox.onExchange(({ requestBody }) => {
      if (!(requestBody as { query?: string } | undefined)?.query?.startsWith(`mutation ${operation}(`)) return;
      stop();
      scene.sandbox.faults.add({ match: { userAgent: /^instant-auto-merge-gate/ }, effect: { type: "hold", until: work }, times: 1 });
    });
  };

  test("auto-merge is armed at the judged head, and merges when the rules are satisfied", async () => {
    const { here, others, pull } = await armed();
    left("ArmAutoMerge", () => others.check(pull.sha, "build", "success"));
    const gated = await here.gate({ "pr-number": String(pull.number), ...auto });
    expect([gated.exitCode, gated.outputs["decision"], gated.outputs["head-sha"], gated.outputs["merged-sha"]]).toEqual([0, "merged", pull.sha, here.ref("main")]);
    expect(here.ref(pull.branch)).toBeUndefined();
  });

  test("auto-merge of a clean pull request is a merge; where the repository forbids it the gate waits by itself", async () => {
    const clean = await armed();
    await clean.others.check(clean.pull.sha, "build", "success");
    const direct = await clean.here.gate({ "pr-number": String(clean.pull.number), ...auto });
    expect([direct.outputs["decision"], direct.requests.length]).toEqual(["merged", 3]);
    const forbidden = await armed();
    forbidden.others.repository.settings.allowAutoMerge = false;
    forbidden.others.afterFirstLook(() => forbidden.others.check(forbidden.pull.sha, "build", "success"));
    const waited = await forbidden.here.gate({ "pr-number": String(forbidden.pull.number), ...auto });
    expect([waited.outputs["decision"], waited.requests.join()]).toEqual(["merged", expect.not.stringContaining("ArmAutoMerge")]);
  });

  test("auto-merge is disarmed when somebody pushes, when a label holds it, and at the end of the waiting", async () => {
    for (const [work, decision] of [
      [({ here, pull }: Awaited<ReturnType<typeof armed>>) => here.push(here.ada, pull.branch, `${CHANGED}\nBy me.\n`), "handed-over"],
      [async ({ others, pull }: Awaited<ReturnType<typeof armed>>) => others.label(pull.number, "hold"), "blocked"],
      [async () => undefined, "stuck"],
    ] as const) {
      const world = await armed();
      left("ArmAutoMerge", () => work(world));
      const gated = await world.here.gate({ "pr-number": String(world.pull.number), ...auto, "wait-seconds": "1" });
      expect([gated.outputs["decision"], gated.requests.filter((request) => /Arm|Disarm/.test(request))]).toEqual([decision, ["POST ArmAutoMerge 200", "POST DisarmAutoMerge 200"]]);
      expect(world.others.pull(world.pull.number)).toMatchObject({ merged: false, autoMerge: null });
    }
  });

  test("a merge queue lands what its group's checks found green, and tells when it does not", async () => {
    for (const [conclusion, decision] of [["success", "merged"], ["failure", "blocked"]] as const) {
      const { here, others, pull } = await armed({ rules: [{ branch: "main", requiredChecks: ["build"], mergeQueue: "squash" }] });
      await others.check(pull.sha, "build", "success");
      left("Enqueue", async () => {
        for (let tries = 0; tries < 500 && !others.pull(pull.number).queue?.group; tries += 1) await new Promise((resolve) => setImmediate(resolve));
        scene.sandbox.faults.add({ match: { userAgent: /^instant-auto-merge-gate/ }, effect: { type: "hold", until: () => others.check(others.pull(pull.number).queue?.group?.sha ?? "", "build", conclusion) }, skip: 1, times: 1 });
      });
      const gated = await here.gate({ "pr-number": String(pull.number), "merge-mode": "queue" });
      expect([gated.outputs["decision"], gated.reasons]).toEqual([decision, decision === "merged" ? [] : ["the merge queue took it out again"]]);
      expect(others.pull(pull.number).merged).toBe(conclusion === "success");
      if (conclusion === "success") expect(gated.outputs["merged-sha"]).toBe(here.ref("main"));
    }
  });
});

describe("what is told", () => {
  test("one comment and one check, edited in place as the reasons change, and taken back by the merge", async () => {
    const here = await scene.repository(`trap-${(count += 1)}`);
    const others = new Others(here);
    const pull = await here.pull("New?");
    const { issue } = others.pull(pull.number);
    const checks = () => others.repository.bySha.get(pull.sha)?.runs.filter(({ name }) => name === "instant/gate").map(({ conclusion }) => conclusion);
    // Somebody's comment with our marker in it is not ours.
    await here.ada.comment(pull.number, "<!-- instant-gate --> Merge it!");
    others.label(pull.number, "hold");
    const gate = () => here.gate({ "pr-number": String(pull.number) });
    await gate();
    await gate();
    expect([issue.comments.map(({ author }) => author.login), checks()]).toEqual([["ada", "github-actions[bot]"], ["failure"]]);
    expect(issue.comments[1]?.body).toContain("its label <code>hold</code> holds it back");
    others.pull(pull.number).draft = true;
    await gate();
    expect([issue.comments.length, issue.comments[1]?.body, checks()]).toEqual([2, expect.stringContaining("is a draft"), ["failure", "failure"]]);
    others.pull(pull.number).draft = false;
    issue.labels.clear();
    const merged = await gate();
    expect([merged.outputs["decision"], issue.comments.length, checks()]).toEqual(["merged", 2, ["failure", "failure", "success"]]);
    expect(issue.comments[1]?.body).toContain(`✅ Merged at ${pull.sha.slice(0, 7)}`);
    expect(issue.comments[0]?.body).toBe("<!-- instant-gate --> Merge it!");
  });

  test("an issue for failed checks, by option, which a later merge closes", async () => {
    const here = await scene.repository(`trap-${(count += 1)}`);
    const others = new Others(here);
    const pull = await here.pull("New?", { check: "failure" });
    const permissions = { contents: "write", "pull-requests": "write", checks: "write", statuses: "read", issues: "write" } as const;
    const gate = () => here.gate({ "pr-number": String(pull.number), "issue-on-failure": "true" }, { permissions });
    await gate();
    await gate();
    const issues = () => [...others.repository.issues.values()].filter((one) => one.pull === undefined).map(({ title, state }) => [title.replaceAll("\u2060", ""), state]);
    expect(issues()).toEqual([[`CI failed: pull request ${pull.number}, Update FAQ - New?`, "open"]]);
    await here.check(pull.sha, "success");
    expect((await gate()).outputs["decision"]).toBe("merged");
    expect(issues()).toEqual([[expect.any(String), "closed"]]);
  });

  test("who may not be told is a warning that names the line to add; the judgement stands", async () => {
    const here = await scene.repository(`trap-${(count += 1)}`);
    const pull = await here.pull("New?", { check: "failure" });
    const permissions = { contents: "write", "pull-requests": "read", checks: "read", statuses: "read", issues: "read" } as const;
    const { outputs, log, exitCode } = await here.gate({ "pr-number": String(pull.number) }, { permissions });
    expect([exitCode, outputs["decision"]]).toEqual([1, "blocked"]);
    expect(log).toMatch(/::warning::#\d+ could not be told why: .*(?:issues|pull-requests): write/s);
  });

  test("a missing permission is one message, with the line to add, and nothing else", async () => {
    const here = await scene.repository(`trap-${(count += 1)}`);
    const pull = await here.pull("New?");
    const permissions = { contents: "read", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" } as const;
    const { exitCode, log, requests } = await here.gate({ "pr-number": String(pull.number) }, { permissions });
    expect([exitCode, log.match(/::error/g)?.length, requests.length]).toEqual([1, 1, 2]);
    expect(log).toContain("contents: write");
  });

  test("explain prints every condition of a pull request that was merged long ago, and writes nothing", async () => {
    const here = await scene.repository(`trap-${(count += 1)}`);
    const pull = await here.pull("New?");
    await here.gate({ "pr-number": String(pull.number) });
    const { outputs, summary, requests, exitCode } = await here.gate({ "pr-number": String(pull.number), explain: "true" });
    expect([exitCode, outputs["decision"], outputs["merged"], requests]).toEqual([0, "explained", "true", ["POST Pull 200"]]);
    for (const row of ["✅ | The pull request is open | merged as", "✅ | Its origin is proved", "✅ | Check <code>instant/fast-ci</code> | success", "✅ | It changes allowed paths only"]) expect(summary).toContain(row);
  });
});
