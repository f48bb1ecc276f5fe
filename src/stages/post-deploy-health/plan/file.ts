import * as v from "valibot";
import { LineCounter, parseDocument, type Document } from "yaml";
import { InstantError, type Problem } from "../../../kit/errors.ts";
import type { HttpExpectation, ProbeSpec } from "../../../probes/port.ts";
import type { Verification } from "../../verification.ts";
import { contradictionsOf } from "./contradictions.ts";
import { type Check, type Comparison, ERROR_LIMIT, FAILURE_LIMIT, type Judgement, LATENCY, type Plan, ruleOf } from "./plan.ts";
import { type FileProbe, type FileTraffic, HealthFile } from "./schema.ts";

/** A health.yaml of fifty probes has a tenth of it; what is longer was made to hurt. */
const LONGEST = 64 * 1024;
const MOST_ALIASES = 20;

/**
 * Reads health.yaml. What it does not say comes from the inputs.
 * @throws InstantError blaming the configuration, with everything that is wrong with the file at once.
 */
export function planOfFile(text: string, settings: Verification): Plan {
  const { healthFile: path } = settings;
  const refuse = (problems: readonly Problem[]) => new InstantError("configuration", problems);
  if (text.length > LONGEST) throw refuse([{ what: `\`${path}\` has ${text.length} characters, more than ${LONGEST}`, where: path, fix: "Say less in it." }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw refuse(document.errors.map(({ message, linePos }) => ({ what: `\`${path}\` is not YAML: ${message.split("\n", 1)[0]}`, where: linePos ? `${path}:${linePos[0].line}` : path, fix: "Correct the file." })));
  }
  const parsed = v.safeParse(HealthFile, dataOf(document, path));
  const at = (keys: readonly (string | number)[]) => `${path}:${lineOf(document, lines, keys)}`;
  if (!parsed.success) throw refuse(parsed.issues.flatMap((issue) => problemsOf(issue, path, at)));
  const plan = planOf(parsed.output, settings);
  const ofGreen = plan.green === undefined ? [] : contradictionsOf(plan.green, { versionUrl: "" }).map((one) => ({ ...one, keys: ["green", ...one.keys] }));
  const problems = [...contradictionsOf(plan, settings), ...ofGreen];
  if (problems.length > 0) throw refuse(problems.map(({ keys, what, fix }) => ({ what, where: at(keys), fix })));
  return plan;
}

function dataOf(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    throw new InstantError("configuration", [{ what: `\`${path}\` repeats itself by aliases more than ${MOST_ALIASES} times`, where: path, fix: "Write out what the aliases stand for." }]);
  }
}

