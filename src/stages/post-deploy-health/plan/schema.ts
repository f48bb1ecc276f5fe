import * as v from "valibot";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4_000));
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const seconds = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const described = <const T extends v.GenericSchema>(schema: T, description: string) => v.optional(v.pipe(schema, v.description(description)));
const COMPARISON = /^\s*(<=|>=|<|>|==|!=)\s*-?\d+(\.\d+)?(e[-+]?\d+)?\s*$/;
const comparison = v.pipe(v.string(), v.regex(COMPARISON, "has to be a comparison with a number, such as `< 0.05`"));
const headers = v.record(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]+$/)), v.string());
const address = v.pipe(text, v.description("May name variables as `${NAME}` that the input `health-env` allows."));

/** Pace and patience; what is left out comes from `defaults`, then from the inputs of the action. */
const pacing = {
  "interval-seconds": described(seconds(0, 600), "From one measurement to the next."),
  "timeout-seconds": described(seconds(0.05, 60), "Longest time of one measurement."),
  "initial-delay-seconds": described(seconds(0, 3_600), "From the arrival of the commit to the first measurement."),
  count: described(whole(1, 10_000), "Measurements after which there is no other, errors not counted. Left out: until the time is up."),
  successes: described(v.pipe(v.number(), v.integer(), v.minValue(1, "has to be at least 1: with none, what was never seen well would pass"), v.maxValue(10_000)), "Successes in a row that are needed."),
  "failure-limit": described(whole(0, 10_000), "Failures that are tolerated in all."),
  "consecutive-error-limit": described(whole(0, 10_000), "Errors to measure that are tolerated in a row; one more makes it inconclusive."),
};

const common = {
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  role: described(v.picklist(["critical", "advisory", "control"]), "`critical` decides, `advisory` is only shown, `control` is something that the deployment does not touch: when it is sick too, nothing is rolled back."),
  ...pacing,
};

const status = v.union([whole(100, 599), v.pipe(v.string(), v.regex(/^([1-5]xx|[1-5]\d\d-[1-5]\d\d)$/))]);

const http = v.strictObject({
  kind: v.literal("http"),
  ...common,
  url: address,
  headers: described(headers, "Sent with the request, to this host only."),
  ip: described(v.picklist([4, 6]), "The version of IP to go by."),
  redirects: described(whole(0, 10), "How many redirects are followed; none unless told."),
  expect: v.optional(v.strictObject({
    status: described(v.union([status, v.pipe(v.array(status), v.minLength(1))]), "`200`, `2xx`, `200-204`, or a list of them; 200 unless told."),
    headers: described(headers, "What the headers have to hold."),
    json: described(v.array(v.pipe(v.string(), v.regex(/^[^=!<>\s][^=!<>]*(!=|<=|>=|=|<|>)/))), "Conditions such as `checks.db=true` or `queue.depth<100`."),
    contains: described(v.array(text), "Texts that the body has to hold."),
    matches: described(v.pipe(v.string(), v.minLength(1), v.maxLength(500)), "A regular expression that the body has to match."),
    "latency-ms": described(v.pipe(v.number(), v.minValue(1), v.maxValue(60_000)), "Longest time it may take."),
    "certificate-days": described(whole(0, 365), "Days that the certificate has to be valid yet; too few are an error to measure, because no rollback renews it."),
  })),
});

const workers = v.strictObject({
  kind: v.literal("redis-workers"),
  ...common,
  url: address,
  keys: described(text, "Pattern of the heartbeats' keys; `worker:heartbeat:*` unless told."),
  "max-age-seconds": described(seconds(1, 86_400), "A heartbeat that is older fails; 300 unless told."),
  "at-least": described(whole(0, 10_000), "How many workers there have to be; 1 unless told."),
});

