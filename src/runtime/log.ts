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
  return parts.length === 0 ? message : `${message}  ${parts.join(" ")}`;
}