/** The line of the innermost of these keys that is there. */
function lineOf(document: Document, lines: LineCounter, keys: readonly (string | number)[]): number {
  for (let depth = keys.length; depth > 0; depth -= 1) {
    const node = document.getIn(keys.slice(0, depth), true) as { readonly range?: readonly number[] } | undefined;
    if (node?.range?.[0] !== undefined) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** An issue of the schema; of a choice that fits none, the issues of its parts. */
function problemsOf(issue: v.BaseIssue<unknown>, path: string, at: (keys: readonly (string | number)[]) => string): Problem[] {
  const keys = (issue.path ?? []).map(({ key }) => key as string | number);
  const place = keys.map((key) => (typeof key === "number" ? `[${key + 1}]` : `.${key}`)).join("").replace(/^\./, "");
  return [{ what: `\`${path}\`: ${place === "" ? "the file" : `\`${place}\``} ${wordsOf(issue, String(keys.at(-1)))}`, where: at(keys), fix: "Correct it; schemas/health.schema.json says what may stand there." }];
}

function wordsOf(issue: v.BaseIssue<unknown>, key: string): string {
  if (issue.type === "strict_object" && issue.expected === "never") return `is not known: there is no \`${key}\` here`;
  if (issue.received === "undefined") return "is missing";
  if (!issue.message.startsWith("Invalid")) return issue.message;
  return `cannot be ${issue.received}: it takes ${issue.expected ?? issue.kind}`;
}

function planOf(file: HealthFile, settings: Verification): Plan {
  const withinMs = (file["within-seconds"] ?? settings.healthTimeoutSeconds) * 1_000;
  const { latency = {} } = file;
  const shared = {
    latency: {
      ...LATENCY,
      role: latency.role ?? LATENCY.role, effect: latency.effect ?? LATENCY.effect, factor: latency.factor ?? LATENCY.factor, floorMs: latency.milliseconds ?? LATENCY.floorMs,
    },
    versionRule: pace({}, file.defaults ?? {}, ruleOf(settings), withinMs),
    beforeRounds: file["before-rounds"] ?? 1,
    withinMs,
  };
  const of = ({ probes, traffic = [] }: Pick<HealthFile, "probes" | "traffic">): Plan => ({
    ...shared,
    checks: probes.map((probe): Check => ({ spec: specOf(probe), role: probe.role ?? "critical", rule: pace(probe, file.defaults ?? {}, ruleOf(settings), withinMs) })),
    traffic: traffic.map((one) => comparisonOf(one, (one["timeout-seconds"] ?? file.defaults?.["timeout-seconds"] ?? settings.probeTimeoutSeconds) * 1_000)),
  });
  return { ...of(file), ...(file.green === undefined ? {} : { green: of(file.green) }) };
}

type Pacing = NonNullable<HealthFile["defaults"]>;

/** Limits that nobody set fit what somebody did. */
function pace(own: Pacing, defaults: Pacing, inputs: Judgement, withinMs: number): Judgement {
  const said = <K extends keyof Pacing>(key: K) => own[key] ?? defaults[key];
  const ms = (value: number | undefined, otherwise: number) => (value === undefined ? otherwise : value * 1_000);
  const [intervalMs, delayMs] = [ms(said("interval-seconds"), inputs.intervalMs), ms(said("initial-delay-seconds"), 0)];
  const count = said("count") ?? null;
  const fitting = intervalMs === 0 ? Infinity : Math.ceil((withinMs - delayMs) / intervalMs);
  return {
    successes: said("successes") ?? Math.min(inputs.successes, count ?? Infinity),
    failureLimit: said("failure-limit") ?? Math.max(0, Math.min(FAILURE_LIMIT, (count ?? Infinity) - 1, fitting - 1)),
    consecutiveErrorLimit: said("consecutive-error-limit") ?? ERROR_LIMIT,
    count, intervalMs, delayMs,
    timeoutMs: ms(said("timeout-seconds"), inputs.timeoutMs),
  };
}

function specOf(probe: FileProbe): ProbeSpec {
  const { name } = probe;
  switch (probe.kind) {
    case "http": return { kind: "http", name, url: probe.url, headers: probe.headers ?? {}, family: probe.ip ?? 0, redirects: probe.redirects ?? 0, expect: expectationOf(probe.expect ?? {}) };
    case "redis-workers": return { kind: "redis-workers", name, url: probe.url, keys: probe.keys ?? "worker:heartbeat:*", maxAgeSeconds: probe["max-age-seconds"] ?? 300, atLeast: probe["at-least"] ?? 1 };
    case "sentry": return {
      kind: "sentry", name, url: probe.url ?? "https://sentry.io", token: probe.token, organization: probe.organization, project: probe.project,
      environment: probe.environment ?? "", release: probe.release ?? "", tolerated: probe.tolerated ?? 0,
    };
    case "prometheus": return { kind: "prometheus", name, url: probe.url, headers: probe.headers ?? {}, query: probe.query, pass: probe.pass, fail: probe.fail ?? "" };
    case "command": return { kind: "command", name, run: probe.run };
  }
}

type FileExpectation = NonNullable<Extract<FileProbe, { kind: "http" }>["expect"]>;

function expectationOf({ status = 200, headers = {}, json = [], contains = [], matches = "", ...limits }: FileExpectation): HttpExpectation {
  return { status: (Array.isArray(status) ? status : [status]).map(rangeOf), headers, json, contains, matches, latencyMs: limits["latency-ms"] ?? null, certificateDays: limits["certificate-days"] ?? null };
}

function rangeOf(status: number | string): readonly [number, number] {
  if (typeof status === "number") return [status, status];
  const [from = "", to = ""] = status.split("-");
  return status.endsWith("xx") ? [Number(`${status[0]}00`), Number(`${status[0]}99`)] : [Number(from), Number(to)];
}

function comparisonOf(one: FileTraffic, timeoutMs: number): Comparison {
  const windowSeconds = one["window-seconds"] ?? 60;
  const { errors, requests, control, floor = {} } = one;
  return {
    spec: { name: one.name, url: one.url, headers: one.headers ?? {}, windowSeconds, target: { errors, requests }, control: control ?? null },
    role: one.role ?? "critical", level: one.significance ?? 0.0005,
    floor: { absolute: floor.absolute ?? 0.005, relative: floor.relative ?? 1.5 }, windowMs: windowSeconds * 1_000, timeoutMs,
  };
}
