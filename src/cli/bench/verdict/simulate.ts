import type { Counted, Measurement } from "../../../probes/port.ts";
import { judgeTraffic, POWER, smallestRate, type TrafficJudged } from "../../../stages/post-deploy-health/compare.ts";
import { judge, type Series, type Verdict } from "../../../stages/post-deploy-health/judge.ts";
import { type Comparison, type Judgement, planOfInputs } from "../../../stages/post-deploy-health/plan/plan.ts";
import { verificationInputs } from "../../../stages/verification.ts";
import { parseInputs } from "../../../kit/inputs.ts";
import { unseenShare } from "../../../stats/binomial.ts";
import { binomial, randomOf, type Random } from "./random.ts";
import type { Scenario, Truth } from "./scenarios.ts";

/** As they are for who sets nothing. */
const RULE: Judgement = planOfInputs(parseInputs(verificationInputs, (name) => (name === "health-urls" ? "https://example.org/" : ""))).versionRule;
export const COMPARISON: Comparison = {
  spec: { name: "traffic", url: "", headers: {}, windowSeconds: 60, target: { errors: "", requests: "" }, control: null },
  role: "critical", level: 0.0005, floor: { absolute: 0.005, relative: 1.5 }, windowMs: 60_000, timeoutMs: 5_000,
};
/** A probe is measured once a second; the window is over after a minute, and the time after three. */
const WINDOW = COMPARISON.windowMs / 1_000;
const WITHIN = 3 * WINDOW;

export interface Tally {
  readonly healthy: number;
  readonly unhealthy: number;
  readonly inconclusive: number;
}

/**
 * Deploys again and again in one scenario and judges each with the very functions of the action: what is counted and measured is drawn
 * from what is true.
 */
export function simulate(scenario: Scenario, options: { readonly requests: number; readonly deploys: number; readonly seed: number }): Tally {
  const random = randomOf(options.seed, `${scenario.name} ${options.requests}`);
  const tally = { healthy: 0, unhealthy: 0, inconclusive: 0 };
  for (let deploy = 0; deploy < options.deploys; deploy += 1) tally[verdictOf(scenario, scenario.truth(random), options.requests, random)] += 1;
  return tally;
}

function verdictOf({ by }: Scenario, truth: Truth, requests: number, random: Random): Verdict {
  const probe = (rate: number): Measurement => ({ probe: "web", outcome: random() < rate ? "failure" : "success", latencyMs: 10, detail: "", at: 0 });
  const measurements: Measurement[] = [];
  const first = probe(truth.before);
  const before = first.outcome === "failure" ? [first, probe(truth.before), probe(truth.before)] : [first];
  const series: Series[] = [{ probe: "web", role: "critical", rule: RULE, isRequest: true, measurements, before }];
  const counted = by === "traffic" ? count(truth, requests, random) : null;
  const decide = (traffic: readonly TrafficJudged[], outOfTime: boolean) => judge({ series, version: [], versionRule: RULE, traffic, latency: () => [], outOfTime });
  const pending: TrafficJudged = { kind: "wait", control: truth.control === null ? "none" : "doubtful", reasons: [], change: null };
  for (let round = 1; round <= WITHIN; round += 1) {
    measurements.push(probe(truth.after));
    // While all goes well only the end of the window can decide.
    if (counted !== null && round < WINDOW && measurements.at(-1)?.outcome === "success") continue;
    const judged = decide(counted === null ? [] : [round < WINDOW ? pending : counted], round === WITHIN);
    if (judged.kind !== "wait") return judged.kind;
  }
  return "inconclusive";
}

function count(truth: Truth, requests: number, random: Random): TrafficJudged {
  const drawn = (rate: number) => ({ errors: binomial(random, requests, Math.min(1, rate)), requests });
  const counted = (rate: number): Counted => ({ kind: "counted", ...drawn(rate) });
  const after: Counted = truth.counted === "counts" ? counted(truth.after) : { kind: truth.counted, detail: "" };
  const { control, lastGood } = truth;
  const comparison = control === null ? COMPARISON : { ...COMPARISON, spec: { ...COMPARISON.spec, control: { errors: "", requests: "" } } };
  return judgeTraffic(comparison, {
    after, before: counted(truth.before), lastGood: lastGood === null ? null : drawn(lastGood), final: true,
    control: control === null ? null : { after: counted(control.after), before: counted(control.before) },
  }, 1);
}

/** The smallest error rate that is seen 19 times in 20, when it is 1% before; null: none. */
export function smallestSeen(by: Scenario["by"], requests: number): number | null {
  if (by === "probes") return unseenShare(RULE.successes, POWER);
  const errors = Math.round(requests / 100);
  return smallestRate(COMPARISON, { before: { errors, requests }, after: { errors, requests } }, 1);
}
