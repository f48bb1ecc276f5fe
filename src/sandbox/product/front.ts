import { timingSafeEqual } from "node:crypto";
import { Agent, createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Path of the host's own door, next to the site's pages. */
export const DEPLOY_PATH = "/-/deploy";

export interface FrontOptions {
  readonly port: number;
  readonly token: string;
  /** Port of the app that runs now; undefined: none. */
  readonly target: () => number | undefined;
  /** Carries out a deployment that somebody with the token asked for; the answer is sent back as JSON. */
  readonly deploy: (sha: string) => Promise<{ readonly status: string }>;
}

/** The stable address of a site whose process changes: passes requests on to whatever runs, and takes deployments. */
export class Front {
  private readonly options: FrontOptions;
  private readonly server: Server;
  private readonly agent = new Agent({ keepAlive: false });

  constructor(options: FrontOptions) {
    this.options = options;
    this.server = createServer((request, response) => {
      if ((request.url ?? "").split("?")[0] === DEPLOY_PATH) {
        this.takeDeployment(request, response).catch(() => response.destroy());
      } else {
        this.pass(request, response);
      }
    });
  }

  /** Resolves with the port once it listens on 127.0.0.1. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(this.options.port, "127.0.0.1", () => resolve((this.server.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
      this.agent.destroy();
    });
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const port = this.options.target();
    if (port === undefined) return sendJson(response, 503, { status: "down", reason: "nothing is deployed yet" });
    const { method, url, headers } = request;
    const passed = forward({ host: "127.0.0.1", port, method, path: url, headers, agent: this.agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    passed.on("error", () => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 502, { status: "down", reason: "the app does not answer" });
    });
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  }

  private async takeDeployment(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = Buffer.from(request.headers.authorization ?? "");
    const wanted = Buffer.from(`Bearer ${this.options.token}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      return sendJson(response, 401, { status: "refused", reason: "the token is missing or wrong" });
    }
    if (request.method !== "POST") return sendJson(response, 405, { status: "refused", reason: "only POST deploys" });
    const sha = shaIn(await readBody(request));
    if (sha === undefined) return sendJson(response, 422, { status: "refused", reason: 'the body must be {"commit": "<40 hex digits>"}' });
    const outcome = await this.options.deploy(sha);
    const status = outcome.status === "unknown" ? 404 : outcome.status === "failed" ? 500 : 200;
    sendJson(response, status, outcome);
  }
}

function shaIn(body: string): string | undefined {
  try {
    const { commit } = JSON.parse(body) as { commit?: unknown };
    return typeof commit === "string" && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
  } catch {
    return undefined;
  }
}

/** A body of at most 64 KB; a longer one reads as empty. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= 65_536) chunks.push(chunk);
  }
  return size > 65_536 ? "" : Buffer.concat(chunks).toString("utf8");
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
