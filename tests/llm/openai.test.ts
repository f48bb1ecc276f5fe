import { describe, expect, test } from "@jest/globals";
import { ModelError } from "../../src/llm/port.ts";
import { openAiModel } from "../../src/llm/openai.ts";
import { keepEnvironment, startProxy } from "../github/proxy-server.ts";
import { fakeGitHub, type Scripted, type Seen } from "../github/fake.ts";

const REQUEST = { system: "s", user: "u", schema: { name: "answer", schema: { type: "object" } }, timeoutMs: 5_000, maxTokens: 300 };
const KEY = "sk-0123456789secret";
const completion = (content: string, finish = "stop") => ({
  json: { id: "1", object: "chat.completion", model: "real-name", choices: [{ index: 0, finish_reason: finish, message: { role: "assistant", content } }], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } },
});

async function asked(script: readonly (Scripted | ((seen: Seen) => Scripted))[], options: { key?: string; timeoutMs?: number } = {}) {
  const fake = await fakeGitHub(script);
  const model = openAiModel({ baseUrl: `${fake.url}/v1`, apiKey: options.key ?? KEY, model: "m-1" });
  try {
    const result = await model.complete({ ...REQUEST, timeoutMs: options.timeoutMs ?? 5_000 }).catch((error: unknown) => error);
    return { result, seen: fake.seen, model, fake };
  } finally {
    await fake.close();
  }
}

async function failed(script: readonly Scripted[], options: { key?: string; timeoutMs?: number } = {}): Promise<ModelError> {
  const { result } = await asked(script, options);
  if (result instanceof ModelError) return result;
  throw new Error(`no ModelError but ${String(result)}`);
}

