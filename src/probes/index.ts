import { failure } from "../kit/errors.ts";
import { type Trace, untraced } from "../kit/trace.ts";
import type { Run } from "./command.ts";
import { type Exchanging, exchange, tracedExchange } from "./exchange.ts";
import { httpProbe } from "./http.ts";
import type { Connect, Connected, Probe, ProbeSpec, VersionReader } from "./port.ts";
import { Variables, withoutSecrets } from "./resolve.ts";
import { httpVersion } from "./version.ts";

/** What a user said about where a deployment shows its version, and what a file may read of the environment. */
export interface ProbeSettings {
  readonly versionUrl: string;
  readonly versionField: string;
  readonly healthEnv: readonly string[];
}

export interface ProbeTools {
  /** Masks a value in everything that is printed from now on. */
  readonly mask: (value: string) => void;
  readonly run: Run;
  /** Is told of each request. */
  readonly trace?: Trace;
}

/** The reader of a deployment's version (null: no version address is configured), and what makes probes of specs. */
export function connectProbes(settings: ProbeSettings, tools: ProbeTools): { readonly version: VersionReader | null; readonly connect: Connect } {
  const ask = askingWith(tools);
  return { version: versionReader(settings, tools), connect: (wanted) => connect(wanted, settings, { ...tools, ask }) };
}

/** What tells which commit an address serves; null when no address is named. @param tools.trace makes each request a span. */
export function versionReader({ versionUrl, versionField }: Pick<ProbeSettings, "versionUrl" | "versionField">, tools: Pick<ProbeTools, "trace">): VersionReader | null {
  return versionUrl === "" ? null : httpVersion(versionUrl, versionField, askingWith(tools));
}

function askingWith({ trace }: Pick<ProbeTools, "trace">): Exchanging {
  return trace === undefined ? exchange : tracedExchange(trace);
}

async function connect({ probes, traffic, commit }: Parameters<Connect>[0], { healthEnv }: ProbeSettings, tools: ProbeTools & { readonly ask: Exchanging }): Promise<Connected> {
  const variables = new Variables(process.env, healthEnv, { commit, "commit-short": commit.slice(0, 7) });
  const specs = probes.map((spec) => ({ ...variables.into(spec), name: spec.name }));
  const sources = traffic.map((spec) => ({ ...variables.into(spec), name: spec.name }));
  variables.check();
  refuseOther([...specs.flatMap((spec) => ("url" in spec && spec.kind !== "redis-workers" ? [spec] : [])), ...sources]);
  const { secrets } = variables;
  for (const secret of secrets) tools.mask(secret);
  const connected = await Promise.all(specs.map(async (spec) => discreet(await probeOf(spec, commit, tools), secrets)));
  if (sources.length === 0) return { probes: connected, traffic: [] };
  const { prometheusTraffic } = await import("./prometheus.ts");
  return { probes: connected, traffic: sources.map((spec) => {
    const { name, count } = prometheusTraffic(spec, tools.ask);
    return { name, count: async (...asked) => {
      const seen = await count(...asked);
      return seen.kind === "counted" ? seen : { ...seen, detail: withoutSecrets(seen.detail, secrets) };
    } };
  }) };
}

/** Nothing is loaded of the kinds that are not asked for, but of the one that nearly all ask for. */
async function probeOf(spec: ProbeSpec, commit: string, { run, ask, trace = untraced }: ProbeTools & { readonly ask: Exchanging }): Promise<Probe> {
  switch (spec.kind) {
    case "http": return httpProbe(spec, ask);
    case "redis-workers": return (await import("./redis-workers.ts")).workersProbe(spec, trace);
    case "sentry": return (await import("./sentry.ts")).sentryProbe(spec, ask);
    case "prometheus": return (await import("./prometheus.ts")).prometheusProbe(spec, ask);
    case "command": return (await import("./command.ts")).commandProbe(spec, commit, run);
  }
}

/** What a variable was put into may not be an address any more, and an address that holds a password is sent where it should not go. */
function refuseOther(specs: readonly { readonly name: string; readonly url: string }[]): void {
  const wrong = specs.filter(({ url }) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol));
  if (wrong.length === 0) return;
  throw failure("configuration", {
    what: `The address of ${wrong.map(({ name }) => `\`${name}\``).join(" and ")} does not begin with https:// or http:// once its variables are put in`,
    where: "health-file",
    fix: "Correct `url`, or the variable that it names.",
  });
}

/** What a probe tells, without what it was given in confidence. */
function discreet(probe: Probe, secrets: readonly string[]): Probe {
  if (secrets.length === 0) return probe;
  return { name: probe.name, measure: async (occasion) => {
    const measurement = await probe.measure(occasion);
    return { ...measurement, detail: withoutSecrets(measurement.detail, secrets) };
  } };
}
