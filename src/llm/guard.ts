/** An answer of at most 1,000 words, its JSON and what an endpoint says around it fit many times. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * A `fetch` for an endpoint that is not trusted. A redirect is handed over as it came: following one would take the question and the
 * documentation to an address that nobody configured, or make this runner ask inside its own network. The body ends with an error
 * beyond 4 MiB, because it is kept in memory.
 */
export function guarded(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, { ...init, redirect: "manual" });
    const { status, statusText, headers, body } = response;
    return new Response(body?.pipeThrough(upTo(MAX_ANSWER_BYTES)) ?? null, { status, statusText, headers });
  };
}

function upTo(limit: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > limit) controller.error(new Error(`its answer is larger than ${limit / 1024 / 1024} MiB`));
      else controller.enqueue(chunk);
    },
  });
}
