/**
 * A `fetch` that goes through the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY, read as @actions/http-client does);
 * undefined when there is none, so that nobody else pays for it.
 */
export function proxyFetch(env: Readonly<Record<string, string | undefined>>): typeof fetch | undefined {
  if (!["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].some((name) => env[name])) return undefined;
  return async (input, init = {}) => {
    const { HttpClient } = await import("actions-http-client-real");
    const request = new Request(input, init);
    const client = new HttpClient(undefined, [], { allowRedirects: false, allowRetries: false });
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(request.signal.reason);
    request.signal.addEventListener("abort", abort, { once: true });
    const exchange = async () => {
      const body = request.body === null ? null : await request.text();
      const response = await client.request(request.method, request.url, body, Object.fromEntries(request.headers));
      const headers = Object.entries(response.message.headers).map(([name, value]): [string, string] => [name, String(value)]);
      return new Response(await response.readBody(), { status: response.message.statusCode ?? 0, headers });
    };
    try {
      return await Promise.race([exchange(), aborted.promise]);
    } finally {
      request.signal.removeEventListener("abort", abort);
      client.dispose();
    }
  };
}
