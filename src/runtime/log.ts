import * as core from "@actions/core";
import type { Fields, Log } from "../kit/log.ts";

/** A log of the job: one line an event, the fields behind the message as `key=value`. */
export function jobLog(): Log {
  return {
    debug: (message, fields) => core.debug(line(message, fields)),
    info: (message, fields) => core.info(line(message, fields)),
    warning: (message, fields) => core.warning(line(message, fields)),
    error: (message, fields) => core.error(line(message, fields)),
  };
}

function line(message: string, fields: Fields = {}): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : String(value)}`);
  return inert(parts.length === 0 ? message : `${message}  ${parts.join(" ")}`);
}

/**
 * One line that the runner reads as nothing but text. A line that begins with `::`, or holds `##[` anywhere, is a command to it
 * (actions/runner, ActionCommand.cs), and messages quote logins, titles and answers of servers.
 */
function inert(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").replace(/^(\s*):(?=:)/, "$1:\u2060").replaceAll("##[", "##\u2060[");
}
