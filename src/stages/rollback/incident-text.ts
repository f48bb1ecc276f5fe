import type { IncidentComment, IncidentFacts } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Reason } from "./reasons.ts";
import type { Verified } from "./ports.ts";
import { atMost, block, code, fit, marksOf, plain } from "./text.ts";
import { bringBack, byHand, cc, duration, findings, headline, iso, markers, type Story } from "./texts.ts";

/** How far the rollback came when its incident is written. */
export type Outcome =
  | (Merged & { readonly kind: "merged"; /** Whether the reverted state is being deployed and judged. */ readonly verified: boolean; /** By this run. */ readonly now: boolean })
  | (Merged & { readonly kind: "judged"; readonly result: Verified; readonly trbMs: number | null; /** What came on top of it goes next. */ readonly goesOn: boolean })
  /** A person has to approve the hotfix. */
  | { readonly kind: "waiting"; readonly pullUrl: string }
  | { readonly kind: "conflict"; readonly files: readonly string[] }
  | { readonly kind: "blocked"; readonly reasons: readonly Reason[]; readonly pullUrl: string; readonly evidence: string }
  /** It did not have to be taken back. */
  | { readonly kind: "not-needed"; readonly result: Verified };

/** Production was judged: there is nothing more to come. */
export type Ended = Extract<Outcome, { kind: "judged" | "not-needed" }>;

