import { isOrdered } from "../../../kit/comparison.ts";
import type { ProbeSpec } from "../../../probes/port.ts";
import type { Verification } from "../../verification.ts";
import { type Check, type Comparison, type Plan, SPEAKS_AFTER } from "./plan.ts";

/** What cannot be meant, though each part of it is fine by itself. */
export interface Contradiction {
  /** Where in the file. */
  readonly keys: readonly (string | number)[];
  readonly what: string;
  readonly fix: string;
}

/** Everything in a plan that contradicts itself: limits that can never be reached, or that nothing could ever pass. */
export function contradictionsOf(plan: Plan, { versionUrl }: Pick<Verification, "versionUrl">): Contradiction[] {
  const names = [...plan.checks.map(({ spec }) => spec.name), ...plan.traffic.map(({ spec }) => spec.name)];
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  const decides = plan.checks.some(({ role }) => role === "critical") || plan.traffic.some(({ role }) => role === "critical");
  return [
    ...twice.map((name) => ({ keys: ["probes"], what: `Two probes are called \`${name}\``, fix: "Give each a name of its own: what is on record is found by it." })),
    ...(decides || versionUrl !== "" ? [] : [{ keys: ["probes"], what: "Nothing in the file is critical, so nothing could decide", fix: "Leave out `role` of what has to be well." }]),
    ...plan.checks.flatMap((check, index) => [...ofPace(check, index, plan.withinMs), ...ofSpec(check.spec, index)]),
    ...plan.traffic.flatMap((comparison, index) => ofTraffic(comparison, index, plan.withinMs)),
  ];
}

function ofPace({ spec: { name }, rule, role }: Check, index: number, withinMs: number): Contradiction[] {
  const { count, successes, failureLimit, intervalMs, delayMs } = rule;
  const found: Contradiction[] = [];
  const add = (key: string, what: string, fix: string) => void found.push({ keys: ["probes", index, key], what: `\`${name}\`: ${what}`, fix });
  const within = withinMs / 1_000;
  const last = (measurements: number) => (delayMs + (measurements - 1) * intervalMs) / 1_000;
  if (count !== null && failureLimit >= count) add("failure-limit", `of ${count} measurements never more than ${failureLimit} can fail, so it could never be unhealthy`, "Set `failure-limit` below `count`.");
  if (role === "control" && count !== null && count < SPEAKS_AFTER) add("count", `a control is believed after ${SPEAKS_AFTER} measurements, so with ${count} it could never be told to be well, and nothing would ever be rolled back`, `Set \`count\` of a control to ${SPEAKS_AFTER} at least, or leave it out.`);
  else if (role === "control" && last(SPEAKS_AFTER) >= within) add("interval-seconds", `a control is believed after ${SPEAKS_AFTER} measurements, the ${ordinal(SPEAKS_AFTER)} could be made after ${last(SPEAKS_AFTER)} s, and the time is up after ${within} s`, "Raise `within-seconds`, or lower `interval-seconds` or `initial-delay-seconds`.");
  if (count !== null && successes > count) add("successes", `of ${count} measurements never ${successes} can succeed, so it could never pass`, "Set `successes` to `count` at most.");
  if (last(successes) >= within) add("successes", `its ${ordinal(successes)} success could be seen after ${last(successes)} s, and the time is up after ${within} s, so it could never pass`, "Raise `within-seconds`, or lower `successes`, `interval-seconds` or `initial-delay-seconds`.");
  else if (last(failureLimit + 1) >= within) add("failure-limit", `its ${ordinal(failureLimit + 1)} failure could be seen after ${last(failureLimit + 1)} s, and the time is up after ${within} s, so the limit could never be passed`, "Raise `within-seconds`, or lower `failure-limit`, `interval-seconds` or `initial-delay-seconds`.");
  return found;
}

function ordinal(count: number): string {
  const ends: Readonly<Record<number, string>> = { 1: "st", 2: "nd", 3: "rd" };
  return `${count}${count % 100 > 10 && count % 100 < 14 ? "th" : (ends[count % 10] ?? "th")}`;
}

function ofSpec(spec: ProbeSpec, index: number): Contradiction[] {
  const found: Contradiction[] = [];
  const add = (keys: readonly string[], what: string, fix: string) => void found.push({ keys: ["probes", index, ...keys], what: `\`${spec.name}\`: ${what}`, fix });
  if ("url" in spec) for (const what of ofAddress(spec.url, spec.kind === "redis-workers" ? /^rediss?:\/\// : /^https?:\/\//)) add(["url"], what, "Write it as `${NAME}`, and let `health-env` allow that variable.");
  if (spec.kind === "http") {
    if (spec.expect.certificateDays !== null && spec.url.startsWith("http://")) add(["expect", "certificate-days"], "an http:// address has no certificate", "Use https://, or leave out `certificate-days`.");
    if (spec.expect.matches !== "" && !isExpression(spec.expect.matches)) add(["expect", "matches"], `\`${spec.expect.matches}\` is no regular expression`, "Correct it; a text that is no pattern goes into `contains`.");
    if (spec.expect.status.some(([from, to]) => from > to)) add(["expect", "status"], "a range of statuses ends before it begins", "Put the lower one first.");
  }
  if (spec.kind === "prometheus" && spec.fail !== "") {
    const both = overlap(spec.pass, spec.fail);
    if (both !== undefined) add(["fail"], `${both} would both pass and fail`, "Let `pass` and `fail` leave each other alone; what is neither is inconclusive.");
  }
  return found;
}

function ofAddress(url: string, scheme: RegExp): string[] {
  if (/:\/\/[^/?#]*:[^/?#$]+@/.test(url)) return ["its address holds a password in plain text"];
  return scheme.test(url) || url.startsWith("${") ? [] : [`its address does not begin as one: ${String(scheme).includes("redis") ? "redis:// or rediss://" : "https:// or http://"}`];
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

/** A number that meets both comparisons; both are about one number each, so that it is found beside one of those. */
function overlap(pass: string, fail: string): number | undefined {
  const [a = 0, b = 0] = [pass, fail].map((text) => Number(text.replace(/^[\s<>=!]+/, "")));
  const step = Math.max(Math.abs(a - b) / 2, Math.abs(a), Math.abs(b), 1) * 1e-6;
  const candidates = [a, b, (a + b) / 2, a - step, a + step, b - step, b + step, Math.min(a, b) - 1, Math.max(a, b) + 1];
  return candidates.find((value) => isOrdered(value, pass) && isOrdered(value, fail));
}

function ofTraffic({ spec, windowMs, timeoutMs }: Comparison, index: number, withinMs: number): Contradiction[] {
  const found: Contradiction[] = [];
  const add = (keys: readonly string[], what: string, fix: string) => void found.push({ keys: ["traffic", index, ...keys], what: `\`${spec.name}\`: ${what}`, fix });
  for (const what of ofAddress(spec.url, /^https?:\/\//)) add(["url"], what, "Write it as `${NAME}`, and let `health-env` allow that variable.");
  for (const [where, queries] of [[[], spec.target], [["control"], spec.control]] as const) {
    for (const key of ["errors", "requests"] as const) {
      if (queries !== null && !queries[key].includes("${window}")) add([...where, key], `\`${key}\` does not say \`\${window}\`, so it would not count the window that is compared`, "Write it into the query, as in `sum(increase(http_requests_total[${window}]))`.");
    }
  }
  if (windowMs + timeoutMs >= withinMs) add(["window-seconds"], `its window of ${windowMs / 1_000} s and one measurement do not fit into ${withinMs / 1_000} s`, "Raise `within-seconds`, or shorten `window-seconds`.");
  return found;
}
