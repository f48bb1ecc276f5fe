import type { Clock } from "../../../kit/clock.ts";
import { messageOf } from "../../../kit/errors.ts";
import type { Log } from "../../../kit/log.ts";
import type { CommandResult } from "../../../workspace/port.ts";
import type { PromotionPorts } from "./ports.ts";

/** One command that was run. */
export interface Move {
  readonly kind: "promote" | "abort";
  readonly ok: boolean;
  /** How it ended, for a person. */
  readonly how: string;
  readonly ms: number;
  /** When it was started, epoch milliseconds. */
  readonly at: number;
}

export interface Commands {
  readonly promoteCommand: string;
  readonly abortCommand: string;
  readonly commandTimeoutSeconds: number;
}

type Ports = Pick<PromotionPorts, "run"> & { readonly clock: Clock; readonly log: Log };

/** Of 10 s from the first signal to SIGKILL a command has these, and 2 s more to end; milliseconds. */
const LAST_MS = 6_500;
/** As often the abort command is tried: nothing is worse than users who cannot get away. */
const TRIES = 2;
const PAUSE_MS = 1_000;

/** Moves users to the commit; ended when the job is. */
export function promote(commands: Commands, ports: Ports, commit: string, cancelled: AbortSignal): Promise<Move> {
  return carryOut("promote", commands.promoteCommand, ports, { commit, timeoutMs: commands.commandTimeoutSeconds * 1_000, signal: cancelled });
}

/** Gives users the version before again, and takes the new one away; the end of the job does not end it, but leaves it little time. */
export async function abort(commands: Commands, ports: Ports, commit: string, cancelled: AbortSignal): Promise<readonly Move[]> {
  const { clock, log } = ports;
  const moves: Move[] = [];
  for (let round = 1; ; round += 1) {
    const timeoutMs = Math.min(commands.commandTimeoutSeconds * 1_000, cancelled.aborted ? LAST_MS : Infinity);
    const move = await carryOut("abort", commands.abortCommand, ports, { commit, timeoutMs, spared: true });
    moves.push(move);
    if (move.ok || round === TRIES || cancelled.aborted) return moves;
    log.warning("the abort command failed and is tried again", { operation: "promotion", how: move.how });
    await clock.sleep(PAUSE_MS, cancelled).catch(() => {});
  }
}

async function carryOut(kind: Move["kind"], command: string, { run, clock, log }: Ports, options: Parameters<PromotionPorts["run"]>[1]): Promise<Move> {
  const at = clock.now();
  log.info(kind === "promote" ? "users are moved to the new version" : "users are given the version before", { operation: "promotion", sha: options.commit });
  const ended = await run(command, options).then((result) => endOf(result, options.timeoutMs), (error: unknown) => ({ ok: false, how: `it could not be run: ${messageOf(error)}` }));
  const move = { kind, ...ended, ms: clock.now() - at, at };
  log[move.ok ? "info" : "error"](`the ${kind} command ended`, { operation: "promotion", how: move.how, elapsed_ms: move.ms });
  return move;
}

/** How much of a command's last line is told. */
const TOLD = 300;

function endOf({ exitCode, timedOut, output }: CommandResult, timeoutMs: number): Pick<Move, "ok" | "how"> {
  const last = output.trimEnd().split("\n").at(-1)?.replace(/\p{Cc}/gu, " ").trim().slice(0, TOLD) ?? "";
  const said = last === "" ? "" : `: ${last}`;
  if (timedOut) return { ok: false, how: `it did not end within ${timeoutMs / 1_000} s${said}` };
  if (exitCode === null) return { ok: false, how: `it was ended by a signal${said}` };
  return { ok: exitCode === 0, how: `it exited with ${exitCode}${said}` };
}
