import { describe, expect, test } from "@jest/globals";
import type { Facts } from "../../../src/stages/faq-generate/facts.ts";
import { generate, type GeneratePorts } from "../../../src/stages/faq-generate/index.ts";
import { contextAt } from "../../github/fake.ts";
import { JumpingClock } from "../../fakes/clock.ts";
import { sign } from "../../../src/stages/signature.ts";
import { aBranch, aCommit, aPull, BASE, factsOf, HEAD, NAME, NOW, policyOf, TRACE } from "./support.ts";

const HOUR = 3_600_000;
const silent = () => undefined;

interface Setup {
  /** What each look at the repository shows, the last one for ever. */
  readonly looks: readonly Partial<Facts>[];
  readonly lookMs?: number;
  readonly modelMs?: number;
  readonly answer?: string;
  readonly commit?: () => { sha: string } | "moved";
  /** Who owns the question; absent: nobody keeps a record. */
  readonly owner?: (traceId: string, closed: readonly string[]) => string | null;
  readonly open?: () => { number: number; url: string } | "exists" | "no-difference";
}

/** The stage with a repository that shows what it is told to, and remembers what was written. */
async function generated(setup: Setup, inputs: Record<string, string> = {}) {
  const clock = new JumpingClock(NOW);
  const writes: (readonly [string, Record<string, unknown>])[] = [];
  let looks = 0;
  let asked = 0;
  const repo: GeneratePorts["repo"] = {
    requestCount: () => looks,
    permissionOf: () => Promise.reject(new Error("nobody has to be asked about")),
    readQuestion: async () => {
      const look = setup.looks[Math.min(looks, setup.looks.length - 1)];
      looks += 1;
      await clock.sleep(setup.lookMs ?? 0);
      return factsOf(look);
    },
    commitFiles: (change) => {
      writes.push(["commit", { ...change }]);
      return Promise.resolve(setup.commit?.() ?? { sha: HEAD });
    },
    openPull: (pull) => {
      writes.push(["open", { ...pull }]);
      return Promise.resolve(setup.open?.() ?? { number: 7, url: "u7" });
    },
    setPullBody: (number, body) => {
      writes.push(["sign", { number, body }]);
      return Promise.resolve();
    },
    deleteBranch: (name) => {
      writes.push(["delete", { name }]);
      return Promise.resolve();
    },
  };
  const model: GeneratePorts["model"] = {
    complete: async () => {
      asked += 1;
      await clock.sleep(setup.modelMs ?? 0);
      return { text: JSON.stringify({ answer: setup.answer ?? "Run start.", sources: ["docs/start.md"] }), finishReason: "stop", model: "m-1", usage: null };
    },
  };
  const log = { debug: silent, info: silent, warning: silent, error: silent };
  const context = { ...contextAt("https://github.test"), eventName: "workflow_dispatch" };
  const order: string[] = [];
  const { owner } = setup;
  const claims = owner && {
    claim: async ({ traceId, closed }: { readonly traceId: string; readonly closed: readonly string[] }) => {
      order.push("claim");
      return owner(traceId, closed);
    },
  };
  const follow = async () => {
    await Promise.resolve();
    order.push("follow");
  };
  const result = await generate(policyOf(inputs), { repo, model, clock, log, follow, ...(claims ? { claims } : {}) }, context).catch((error: unknown) => error as Error);
  return { result, outputs: "outputs" in result ? result.outputs : {}, record: "record" in result ? result.record : undefined, order, writes, looks: () => looks, asked: () => asked };
}

const answered = { branches: [aBranch({ pulls: [aPull({ state: "merged", mergedAt: NOW })] })] };
const oldPull = (faqText: string) => ({ branches: [aBranch({ sha: HEAD, faqText, pulls: [aPull({ createdAt: NOW - 2 * HOUR })] })] });

