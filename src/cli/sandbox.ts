/** `npm run sandbox`: the GitHub alone, with the sample product's repository in it. */
import { failure, InstantError, messageOf } from "../kit/errors.ts";
import { explain } from "../runtime/explain.ts";
import { parseSandboxArguments, SANDBOX_HELP, type SandboxOptions } from "./arguments.ts";
import { type Connection, connectionOf, pasteLines } from "./connection.ts";
import { interruptible } from "./interrupt.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseSandboxArguments(args);
    if (options !== "help") return await serve(options);
    process.stdout.write(SANDBOX_HELP);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof InstantError ? explain("npm run sandbox", error) : error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

async function serve({ tls, port }: SandboxOptions): Promise<number> {
  const [{ startSandbox }, { prepareSource }, { instantActions }] = await Promise.all([
    import("../sandbox/sandbox.ts"), import("./rehearsal/source.ts"), import("./rehearsal/world.ts"),
  ]);
  const source = await prepareSource(null, "closed-loop.yml");
  try {
    const sandbox = await interruptible(startSandbox({ actions: instantActions, tls, port }).catch((error: unknown) => {
      throw portFailure(error, port);
    }));
    const { owner, name: repo } = source;
    const login = "ada";
    sandbox.value.addUser(login, { name: "Ada" });
    await sandbox.value.createRepository({ owner, name: repo, from: source.directory, organization: true, roles: { [login]: "admin" } });
    const connection: Connection = connectionOf(sandbox.value, { owner, repo, login });
    process.stdout.write(`${JSON.stringify(connection, null, 2)}\n`);
    process.stderr.write(`The sandbox is up; Ctrl-C ends it.\n${pasteLines(connection, process.platform)}`);
    await source.remove();
    await sandbox.interrupted;
    return 0;
  } finally {
    await source.remove();
  }
}

/** What stands between a person and the port they named; any other error as it is. */
function portFailure(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE" && code !== "EACCES") return error;
  return failure("configuration", {
    what: `Port ${port} cannot be used: ${messageOf(error)}`,
    cause: code === "EADDRINUSE" ? "another program listens there" : "this system lets only an administrator use ports below 1024",
    fix: "Give another one with `--port`, or leave it out for any that is free.",
  }, error);
}
