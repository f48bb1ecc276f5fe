import { describe, expect, test } from "@jest/globals";
import type { Measurement } from "../../../src/probes/port.ts";
import type { LatencyChange, TrafficJudged } from "../../../src/stages/post-deploy-health/compare.ts";
import { type Evidence, judge, type Series } from "../../../src/stages/post-deploy-health/judge.ts";
import type { Judgement } from "../../../src/stages/post-deploy-health/plan/plan.ts";

const rule: Judgement = { successes: 3, failureLimit: 3, consecutiveErrorLimit: 4, count: null, intervalMs: 1_000, delayMs: 0, timeoutMs: 1_000 };
const OUTCOMES = { s: "success", f: "failure", e: "error", i: "inconclusive" } as const;

/** `sfei` is a success, a failure, an error to measure and an answer that is neither, in this order. */
function measured(course: string, probe = "web"): Measurement[] {
  return [...course].map((letter, at) => ({ probe, outcome: OUTCOMES[letter as "s"], latencyMs: 5, detail: `seen ${letter}`, at }));
}

function one(course: string, more: Partial<Omit<Series, "before">> & { readonly before?: string } = {}): Series {
  const { before = "", ...rest } = more;
  const probe = more.probe ?? "web";
  return { probe, role: "critical", rule, isRequest: true, measurements: measured(course, probe), ...rest, before: measured(before, probe) };
}

function of(series: readonly Series[], more: Partial<Evidence> = {}): Evidence {
  return { series, version: [], versionRule: rule, traffic: [], latency: () => [], outOfTime: false, ...more };
}

const rounds = (course: string, more: Partial<Evidence> = {}) => of([one(course)], more);
const codes = (evidence: Evidence) => {
  const { kind, reasons } = judge(evidence);
  return [kind, ...reasons.map(({ code }) => code)].join(" ");
};

/** `+` the commit was shown, `-` another one, `?` it could not be read. */
function versions(course: string): Evidence["version"] {
  return [...course].map((letter) => ({ outcome: letter === "+" ? "shown" : letter === "-" ? "other" : "unread", detail: `version ${letter}` }));
}

describe("one critical probe", () => {
  test.each([
    ["sss", "healthy"],
    ["ss", "wait"],
    ["", "wait"],
    // Warming up: three failures are tolerated, and it recovers.
    ["fffsss", "healthy"],
    ["fff", "wait"],
    ["ffff", "unhealthy"],
    // A flap looks healthy for a moment: it has to stay well for twice as long, and may not go on.
    ["sf", "wait"],
    ["sfsss", "wait"],
    ["sfssssss", "healthy"],
    ["sfsfsfsf", "unhealthy"],
    ["sffff", "unhealthy"],
    // An error to measure is never a failure, nor a success.
    ["eeee", "wait"],
    ["eeeee", "inconclusive"],
    ["eeeesss", "healthy"],
    ["eseseseses", "wait"],
    ["sse", "wait"],
    ["efefefef", "unhealthy"],
  ])("%s is %s", (course, kind) => {
    expect(judge(rounds(course))).toMatchObject({ kind });
  });

  test.each([
    ["ss", "inconclusive"],
    ["ff", "unhealthy"],
    ["sf", "inconclusive"],
    ["ee", "inconclusive"],
    ["sfsss", "inconclusive"],
    ["sss", "healthy"],
  ])("when the time is up, %s is %s", (course, kind) => {
    expect(judge(rounds(course, { outOfTime: true }))).toMatchObject({ kind });
  });
});

test("a verdict says which probe, how often and what was seen", () => {
  const { reasons } = judge(rounds("sffff"));
  expect(reasons).toEqual([{ code: "probe-failed", message: "web failed 4 of 5 times: seen f" }]);
});

