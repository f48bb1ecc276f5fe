import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Requests a second that the drill's service is asked for, so that windows of seconds hold enough of them. */
const REQUESTS_PER_SECOND = 1_000;

/** Counts of requests as a Prometheus answers them: the queries `errors` and `requests`, over windows of whole seconds. */
export interface Metrics {
  readonly url: string;
  /** @param rate share of requests that go wrong at a time (epoch milliseconds). */
  show(rate: (at: number) => number): void;
  close(): Promise<void>;
}

/** A service's metrics behind the instant queries of Prometheus' API (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries). */
export async function openMetrics(): Promise<Metrics> {
  let rate: (at: number) => number = () => 0;
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://metrics");
    const [, what = "", window = "0"] = /^(errors|requests)\[(\d+)s\]$/.exec(searchParams.get("query") ?? "") ?? [];
    const end = searchParams.has("time") ? Number(searchParams.get("time")) * 1_000 : Date.now();
    const seconds = Array.from({ length: Number(window) }, (_, index) => end - (index + 0.5) * 1_000);
    const count = seconds.reduce((sum, at) => sum + REQUESTS_PER_SECOND * (what === "errors" ? rate(at) : 1), 0);
    const result = what === "" ? [] : [{ metric: {}, value: [end / 1_000, String(Math.round(count))] }];
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show: (next) => void (rate = next),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A health file that probes the service and compares the errors of its requests. */
export function healthFile(probe: string, metrics: string, windowSeconds: number): string {
  return `within-seconds: 30
defaults: { interval-seconds: 1, timeout-seconds: 2 }
probes:
  - { name: service, kind: http, url: "${probe}" }
traffic:
  - { name: errors, url: "${metrics}", errors: "errors[\${window}]", requests: "requests[\${window}]", window-seconds: ${windowSeconds} }
`;
}