interface Merged {
  readonly sha: string;
  readonly pullUrl: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What a later run, or another rollback, reads in the marks. `healthy` ends it. */
export type State = "waiting" | "stopped" | "merged" | "verifying" | "healthy" | "unhealthy" | "inconclusive" | "duplicate" | "settled";

export function stateOf(outcome: Outcome): State {
  switch (outcome.kind) {
    case "merged":
      return outcome.verified ? "verifying" : "merged";
    case "judged":
    case "not-needed":
      return outcome.result.verdict;
    case "waiting":
      return "waiting";
    case "conflict":
    case "blocked":
      return "stopped";
  }
}

const BEGIN = "<!-- instant -->";
const END = "<!-- /instant -->";

/** What a body on GitHub holds is 65,536 characters. */
const BODY_LIMIT = 65_000;

/** The whole text of a new incident. What stands between the two comments is ours, the rest is for people to write in. */
export function issueBody(story: Story, outcome: Outcome): string {
  const todo = ["**To do**", "", "- [ ] Root cause found", "- [ ] Fix written, with a test that fails without it", "- [ ] Proper fix merged, with full CI"].join("\n");
  return `${[marksFor(story, outcome), section(story, outcome, []), todo, ...cc(story.policy)].join("\n\n")}\n`;
}

/** The text of an incident that is there: marks and our part are new, earlier lines of the timeline and what people wrote stay. */
export function updatedBody(story: Story, outcome: Outcome, { body }: Pick<IncidentFacts, "body">): string {
  const text = body.replace(/\r\n?/g, "\n");
  const [from, to] = [text.indexOf(BEGIN), text.lastIndexOf(END)];
  const rest = from >= 0 && to > from ? text.slice(to + END.length).trim() : text.split("\n\n").slice(1).join("\n\n").trim();
  const marks = marksFor(story, outcome);
  const ours = section(story, outcome, rowsIn(text.slice(Math.max(0, from), Math.max(0, to))), BODY_LIMIT - marks.length - rest.length);
  return `${[marks, ours, rest].join("\n\n").trim()}\n`;
}

const TABLE = "**Timeline**\n\n| UTC | |\n| --- | --- |\n";

/** What happened before. The last table is ours: texts from outside stand above it, and each line below it is one of ours. */
function rowsIn(part: string): string[] {
  const at = part.lastIndexOf(`\n${TABLE}`);
  return at < 0 ? [] : (part.slice(at + TABLE.length + 1).split("\n\n", 1)[0] ?? "").split("\n").filter((row) => /^\| \d{4}-\S+Z \| .* \|$/.test(row));
}

/** The text of an incident that was opened beside another one in the same moment. */
export function duplicateBody({ body }: Pick<IncidentFacts, "body">): string {
  return body.replace(/^state: \S+$/m, "state: duplicate");
}

/** The text of an incident that another rollback has ended: nothing was judged healthy that it served. */
export function settledBody({ body }: Pick<IncidentFacts, "body">): string {
  return body.replace(/^served: \S+\r?\n/m, "").replace(/^state: \S+$/m, "state: settled");
}

function marksFor(story: Story, outcome: Outcome): string {
  const served = outcome.kind === "judged" ? outcome.result.deployedSha : "";
  return [markers(story), `state: ${stateOf(outcome)}`, ...(served === "" ? [] : [`served: ${served}`])].join("\n");
}

/** @param room so many characters it may take: where people wrote much, what can be read elsewhere gives way. */
function section(story: Story, outcome: Outcome, earlier: readonly string[], room = BODY_LIMIT / 2): string {
  const { policy, runUrl } = story;
  const back = "sha" in outcome ? outcome : null;
  const rows = [...new Set([...earlier, ...timeline(story, outcome)])].toSorted();
  const parts: { readonly text: string; readonly weight: number }[] = [
    { weight: 5, text: standing(story, outcome) },
    { weight: 2, text: `**Why**\n\n${block(policy.reason)}` },
    ...(evidenceOf(policy.evidence) === "" ? [] : [{ weight: 1, text: `**Evidence**\n\n${block(evidenceOf(policy.evidence))}` }]),
    { weight: 4, text: `${TABLE}${rows.slice(-MOST_ROWS).join("\n")}` },
    { weight: 3, text: [...findings(story), ...(back ? [`- Taken back as: ${back.sha} by ${back.pullUrl}`] : []), `- Run: ${runUrl}`].join("\n") },
    ...(back ? [{ weight: 2, text: `**To bring the change back**, once its cause is mended:\n\n${bringBack(story, back.sha)}\n\nThen open a pull request of it.` }] : []),
  ];
  const framed = (text: string) => `${BEGIN}\n${text.replaceAll(END, "")}\n${END}`;
  const texts = [1, 2, 3, 4, 5].map((least) => framed(parts.filter(({ weight }) => weight >= least).map(({ text }) => text).join("\n\n")));
  return texts.find((text) => text.length <= room) ?? framed(standing(story, outcome).split("\n", 1)[0] ?? "");
}

/** So many lines of the timeline are kept, the newest. */
const MOST_ROWS = 100;
/** So many files in conflict are named. */
const MOST_FILES = 50;

function filesIn(files: readonly string[]): string {
  return atMost(files.map((file) => `- ${code(fit(file, 200))}`), MOST_FILES).join("\n");
}

/** `reasons` of post-deploy-health is a JSON array of sentences; anything else is shown as it came. */
function evidenceOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((one) => typeof one === "string") ? parsed.join("\n") : text;
  } catch {
    return text;
  }
}

function timeline(story: Story, outcome: Outcome): string[] {
  const { commit, policy, startedAt, runUrl } = story;
  const row = (at: number, happening: string) => `| ${iso(at)} | ${happening} |`;
  const rows = [row(commit.at, `${shortSha(commit.sha)} ${code(fit(headline(commit), 80)).replaceAll("|", "\\|")} committed`), row(startedAt, `[rollback started](${runUrl})`)];
  if (policy.detectedAt !== null) rows.push(row(policy.detectedAt, "found to be unhealthy"));
  if ("sha" in outcome) rows.push(row(outcome.at, `taken back as ${shortSha(outcome.sha)} by ${outcome.pullUrl}`));
  if ("result" in outcome) rows.push(row(outcome.result.at, `judged: ${outcome.result.verdict}${outcome.result.runUrl === "" ? "" : `, [deployment run](${outcome.result.runUrl})`}`));
  return rows;
}

