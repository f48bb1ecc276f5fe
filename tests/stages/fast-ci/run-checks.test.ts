import { describe, expect, test } from "@jest/globals";
import type { Check, CheckResult, Finding } from "../../../src/checks/port.ts";
import type { Clock } from "../../../src/kit/clock.ts";
import { failure } from "../../../src/kit/errors.ts";
import { decide } from "../../../src/stages/fast-ci/decide.ts";
import { runChecks } from "../../../src/stages/fast-ci/run-checks.ts";
import { targetOf } from "../../../src/stages/fast-ci/target.ts";
import { aSubject } from "../../checks/a-subject.ts";

/** Time that passes when the test says so. */
class HandClock implements Clock {
  #now = 0;
  #alarms: { at: number; ring: () => void }[] = [];
  now = () => this.#now;
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#alarms.push({ at: this.#now + ms, ring: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }
  pass(ms: number): void {
    this.#now += ms;
    for (const { at, ring } of this.#alarms) if (at <= this.#now) ring();
  }
}

const subject = aSubject({ files: {} });
const fine: CheckResult = { findings: [], detail: "1 file" };
const finding = (level: Finding["level"], path = "a.md"): Finding => ({ level, path, line: 3, rule: "r", message: "It is wrong. Mend it.\nmore" });
const check = (name: string, run: Check["run"]): Check => ({ name, run });
const never = (signals: AbortSignal[]) => (given: { signal: AbortSignal }) => {
  signals.push(given.signal);
  return new Promise<CheckResult>(() => {});
};
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("checks side by side", () => {
  test("all start at once, and each outcome is its own", async () => {
    const started: string[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const wait = (name: string, result: CheckResult) => check(name, async () => {
      started.push(name);
      if (started.length === 4) release();
      await gate;
      return result;
    });
    const outcomes = await runChecks([
      wait("a", fine), wait("b", { findings: [finding("warning")], detail: "" }), wait("c", { findings: [finding("failure")], detail: "" }), wait("d", { ...fine, skipped: true }),
    ], subject, new HandClock());
    expect(outcomes.map(({ name, kind }) => `${name} ${kind}`)).toEqual(["a passed", "b passed", "c failed", "d skipped"]);
  });

  test("one that throws could not run, and says what to change", async () => {
    const broken = failure("configuration", { what: "It is broken", fix: "Mend it." });
    const outcomes = await runChecks([check("a", () => Promise.reject(broken)), check("b", () => Promise.reject(new Error("bug")))], subject, new HandClock());
    expect(outcomes).toMatchObject([{ kind: "errored", detail: "It is broken", fix: "Mend it." }, { kind: "errored", detail: "bug" }]);
  });

  test("one that does not end is given up at its limit and told so; the others are not waited for by it", async () => {
    const clock = new HandClock();
    const signals: AbortSignal[] = [];
    const running = runChecks([check("slow", never(signals)), check("quick", async () => fine)], { ...subject, timeoutMs: 1_000 }, clock);
    await settle();
    clock.pass(5_999);
    await settle();
    expect(signals[0]?.aborted).toBe(false);
    clock.pass(1);
    const outcomes = await running;
    expect(outcomes).toMatchObject([{ name: "slow", kind: "errored", detail: "did not end within 1 s" }, { name: "quick", kind: "passed" }]);
    expect(signals[0]?.aborted).toBe(true);
  });

  test("all together end after ten minutes", async () => {
    const clock = new HandClock();
    const signals: AbortSignal[] = [];
    const running = runChecks([check("a", never(signals)), check("b", never(signals))], { ...subject, timeoutMs: 3_600_000 }, clock);
    await settle();
    clock.pass(600_000);
    expect(await running).toMatchObject([{ kind: "errored", detail: "did not end within 600 s" }, { kind: "errored" }]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

describe("the decision", () => {
  const outcome = (name: string, kind: "passed" | "failed" | "skipped" | "errored", findings: Finding[] = []) => ({ name, kind, findings, detail: "d", fix: "f", ms: 1 });

  test("every reason is told, those of errors too", () => {
    const outcomes = [outcome("markdown", "failed", [finding("failure"), finding("warning"), finding("failure", "b.md")]), outcome("faq", "errored"), outcome("links", "passed"), outcome("smoke", "failed", [finding("failure", "")])];
    expect(decide({ outcomes, changes: [] })).toEqual({
      kind: "failure",
      failedChecks: ["markdown", "smoke", "faq"],
      reasons: ["a.md:3: It is wrong. Mend it.", "b.md:3: It is wrong. Mend it.", "smoke: It is wrong. Mend it.", "faq could not run: d. f"],
      headline: "3 findings in markdown and smoke; faq could not run",
    });
  });

  test("what could not run is never a pass", () => {
    expect(decide({ outcomes: [outcome("markdown", "passed"), outcome("links", "errored")], changes: [] })).toMatchObject({ kind: "error", failedChecks: ["links"] });
  });

  test("nothing to check is a success that says so", () => {
    expect(decide({ outcomes: [outcome("markdown", "skipped")], changes: [] }).headline).toBe("Nothing changed");
    expect(decide({ outcomes: [], changes: [] }).headline).toBe("No check is configured");
  });
});

describe("what is to be checked", () => {
  const none = { prNumber: 0, headSha: "" };
  const at = (event: Record<string, unknown>) => ({ event, eventName: "x", owner: "Acme", repo: "Product" });
  const pull = { number: 7, body: "b", head: { sha: "h", repo: { full_name: "acme/product" } }, base: { sha: "m" } };

  test("the event's pull request, unless the inputs name another", () => {
    expect(targetOf(none, at({ pull_request: pull }))).toEqual({ prNumber: 7, sha: "h", baseSha: "m", body: "b", fork: false, powerless: false });
    expect(targetOf({ prNumber: 7, headSha: "x" }, at({ pull_request: pull })).sha).toBe("x");
    expect(targetOf({ prNumber: 8, headSha: "" }, at({ pull_request: pull }))).toEqual({ prNumber: 8, sha: "", baseSha: null, body: "", fork: false, powerless: false });
  });

  test("only the event `pull_request` takes the power from a fork's run", () => {
    const powerless = (eventName: string, prNumber = 0) => targetOf({ prNumber, headSha: "" }, { ...at({ pull_request: pull }), eventName }).powerless;
    expect([powerless("pull_request"), powerless("pull_request", 8)]).toEqual([true, true]);
    expect(["pull_request_target", "workflow_run", "issue_comment", "workflow_dispatch"].map((event) => powerless(event, 8))).toEqual([false, false, false, false]);
  });

  test("a head in another repository, or in none any more, is a fork", () => {
    expect(targetOf(none, at({ pull_request: { ...pull, head: { sha: "h", repo: { full_name: "mallory/product" } } } })).fork).toBe(true);
    expect(targetOf(none, at({ pull_request: { ...pull, head: { sha: "h", repo: null } } })).fork).toBe(true);
  });

  test("an event without one is refused", () => {
    expect(() => targetOf(none, at({ pull_request: "x" }))).toThrow(/no pull request to check/);
  });
});
