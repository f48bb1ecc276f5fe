import { findEntry, nearDuplicates, parseFaq, upsertEntry } from "../../faq/index.ts";
import type { RunContext } from "../../kit/context.ts";
import { failure } from "../../kit/errors.ts";
import { ask, type Answer } from "./answer.ts";
import type { Effect } from "./apply.ts";
import type { Decision } from "./decide.ts";
import type { Change, GeneratePorts } from "./ending.ts";
import type { Asked, Facts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { buildPrompt, groundsOf } from "./prompt.ts";
import { commitBody, pullBody, titleOf } from "./texts.ts";
import { signEffects } from "./vouch.ts";

// Everything that a question with an answer already has no need of: the Markdown parser and the schema library are loaded with it.

type Write = Extract<Decision, { kind: "write" }>;
type Open = Extract<Decision, { kind: "open" }>;

/** Asks the model for an answer grounded in what was read. */
export async function answerTo(asked: Asked, facts: Facts, policy: Policy, ports: GeneratePorts): Promise<Answer> {
  const grounds = groundsOf(facts.sources, policy);
  if (grounds.length === 0) {
    throw failure("configuration", {
      what: `There is no text to answer from: ${policy.sources.map((path) => `\`${path}\``).join(", ")} ${policy.sources.length === 1 ? "holds" : "hold"} none on ${facts.base.branch}`,
      cause: "only Markdown and other text files are read, four folders deep, and the FAQ itself only when it is named",
      where: "sources",
      fix: "Name folders or files of your documentation in `sources`.",
    });
  }
  return ask(ports.model, buildPrompt(asked.question, grounds, policy.maxWords), policy, ports);
}

/** The FAQ with the answer in it. @param now epoch milliseconds. */
export function changeOf(asked: Asked, answer: Answer, decision: Write, traceId: string, now: number): Change {
  const before = decision.faqText ?? "";
  const record = { traceId, model: answer.model, sources: answer.sources, date: new Date(now).toISOString().slice(0, 10) };
  const { text, change } = upsertEntry(before, { question: asked.question, answer: answer.text, record });
  const near = nearDuplicates(parseFaq(before), asked.question).slice(0, 5);
  return { before, after: text, kind: change, near: near.map(({ entry }) => entry.question) };
}

/** One commit, and the pull request unless it is there. */
export function writeEffects(parts: { asked: Asked; answer: Answer; change: Change; decision: Write; facts: Facts; policy: Policy; traceId: string; context: RunContext }): readonly Effect[] {
  const { asked, answer, change, decision, facts, policy, traceId, context } = parts;
  const title = titleOf(asked.question);
  const commit: Effect = {
    kind: "commit",
    branch: decision.branch,
    create: decision.create ? { repositoryId: facts.repositoryId } : null,
    onto: decision.onto,
    file: { path: policy.faqPath, text: change.after },
    headline: title,
    body: commitBody(answer, traceId),
  };
  const body = decision.pull?.body ?? pullBody({ question: asked.question, traceId, context, answer });
  const signed = signEffects({ facts, decision, signingKey: policy.signingKey, repository: `${context.owner}/${context.repo}`, traceId, body });
  if (decision.pull !== null) return [commit, ...signed];
  return [commit, { kind: "open-pull", branch: decision.branch, base: facts.base.branch, title, body }, ...signed];
}

/** The pull request of a commit that an earlier run left; who answered is read from the record in the FAQ. */
export function openEffects(asked: Asked, decision: Open, facts: Facts, parts: { traceId: string; context: RunContext; policy: Policy }): readonly Effect[] {
  const { traceId, context, policy } = parts;
  const text = facts.branches.find(({ name }) => name === decision.branch)?.faqText ?? "";
  const answer = findEntry(parseFaq(text), asked.question)?.record ?? null;
  const body = pullBody({ question: asked.question, traceId, context, answer });
  const signed = signEffects({ facts, decision, signingKey: policy.signingKey, repository: `${context.owner}/${context.repo}`, traceId, body });
  return [{ kind: "open-pull", branch: decision.branch, base: facts.base.branch, title: titleOf(asked.question), body }, ...signed];
}