function standing(story: Story, outcome: Outcome): string {
  const short = shortSha(story.commit.sha);
  switch (outcome.kind) {
    case "merged":
      return `${short} was taken back. ${outcome.verified ? "The reverted state is being deployed and judged; the result follows here." : "No deployment is configured, so nobody looked whether production is healthy now: close this issue when you know."}`;
    case "judged":
      return outcome.result.verdict === "healthy" ? `✅ ${short} was taken back, and production is healthy.` : `❌ **${short} was taken back, and production is ${sick(outcome.result)}.** ${next(outcome)}\n\n${bullets(outcome.result.reasons)}`;
    case "not-needed":
      return `✅ ${short} did not have to be taken back: production is healthy with it.`;
    case "waiting":
      return `**${short} waits for a person.** The hotfix is ready: approve or merge ${outcome.pullUrl}.`;
    case "conflict":
      return `**${short} could not be taken back: later changes build on it.** Nothing was changed.\n\nIn conflict:\n\n${filesIn(outcome.files)}\n\n**To finish by hand**\n\n${byHand(story, outcome.files.length)}\n\n${AFTERWARDS}`;
    case "blocked":
      return stoppedBy(story, outcome);
  }
}

function next({ goesOn }: Pick<Extract<Outcome, { kind: "judged" }>, "goesOn">): string {
  return goesOn ? "What came on top of it is taken back next (`cascade`)." : "No further rollback is tried: a person has to look.";
}

const AFTERWARDS = "Open a pull request of it, merge it, and run the rollback again: it sees that the change is gone, deploys and judges.";

function stoppedBy(story: Story, { reasons, pullUrl, evidence }: Extract<Outcome, { kind: "blocked" }>): string {
  const why = bullets(reasons.map(({ message }) => message));
  const said = evidence === "" ? "" : `\n\n${block(evidence)}`;
  const next = pullUrl === "" ? `**To finish by hand**\n\n${byHand(story, 0)}\n\n${AFTERWARDS}` : `The hotfix stays open: ${pullUrl}. Mend what is named above, then run the rollback again, or merge it by hand.`;
  return `**${shortSha(story.commit.sha)} was not taken back.**\n\n${why}${said}\n\n${next}`;
}

function bullets(sentences: readonly string[]): string {
  return atMost(sentences.map((sentence) => `- ${plain(fit(sentence, 500))}`), 20).join("\n");
}

function sick({ verdict }: Verified): string {
  return verdict === "unhealthy" ? "still unhealthy" : "not known to be healthy";
}

/** The comment that tells those who were called how it ended. */
export function endComment(story: Story, outcome: Ended): IncidentComment {
  return marked(endText(story, outcome), outcome.result.verdict);
}

/** With a line that people do not see, by which a comment that says the same is known. */
export function marked(text: string, news: string): IncidentComment {
  const mark = `<!-- instant-told: ${news} -->`;
  return { body: `${text}\n\n${mark}`, mark };
}

function endText(story: Story, outcome: Ended): string {
  const { result } = outcome;
  const run = `[This run](${story.runUrl}) has the details.`;
  if (outcome.kind === "not-needed") return `✅ Production is healthy with ${shortSha(story.commit.sha)}: it did not have to be taken back. ${run}`;
  if (result.verdict === "healthy") {
    const sha = result.deployedSha === "" ? "The reverted state" : shortSha(result.deployedSha);
    return `✅ ${sha} is deployed and healthy since ${iso(result.at)}, ${duration(outcome.trbMs ?? 0)} after it was detected. What is left to do stands in the check list. ${run}`;
  }
  return [`❌ **The change was taken back, and production is ${sick(result)}.** ${next(outcome)}`, bullets(result.reasons), run, ...cc(story.policy)].join("\n\n");
}

export function stateIn({ body }: Pick<IncidentFacts, "body">): string {
  return marksOf(body).state ?? "";
}
