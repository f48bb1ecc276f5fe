import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What whoever looks through the lens gets to see. */
export type View =
  | { readonly kind: "as-it-is" }
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  /** The question is taken and never answered. */
  | { readonly kind: "silence" };

export const clear: View = { kind: "as-it-is" };
export const sick: View = { kind: "answer", status: 503, body: '{"status":"down"}' };

/** Stands between the health check and the product, and shows what a drill wants to be seen. */
export interface Lens {
  readonly url: string;
  /** @param view is asked at each look, with how many looks there were since it was set. */
  show(view: (looks: number) => View | Promise<View>): void;
  close(): Promise<void>;
}

export async function openLens(target: string): Promise<Lens> {
  let view: (looks: number) => View | Promise<View> = () => clear;
  let looks = 0;
  const answer = async (_: IncomingMessage, response: ServerResponse) => {
    looks += 1;
    const seen = await view(looks);
    if (seen.kind === "silence") return;
    if (seen.kind === "answer") return void response.writeHead(seen.status, { "content-type": "application/json" }).end(seen.body);
    const real = await fetch(target);
    response.writeHead(real.status, { "content-type": real.headers.get("content-type") ?? "application/json" }).end(await real.text());
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/healthz`,
    show: (next) => {
      [view, looks] = [next, 0];
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