test("all critical probes have to pass, and every sick one is named", () => {
  const judged = judge(of(["a", "b", "c"].map((probe, index) => one(["ssss", "ffff", "ffff"][index]!, { probe }))));
  expect(judged.kind).toBe("unhealthy");
  expect(judged.reasons.map(({ message }) => message.slice(0, 1))).toEqual(["b", "c"]);
});

test("one on its way to be sick is named with the one that is, and one that failed once is not", () => {
  const { reasons } = judge(of([one("ffff", { probe: "a" }), one("sff", { probe: "b" }), one("ssf", { probe: "c" })]));
  expect(reasons.map(({ message }) => message)).toEqual(["a failed 4 of 4 times: seen f", "b failed 2 of 3 times: seen f"]);
});

test("an advisory probe decides nothing", () => {
  expect(judge(of([one("sss"), one("fffff", { probe: "advisory", role: "advisory" })])).kind).toBe("healthy");
});

test("one probe that fails decides, whatever another one cannot measure", () => {
  expect(judge(of([one("eeeee"), one("fffff", { probe: "b" })])).kind).toBe("unhealthy");
});

describe("the version", () => {
  test.each([
    ["sss", "+++", "healthy"],
    ["sss", "-++", "wait"],
    ["sss", "++-", "wait"],
    ["ssssss", "+-----", "inconclusive"],
    ["ssssss", "+?????", "inconclusive"],
    ["ssss", "-+++", "healthy"],
    ["ffff", "++++", "unhealthy"],
    ["ffff", "+++?", "unhealthy"],
    ["ffff", "+++-", "inconclusive"],
  ])("probes %s and versions %s are %s", (course, version, kind) => {
    expect(judge(rounds(course, { version: versions(version) }))).toMatchObject({ kind });
  });

  test("alone it is enough, when no health address is configured", () => {
    expect(judge(of([], { version: versions("+++") })).kind).toBe("healthy");
    expect(judge(of([], { version: versions("+-+"), outOfTime: true })).kind).toBe("inconclusive");
  });
});

describe("a probe that has passed, and is watched while another one is waited for", () => {
  const watched = (course: string) => judge(of([one(course), one("", { probe: "slow" })])).kind;
  const well = (times: number) => "s".repeat(times);
  test.each([
    // Failures that any service has now and then are not summed up for ever.
    [`sss${well(20)}f${well(20)}f${well(20)}f${well(20)}f`, "wait"],
    ["sssffff", "unhealthy"],
    ["ssssfsfsfsf", "unhealthy"],
    ["sssfff", "wait"],
    // Before it has passed, they are.
    ["ffssffsss", "unhealthy"],
  ])("%s is %s", (course, kind) => expect(watched(course)).toBe(kind));

  test("has to be well when it is decided", () => {
    expect(judge(of([one("ssssssf")])).kind).toBe("wait");
    expect(judge(of([one("ssssssfssssss")])).kind).toBe("healthy");
  });
});

describe("a count", () => {
  const counted = (course: string, more: Partial<Judgement> = {}) => judge(of([one(course, { rule: { ...rule, count: 5, ...more } })])).kind;
  test.each([
    ["sss", "healthy"],
    ["ssfss", "inconclusive"],
    ["fsffs", "inconclusive"],
    // As in Argo, errors are not counted: two more may be made.
    ["sesef", "wait"],
    ["sesefff", "inconclusive"],
    ["ffff", "unhealthy"],
  ])("of five: %s is %s", (course, kind) => expect(counted(course)).toBe(kind));

  test("that is smaller than a flap would need is enough when all of it went well since", () => {
    expect(counted("sfsss", { count: 6 })).toBe("wait");
    expect(counted("fsss", { count: 4 })).toBe("healthy");
  });
});

describe("what is neither yes nor no", () => {
  test.each([
    ["iiii", "wait"],
    ["iiiii", "inconclusive"],
    ["ieiei", "inconclusive"],
    ["iiiisss", "healthy"],
    ["ssiss", "wait"],
    ["ififif", "wait"],
  ])("%s is %s", (course, kind) => expect(judge(rounds(course)).kind).toBe(kind));
});

