// A merge implies that every condition held at the merged sha, whatever other people do at whatever moment: the real stage with its real
// adapter against the sandbox, over random pull requests, and random changes of others before any request the gate makes. The oracle reads
// the world itself, not what the gate read, and is written without the gate's rules. Outside of the claim are pushes while GitHub's auto-merge is
// armed: GitHub may then merge what nobody judged, before the next look (docs/decisions/0022), which course.test.ts shows to be told as such.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { everything } from "../../../src/github/everything.ts";
import { connect } from "../../../src/github/index.ts";
import type { Log } from "../../../src/kit/log.ts";
import type { RunContext } from "../../../src/kit/context.ts";
import { seeded } from "../../../src/sandbox/world/random.ts";
import { addLabels, removeLabel } from "../../../src/sandbox/world/labels.ts";
import { addReview } from "../../../src/sandbox/world/reviews.ts";
import type { BranchRule, PullRequest } from "../../../src/sandbox/world/types.ts";
import { gate } from "../../../src/stages/auto-merge-gate/index.ts";
import { JumpingClock } from "../../fakes/clock.ts";
import { policyOf, TRACE } from "./a-pull.ts";
import { FAQ, type Place, Scene } from "./a-sandbox.ts";
import { bot, faq, type Opened, Others } from "./a-trap.ts";

/** INSTANT_CASES=1000 looks longer. */
const CASES = Number(process.env["INSTANT_CASES"] ?? 60);
let scene: Scene;
beforeAll(async () => void (scene = await Scene.start()));
afterAll(() => scene.close());