describe("others at the same time", () => {
  test("a slow model: the world is looked at once more, and an answer that was merged meanwhile is taken", async () => {
    const { outputs, writes, looks } = await generated({ looks: [{}, answered], modelMs: 9_000 });
    expect(outputs).toMatchObject({ status: "duplicate", phase: "merged", "pr-number": "7" });
    expect([writes, looks()]).toEqual([[], 2]);
  });

  test("a quick model needs one look", async () => {
    const { outputs, looks } = await generated({ looks: [{}], modelMs: 1_000 });
    expect([outputs.status, looks()]).toEqual(["created", 1]);
  });

  test("an API slower than a look stays fresh still writes, after one look more", async () => {
    const { outputs, looks, asked } = await generated({ looks: [{}], lookMs: 4_000 });
    expect([outputs.status, looks(), asked()]).toEqual(["created", 2, 1]);
  });

  test("whoever is overtaken looks again and opens the pull request that is missing, with the trace id there is", async () => {
    const other = { branches: [aBranch({ sha: HEAD, commits: aPull().commits })] };
    const { outputs, writes, asked } = await generated({ looks: [{}, other], commit: () => "moved" });
    expect(outputs).toMatchObject({ status: "created", "trace-id": TRACE, "head-sha": HEAD });
    expect(writes.map(([kind]) => kind)).toEqual(["commit", "open"]);
    expect(asked()).toBe(1);
  });

  test("a branch that never stands still is given up after a bounded number of looks", async () => {
    const { result, looks, asked } = await generated({ looks: [{}], commit: () => "moved" });
    expect(String(result)).toContain("kept changing");
    expect([looks(), asked()]).toEqual([8, 1]);
  });

  test("a pull request without a difference is not opened, and its branch goes", async () => {
    const { outputs, writes } = await generated({ looks: [{ branches: [aBranch({ sha: HEAD, commits: aPull().commits })] }], open: () => "no-difference" });
    expect(outputs).toMatchObject({ status: "unchanged", phase: "" });
    expect(writes.at(-1)).toEqual(["delete", { name: NAME }]);
  });
});

describe("a pull request that has been open for more than an hour", () => {
  test("gets a new answer on top of its head, under its own trace id", async () => {
    const { outputs, writes } = await generated({ looks: [oldPull("# FAQ\n\n## How do I start?\n\nOld.\n")] });
    expect(outputs).toMatchObject({ status: "updated", phase: "pr_open", "pr-number": "7", "trace-id": TRACE, reasons: "[]" });
    expect(writes).toHaveLength(1);
    expect(writes[0]?.[1]).toMatchObject({ branch: NAME, expectedHead: HEAD, files: [{ path: "docs/FAQ.md", text: expect.stringContaining("Run start.") }], body: expect.stringContaining(`Trace-Id: ${TRACE}`) });
  });

  test("stays as it is when the answer is the same", async () => {
    const { outputs, writes } = await generated({ looks: [oldPull("# FAQ\n\n## How do I start?\n\nRun start.\n")] });
    expect(outputs).toMatchObject({ status: "duplicate", "pr-number": "7", "head-sha": HEAD });
    expect(writes).toEqual([]);
  });
});

test("near-duplicates are named, and the new entry is added all the same", async () => {
  const { result, writes } = await generated({ looks: [{ faq: { text: "# FAQ\n\n## How do I start it?\n\nSo.\n" } }] });
  expect((result as { summary: string }).summary).toContain("How do I start it?");
  expect(writes[0]?.[1].expectedHead).toBe(BASE);
});

test("without any text to answer from nothing is asked", async () => {
  const { result, asked } = await generated({ looks: [{ sources: [{ path: "docs/FAQ.md", text: "x" }] }] });
  expect(String(result)).toContain("no text to answer from");
  expect(asked()).toBe(0);
});