describe("what hurts, but not by this deployment", () => {
  test("was there before it", () => {
    expect(codes(of([one("ffff", { before: "f" })]))).toBe("inconclusive sick-before probe-failed");
    expect(codes(of([one("ffff", { before: "fsf" })]))).toBe("inconclusive sick-before probe-failed");
    // It was well mostly, or could not be measured.
    for (const before of ["s", "sfs", "e", "eee", ""]) expect(codes(of([one("ffff", { before })]))).toBe("unhealthy probe-failed");
  });

  test("is no excuse where the address did not exist before: it is new", () => {
    const gone = measured("fff").map((one) => ({ ...one, isAbsent: true }));
    const probe = { ...one("ffff"), before: gone };
    expect(codes(of([probe]))).toBe("unhealthy probe-failed");
    expect(codes(of([{ ...probe, before: [...gone, ...measured("f")] }]))).toBe("inconclusive sick-before probe-failed");
  });

  test("is no excuse for what was well", () => {
    expect(codes(of([one("ffff", { before: "f" }), one("ffff", { probe: "b", before: "s" })]))).toBe("unhealthy probe-failed probe-failed");
  });

  test("hurts what it does not touch as well", () => {
    const control = (course: string) => one(course, { probe: "payments", role: "control" });
    expect(codes(of([one("ffff"), control("ff")]))).toBe("inconclusive outside-outage probe-failed");
    expect(codes(of([one("ffff"), control("sff")]))).toBe("inconclusive outside-outage probe-failed");
    expect(codes(of([one("ffff"), control("ss")]))).toBe("unhealthy probe-failed");
    expect(codes(of([one("ffff"), control("ssf")]))).toBe("unhealthy probe-failed");
    // It is looked at twice before it is believed, and one that cannot be measured proves nothing.
    expect(codes(of([one("ffff"), control("s")]))).toMatch(/^wait/);
    expect(codes(of([one("ffff"), control("s")], { outOfTime: true }))).toBe("inconclusive control-unmeasured probe-failed");
    expect(codes(of([one("ffff"), control("eeeee")]))).toBe("inconclusive control-unmeasured probe-failed");
    // A control decides nothing by itself.
    expect(codes(of([one("sss"), control("ffff")]))).toBe("healthy");
  });
});

describe("comparisons of errors", () => {
  const counted = (kind: TrafficJudged["kind"], control: TrafficJudged["control"] = "none"): TrafficJudged => ({ kind, control, change: null, reasons: [{ code: `traffic-${kind}`, message: "" }] });
  const by = (course: string, kind: TrafficJudged["kind"], more: Partial<Evidence> = {}) => codes(rounds(course, { traffic: [counted(kind)], ...more }));
  test("hold up a verdict, and decide one", () => {
    expect(by("sss", "pass")).toBe("healthy");
    expect(by("sss", "wait")).toBe("wait traffic-wait");
    expect(by("sss", "wait", { outOfTime: true })).toBe("inconclusive traffic-wait");
    expect(by("sss", "inconclusive")).toBe("inconclusive traffic-inconclusive");
    expect(by("sss", "worse")).toBe("unhealthy traffic-worse");
    expect(by("sss", "worse", { version: versions("++-") })).toBe("inconclusive version-changed traffic-worse");
    expect(codes(of([one("sss"), one("ff", { role: "control", probe: "c" })], { traffic: [counted("worse")] }))).toBe("inconclusive outside-outage traffic-worse");
    // What was sick before excuses the probe, and not the errors.
    expect(codes(of([one("ffff", { before: "f" })], { traffic: [counted("worse")] }))).toBe("unhealthy probe-failed traffic-worse");
  });
});

