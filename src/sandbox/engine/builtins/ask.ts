/** One request of a built-in action to the server's REST API, trusting what the runner's machine trusts. */
import { readFileSync } from "node:fs";
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import type { BuiltinCall } from "./builtin.ts";

export interface Reply {
  readonly status: number;
  /** Parsed JSON; an empty object when there was none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** GitHub refused; the message is worded as Octokit does. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, body: Reply["body"]) {
    const page = typeof body["documentation_url"] === "string" ? ` - ${body["documentation_url"]}` : "";
    super(`${String(body["message"] ?? `HTTP ${status}`)}${page}`);
    this.status = status;
  }
}

/** @throws Refused for every status of 400 and above */
export async function ask(call: Pick<BuiltinCall, "state" | "signal">, wanted: {
  readonly method: string; readonly url: string; readonly authorization: string; readonly body?: unknown;
}): Promise<Reply> {
  const text = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
  const own = call.state.machine["NODE_EXTRA_CA_CERTS"];
  const https = wanted.url.startsWith("https:");
  const options = {
    method: wanted.method, signal: call.signal,
    headers: {
      accept: "application/vnd.github+json", authorization: wanted.authorization, "user-agent": "actions/create-github-app-token",
      ...(text === undefined ? {} : { "content-type": "application/json; charset=utf-8", "content-length": String(Buffer.byteLength(text)) }),
    },
    ...(https && own !== undefined ? { ca: readFileSync(own) } : {}),
  };
  const reply = await new Promise<Reply>((resolve, reject) => {
    const sent = (https ? secure : plain)(wanted.url, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(parts).toString("utf8")) }));
    });
    sent.on("error", reject);
    sent.end(text);
  });
  if (reply.status >= 400) throw new Refused(reply.status, reply.body);
  return reply;
}

function parsed(text: string): Reply["body"] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Reply["body"]) : {};
  } catch {
    return {};
  }
}
