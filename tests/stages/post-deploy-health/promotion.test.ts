// What is decided about users, and what is refused before anything is looked at: pure.
import { describe, expect, test } from "@jest/globals";
import { InstantError } from "../../../src/kit/errors.ts";
import { checkPolicy } from "../../../src/stages/post-deploy-health/policy.ts";
import { verify } from "../../../src/stages/post-deploy-health/index.ts";
import { decideBack, decideGreen, type GreenFacts } from "../../../src/stages/post-deploy-health/promotion/decide.ts";
import { abort, promote } from "../../../src/stages/post-deploy-health/promotion/moves.ts";
import type { PromotionPorts } from "../../../src/stages/post-deploy-health/promotion/ports.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { FakeRepository, OTHER, policyOf, portsOf, SHA, silent } from "./fakes.ts";

const sick = [{ code: "probe-failed", message: "site failed" }];

describe("what becomes of a new deployment that nobody uses", () => {
  const decide = (more: Partial<GreenFacts>) => {
    const decided = decideGreen({ sha: SHA, verdict: "healthy", reasons: [], serves: { kind: "judged" }, standing: null, sickBefore: [], ...more });
    return decided.kind === "promote" ? "promote" : [decided.kind, String(decided.verdict), ...decided.reasons.map(({ code }) => code)].join(" ");
  };
  const other = { kind: "other", detail: "0f1e2d3 is there now" } as const;
  const paused = { kind: "paused", reasons: [{ code: "paused", message: "" }] } as const;
  const takenBack = { kind: "taken-back", reasons: [{ code: "rolled-back", message: "" }] } as const;
  const before = [{ probe: "site", detail: "503" }];

  test.each<readonly [string, Partial<GreenFacts>, string]>([
    ["healthy is promoted", {}, "promote"],
    ["healthy is promoted where nothing tells a version", { serves: { kind: "untold" } }, "promote"],
    ["healthy is promoted from what is sick", { sickBefore: before }, "promote"],
    ["unhealthy is taken away", { verdict: "unhealthy", reasons: sick }, "abort unhealthy probe-failed"],
    ["what could not be judged is taken away", { verdict: "inconclusive", reasons: sick }, "abort inconclusive probe-failed"],
    ["as sick as what users have proves nothing", { verdict: "unhealthy", reasons: sick, sickBefore: before }, "abort inconclusive sick-before probe-failed"],
    ["paused meanwhile is left", { standing: paused }, "leave null paused"],
    ["paused meanwhile keeps a verdict", { standing: paused, verdict: "unhealthy", reasons: sick }, "leave unhealthy paused probe-failed"],
    ["taken back meanwhile is taken away, however well", { standing: takenBack }, "abort unhealthy rolled-back"],
    ["replaced by another is not this job's to take away", { serves: other, standing: takenBack }, "leave inconclusive green-replaced"],
    ["replaced, a verdict is still one", { serves: other, verdict: "unhealthy", reasons: sick }, "leave unhealthy green-replaced probe-failed"],
    ["gone dark after it was well is not promoted", { serves: { kind: "unread", detail: "ECONNREFUSED" } }, "abort inconclusive green-unread"],
  ])("%s", (_, facts, expected) => expect(decide(facts)).toBe(expected));
});

describe("where users are after an abort", () => {
  const seen = (more: Partial<Parameters<typeof decideBack>[0]>) => {
    const { users, isUrgent, reasons } = decideBack({ abort: { ok: true, how: "" }, sha: SHA, served: "other", failing: [], ...more });
    return [users, isUrgent ? "urgent" : "calm", ...reasons.map(({ code }) => code)].join(" ");
  };
  test.each<readonly [string, Parameters<typeof seen>[0], string]>([
    ["with the version before", {}, "old calm"],
    ["with it, where nothing tells a version", { served: "untold" }, "old calm"],
    ["with it, and it is sick too", { failing: [{ probe: "site", detail: "503" }] }, "old urgent old-not-well"],
    ["nobody knows: the command failed, whatever is seen", { abort: { ok: false, how: "exit 1" } }, "unknown urgent abort-failed"],
    ["nobody knows: they still get the commit", { served: "commit" }, "unknown urgent still-served"],
    ["nobody knows: nothing answers", { served: "unread" }, "unknown urgent old-not-well"],
  ])("%s", (_, facts, expected) => expect(seen(facts)).toBe(expected));
});

