import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";

/** A server on loopback that is closed, open connections included, at the end of `await using`. */
export interface Hostile extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Requests (HTTP) or connections (TCP) so far. */
  readonly count: () => number;
  /** Bytes handed to the sockets so far. */
  readonly sent: () => number;
}

/** Answers HTTP with a listener that is told how many requests came before. */
export async function http(answer: (...given: [...Parameters<RequestListener>, number]) => void): Promise<Hostile> {
  let count = 0;
  return listen(createServer((request, response) => answer(request, response, count++)), () => count);
}

/** Speaks whatever it likes on a raw connection. */
export async function tcp(answer: (socket: Socket) => void): Promise<Hostile> {
  let count = 0;
  return listen(createTcpServer((socket) => {
    count += 1;
    socket.on("error", () => {});
    answer(socket);
  }), () => count);
}

async function listen(server: Server, count: () => number): Promise<Hostile> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    count,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers JSON. */
export function json(status: number, body: unknown): RequestListener {
  return (_, response) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
