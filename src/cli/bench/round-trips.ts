import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and counts how often the client had to wait for the server. */
export interface Counter {
  readonly port: number;
  /** Round trips since the last time this was asked: turns of the talk from server to client, opening the connection not counted. */
  take(): number;
  close(): Promise<void>;
}

/** Starts one before a server on loopback. It costs time of its own, so that nothing is timed through it. */
export async function countRoundTrips(to: number): Promise<Counter> {
  let turns = 0;
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: to, host: "127.0.0.1", noDelay: true });
    let asked = false;
    client.on("data", () => (asked = true));
    upstream.on("data", () => {
      if (asked) turns += 1;
      asked = false;
    });
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      open.add(one);
      one.on("error", () => other.destroy()).on("close", () => open.delete(one));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server on loopback has a port");
  return {
    port: address.port,
    take: () => {
      const taken = turns;
      turns = 0;
      return taken;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