describe("a completion", () => {
  test("is asked for by JSON Schema, with the key and nothing from OPENAI_* variables", async () => {
    process.env.OPENAI_ORG_ID = "org-from-elsewhere";
    const { result, seen } = await asked([completion('{"answer":"x"}')]);
    delete process.env.OPENAI_ORG_ID;
    expect(result).toEqual({ text: '{"answer":"x"}', finishReason: "stop", model: "real-name", usage: { inputTokens: 7, outputTokens: 3 } });
    expect(seen[0]).toMatchObject({ method: "POST", path: "/v1/chat/completions", headers: { authorization: `Bearer ${KEY}` } });
    expect(seen[0]?.headers["openai-organization"]).toBeUndefined();
    expect(seen[0]?.body).toEqual({
      model: "m-1",
      messages: [{ role: "system", content: "s" }, { role: "user", content: "u" }],
      max_tokens: 300,
      response_format: { type: "json_schema", json_schema: { name: "answer", schema: { type: "object" }, strict: true } },
    });
  });

  test("an endpoint without keys is asked without one of ours", async () => {
    const { seen } = await asked([completion("x")], { key: "" });
    expect(seen[0]?.headers.authorization).toBe("Bearer none");
  });

  test.each([
    ["cut by length", completion("half", "length"), { text: "half", finishReason: "length" }],
    ["no choices", { json: { choices: [] } }, { text: "", finishReason: "none", model: "m-1", usage: null }],
    ["a refusal", { json: { choices: [{ finish_reason: "stop", message: { content: null, refusal: "no" } }] } }, { text: "", finishReason: "refusal" }],
    ["no object", { json: "hello" }, { text: "", finishReason: "none" }],
  ])("%s is handed over as it is", async (_, answer, expected) => {
    expect((await asked([answer])).result).toMatchObject(expected);
  });

  test("an endpoint that refuses a response format is asked more plainly, and remembered", async () => {
    const refuse = { status: 400, json: { error: { message: "response_format is not supported" } } };
    const fake = await fakeGitHub([refuse, refuse, completion("one"), completion("two")]);
    const model = openAiModel({ baseUrl: `${fake.url}/v1`, apiKey: KEY, model: "m-1" });
    await model.complete(REQUEST);
    await model.complete(REQUEST);
    await fake.close();
    expect(fake.seen.map(({ body }) => (body.response_format as { type?: string } | undefined)?.type)).toEqual(["json_schema", "json_object", undefined, undefined]);
  });

  test("a model that takes max_completion_tokens gets it", async () => {
    const { seen } = await asked([{ status: 400, json: { error: { message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", param: "max_tokens" } } }, completion("x")]);
    expect(seen[1]?.body).toMatchObject({ max_completion_tokens: 300, response_format: { type: "json_schema" } });
    expect(seen[1]?.body.max_tokens).toBeUndefined();
  });
});

describe("an error", () => {
  test.each([
    [401, "configuration", false, "api-key"],
    [403, "configuration", false, "api-key"],
    [404, "configuration", false, "Set `model`"],
    [410, "configuration", false, "Set `model`"],
    [429, "service", true, "too many requests"],
    [500, "service", true, "disturbed"],
    [503, "service", true, "disturbed"],
    [413, "configuration", false, "fewer `sources`"],
  ] as const)("%s blames %s, retryable %s", async (status, blame, retryable, text) => {
    const error = await failed([{ status, json: { error: { message: `said ${KEY}` } } }]);
    expect(error.blame).toBe(blame);
    expect(error.retryable).toBe(retryable);
    expect(JSON.stringify(error.problems)).toContain(text);
    expect(JSON.stringify(error.problems)).not.toContain(KEY);
  });

  test("the wait that a 429 asks for is handed on, and an empty account is not asked again", async () => {
    expect((await failed([{ status: 429, headers: { "retry-after": "3" }, json: { error: { message: "slow down" } } }])).retryAfterMs).toBe(3_000);
    expect((await failed([{ status: 429, json: { error: { message: "You exceeded your current quota", code: "insufficient_quota" } } }])).retryable).toBe(false);
  });

  test("it tries once: retries are the caller's", async () => {
    const { seen } = await asked([{ status: 500, json: {} }]);
    expect(seen).toHaveLength(1);
  });

  test("a 400 about the size of the prompt is not asked in other words", async () => {
    const { seen } = await asked([{ status: 400, json: { error: { message: "This model's maximum context length is 4096 tokens", code: "context_length_exceeded" } } }]);
    expect(seen).toHaveLength(1);
  });

  test("a dropped connection may be retried", async () => {
    const error = await failed(["drop"]);
    expect([error.blame, error.retryable]).toEqual(["service", true]);
    expect(error.message).toContain("cannot be reached");
  });

  test("silence ends at the time limit", async () => {
    const { createServer } = await import("node:http");
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const error = await openAiModel({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: "", model: "m-1" }).complete({ ...REQUEST, timeoutMs: 60 }).catch((caught: unknown) => caught);
    silent.closeAllConnections();
    silent.close();
    expect(error).toMatchObject({ blame: "service", retryable: true });
    expect(String((error as Error).message)).toContain("did not answer within 0.06 s");
  });
});

test("a proxy of the environment is used, with its time limit", async () => {
  const restore = keepEnvironment();
  const fake = await fakeGitHub([completion("x"), { status: 500, json: { error: { message: "down" } } }]);
  const proxy = await startProxy(Number(new URL(fake.url).port));
  process.env.HTTP_PROXY = proxy.url;
  try {
    const model = openAiModel({ baseUrl: "http://llm.example.test/v1", apiKey: KEY, model: "m-1" });
    expect((await model.complete({ ...REQUEST, user: "ü" })).text).toBe("x");
    expect(proxy.asked).toEqual(["llm.example.test:80"]);
    expect(fake.seen[0]).toMatchObject({ path: "/v1/chat/completions", headers: { authorization: `Bearer ${KEY}` }, body: { messages: [{}, { content: "ü" }] } });
    await expect(model.complete(REQUEST)).rejects.toMatchObject({ retryable: true, blame: "service" });
  } finally {
    restore();
    proxy.close();
    await fake.close();
  }
});

test.each([
  ["wants another password", { refuse: { status: 407 } }, "configuration", false, "asks for a user and a password"],
  ["cannot reach the endpoint", { refuse: { status: 502 } }, "service", true, "add it to NO_PROXY"],
] as const)("a proxy that %s is named, with the change to make", async (_, options, blame, retryable, text) => {
  const restore = keepEnvironment();
  const proxy = await startProxy(1, options);
  process.env.HTTPS_PROXY = proxy.url;
  try {
    const error: unknown = await openAiModel({ baseUrl: "https://llm.example.test/v1", apiKey: KEY, model: "m-1" }).complete(REQUEST).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ blame, retryable });
    expect((error as ModelError).message).toContain(`The model m-1 at https://llm.example.test/v1 cannot be reached: The proxy ${proxy.url} did not let this job through to llm.example.test:443`);
    expect(JSON.stringify((error as ModelError).problems)).toContain(text);
  } finally {
    restore();
    proxy.close();
  }
});

test("an endpoint whose name is unknown says what a proxy would change", async () => {
  const restore = keepEnvironment();
  const error: unknown = await openAiModel({ baseUrl: "https://llm.example.invalid/v1", apiKey: KEY, model: "m-1" }).complete(REQUEST).catch((caught: unknown) => caught);
  restore();
  expect(error).toMatchObject({ blame: "service", retryable: true });
  expect(JSON.stringify((error as ModelError).problems)).toMatch(/The name llm\.example\.invalid cannot be resolved .*set HTTPS_PROXY/);
});