const sentry = v.strictObject({
  kind: v.literal("sentry"),
  ...common,
  url: described(address, "https://sentry.io unless told."),
  token: v.pipe(v.string(), v.regex(/^\$\{[A-Z][A-Z0-9_]*\}$/, "has to name a variable, such as `${SENTRY_TOKEN}`: a file of the repository holds no secret"), v.description("A token with `event:read`, `project:read` and, with a release, `org:read`.")),
  organization: text,
  project: text,
  environment: described(text, "Only issues of this environment."),
  release: described(text, "Only issues of this release; `${commit}` is the commit that is judged."),
  tolerated: described(whole(0, 49), "How many new issues are tolerated; none unless told."),
});

const prometheus = v.strictObject({
  kind: v.literal("prometheus"),
  ...common,
  url: address,
  headers: v.optional(headers),
  query: v.pipe(text, v.description("An instant query that answers one number. No series is an error to measure: end it with `or vector(0)` where none means zero.")),
  pass: comparison,
  fail: described(comparison, "What is neither is inconclusive. Left out: what does not pass fails."),
});

const command = v.strictObject({
  kind: v.literal("command"),
  ...common,
  run: v.pipe(text, v.description("Run by bash in the job's workspace, without tokens. 0 passes, 75 is an error to measure, anything else fails.")),
});

const queries = {
  errors: v.pipe(text, v.description("Answers how many requests went wrong within `${window}`.")),
  requests: v.pipe(text, v.description("Answers how many requests there were within `${window}`.")),
};

const traffic = v.strictObject({
  name: common.name,
  role: described(v.picklist(["critical", "advisory"]), "Critical unless told."),
  url: address,
  headers: v.optional(headers),
  ...queries,
  control: described(v.strictObject(queries), "The same of something that the deployment does not touch."),
  "window-seconds": described(whole(1, 900), "Length of the windows before and after; 60 unless told."),
  significance: described(v.pipe(v.number(), v.minValue(1e-9), v.maxValue(0.1)), "The greatest share of false alarms; 0.0005 unless told."),
  floor: described(v.strictObject({
    absolute: described(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), "Least difference of the rates; 0.005 unless told."),
    relative: described(v.pipe(v.number(), v.minValue(1), v.maxValue(1_000)), "Least ratio of the rates; 1.5 unless told."),
  }), "A rise below either is none that matters."),
  "timeout-seconds": pacing["timeout-seconds"],
});

const measured = {
  probes: v.pipe(v.array(v.variant("kind", [http, workers, sentry, prometheus, command])), v.maxLength(50)),
  traffic: described(v.pipe(v.array(traffic), v.maxLength(20)), "Error counts of real requests, compared by an exact test."),
};

/** health.yaml: what is measured after a deployment, and how it is judged. */
export const HealthFile = v.pipe(
  v.strictObject({
    "within-seconds": described(seconds(1, 3_600), "Longest time from the arrival of the commit to the verdict."),
    "before-rounds": described(whole(1, 100), "How often the old version is measured before the deployment is started; 1 unless told."),
    defaults: v.optional(v.strictObject(pacing)),
    ...measured,
    green: described(v.strictObject({ probes: measured.probes }), "Probes of a new deployment that nobody uses yet, where a `promote-command` moves users to it when it is well; what stands above is of what users see. Left out: the addresses in `green-urls`."),
    latency: described(v.strictObject({
      role: described(v.picklist(["critical", "advisory"]), "Advisory unless told."),
      effect: described(v.pipe(v.number(), v.minValue(0.5), v.maxValue(1)), "Least probability that a request after is slower than one before; 0.71 unless told."),
      factor: described(v.pipe(v.number(), v.minValue(1), v.maxValue(100)), "Least ratio of the medians; 1.5 unless told."),
      milliseconds: described(v.pipe(v.number(), v.minValue(0), v.maxValue(60_000)), "Least difference of the medians; 50 unless told."),
    }), "When the latencies of a probe count as worse than before, or than those of the last good deployment."),
  }),
  v.title("What post-deploy-health measures, and how it judges"),
);

export type HealthFile = v.InferOutput<typeof HealthFile>;
export type FileProbe = HealthFile["probes"][number];
export type FileTraffic = NonNullable<HealthFile["traffic"]>[number];
