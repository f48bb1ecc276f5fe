/** `npm start`: rehearses the whole loop on this machine. */
import { InstantError } from "../kit/errors.ts";
import { explain } from "../runtime/explain.ts";
import { modelFromEnvironment, parseStartArguments, START_HELP, type StartOptions } from "./arguments.ts";
import { type Interruptible, interruptible } from "./interrupt.ts";
import { endedWell } from "./rehearsal/result.ts";
import { type Screen, RunTree } from "./rehearsal/tree.ts";
import type { LoopWorld } from "./rehearsal/world.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseStartArguments(args);
    if (options !== "help") return await start(options);
    process.stdout.write(START_HELP);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof InstantError ? explain("npm start", error) : error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

async function start(options: StartOptions): Promise<number> {
  const model = modelFromEnvironment(process.env);
  // The sandbox is big; a wrong argument should not wait for it.
  const [{ openWorld }, { rehearse }, { tellEnd }] = await Promise.all([import("./rehearsal/world.ts"), import("./rehearsal/rehearse.ts"), import("./rehearsal/story.ts")]);
  const world = await interruptible(
    openWorld({ repo: options.repo, model, template: options.express ? "closed-loop-express.yml" : "closed-loop.yml", ...(options.breaks === null ? {} : { sickWith: options.question }) }),
  );
  try {
    const screen = terminal(options.json);
    const tree = new RunTree(screen, `\n“${options.question}”\nasked of ${world.value.repository}, answered by ${model?.model ?? "quoting its documents (no model is set)"}\n`);
    const ticker = setInterval(() => tree.redraw(Date.now()), 100);
    const { result, run } = await world.unlessInterrupted(rehearse(world.value, options.question, (event) => tree.take(event))).finally(() => clearInterval(ticker));
    if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else screen.write(await tellEnd(world.value, result, run, screen.colour));
    if (options.serve) await serve(world, screen);
    else if (!options.json) screen.write("Look around in the same world: npm start -- --serve\n");
    return endedWell(result, options.breaks) ? 0 : 1;
  } finally {
    await world.close();
  }
}

async function serve(world: Interruptible<LoopWorld>, screen: Screen): Promise<void> {
  const { sandbox, product, model, repository, person } = world.value;
  // What the template's jobs ask for together; act gives every job the same one.
  const jobs = { contents: "write", pull_requests: "write", checks: "write", statuses: "read", issues: "write", actions: "write" } as const;
  screen.write(
    [
      "\nStill up; Ctrl-C ends everything.",
      `  repository   ${sandbox.urls.server}/${repository}   (pull requests, issues, runs)`,
      `  product      ${product.faqUrl}`,
      `  health       ${product.healthUrl}`,
      `  REST         ${sandbox.urls.api}`,
      `  GraphQL      ${sandbox.urls.graphql}`,
      `  token        ${sandbox.tokens.user(person)}   (${person}, who may write)`,
      `  App token    ${sandbox.tokens.app("github-actions", jobs)}   (such as a job has; for act, see docs/act.md)`,
      ...(model === null ? [] : [`  model        ${model.url}   (${model.models[0]}, key ${model.apiKey})`]),
      "",
    ].join("\n"),
  );
  await world.interrupted;
}

/** Standard output, or silence when that has to be JSON alone. */
function terminal(json: boolean): Screen {
  const { stdout } = process;
  const live = !json && stdout.isTTY === true && !process.env["CI"];
  return { live, colour: live && !process.env["NO_COLOR"], columns: stdout.columns || 100, write: (text) => void (json || stdout.write(text)) };
}
