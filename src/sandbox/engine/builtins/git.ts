/** Runs git for a built-in action. */
import { delimiter } from "node:path";
import type { BuiltinCall } from "./builtin.ts";
import { environmentOf } from "../state.ts";

export interface Git {
  /** @throws when git fails, with what it said last */
  run(args: readonly string[], folder: string): Promise<void>;
  /** What git prints; nothing of it is logged. */
  read(args: readonly string[], folder: string): Promise<string>;
  /** The setting that carries the token; undefined where the server is a folder. */
  readonly header: { readonly key: string; readonly value: string } | undefined;
}

/** A git that signs in with a token through its environment, never through its arguments. */
export function gitFor(call: BuiltinCall, server: string, token: string): Git {
  const { state, scope, env, sink, signal } = call;
  const header = headerOf(server, token);
  if (header) state.masks.add(header.value.replace(/^AUTHORIZATION: basic /, ""));
  const settings = header ? { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: header.key, GIT_CONFIG_VALUE_0: header.value } : {};
  const own = { ...state.machine, ...environmentOf(state, scope, env) };
  const environment = {
    ...own,
    PATH: [...state.path, own["PATH"] ?? ""].join(delimiter),
    GIT_TERMINAL_PROMPT: "0",
    RUNNER_TRACKING_ID: state.processes.trackingId,
    ...settings,
  };
  const git = async (args: readonly string[], cwd: string, onLine: (line: string) => void) => {
    const last: string[] = [];
    const take = (line: string) => {
      last.push(line);
      if (last.length > 5) last.shift();
      onLine(line);
    };
    const exit = await state.processes.run({ command: "git", args, cwd, env: environment, onLine: take, stop: signal });
    if (exit.code === 0) return;
    const said = state.masks.hide(last.join("\n"));
    throw new Error(`git ${args[0] === "-c" ? args[2] : args[0]} failed with exit code ${exit.code}: ${said}`);
  };
  return {
    header,
    run: (args, folder) => {
      sink.log(`[command]git ${args.join(" ")}`);
      return git(args, folder, (line) => sink.log(line));
    },
    read: async (args, folder) => {
      const lines: string[] = [];
      await git(args, folder, (line) => lines.push(line));
      return lines.join("\n");
    },
  };
}

function headerOf(server: string, token: string): Git["header"] {
  const { protocol, origin } = new URL(server);
  if (token === "" || !protocol.startsWith("http")) return undefined;
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return { key: `http.${origin}/.extraheader`, value: `AUTHORIZATION: basic ${basic}` };
}