describe("the record of a question", () => {
  const OTHER = "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11";

  test("says who asked what, which pull request answers it and what that cost", async () => {
    const { record, outputs } = await generated({ looks: [{}], modelMs: 400 });
    expect(record).toMatchObject({
      traceId: outputs["trace-id"], task: { phase: "pr_open", status: "running", questionHash: outputs["question-hash"], prUrl: "u7", state: "open", createdAt: NOW, claimedAt: expect.any(Number) },
      events: [{ kind: "pull-request", text: "opened #7", url: "u7" }, { kind: "cost", data: { model: "m-1", model_ms: 400, input_tokens: null } }],
    });
  });

  test("is the same task when the run is started again", async () => {
    const ids = await Promise.all([generated({ looks: [{}] }), generated({ looks: [{}] })]);
    expect(ids[0]?.outputs["trace-id"]).toBe(ids[1]?.outputs["trace-id"]);
    expect((await generated({ looks: [{}] }, { question: "Another one?" })).outputs["trace-id"]).not.toBe(ids[0]?.outputs["trace-id"]);
    const traceId = ids[0]?.outputs["trace-id"] ?? "";
    // The first run opened it and died before it could say so.
    const { record } = await generated({ looks: [{ branches: [aBranch({ sha: HEAD, pulls: [aPull({ body: `trace-id: ${traceId}` })] })] }] });
    expect(record).toMatchObject({ traceId, task: { phase: "pr_open", status: "running" }, events: [] });
  });

  test("of a question that was asked again is a line under its task; of what wrote nothing there is none", async () => {
    const again = await generated({ looks: [{ branches: [aBranch({ sha: HEAD, pulls: [aPull()] })] }] });
    expect(again.record).toEqual({ traceId: TRACE, task: null, events: [{ kind: "decision", text: "asked again", url: expect.any(String) }] });
    expect((await generated({ looks: [{}] }, { "dry-run": "true" })).record).toBeUndefined();
    expect((await generated({ looks: [{ pause: { number: 3, title: "Stop", url: "u3" } }] })).record).toBeUndefined();
  });

  test("a question that another task holds is left to it: nothing is spent, nothing is written", async () => {
    const { outputs, order, record, writes, asked } = await generated({ looks: [{}], owner: () => OTHER });
    expect(outputs).toMatchObject({ status: "duplicate", "trace-id": OTHER, "pr-url": "", phase: "generating" });
    expect([writes, asked(), order]).toEqual([[], 0, ["follow", "claim"]]);
    expect(record).toMatchObject({ traceId: OTHER, task: null });
  });

  test("one that is its own, or that nobody can decide, is answered; the claim is asked for once", async () => {
    for (const owner of [(traceId: string) => traceId, () => null]) {
      let commits = 0;
      const commit = () => ((commits += 1) === 1 ? "moved" as const : { sha: HEAD });
      const { outputs, order } = await generated({ looks: [{}], owner, commit });
      expect([outputs.status, order]).toEqual(["created", ["follow", "claim"]]);
    }
  });

  test("with a branch there GitHub decides; pull requests that people closed are told to whoever decides", async () => {
    const own = await generated({ looks: [{ branches: [aBranch({ sha: HEAD })] }], owner: () => OTHER });
    expect([own.outputs.status, own.order]).toEqual(["created", ["follow"]]);
    let seen: readonly string[] = [];
    const closed = aPull({ state: "closed" });
    await generated({ looks: [{ branches: [aBranch({ pulls: [closed] }), aBranch({ name: `${NAME}-2` })] }], owner: (traceId, urls) => { seen = urls; return traceId; } });
    expect(seen).toEqual([closed.url]);
  });
});