describe("commands", () => {
  type Asked = Parameters<PromotionPorts["run"]>[1];
  const settings = { promoteCommand: "to green", abortCommand: "to blue", commandTimeoutSeconds: 60 };
  const scene = (answers: readonly ({ readonly exitCode: number | null; readonly timedOut?: boolean; readonly output?: string } | Error)[]) => {
    const asked: (readonly [string, Asked])[] = [];
    const left = [...answers];
    const run: PromotionPorts["run"] = async (command, options) => {
      asked.push([command, options]);
      const next = left.shift() ?? new Error("asked too often");
      if (next instanceof Error) throw next;
      return { timedOut: false, output: "", ms: 1, ...next };
    };
    return { asked, ports: { run, log: silent, clock: { ...systemClock, sleep: async () => {} } } };
  };
  const calm = new AbortController().signal;

  test("to promote is given the commit, and ends with the job", async () => {
    const { asked, ports } = scene([{ exitCode: 0 }]);
    expect(await promote(settings, ports, SHA, calm)).toMatchObject({ kind: "promote", ok: true });
    expect(asked).toEqual([["to green", { commit: SHA, timeoutMs: 60_000, signal: calm }]]);
  });

  test("to abort is tried twice, spared when the job ends, and no third time", async () => {
    const { asked, ports } = scene([{ exitCode: 1, output: "no route\n\u001b[31mdenied\n" }, new Error("no shell")]);
    expect((await abort(settings, ports, SHA, calm)).map(({ ok, how }) => [ok, how])).toEqual([[false, "it exited with 1: [31mdenied"], [false, "it could not be run: no shell"]]);
    expect(asked.map(([, { spared, timeoutMs }]) => [spared, timeoutMs])).toEqual([[true, 60_000], [true, 60_000]]);
  });

  test("to abort has the runner's grace and one try once the job is ended", async () => {
    const { asked, ports } = scene([{ exitCode: null, timedOut: true }]);
    expect(await abort(settings, ports, SHA, AbortSignal.abort())).toMatchObject([{ ok: false, how: "it did not end within 6.5 s" }]);
    expect(asked).toHaveLength(1);
  });
});

describe("refused before anything is looked at", () => {
  const fine = {
    "version-url": "https://app.example/version", "health-urls": "https://app.example/healthz", "green-version-url": "https://green.example/version", "green-urls": "https://green.example/healthz",
    "promote-command": "to green", "abort-command": "to blue",
  };
  const refused = (given: Readonly<Record<string, string>>): string[] => {
    try {
      checkPolicy(policyOf({ ...fine, ...given }));
      return [];
    } catch (error) {
      return error instanceof InstantError && error.blame === "configuration" ? error.problems.map(({ where, fix }) => `${where}${fix ? "" : " without a fix"}`) : [String(error)];
    }
  };
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ["nothing", {}, []],
    ["what belongs to a promotion, without one", { "promote-command": "", "command-env": "TOKEN" }, ["promote-command"]],
    ["no way back", { "abort-command": "" }, ["abort-command"]],
    ["a swap", { "abort-command": "to green" }, ["abort-command"]],
    ["addresses that are the same on both sides, all at once", { "green-version-url": fine["version-url"], "green-urls": fine["health-urls"], "abort-command": "" }, ["abort-command", "green-version-url", "green-urls"]],
    ["nothing that tells of the new deployment", { "green-urls": "" }, ["green-urls"]],
  ])("%s", (_, given, expected) => expect(refused(given)).toEqual(expected));

  const promotion = { run: () => Promise.reject(new Error("a command was run")), greenVersion: null, holding: <T>(work: (cancelled: AbortSignal) => Promise<T>) => work(new AbortController().signal) };
  const probes = (name: string) => `probes: [{ name: ${name}, kind: command, run: "true" }]`;
  test.each([
    ["a file without `green`, and no addresses", `${probes("site")}\n`, "", "has no section `green`"],
    ["both", `${probes("site")}\ngreen: { ${probes("new")} }\n`, fine["green-urls"], "both say what tells of the new deployment"],
  ])("%s", async (_, file, urls, what) => {
    const repo = new FakeRepository();
    repo.files["ops/health.yaml"] = file;
    const policy = policyOf({ ...fine, "version-url": "", "green-version-url": "", "health-urls": "", "health-file": "ops/health.yaml", "green-urls": urls });
    await expect(verify(policy, { ...portsOf(repo, policy), promotion })).rejects.toThrow(what);
  });

  test("a commit that is not on the default branch", async () => {
    const repo = new FakeRepository();
    repo.target = { ...repo.target, defaultSha: OTHER };
    const policy = policyOf({ ...fine, "version-url": "", "green-version-url": "", "health-urls": "http://127.0.0.1:9/", "green-urls": "http://127.0.0.1:9/green" });
    await expect(verify(policy, { ...portsOf(repo, policy), promotion })).rejects.toThrow("it is not on main");
  });
});
