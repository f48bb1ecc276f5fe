import { createServer } from "node:http";
import { type AddressInfo, connect as connectTo } from "node:net";

const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/** Remembers the proxy variables; the result puts them back. */
export function keepEnvironment(): () => void {
  const saved = VARIABLES.map((name) => [name, process.env[name]] as const);
  return () => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

export interface Proxy {
  readonly url: string;
  /** `host:port` of every tunnel that was asked for. */
  readonly asked: string[];
  readonly credentials: (string | undefined)[];
  close(): void;
}

/** A proxy that tunnels (CONNECT) whatever it is asked for to one local port, and remembers what that was. */
export async function startProxy(port: number): Promise<Proxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    credentials.push(request.headers["proxy-authorization"]);
    const target = connectTo(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(socket);
      socket.pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, credentials, close: () => { server.closeAllConnections(); server.close(); } };
}