describe("INSTANT's signature", () => {
  const key = { "signing-key": "k" };
  const OLD = NOW - 2 * HOUR;
  const signed = (number: number, headSha: string, traceId: string) => `instant-signature: ${sign("k", { repository: "octo/site", number, headSha, traceId })}`;
  const open = (change: Partial<Facts["branches"][number]>) => ({ branches: [aBranch({ sha: HEAD, faqText: "# FAQ\n", ...change })] });
  const signatures = (writes: readonly (readonly [string, Record<string, unknown>])[]) => writes.filter(([kind]) => kind === "sign").map(([, { body }]) => String(body));

  test("is written over the head that was committed, below the trace id, and nowhere without a key", async () => {
    const { writes, outputs } = await generated({ looks: [{}] }, key);
    expect(writes.map(([kind]) => kind)).toEqual(["commit", "open", "sign"]);
    const body = String(writes[2]?.[1]["body"]);
    expect(body.split("\n").slice(0, 2)).toEqual([`trace-id: ${outputs["trace-id"]}`, signed(7, HEAD, outputs["trace-id"] ?? "")]);
    expect(body).toContain(String(writes[1]?.[1]["body"]).split("\n").slice(1).join("\n"));
    expect((await generated({ looks: [{}] })).writes.map(([kind]) => kind)).toEqual(["commit", "open"]);
  });

  test("replaces the one before it when the answer is renewed", async () => {
    const body = `trace-id: ${TRACE}\ninstant-signature: v1=${"0".repeat(64)}\n\nText of a person.\n`;
    const { writes } = await generated({ looks: [open({ pulls: [aPull({ createdAt: OLD, body })], commits: [aCommit()] })], commit: () => ({ sha: BASE }) }, key);
    expect(signatures(writes)).toEqual([`trace-id: ${TRACE}\n${signed(7, BASE, TRACE)}\n\nText of a person.\n`]);
  });

  test("vouches for no commit that somebody else may have made", async () => {
    const weak = aCommit({ author: null, signature: "none", signedByGitHub: false });
    for (const commits of [[weak], [aCommit(), weak], [aCommit({ signedByGitHub: false })], [aCommit({ author: "other[bot]" })], Array.from({ length: 20 }, () => aCommit())]) {
      const renewed = await generated({ looks: [open({ pulls: [aPull({ createdAt: OLD, commits })], commits })], commit: () => ({ sha: BASE }) }, key);
      expect([renewed.outputs["status"], signatures(renewed.writes)]).toEqual(["updated", []]);
      const left = await generated({ looks: [open({ commits })] }, key);
      expect([left.writes.map(([kind]) => kind)]).toEqual([["open"]]);
      expect(signatures((await generated({ looks: [open({ pulls: [aPull({ commits })], commits })] }, key)).writes)).toEqual([]);
    }
    // What was signed before vouches for what grows from it, where GitHub signs nothing.
    const body = `trace-id: ${TRACE}\n${signed(7, HEAD, TRACE)}\n`;
    const chained = await generated({ looks: [open({ pulls: [aPull({ createdAt: OLD, body, commits: [weak] })], commits: [weak] })], commit: () => ({ sha: BASE }) }, key);
    expect(signatures(chained.writes)).toEqual([`trace-id: ${TRACE}\n${signed(7, BASE, TRACE)}\n`]);
  });

  test("that an earlier run could not write is written by the next, once", async () => {
    const late = await generated({ looks: [open({ pulls: [aPull()], commits: [aCommit()] })] }, key);
    expect([late.outputs["status"], signatures(late.writes)]).toEqual(["duplicate", [`trace-id: ${TRACE}\n${signed(7, HEAD, TRACE)}\n`]]);
    const again = await generated({ looks: [open({ pulls: [aPull({ body: `trace-id: ${TRACE}\n${signed(7, HEAD, TRACE)}\n` })], commits: [aCommit()] })] }, key);
    expect(again.writes).toEqual([]);
    expect((await generated({ looks: [open({ pulls: [aPull({ body: "somebody wrote this anew" })], commits: [aCommit()] })] }, key)).writes).toEqual([]);
    expect((await generated({ looks: [open({ pulls: [aPull()], commits: [aCommit()] })] }, { ...key, "dry-run": "true" })).writes).toEqual([]);
    const crashed = await generated({ looks: [open({ commits: [aCommit()] })] }, key);
    expect(crashed.writes.map(([kind]) => kind)).toEqual(["open", "sign"]);
  });
});
