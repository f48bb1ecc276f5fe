import { createServer, type IncomingMessage, request as requestTo, type ServerResponse } from "node:http";
import { type AddressInfo, connect as connectTo } from "node:net";
import type { Duplex } from "node:stream";

const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"];

/** Takes the proxy variables away, for a machine that has some; the result puts them back. */
export function keepEnvironment(): () => void {
  const saved = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) delete process.env[name];
  return () => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/** Where a proxy leads: one local port for every name, or a local port for each `host` or `host:port` that it knows. */
export type Routes = number | Readonly<Record<string, number>>;

export interface ProxyOptions {
  /** `user:password` that everybody has to bring; others get 407. */
  readonly credential?: string;
  /** The answer to every request, in the place of another. */
  readonly refuse?: { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
  /** Takes every connection and says nothing. */
  readonly silent?: boolean;
}

export interface Proxy {
  readonly url: string;
  /** `host:port` of everything that was let through. */
  readonly asked: string[];
  /** The same with its method and, but for CONNECT, its path. */
  readonly requests: { readonly method: string; readonly authority: string; readonly path: string; readonly userAgent: string }[];
  readonly credentials: (string | undefined)[];
  close(): void;
}

/** A proxy on this machine, as RFC 9110 and 9112 have it: CONNECT for tunnels, absolute form for the rest. */
export async function startProxy(routes: Routes, options: ProxyOptions = {}): Promise<Proxy> {
  const asked: string[] = [];
  const requests: Proxy["requests"] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Duplex>();

  /** A port to go on to, or a status to refuse with. */
  const judge = (request: IncomingMessage, authority: string, path: string): { port: number } | { status: number } => {
    credentials.push(request.headers["proxy-authorization"]);
    const wanted = options.credential === undefined ? undefined : `Basic ${Buffer.from(options.credential).toString("base64")}`;
    if (wanted !== undefined && request.headers["proxy-authorization"] !== wanted) return { status: 407 };
    asked.push(authority);
    requests.push({ method: request.method ?? "", authority, path, userAgent: request.headers["user-agent"] ?? "" });
    if (options.refuse) return { status: options.refuse.status };
    const port = typeof routes === "number" ? routes : (routes[authority] ?? routes[authority.replace(/:\d+$/, "")]);
    return port === undefined ? { status: 502 } : { port };
  };
  const headersOf = (status: number) => ({ ...options.refuse?.headers, ...(status === 407 ? { "proxy-authenticate": 'Basic realm="test"' } : {}) });

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (options.silent) return;
    if (!URL.canParse(request.url ?? "")) return void response.writeHead(400).end("absolute form only");
    const url = new URL(request.url ?? "");
    const verdict = judge(request, `${url.hostname}:${url.port || "80"}`, `${url.pathname}${url.search}`);
    if ("status" in verdict) return void response.writeHead(verdict.status, headersOf(verdict.status)).end();
    const { "proxy-authorization": _, "proxy-connection": __, ...headers } = request.headers;
    const onward = requestTo({ host: "127.0.0.1", port: verdict.port, method: request.method, path: `${url.pathname}${url.search}`, headers: { ...headers, host: url.host }, agent: false });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    if (options.silent) return;
    const authority = request.url ?? "";
    const verdict = judge(request, authority, "");
    if ("status" in verdict) {
      const headers = Object.entries(headersOf(verdict.status)).map(([name, value]) => `${name}: ${value}\r\n`).join("");
      return void socket.end(`HTTP/1.1 ${verdict.status} No\r\n${headers}content-length: 0\r\n\r\n`);
    }
    const target = connectTo(verdict.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(socket);
      socket.pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("close", () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, requests, credentials, close };
}
