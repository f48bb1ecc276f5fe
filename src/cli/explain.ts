/** `npm run explain`: every condition that auto-merge-gate judges a pull request by, open or long merged, and how it stands. Writes nothing. */
import { parseArgs } from "node:util";
import { everything } from "../github/everything.ts";
import { connect } from "../github/index.ts";
import { InstantError, type Problem } from "../kit/errors.ts";
import { shortSha } from "../kit/ids.ts";
import { parseInputs } from "../kit/inputs.ts";
import { systemClock } from "../runtime/clock.ts";
import { printable } from "../runtime/explain.ts";
import type { Condition, Standing } from "../stages/auto-merge-gate/condition.ts";
import { decide, judge } from "../stages/auto-merge-gate/decide.ts";
import { gather, nothingYet } from "../stages/auto-merge-gate/facts.ts";
import { inputs, type Policy } from "../stages/auto-merge-gate/policy.ts";
import { understood } from "./arguments.ts";
import { program, tellWarnings, warnings } from "./ledger/places.ts";
import { type GitHubSettings, readSettings } from "./ledger/settings.ts";

const HELP = `npm run explain tells how a pull request stands by the rules of auto-merge-gate, and what there is to do. It writes nothing.

  npm run explain -- owner/name#12                      by the action's defaults
  npm run explain -- owner/name#12 --with "allowed-paths=docs/**" --with merge-method=merge
                                                        with the inputs that your workflow gives it
  npm run explain -- owner/name#12 --json               prints one JSON object and nothing else

Read from the environment:

  GITHUB_TOKEN             a token that may read the repository, such as \`gh auth token\` prints
  GITHUB_API_URL, GITHUB_GRAPHQL_URL, GITHUB_SERVER_URL    all three for GitHub Enterprise Server; github.com without them

The exit status is 0 when nothing stands in its way, or it is merged, and 1 when something does.
`;

const MARKS: Readonly<Record<Standing, string>> = { met: "ok", waiting: "wait", rebuild: "mend", recheck: "mend", unmet: "NO", person: "person" };

process.exitCode = await program("npm run explain", () => main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const { github } = readSettings({ ...process.env, INSTANT_DATABASE_URL: "", INSTANT_REDIS_URL: "", INSTANT_LEDGER_BRANCH: "" }, options.repository);
  if (github === null) throw new Error("without a token readSettings throws");
  const told = warnings();
  try {
    const seen = await look(github, options, told.log);
    process.stdout.write(options.json ? `${JSON.stringify({ ...seen, warnings: told.said }, null, 2)}\n` : tell(seen));
    return seen.state === "merged" || seen.reasons.length === 0 ? 0 : 1;
  } finally {
    tellWarnings(told);
  }
}

interface Options {
  readonly repository: string;
  readonly number: number;
  readonly given: ReadonlyMap<string, string>;
  readonly json: boolean;
}

/** @throws InstantError naming everything that is wrong with the arguments. */
function parse(args: readonly string[]): Options | "help" {
  const { values, positionals } = understood("npm run explain", () => parseArgs({
    args: [...args], allowPositionals: true,
    options: { with: { type: "string", multiple: true, default: [] }, json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  }));
  if (values.help) return "help";
  const problems: Problem[] = [];
  const [, repository = "", number = ""] = /^([A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+)#(\d{1,9})$/.exec(positionals[0] ?? "") ?? [];
  if (repository === "" || positionals.length > 1) problems.push({ what: `${positionals.length === 0 ? "No pull request was given" : `\`${positionals.join(" ")}\` names no pull request`}`, fix: "Give one as `owner/name#12`." });
  const given = new Map<string, string>();
  for (const one of values.with) {
    const [name = "", ...rest] = one.split("=");
    if (!Object.hasOwn(inputs, name) || rest.length === 0) problems.push({ what: `\`--with ${one}\` names no input of auto-merge-gate`, fix: "Give it as `--with name=value`; the names are those of the action's README." });
    given.set(name, rest.join("="));
  }
  if (problems.length > 0) throw new InstantError("configuration", problems);
  return { repository, number: Number(number), given, json: values.json };
}

interface Seen {
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly head_sha: string;
  readonly decision: string;
  readonly conditions: readonly Condition[];
  readonly reasons: readonly { readonly code: string; readonly message: string; readonly fix: string }[];
}

async function look({ context, token }: GitHubSettings, { number, given }: Options, log: ReturnType<typeof warnings>["log"]): Promise<Seen> {
  const policy: Policy = parseInputs(inputs, (name) => ({ token, "pr-number": String(number), explain: "true" })[name] ?? given.get(name) ?? "");
  const repo = connect({ context, token, log, clock: systemClock, stage: "explain" }, everything);
  const facts = await gather(repo, policy, { runId: "", job: "", memory: nothingYet });
  const { pull } = facts;
  const conditions = judge(facts, policy, systemClock.now());
  return { url: pull.url, state: pull.state, head_sha: pull.head.sha, decision: decide(facts, policy, systemClock.now()).kind, conditions, reasons: conditions.flatMap(({ reason }) => reason ?? []) };
}

function tell({ url, state, head_sha: head, decision, conditions, reasons }: Seen): string {
  const width = Math.max(...conditions.map(({ title }) => title.length));
  const rows = conditions.map(({ standing, title, evidence }) => `  ${MARKS[standing].padEnd(7)} ${title.padEnd(width)}  ${evidence.replace(/\s+/g, " ")}`);
  const todo = reasons.flatMap(({ code, message, fix }) => [`  ${code}: ${message}`, `    ${fix}`]);
  const verdict = state === "merged" ? "It is merged; this is how it stands by today's rules." : reasons.length === 0 ? "Nothing stands in its way." : "What to do:";
  return `${[`${url} (${state}) at ${shortSha(head)}: ${decision}`, "", ...rows, "", verdict, ...(state === "merged" ? [] : todo)].map(printable).join("\n")}\n`;
}
