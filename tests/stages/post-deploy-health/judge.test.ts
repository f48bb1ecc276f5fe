import { describe, expect, test } from "@jest/globals";
import type { Measurement } from "../../../src/probes/port.ts";
import { type Rounds, judge } from "../../../src/stages/post-deploy-health/judge.ts";

const rule = { successes: 3, failureLimit: 3, consecutiveErrorLimit: 4, intervalMs: 1_000 };
const OUTCOMES = { s: "success", f: "failure", e: "error" } as const;

/** `sfe` is a success, a failure and an error to measure, in this order. */
function measured(course: string, probe = "web"): Measurement[] {
  return [...course].map((letter, at) => ({ probe, outcome: OUTCOMES[letter as "s"], latencyMs: 5, detail: `seen ${letter}`, at }));
}

function rounds(course: string, options: Partial<Rounds> & { critical?: boolean } = {}): Rounds {
  const { critical = true, ...rest } = options;
  return { series: [{ probe: "web", critical, measurements: measured(course) }], version: [], outOfTime: false, ...rest };
}

/** `+` the commit was shown, `-` another one, `?` it could not be read. */
function versions(course: string): Rounds["version"] {
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
    expect(judge(rounds(course), rule)).toMatchObject({ kind });
  });

  test.each([
    ["ss", "inconclusive"],
    ["ff", "unhealthy"],
    ["sf", "inconclusive"],
    ["ee", "inconclusive"],
    ["sfsss", "inconclusive"],
    ["sss", "healthy"],
  ])("when the time is up, %s is %s", (course, kind) => {
    expect(judge(rounds(course, { outOfTime: true }), rule)).toMatchObject({ kind });
  });
});

test("a verdict says which probe, how often and what was seen", () => {
  const { reasons } = judge(rounds("sffff"), rule);
  expect(reasons).toEqual([{ code: "probe-failed", message: "web failed 4 of 5 times: seen f" }]);
});

test("all critical probes have to pass, and every sick one is named", () => {
  const series = ["a", "b", "c"].map((probe, index) => ({ probe, critical: true, measurements: measured(["ssss", "ffff", "ffff"][index]!, probe) }));
  const judged = judge({ series, version: [], outOfTime: false }, rule);
  expect(judged.kind).toBe("unhealthy");
  expect(judged.reasons.map(({ message }) => message.slice(0, 1))).toEqual(["b", "c"]);
});

test("an advisory probe decides nothing", () => {
  const series = [...rounds("sss").series, { probe: "advisory", critical: false, measurements: measured("fffff", "advisory") }];
  expect(judge({ series, version: [], outOfTime: false }, rule).kind).toBe("healthy");
});

test("one probe that fails decides, whatever another one cannot measure", () => {
  const series = [...rounds("eeeee").series, { probe: "b", critical: true, measurements: measured("fffff", "b") }];
  expect(judge({ series, version: [], outOfTime: false }, rule).kind).toBe("unhealthy");
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
    expect(judge(rounds(course, { version: versions(version) }), rule)).toMatchObject({ kind });
  });

  test("alone it is enough, when no health address is configured", () => {
    expect(judge({ series: [], version: versions("+++"), outOfTime: false }, rule).kind).toBe("healthy");
    expect(judge({ series: [], version: versions("+-+"), outOfTime: true }, rule).kind).toBe("inconclusive");
  });
});

test("the next round comes after the interval, and never at once after one that went badly", () => {
  expect(judge(rounds("s"), rule)).toMatchObject({ retryAfterMs: 1_000 });
  expect(judge(rounds("s"), { ...rule, intervalMs: 0 })).toMatchObject({ retryAfterMs: 0 });
  expect(judge(rounds("f"), { ...rule, intervalMs: 0 })).toMatchObject({ retryAfterMs: 250 });
});

test("nothing measured is nothing known", () => {
  expect(judge({ series: [], version: [], outOfTime: false }, rule)).toMatchObject({ kind: "inconclusive", reasons: [{ code: "nothing-to-probe" }] });
});