const silent: Log = { debug() {}, info() {}, warning() {}, error() {} };
type Random = () => number;
const pick = <T>(random: Random, ...values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

interface Case {
  readonly here: Place;
  readonly others: Others;
  readonly pull: Opened;
  readonly rule: BranchRule;
  readonly inputs: Readonly<Record<string, string>>;
  readonly random: Random;
  text: number;
}

// ---------------------------------------------------------------- what may be, and what may happen

/** Mostly as it should be, so that merges stay frequent. */
async function arrange(number: number): Promise<Case> {
  const random = seeded(number);
  const rare = () => random() < 0.12;
  const mode = pick(random, "direct", "direct", "direct", "direct", "auto", "queue");
  const rule: BranchRule = {
    branch: "main",
    requiredChecks: mode === "queue" ? [] : pick<NonNullable<BranchRule["requiredChecks"]>>(random, [], ["build"], [{ context: "build", app: "builder" }]),
    ...(rare() ? { requiredApprovals: 1 } : {}),
    ...(rare() ? { requireConversationResolution: true } : {}),
    ...(mode === "queue" ? { mergeQueue: "squash" as const } : {}),
    bypass: ["acme"],
  };
  const here = await scene.repository(`case-${number}`, { rules: [rule] });
  const others = new Others(here);
  others.repository.settings.allowAutoMerge = true;
  others.app("builder");
  const ada = random() < 0.15;
  const entries = rare() ? [pick(random, { path: "src/a.ts", mode: "100644", type: "blob", content: "a\n" }, { ...faq(`${FAQ}\nx\n`), mode: "100755" }, { path: "docs/FAQ.md", mode: "120000", type: "blob", content: "a" })] : [faq(`${FAQ}\n## Q?\n\nA.\n`)];
  const pull = await others.open(entries, ada ? { as: "ada" } : {});
  const inputs = { "merge-mode": mode, "wait-seconds": "8", ...(random() < 0.6 && ada ? { "trusted-people": "ada" } : {}) };
  const made: Case = { here, others, pull, rule, inputs, random, text: 0 };
  if (!rare()) await others.check(pull.sha, "instant/fast-ci", "success");
  if ((rule.requiredChecks ?? []).length > 0 && !rare()) await others.check(pull.sha, "build", "success", "builder");
  if (rule.requiredApprovals !== undefined && !rare()) others.review(pull.number, "bob", "write", "APPROVED");
  if (rare()) others.talk(pull.number);
  if (rare()) await happen(made, false);
  return made;
}

/** Something that other people do. @param pushes whether they may push */
async function happen(made: Case, pushes: boolean): Promise<string> {
  const { here, others, pull, random } = made;
  const { world } = scene.sandbox;
  const stored = others.pull(pull.number);
  const head = () => here.ref(pull.branch) ?? "";
  const text = () => `${FAQ}\n## Q?\n\nA.\n\n## Q ${(made.text += 1)}?\n\nB.\n`;
  const pushed = async (as: string, author?: object) => {
    if (head() === "" || stored.merged) return;
    const sha = await others.commit([faq(text())], { as, onto: head(), ...(author ? { author } : {}) });
    await others.push(as, pull.branch, sha);
    if (random() < 0.7) await others.check(sha, "instant/fast-ci", "success");
    if (random() < 0.7) await others.check(sha, "build", "success", "builder");
  };
  const pushedAndMerged = async () => {
    await pushed("ada");
    if (head() !== "") await here.ada.mergePull({ number: pull.number, sha: head(), method: "squash", title: "By Ada", message: "" });
  };
  const acts: Readonly<Record<string, () => unknown>> = {
    "labels it hold": () => others.label(pull.number, "hold"),
    "takes the label off": () => [...stored.issue.labels].forEach((label) => removeLabel(world, others.person("ada"), stored.issue, label.name)),
    "labels it docs": () => addLabels(world, others.person("ada"), stored.issue, ["docs"]),
    "requests changes": () => others.review(pull.number, "bob", "write", "CHANGES_REQUESTED"),
    "approves": () => addReview(world, others.person("bob", "write"), stored, "APPROVED"),
    "approves without permission": () => others.review(pull.number, "eve", "read", "APPROVED"),
    "makes it a draft": () => void (stored.draft = true),
    "readies it": () => void (stored.draft = false),
    "opens a conversation": () => others.talk(pull.number),
    "resolves the conversations": () => stored.threads.forEach((thread) => void (thread.resolved = true)),
    "fails our check": () => others.check(head() || pull.sha, "instant/fast-ci", "failure"),
    "greens our check": () => others.check(head() || pull.sha, "instant/fast-ci", "success"),
    "greens our check as another App": () => others.check(head() || pull.sha, "instant/fast-ci", "success", "other"),
    "fails build": () => others.check(head() || pull.sha, "build", "failure", "builder"),
    "greens build": () => others.check(head() || pull.sha, "build", "success", "builder"),
    "greens build as another App": () => others.check(head() || pull.sha, "build", "success", "other"),
    "starts build again": () => others.check(head() || pull.sha, "build", null, "builder"),
    "fails lint": () => others.check(head() || pull.sha, "lint", "failure"),
    "pauses": () => here.ada.openIssue({ title: "Stop", body: "", labels: ["instant-paused"] }),
    "moves the base": () => here.push(here.as(scene.sandbox.tokens.user("acme")), "main", `# Product ${(made.text += 1)}\n`, "README.md"),
    "moves the base into a conflict": () => here.push(here.as(scene.sandbox.tokens.user("acme")), "main", `${FAQ}\n## Other ${(made.text += 1)}?\n\nC.\n`),
    ...(pushes ? { "pushes": () => pushed("ada"), "pushes as the bot": () => pushed(""), "pushes in the bot's name": () => pushed("ada", bot(here)), "pushes and merges it at another head": () => pushedAndMerged() } : {}),
  };
  // Pushes are what the most depends on.
  const name = pick(random, ...Object.keys(acts), ...Object.keys(acts).filter((one) => one.startsWith("push")), ...Object.keys(acts).filter((one) => one.startsWith("push")));
  if (stored.issue.state === "open") await acts[name]?.();
  return name;
}

// ---------------------------------------------------------------- what has to hold

interface Moment {
  readonly head: string;
  readonly holds: Readonly<Record<string, boolean>>;
}

/** What holds of the pull request right now, each condition by its name. */
function moment({ others, pull, rule }: Case): Moment {
  const { repository } = others;
  const stored = others.pull(pull.number);
  const known = repository.bySha.get(stored.headSha)?.runs ?? [];
  const newest = new Map<string, (typeof known)[number]>(known.map((run) => [`${run.name} by ${run.suite.app.slug}`, run]));
  const passed = (key: string) => ["success", "neutral", "skipped"].includes(newest.get(key)?.conclusion ?? "");
  const wantsBuild = (rule.requiredChecks ?? []).length > 0;
  const byBuilder = wantsBuild && typeof rule.requiredChecks?.[0] === "object";
  const builds = [...newest.keys()].filter((key) => key.startsWith("build by "));
  const voices = new Map(stored.reviews.filter(({ author, state }) => state !== "COMMENTED" && ["write", "admin"].includes(repository.roles.get(author.login) ?? "")).map(({ author, state }) => [author.login, state] as const));
  return {
    head: stored.headSha,
    holds: {
      "open, no draft, into main": stored.issue.state === "open" && !stored.draft && stored.baseRef === "main",
      "no label": ![...stored.issue.labels].some(({ name }) => name === "hold"),
      "not paused": ![...repository.issues.values()].some((issue) => issue.pull === undefined && issue.state === "open" && [...issue.labels].some(({ name }) => name === "instant-paused")),
      "nobody objects": ![...voices.values()].includes("CHANGES_REQUESTED"),
      "approved": [...voices.values()].filter((state) => state === "APPROVED").length >= (rule.requiredApprovals ?? 0),
      "resolved": rule.requireConversationResolution !== true || stored.threads.every(({ resolved }) => resolved),
      "our check": passed("instant/fast-ci by github-actions"),
      "build": !wantsBuild || (byBuilder ? passed("build by builder") : builds.length > 0 && builds.every(passed)),
      "nothing failed": [...newest.entries()].every(([key, { conclusion }]) => conclusion !== "failure" || key === "instant/gate by github-actions"),
    },
  };
}

/** What a commit is, now and for ever: where it comes from and what it changes. */
async function nature({ others, inputs, pull }: Case, head: string, base: string): Promise<Readonly<Record<string, boolean>>> {
  const { git, signed } = others.repository;
  const run = async (...args: string[]) => (await git.run(args)).stdout.toString("utf8");
  const commits = (await run("log", "--format=%H %ae %ce", `${base}..${head}`)).trim().split("\n").map((line) => line.split(" "));
  const stored = others.pull(pull.number);
  const byBot = ([sha = "", author = "", committer = ""]: readonly string[]) => signed.has(sha) && author.includes("github-actions[bot]") && /github-actions\[bot\]|^noreply@github\.com$/.test(committer);
  const byAda = ([, author = ""]: readonly string[]) => author === scene.sandbox.world.account("ada")?.email;
  const named = inputs["trusted-people"] === "ada" && stored.issue.author.login === "ada";
  const changes = (await run("diff", "--raw", "--abbrev=40", `${base}...${head}`)).trim().split("\n").filter((line) => line !== "");
  return {
    origin: commits.every((commit) => byBot(commit) || (named && byAda(commit))),
    files: changes.length > 0 && changes.every((line) => /^:100644 100644 \S+ \S+ M\tdocs\/FAQ\.md$/.test(line)),
  };
}

// ---------------------------------------------------------------- a case from beginning to end

interface Told {
  readonly merged: PullRequest | null;
  readonly story: readonly string[];
  /** What held before each request, and whether that request was a look, or the one that merges or leaves the merge to GitHub. */
  readonly moments: readonly (Moment & { readonly request: "look" | "merge" | "other" })[];
  readonly base: string;
  readonly decision: string;
}

async function play(made: Case, changes: number): Promise<Told> {
  const { here, others, pull, random, inputs } = made;
  const { urls } = scene.sandbox;
  const due = Array.from({ length: changes }, () => 1 + Math.floor(random() * 7));
  const story: string[] = [];
  const moments: Told["moments"][number][] = [];
  let base = here.ref("main") ?? "";
  let requests = 0;
  const kindOf = (method: string, path: string, body: string) => (/"query Pull\(/.test(body) ? "look" : (method === "PUT" && path.endsWith("/merge")) || /mutation (ArmAutoMerge|Enqueue)\(/.test(body) ? "merge" : "other");
  const context = { owner: "acme", repo: here.name, apiUrl: urls.api, graphqlUrl: urls.graphql, serverUrl: urls.server, runId: "1", job: "gate", runUrl: "" } as RunContext;
  const clock = new JumpingClock(Date.now());
  const repo = connect({
    context, token: here.jobToken({ contents: "write", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" }).token, log: silent, clock, stage: "auto-merge-gate",
    traced: (fetch) => async (url, init) => {
      requests += 1;
      for (const at of due) if (at === requests) story.push(`before ${requests}: ${await happen(made, inputs["merge-mode"] !== "auto")}`);
      const request = kindOf(init?.method ?? "GET", new URL(String(url)).pathname, typeof init?.body === "string" ? init.body : "");
      if (!others.pull(pull.number).merged) base = here.ref("main") ?? "";
      moments.push({ ...moment(made), request });
      story.push(`${requests} ${request}`);
      return fetch(url, init);
    },
  }, everything);
  const recheck = async ({ sha }: { readonly sha: string }) => {
    await others.check(sha, "instant/fast-ci", "success");
    return { conclusion: "success" as const, failedChecks: [], url: "u" };
  };
  const report = await gate(policyOf({ ...inputs, "pr-number": String(pull.number), "trace-id": TRACE }), { repo, recheck, clock, log: silent, random: () => 0.5 }, context);
  const stored = others.pull(pull.number);
  story.push(`decided ${report.outputs["decision"]}: ${report.outputs["reasons"]}`);
  return { merged: stored.merged ? stored : null, story, moments, base, decision: report.outputs["decision"] ?? "" };
}

/** Each condition held at the merged head at some moment between the look that decided and the merge. */
async function judge(made: Case, told: Told): Promise<readonly string[]> {
  if (told.merged === null) return told.decision === "merged" ? ["it says it was merged"] : [];
  // What others merge is their own decision, and never told as the gate's.
  if (told.merged.mergedBy?.login === "ada") return told.decision === "merged" ? ["it took Ada's merge for its own"] : [];
  const { headSha } = told.merged;
  const merge = told.moments.findLastIndex(({ request }) => request === "merge");
  const look = told.moments.slice(0, merge).findLastIndex(({ request }) => request === "look");
  if (merge < 0 || look < 0) return ["it was merged, though nobody asked for it"];
  const window = told.moments.slice(look, merge + 1).filter(({ head }) => head === headSha);
  const names = Object.keys(told.moments[0]?.holds ?? {});
  // What only GitHub waits for holds when it merges, not when it is armed.
  const left = new Set(made.inputs["merge-mode"] === "auto" ? ["build"] : []);
  const broken = names.filter((name) => !left.has(name) && !window.some(({ holds }) => holds[name]));
  const ours = await nature(made, headSha, told.base);
  return [...broken, ...Object.entries(ours).flatMap(([name, holds]) => (holds ? [] : [name]))];
}

test("a merge by the gate implies that every condition held at the merged sha, however others interfere", async () => {
  const ends = new Map<string, number>();
  for (let number = 1; number <= CASES; number += 1) {
    const made = await arrange(number);
    const changes = number % 5 === 0 ? 0 : 1 + Math.floor(made.random() * 3);
    const first = moment(made);
    const natural = changes === 0 ? await nature(made, first.head, made.here.ref("main") ?? "") : {};
    const told = await play(made, changes);
    const broken = await judge(made, told);
    const scenery = JSON.stringify({ number, inputs: made.inputs, rule: made.rule, first, story: told.story });
    if (broken.length > 0) throw new Error(`merged though not: ${broken.join(", ")}\n${scenery}`);
    // Nothing good waits: where nobody interfered and everything held, it is merged.
    const good = Object.values({ ...first.holds, ...natural }).every(Boolean);
    if (changes === 0 && good !== (told.merged !== null)) throw new Error(`everything ${good ? "held, and it was not" : "did not hold, and it was"} merged\n${scenery}`);
    const key = told.decision;
    ends.set(key, (ends.get(key) ?? 0) + 1);
  }
  // Each end is common enough for the above to mean something.
  for (const [key, least] of [["merged", CASES / 5], ["blocked", CASES / 10], ["stuck", CASES / 60], ["handed-over", CASES / 60]] as const) expect([key, (ends.get(key) ?? 0) >= least, Object.fromEntries(ends)]).toEqual([key, true, Object.fromEntries(ends)]);
}, 120_000);