describe("a probe that fails where errors are counted too", () => {
  const always = `s${"f".repeat(12)}`;
  const counts = { errors: 1, requests: 100 };
  const counted = (kind: TrafficJudged["kind"], control: TrafficJudged["control"]): TrafficJudged => ({ kind, control, change: { before: counts, after: counts, p: 0.5, worse: false, against: "before" }, reasons: [{ code: `traffic-${kind}`, message: "" }] });
  test("decides by itself where the counts had nothing to compare with, and where it never did anything else", () => {
    expect(codes(rounds("ffff", { traffic: [{ ...counted("pass", "none"), change: null }] }))).toBe("unhealthy probe-failed");
    expect(codes(rounds("ffffff", { traffic: [counted("pass", "none")] }))).toBe("unhealthy probe-failed");
    expect(codes(of([one("ffff", { isRequest: false })], { traffic: [counted("wait", "doubtful")] }))).toBe("unhealthy probe-failed");
    const brief = { ...rule, count: 4 };
    expect(codes(of([one("ffff", { rule: brief })], { traffic: [counted("pass", "none")] }))).toBe("unhealthy probe-failed");
    expect(codes(of([one("ffff", { rule: { ...rule, count: 5 } })], { traffic: [counted("pass", "none")] }))).toBe("wait traffic-as-before probe-failed");
  });

  test.each<[string, TrafficJudged["kind"], TrafficJudged["control"], boolean, string]>([
    // Now and then: the counts know better, and are waited for.
    ["ffff", "wait", "none", false, "wait probe-failed traffic-wait"],
    ["ffff", "pass", "none", false, "wait traffic-as-before probe-failed"],
    ["ffff", "pass", "none", true, "inconclusive traffic-as-before probe-failed"],
    ["ffff", "inconclusive", "none", true, "inconclusive traffic-as-before probe-failed"],
    // Nothing but failures: it is believed, unless a control may still speak for it.
    [always, "wait", "none", false, "unhealthy probe-failed"],
    [always, "wait", "doubtful", false, "wait probe-failed traffic-wait"],
    [always, "pass", "well", false, "unhealthy probe-failed"],
    [always, "inconclusive", "none", false, "unhealthy probe-failed"],
    [always, "inconclusive", "doubtful", false, "inconclusive traffic-inconclusive probe-failed"],
    // What is dead counts nothing, and what it does not touch is counted and well: it is this deployment.
    [always, "inconclusive", "well", false, "unhealthy probe-failed"],
    ["ffff", "inconclusive", "well", false, "wait traffic-as-before probe-failed"],
    ["ffff", "worse", "well", false, "unhealthy probe-failed traffic-worse"],
  ])("%s, and counts say %s (control %s, time up %s)", (course, kind, control, outOfTime, expected) => {
    expect(codes(rounds(course, { traffic: [counted(kind, control)], outOfTime }))).toBe(expected);
  });
});

test("latencies decide last, and only against what was right before", () => {
  const change = (more: Partial<LatencyChange>): LatencyChange => ({ probe: "web", role: "critical", against: "before", count: { after: 9, before: 9 }, median: { after: 300, before: 20 }, p: 1e-5, effect: 1, worse: true, smallest: 0.9, ...more });
  const by = (...all: LatencyChange[]) => codes(rounds("sss", { latency: () => all }));
  expect(by(change({ worse: false }))).toBe("healthy");
  expect(by(change({}))).toBe("unhealthy slower");
  expect(by(change({ against: "last-good" }))).toBe("inconclusive slower");
  expect(by(change({ role: "advisory" }))).toBe("healthy");
  expect(by(change({}), change({ probe: "payments", role: "control" }))).toBe("inconclusive outside-outage slower");
  expect(codes(rounds("ss", { latency: () => [change({})] }))).toMatch(/^wait/);
});

test("nothing measured is nothing known", () => {
  expect(judge(of([]))).toMatchObject({ kind: "inconclusive", reasons: [{ code: "nothing-to-probe" }] });
});
