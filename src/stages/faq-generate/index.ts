import { cleanQuestion, questionHash } from "../../faq/text.ts";
import type { RunContext } from "../../kit/context.ts";
import { InstantError } from "../../kit/errors.ts";
import type { Report } from "../../kit/report.ts";
import { run } from "./course.ts";
import type { GeneratePorts } from "./ending.ts";
import type { Asked } from "./facts.ts";
import { type Policy, withoutCommand } from "./policy.ts";
import { report } from "./report.ts";

export type { GeneratePorts } from "./ending.ts";
export type { Policy } from "./policy.ts";

/**
 * Writes a grounded answer to a question and opens one pull request, or finds the one there is: gather → decide → apply, again while
 * somebody else was quicker, then report.
 * @throws InstantError when GitHub, a permission, the model or the configuration fails; nothing is half-written then that the next
 * run would not finish.
 */
export async function generate(policy: Policy, ports: GeneratePorts, context: RunContext): Promise<Report> {
  const started = ports.clock.now();
  const asked = askedIn(policy);
  const ending = await run(asked, policy, ports, context);
  return report(ending, asked, policy, { apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - started });
}

function askedIn(policy: Policy): Asked {
  const { text, problems } = cleanQuestion(withoutCommand(policy.question, policy.commandPrefix));
  if (problems.length === 0) return { question: text, hash: questionHash(text) };
  const fix = `Ask a question of 1 to 500 characters, in a comment behind \`${policy.commandPrefix}\`.`;
  throw new InstantError("configuration", problems.map((what) => ({ what, where: "question", fix })));
}
