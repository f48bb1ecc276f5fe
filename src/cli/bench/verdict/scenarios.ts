import { normal, type Random } from "./random.ts";

/** What is true of one deployment and of the world around it: error rates, which nobody sees but by counting. */
export interface Truth {
  readonly before: number;
  readonly after: number;
  /** Of what the deployment does not touch; null: none is named. */
  readonly control: { readonly before: number; readonly after: number } | null;
  /** Of the last good deployment on record; null: there is none. */
  readonly lastGood: number | null;
  /** What Prometheus answers to the window after the deployment. */
  readonly counted: "counts" | "empty" | "unread";
}

export interface Scenario {
  readonly name: string;
  /** `probes`: no traffic is counted, and nothing but a handful of measurements decides. */
  readonly by: "traffic" | "probes";
  readonly truth: (random: Random) => Truth;
  /** What has to come of it; null: it is only told. Shares of all deployments, as the interval around them has to keep. */
  readonly budget: { readonly verdict: "unhealthy"; readonly atMost?: number; readonly atLeast?: number } | null;
  /** Budgets that hold for windows of this many requests only; empty: for all. */
  readonly forRequests?: readonly number[];
}

const FALSE_ROLLBACKS = 0.001;
const CAUGHT = 0.99;
const BASE = 0.01;
const never = { verdict: "unhealthy", atMost: FALSE_ROLLBACKS } as const;

const plain = { control: null, lastGood: null, counted: "counts" } as const;
const between = (random: Random, from: number, to: number) => from + (to - from) * random();
/** A rate that is never quite the same from one window to the next. */
const restless = (random: Random, rate: number, by: number) => Math.min(1, rate * Math.exp(by * normal(random)));

/** Good, bad, an outage from outside, no data (issue 6), and what makes each of them harder. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "good: 1% before and after", by: "traffic", budget: never, truth: () => ({ ...plain, before: BASE, after: BASE }) },
  { name: "good, with a control", by: "traffic", budget: never, truth: () => ({ ...plain, before: BASE, after: BASE, control: { before: BASE, after: BASE } }) },
  { name: "good, rates that are restless by 5%", by: "traffic", budget: never, truth: (random) => ({ ...plain, before: restless(random, BASE, 0.05), after: restless(random, BASE, 0.05) }) },
  // Rates that differ so much without any cause want a floor of their own.
  { name: "good, rates that are restless by 20%", by: "traffic", budget: null, truth: (random) => ({ ...plain, before: restless(random, BASE, 0.2), after: restless(random, BASE, 0.2) }) },
  { name: "bad: from 1% to 2%", by: "traffic", budget: { verdict: "unhealthy", atLeast: CAUGHT }, forRequests: [20_000], truth: () => ({ ...plain, before: BASE, after: 2 * BASE }) },
  { name: "bad: from 1% to 2%, with a control", by: "traffic", budget: { verdict: "unhealthy", atLeast: CAUGHT }, forRequests: [20_000], truth: () => ({ ...plain, before: BASE, after: 2 * BASE, control: { before: BASE, after: BASE } }) },
  // What is dead has no series: the probe says so, and the control that the world is well.
  { name: "broken: every request fails, none is counted, with a control", by: "traffic", budget: { verdict: "unhealthy", atLeast: CAUGHT }, truth: () => ({ ...plain, before: BASE, after: 1, counted: "empty", control: { before: BASE, after: BASE } }) },
  { name: "broken with all of the world, which the control shares", by: "traffic", budget: never, truth: (random) => ({ ...plain, before: BASE, after: 1, counted: "empty", control: { before: BASE, after: between(random, 0.5, 1) } }) },
  { name: "bad: from 1% to 5%", by: "traffic", budget: null, truth: () => ({ ...plain, before: BASE, after: 5 * BASE }) },
  {
    // The world has been sick since before the deployment: a window before it knows.
    name: "outside outage, since before", by: "traffic", budget: never,
    truth: (random) => {
      const sick = BASE * between(random, 2, 20);
      return { ...plain, before: sick, after: sick, lastGood: BASE };
    },
  },
  {
    name: "outside outage with the deployment, which the control shares", by: "traffic", budget: never,
    truth: (random) => {
      const factor = between(random, 1.2, 20);
      return { ...plain, before: BASE, after: BASE * factor, control: { before: 0.7 * BASE, after: 0.7 * BASE * factor } };
    },
  },
  {
    // The fewer requests the control has, the less it shows of what hits it less.
    name: "outside outage with the deployment, of which the control has half", by: "traffic", budget: never, forRequests: [20_000],
    truth: (random) => {
      const factor = between(random, 3, 20);
      return { ...plain, before: BASE, after: BASE * factor, control: { before: BASE, after: BASE * (1 + (factor - 1) / 2) } };
    },
  },
  // Nothing in the counts tells it from a bad deployment: this is what a control is for.
  { name: "outside outage with the deployment, and no control", by: "traffic", budget: null, truth: (random) => ({ ...plain, before: BASE, after: BASE * between(random, 2, 20) }) },
  { name: "no data: no series, or no request", by: "traffic", budget: never, truth: () => ({ ...plain, before: BASE, after: BASE, counted: "empty" }) },
  { name: "no data: the monitoring is down", by: "traffic", budget: never, truth: () => ({ ...plain, before: BASE, after: BASE, counted: "unread" }) },
  { name: "probes alone, good: 1% before and after", by: "probes", budget: never, truth: () => ({ ...plain, before: BASE, after: BASE }) },
  { name: "probes alone, bad: from 1% to 2%", by: "probes", budget: null, truth: () => ({ ...plain, before: BASE, after: 2 * BASE }) },
  { name: "probes alone, broken: every request fails", by: "probes", budget: { verdict: "unhealthy", atLeast: CAUGHT }, truth: () => ({ ...plain, before: BASE, after: 1 }) },
  { name: "probes alone, an outside outage since before", by: "probes", budget: never, truth: () => ({ ...plain, before: 1, after: 1 }) },
];
