import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ModelError } from "../../src/llm/port.ts";
import { openAiModel } from "../../src/llm/openai.ts";

const KEY = "sk-0123456789secret";
const open: Server[] = [];

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function complete(baseUrl: string): Promise<unknown> {
  const model = openAiModel({ baseUrl: `${baseUrl}/v1`, apiKey: KEY, model: "m-1" });
  return model.complete({ system: "s", user: "u", schema: { name: "answer", schema: { type: "object" } }, timeoutMs: 10_000, maxTokens: 300 }).catch((error: unknown) => error);
}

const json = (body: unknown, status = 200): RequestListener => (_, response) => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

describe("an endpoint that is not what it seems", () => {
  test.each([301, 302, 303, 307, 308])("sends nobody anywhere by a %s: neither question nor key go there, and nothing from there is shown", async (status) => {
    const visits: unknown[] = [];
    const inside = await listen((request, response) => {
      visits.push(request.url);
      json({ error: { message: "internal-canary" } }, 500)(request, response);
    });
    const endpoint = await listen((_, response) => void response.writeHead(status, { location: `${inside}/latest/meta-data/` }).end());
    const error = await complete(endpoint);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ blame: "configuration", retryable: false });
    expect((error as ModelError).message).toContain(`redirect (${status})`);
    expect(JSON.stringify((error as ModelError).problems)).not.toContain("canary");
    expect(visits).toEqual([]);
  });

  test("cannot fill the memory: its answer ends at 4 MiB", async () => {
    const chunk = Buffer.alloc(1024 * 1024, " ");
    let sent = 0;
    const endpoint = await listen((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = () => {
        while (!response.destroyed && sent < 2_000) {
          sent += 1;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
      };
      more();
    });
    const error = await complete(endpoint);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).message).toContain("larger than 4 MiB");
    expect(sent).toBeLessThan(200);
  });

  test.each([
    ["x".repeat(1_000_000), "m-1"],
    ["\u202E\u0007 \n", "m-1"],
    ["a\n::set-output name=x::y\u202E\u200B", "a ::set-output name=x::y"],
    [7, "m-1"],
  ])("cannot put what it likes into commits by its name", async (model, expected) => {
    const endpoint = await listen(json({ model, choices: [{ finish_reason: "stop", message: { content: "{}" } }] }));
    expect(await complete(endpoint)).toMatchObject({ model: expected });
  });

  test.each([[0], [470], [490], [5_000]])("that repeats the key behind %d characters shows no part of it", async (before) => {
    const endpoint = await listen(json({ error: { message: `${"x".repeat(before)}${KEY} \u001b[31m::error::boo\n::add-mask::y` } }, 400));
    const error = await complete(endpoint);
    const told = JSON.stringify((error as ModelError).problems);
    expect(told).toContain("refused the question");
    expect(told).not.toContain("sk-");
    expect(told).not.toMatch(/\\u001b|\\n/);
  });
});
