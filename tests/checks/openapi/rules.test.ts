import { describe, expect, test } from "@jest/globals";
import { checkOpenapi } from "../../../src/checks/openapi.ts";
import { aSubject, short } from "../a-subject.ts";

type Json = Readonly<Record<string, unknown>>;
const path = "api.json";
const describeApi = (operation: Json, rest: Json = {}) => ({ openapi: "3.1.0", info: { title: "A", version: "1" }, paths: { "/a/{id}": { parameters: [{ name: "id", in: "path", required: true, schema: {} }], post: { responses: { 200: { description: "ok" } }, ...operation } } }, ...rest });
const body = (schema: unknown, required = true) => ({ requestBody: { required, content: { "application/json": { schema } } } });
const answer = (schema: unknown) => ({ responses: { 200: { description: "ok", content: { "application/json": { schema } } } } });
const object = (properties: Json, more: Json = {}) => ({ type: "object", properties, ...more });

async function findings(before: unknown, after: unknown, policy: "fail" | "warn" | "allow" = "fail") {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));
  return (await checkOpenapi(aSubject({ files: { [path]: text(after) }, before: { [path]: text(before) } }), policy)).findings;
}
/** `level rule`, without what was wrong before. */
async function told(before: unknown, after: unknown): Promise<string[]> {
  return (await findings(before, after)).filter(({ level }) => level !== "notice").map(({ level, rule }) => `${level === "failure" ? "" : `${level} `}${rule.replace("openapi/", "")}`);
}
const request = (old: unknown, now: unknown) => told(describeApi(body(object({ p: old }))), describeApi(body(object({ p: now }))));
const response = (old: unknown, now: unknown) => told(describeApi(answer(object({ p: old }))), describeApi(answer(object({ p: now }))));

const text = { type: "string" };
const whole = { type: "integer" };

describe("schemas of requests and responses", () => {
  test.each<[string, unknown, unknown, readonly string[], readonly string[]]>([
    ["another type", text, whole, ["request-property-type-changed"], ["response-property-type-changed"]],
    ["a wider type", whole, { type: "number" }, [], ["response-property-type-changed"]],
    ["a narrower type", { type: "number" }, whole, ["request-property-type-changed"], []],
    ["one of several types less", { type: ["string", "integer"] }, text, ["request-property-type-changed"], []],
    ["null no more", { type: ["string", "null"] }, text, ["request-property-became-not-nullable"], []],
    ["null from now on", text, { type: ["string", "null"] }, [], ["response-property-became-nullable"]],
    ["any type from now on", text, {}, [], ["response-property-type-changed"]],
    ["a type where any was", {}, text, ["warning request-property-type-changed"], []],
    ["a value of an enumeration less", { ...text, enum: ["a", "b"] }, { ...text, enum: ["a"] }, ["request-property-enum-value-removed"], []],
    ["a value of an enumeration more", { ...text, enum: ["a"] }, { ...text, enum: ["a", "b"] }, [], ["response-property-enum-value-added"]],
    ["an enumeration from now on", text, { ...text, enum: ["a"] }, ["request-property-became-enum"], []],
    ["an enumeration no more", { ...text, enum: ["a"] }, text, [], ["response-property-enum-value-added"]],
    ["a constant", { ...text, enum: ["a", "b"] }, { const: "a", ...text }, ["request-property-enum-value-removed"], []],
    ["another format", { ...text, format: "date" }, { ...text, format: "uuid" }, ["request-property-type-changed"], ["response-property-type-changed"]],
    ["a format from now on", text, { ...text, format: "uuid" }, ["request-property-type-changed"], []],
    ["a wider format", { ...whole, format: "int32" }, { ...whole, format: "int64" }, [], ["response-property-type-changed"]],
    ["a smaller maximum", { ...whole, maximum: 9 }, { ...whole, maximum: 5 }, ["request-property-max-decreased"], []],
    ["a greater maximum", { ...whole, maximum: 5 }, { ...whole, maximum: 9 }, [], ["response-property-max-increased"]],
    ["a minimum from now on", whole, { ...whole, minimum: 1 }, ["request-property-min-set"], []],
    ["a length no more", { ...text, maxLength: 5 }, text, [], ["response-property-max-length-unset"]],
    ["a greater least length", { ...text, minLength: 1 }, { ...text, minLength: 2 }, ["request-property-min-length-increased"], []],
    ["fewer items", { type: "array", items: text, maxItems: 9 }, { type: "array", items: text, maxItems: 3 }, ["request-property-max-items-decreased"], []],
    ["a pattern from now on", text, { ...text, pattern: "^a" }, ["request-property-pattern-added"], []],
    ["another pattern", { ...text, pattern: "^a" }, { ...text, pattern: "^b" }, ["warning request-property-pattern-changed"], ["warning response-property-pattern-changed"]],
    ["other items", { type: "array", items: text }, { type: "array", items: whole }, ["request-property-type-changed"], ["response-property-type-changed"]],
    ["one form less", { oneOf: [text, whole] }, { oneOf: [text] }, ["request-property-one-of-removed"], []],
    ["one form more", { oneOf: [text] }, { oneOf: [text, whole] }, [], ["response-property-one-of-added"]],
    ["forms in another order", { oneOf: [text, whole] }, { anyOf: [whole, text] }, [], []],
    ["forms where one was", text, { anyOf: [text, whole] }, [], ["response-property-one-of-added"]],
    ["an array no more, by a form", { anyOf: [{ type: "array", items: {} }, { type: "object" }] }, { type: "object" }, ["request-property-one-of-removed"], []],
    ["nothing allowed", text, false, ["request-property-type-changed"], []],
    ["what cannot be told", { not: text }, { not: whole }, ["warning request-property-changed"], ["warning response-property-changed"]],
    ["words", { ...text, description: "a", title: "b", examples: ["c"] }, { ...text, description: "d", deprecated: true }, [], []],
  ])("%s", async (_, old, now, ofRequest, ofResponse) => {
    expect([await request(old, now), await response(old, now)]).toEqual([ofRequest, ofResponse]);
  });

  test.each<[string, unknown, unknown, readonly string[], readonly string[]]>([
    ["a property becomes required", object({ a: text }), object({ a: text }, { required: ["a"] }), ["request-property-became-required"], []],
    ["a new one is required", object({}), object({ a: text }, { required: ["a"] }), ["new-required-request-property"], []],
    ["with a default", object({}), object({ a: { ...text, default: "x" } }, { required: ["a"] }), ["warning new-required-request-property"], []],
    ["a new one is optional", object({}), object({ a: text }), [], []],
    ["one goes", object({ a: text }), object({}), ["warning request-property-removed"], ["warning response-optional-property-removed"]],
    ["one goes, and no other is taken", object({ a: text }), object({}, { additionalProperties: false }), ["request-property-removed", "request-body-additional-properties-disallowed"], ["warning response-optional-property-removed"]],
    ["a required one goes", object({ a: text }, { required: ["a"] }), object({}), ["warning request-property-removed"], ["response-required-property-removed"]],
    ["one becomes optional", object({ a: text }, { required: ["a"] }), object({ a: text }), [], ["response-property-became-optional"]],
    ["one that is only read is no part of a request", object({ a: { ...text, readOnly: true } }), object({ a: { ...whole, readOnly: true } }, { required: ["a"] }), [], ["response-property-type-changed"]],
    ["one that is only written is no part of a response", object({ a: { ...text, writeOnly: true } }), object({}), ["warning request-property-removed"], []],
    ["laid together by allOf", { allOf: [object({ a: text }), object({ b: text })] }, { allOf: [object({ a: text }), object({ b: text }, { required: ["b"] })] }, ["request-property-became-required"], []],
    ["allOf instead of one", object({ a: text, b: text }), { allOf: [object({ a: text }), object({ b: text })] }, [], []],
    ["other values of a map", { type: "object", additionalProperties: text }, { type: "object", additionalProperties: whole }, ["request-property-type-changed"], ["response-property-type-changed"]],
  ])("%s", async (_, old, now, ofRequest, ofResponse) => {
    expect([await told(describeApi(body(old)), describeApi(body(now))), await told(describeApi(answer(old)), describeApi(answer(now)))]).toEqual([ofRequest, ofResponse]);
  });

  test("references are followed, in circles too, and what they are called is no matter", async () => {
    const node = (more: Json, name = "Node") => describeApi(body({ $ref: `#/components/schemas/${name}` }), { components: { schemas: { [name]: object({ next: { $ref: `#/components/schemas/${name}` }, value: text, ...more }) } } });
    expect(await told(node({}), node({}, "Other"))).toEqual([]);
    expect(await told(node({ value: { type: ["string", "integer"] } }), node({}))).toEqual(["request-property-type-changed"]);
    const loop = describeApi(body({ $ref: "#/components/schemas/A" }), { components: { schemas: { A: { $ref: "#/components/schemas/A" } } } });
    expect(await told(loop, loop)).toEqual([]);
  });
});

describe("operations", () => {
  const plain = describeApi({});
  const parameter = (more: Json) => describeApi({ parameters: [{ name: "q", in: "query", schema: text, ...more }] });
  const secured = (security: unknown, rest: Json = {}) => describeApi({ security, ...rest }, { components: { securitySchemes: { key: { type: "apiKey", name: "k", in: "header" }, auth: { type: "oauth2", flows: {} } } } });
  const status = (...all: string[]) => describeApi({ responses: Object.fromEntries(all.map((one) => [one, { description: "x" }])) });
  const header = (headers: unknown) => describeApi({ responses: { 200: { description: "ok", headers } } });
  const types = (of: "requestBody" | "responses", ...all: string[]) => {
    const content = Object.fromEntries(all.map((one) => [one, { schema: text }]));
    return describeApi(of === "requestBody" ? { requestBody: { required: true, content } } : { responses: { 200: { description: "ok", content } } });
  };

  test.each<[string, unknown, unknown, readonly string[]]>([
    ["a path goes", plain, { ...plain, paths: {} }, ["api-path-removed-without-deprecation"]],
    ["a method goes", plain, { ...plain, paths: { "/a/{id}": { get: plain.paths["/a/{id}"].post, parameters: plain.paths["/a/{id}"].parameters } } }, ["api-removed-without-deprecation"]],
    ["a deprecated one goes", describeApi({ deprecated: true }), { ...plain, paths: {} }, ["warning api-removed-with-deprecation"]],
    ["a parameter of the path is called otherwise", plain, JSON.parse(JSON.stringify(plain).replaceAll("id}", "name}").replace('"name":"id"', '"name":"name"')), []],
    ["a new parameter is required", plain, parameter({ required: true }), ["new-required-request-parameter"]],
    ["a new parameter is optional", plain, parameter({}), []],
    ["a parameter becomes required", parameter({}), parameter({ required: true }), ["request-parameter-became-required"]],
    ["a parameter goes", parameter({}), plain, ["warning request-parameter-removed"]],
    ["a parameter of another type", parameter({}), parameter({ schema: whole }), ["request-parameter-type-changed"]],
    ["a parameter of fewer values", parameter({ schema: { enum: ["a", "b"] } }), parameter({ schema: { enum: ["a"] } }), ["request-parameter-enum-value-removed"]],
    ["a parameter in another style", parameter({ style: "form" }), parameter({ style: "pipeDelimited" }), ["request-parameter-style-changed"]],
    ["a parameter that is an object", parameter({ schema: object({ a: text }) }), parameter({ schema: object({ a: whole }) }), ["request-parameter-property-type-changed"]],
    ["a header in other letters", describeApi({ parameters: [{ name: "X-A", in: "header", schema: text }] }), describeApi({ parameters: [{ name: "x-a", in: "header", schema: text }] }), []],
    ["a body becomes required", describeApi(body(text, false)), describeApi(body(text)), ["request-body-became-required"]],
    ["a required body is new", plain, describeApi(body(text)), ["request-body-added-required"]],
    ["the body goes", describeApi(body(text)), plain, ["warning request-body-removed"]],
    ["the body's own type", describeApi(body(text)), describeApi(body(whole)), ["request-body-type-changed"]],
    ["a media type of the body goes", types("requestBody", "application/json", "text/plain"), types("requestBody", "application/json"), ["request-body-media-type-removed"]],
    ["a media type of the response goes", types("responses", "application/json", "text/plain"), types("responses", "application/json"), ["response-media-type-removed"]],
    ["a media type gains a character set", types("responses", "application/json"), types("responses", "application/json; charset=utf-8"), []],
    ["a range holds it", types("requestBody", "text/plain"), types("requestBody", "text/*"), []],
    ["a status of success goes", status("200", "201"), status("200"), ["response-success-status-removed"]],
    ["a status of failure goes", status("200", "404"), status("200"), ["warning response-non-success-status-removed"]],
    ["a status becomes a range", status("200", "404"), status("200", "4XX"), []],
    ["a required header of a response goes", header({ A: { required: true, schema: text } }), header({}), ["required-response-header-removed"]],
    ["a header of a response goes", header({ A: { schema: text } }), header({}), ["warning optional-response-header-removed"]],
    ["a header becomes optional", header({ A: { required: true, schema: text } }), header({ A: { schema: text } }), ["response-header-became-optional"]],
    ["a header can be more", header({ A: { schema: text } }), header({ A: { schema: { type: ["string", "integer"] } } }), ["warning response-header-type-changed"]],
    ["proof is needed", secured([]), secured([{ key: [] }]), ["api-security-added"]],
    ["proof is needed everywhere", plain, { ...secured(undefined), security: [{ key: [] }] }, ["api-security-added"]],
    ["a way of proof goes", secured([{ key: [] }, { auth: [] }]), secured([{ auth: [] }]), ["api-security-removed"]],
    ["a way of proof comes", secured([{ auth: [] }]), secured([{ key: [] }, { auth: [] }]), []],
    ["more scopes are needed", secured([{ auth: ["read"] }]), secured([{ auth: ["read", "write"] }]), ["api-security-scope-added"]],
    ["fewer scopes are needed", secured([{ auth: ["read", "write"] }]), secured([{ auth: ["read"] }]), []],
    ["no proof is needed any more", secured([{ key: [] }]), secured([]), []],
  ])("%s", async (_, before, after, expected) => {
    expect(await told(before, after)).toEqual(expected);
  });

  test("what is the same but for what it refers to is not the same", async () => {
    const referring = (schema: unknown, scheme: unknown) => describeApi({ requestBody: { $ref: "#/components/requestBodies/B" }, parameters: [{ $ref: "#/components/parameters/P" }] }, {
      components: { requestBodies: { B: { content: { "application/json": { schema: { $ref: "#/components/schemas/S" } } } } }, parameters: { P: { name: "q", in: "query", schema: scheme } }, schemas: { S: schema } },
    });
    expect(await told(referring(object({ a: text }), text), referring(object({ a: text }, { required: ["a"] }), whole))).toEqual(["request-parameter-type-changed", "request-property-became-required"]);
    const three = (version: string, all: unknown) => ({ ...describeApi(body(text)), openapi: version, security: all, components: { securitySchemes: { k: { type: "http", scheme: "basic" } } } });
    expect(await told(three("3.1.0", []), three("3.1.0", [{ k: [] }]))).toEqual(["api-security-added"]);
  });

  test("an old description of version 2 is compared with one of version 3", async () => {
    const two = { swagger: "2.0", info: { title: "A", version: "1" }, basePath: "/v1", consumes: ["application/json"], produces: ["application/json"], paths: { "/a": { post: { parameters: [{ in: "body", name: "b", required: true, schema: object({ a: text }) }, { in: "query", name: "q", type: "string", enum: ["x", "y"] }], responses: { 200: { description: "ok", schema: object({ r: text }, { required: ["r"] }) } } } } } };
    const three = (q: unknown, r: unknown) => ({ openapi: "3.0.3", info: two.info, paths: { "/v1/a": { post: { parameters: [{ in: "query", name: "q", schema: q }], ...body(object({ a: text })), ...answer(r) } } } });
    expect(await told(two, three({ ...text, enum: ["x", "y"] }, object({ r: text }, { required: ["r"] })))).toEqual([]);
    expect(await told(two, three({ ...text, enum: ["x"] }, object({})))).toEqual(["request-parameter-enum-value-removed", "response-required-property-removed"]);
  });

  test("a form of version 2 is a body", async () => {
    const form = (required: boolean) => ({ swagger: "2.0", info: { title: "A", version: "1" }, paths: { "/a": { post: { parameters: [{ in: "formData", name: "f", type: "string", required }], responses: { 200: { description: "ok" } } } } } });
    expect(await told(form(false), form(true))).toEqual(["request-body-became-required", "request-property-became-required"]);
  });

  test("`nullable` and exclusive bounds of 3.0", async () => {
    const three = (schema: unknown) => ({ ...describeApi(body(object({ p: schema }))), openapi: "3.0.0" });
    expect(await told(three({ ...text, nullable: true }), three(text))).toEqual(["request-property-became-not-nullable"]);
    expect(await told(three({ ...whole, maximum: 5 }), three({ ...whole, maximum: 5, exclusiveMaximum: true }))).toEqual(["request-property-exclusive-max-set"]);
  });
});

describe("a description by itself", () => {
  const lint = async (after: unknown) => (await findings("{}", after)).map(({ level, rule }) => `${level === "failure" ? "" : `${level} `}${rule.replace("openapi/", "")}`);

  test.each<[string, unknown, readonly string[]]>([
    ["a fine one", describeApi({}), []],
    ["a field written wrong", describeApi({ reponses: {} }), ["struct"]],
    ["a field of others", describeApi({ "x-a": 1 }), []],
    ["no title", { ...describeApi({}), info: { version: "1" } }, ["struct"]],
    ["no paths", { openapi: "3.0.0", info: { title: "A", version: "1" } }, ["struct"]],
    ["only components, since 3.1", { openapi: "3.1.0", info: { title: "A", version: "1" }, components: {} }, []],
    ["a reference to nowhere", describeApi(body({ $ref: "#/components/schemas/A" })), ["no-unresolved-refs"]],
    ["a reference to an address", describeApi(body({ $ref: "https://example.com/a.json" })), []],
    ["an unknown type", describeApi(body({ type: "text" })), ["schema-type"]],
    ["several types in 3.0", { ...describeApi(body({ type: ["string", "null"] })), openapi: "3.0.1" }, ["schema-type"]],
    ["an array without items in 3.0", { ...describeApi(body({ type: "array" })), openapi: "3.0.1" }, ["array-items"]],
    ["a property called like a keyword", describeApi(body(object({ required: { type: "boolean" }, items: { type: "string" }, enum: text }))), []],
    ["`required: true` in a schema", describeApi(body(object({ a: { ...text, required: true } }))), ["schema-required"]],
    ["a value twice", describeApi(body({ enum: ["a", "a"] })), ["warning enum-unique"]],
    ["a default that is none of them", describeApi(body({ enum: ["a"], default: "b" })), ["warning default-in-enum"]],
    ["an example is no schema", describeApi(body({ type: "object", example: { type: "nonsense", $ref: "#/nowhere" } })), []],
    ["an id twice", { ...describeApi({ operationId: "a" }), paths: { ...describeApi({ operationId: "a" }).paths, "/b": { get: { operationId: "a", responses: { 200: { description: "x" } } } } } }, ["operation-operationId-unique"]],
    ["one path twice", { ...describeApi({}), paths: { "/a/{x}": {}, "/a/{y}": {} } }, ["no-identical-paths"]],
    ["a path without its slash, with a query", { ...describeApi({}), paths: { "a?b=c": {} } }, ["path-not-slash", "path-not-include-query"]],
    ["a parameter of the path that is not declared", { ...describeApi({}), paths: { "/a/{x}": { get: { responses: { 200: { description: "x" } } } } } }, ["path-params"]],
    ["one that is not required", { ...describeApi({}), paths: { "/a/{x}": { get: { parameters: [{ name: "x", in: "path", schema: {} }], responses: { 200: { description: "x" } } } } } }, ["path-params"]],
    ["a parameter twice", describeApi({ parameters: [{ name: "q", in: "query", schema: {} }, { name: "q", in: "query", schema: {} }] }), ["operation-parameters"]],
    ["no response", { ...describeApi({ responses: {} }), openapi: "3.0.0" }, ["operation-responses"]],
    ["no response of success", describeApi({ responses: { 404: { description: "x" } } }), ["warning operation-success-response"]],
    ["a status that is none", describeApi({ responses: { 200: { description: "x" }, ok: { description: "x" } } }), ["struct"]],
    ["an unknown scheme", describeApi({ security: [{ key: [] }] }), ["security-defined"]],
  ])("%s", async (_, after, expected) => {
    expect(await lint(after)).toEqual(expected);
  });

  test("what is no JSON is told, and looked into as far as it can be", async () => {
    expect(short(await findings("", '{\n "openapi": "3.1.0",\n "info": { "title": "A", "version": "1" },\n "paths": {},\n}'))).toEqual(["api.json:4 failure openapi/parser"]);
    expect(short(await findings(describeApi({}), '{\n "openapi": "3.1.0", nonsense'))).toEqual(["api.json:2 failure openapi/parser"]);
    expect(short(await findings('{ "openapi": "3.1.0", nonsense', describeApi({})))).toEqual(["api.json:1 warning openapi/uncompared"]);
  });
});

describe("files", () => {
  const root = "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths:\n  /a:\n    $ref: './paths/a.yaml#/item'\n";
  const part = "item:\n  get:\n    responses:\n      '200':\n        description: ok\n        content:\n          application/json:\n            schema:\n              $ref: '../schemas/thing.json'\n";
  const thing = (required: string[]) => JSON.stringify({ type: "object", required, properties: { a: { type: "string" } } }, null, 1);
  const files = { "api/openapi.yaml": root, "api/paths/a.yaml": part, "api/schemas/thing.json": thing([]), "package.json": "{}" };
  const before = { ...files, "api/schemas/thing.json": thing(["a"]) };

  test("a part that changed is found by the description that refers to it, which did not", async () => {
    const { findings: found, detail } = await checkOpenapi(aSubject({ files, before, changed: ["api/schemas/thing.json"] }), "fail");
    expect(found).toMatchObject([{ level: "failure", path: "api/schemas/thing.json", rule: "openapi/response-property-became-optional", message: expect.stringContaining("GET /a: response 200 property `a` is not always there any more") }]);
    expect(detail).toBe("1 description, 1 operation");
  });

  test("a part that goes is missed", async () => {
    const { "api/schemas/thing.json": _, ...left } = files;
    expect(short((await checkOpenapi(aSubject({ files: left, before, changed: [], removed: ["api/schemas/thing.json"] }), "fail")).findings)).toEqual([
      "api/paths/a.yaml:8 warning openapi/response-body-changed", "api/paths/a.yaml:8 failure openapi/no-unresolved-refs",
    ]);
  });

  test("what concerns no description is passed over", async () => {
    expect(await checkOpenapi(aSubject({ files: { ...files, "data.json": "{}" }, before, changed: ["data.json", "package.json"] }), "fail")).toEqual({ findings: [], detail: "no OpenAPI description changed", skipped: true });
    expect(await checkOpenapi(aSubject({ files: { ".github/workflows/a.yml": "openapi: 3.1.0\n" } }), "fail")).toMatchObject({ skipped: true });
  });

  test("a renamed description is compared with what it was; one that goes takes all with it", async () => {
    const renamed = { files: { "new.json": JSON.stringify(describeApi({})) }, before: { "old.json": JSON.stringify(describeApi(answer(text))) }, renamed: { "new.json": "old.json" }, removed: ["old.json"] };
    expect(short((await checkOpenapi(aSubject(renamed), "fail")).findings)).toEqual(["new.json:1 failure openapi/response-media-type-removed"]);
    const gone = { files: {}, before: { "old.json": JSON.stringify(describeApi({})) }, removed: ["old.json"] };
    expect((await checkOpenapi(aSubject(gone), "fail")).findings).toMatchObject([{ level: "failure", path: "", rule: "openapi/api-removed-without-deprecation", message: expect.stringContaining("POST /a/{id}") }]);
    const emptied = { files: { "old.json": "{}" }, before: gone.before };
    expect((await checkOpenapi(aSubject(emptied), "warn")).findings).toMatchObject([{ level: "warning", path: "old.json" }]);
  });

  test("a reference does not leave the repository", async () => {
    const asked: string[] = [];
    const subject = aSubject({ files: { "api.yaml": "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths:\n  /a: { $ref: '../../etc/passwd.yaml' }\n  /b: { $ref: '/etc/passwd.yaml' }\n  /c: { $ref: 'file:///etc/passwd.yaml' }\n  /d: { $ref: 'a%2f..%2f..%2fb.yaml' }\n" } });
    const workspace = { ...subject.workspace, readText: async (file: string) => (asked.push(file), subject.workspace.readText(file)) };
    await checkOpenapi({ ...subject, workspace }, "fail");
    expect(asked.every((file) => file === "api.yaml")).toBe(true);
  });
});

describe("hostile descriptions", () => {
  test("circles, bombs and depth end soon, in findings or in an error of their own", async () => {
    const began = performance.now();
    const chain = (leaf: string) => `openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths:\n  /a:\n    post:\n      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/S0' } } } }\n      responses: { '200': { description: x } }\ncomponents:\n  schemas:\n${Array.from({ length: 60 }, (_, at) => `    S${at}: { properties: { a: { $ref: '#/components/schemas/S${at + 1}' }, b: { $ref: '#/components/schemas/S${at + 1}' } } }\n`).join("")}    S60: { type: ${leaf} }\n`;
    const yaml = async (old: string, now: string) => checkOpenapi(aSubject({ files: { "a.yaml": now }, before: { "a.yaml": old } }), "fail");
    expect((await yaml(chain("string"), chain("integer"))).findings.length).toBeLessThanOrEqual(101);
    const bomb = `openapi: 3.1.0\ninfo: { title: A, version: '1' }\nx-a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh".split("").map((key, at) => `x-${key}: &${key} [${Array(9).fill(`*${"abcdefg"[at]}`).join(",")}]`).join("\n")}\npaths:\n  /a: { get: { responses: { '200': { description: x, content: { application/json: { schema: { not: *h } } } } } } }\n`;
    await expect(yaml(bomb, bomb.replace("description: x", "description: y"))).rejects.toThrow("has more than 20000 parts");
    const itself = "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: &p\n  /a: { get: { responses: { '200': { description: x, content: { application/json: { schema: &s { allOf: [*s], properties: { a: *s }, anyOf: [*s, *s] } } } } } } }\n";
    expect((await yaml(itself, itself.replace("description: x", "description: y"))).findings.filter(({ level }) => level === "failure")).toEqual([]);
    const files = Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`f${at}.yaml`, `a: { $ref: 'f${at + 1}.yaml' }\n`]));
    await expect(checkOpenapi(aSubject({ files: { ...files, "a.yaml": "openapi: 3.1.0\nx: { $ref: f0.yaml }\n" }, changed: ["a.yaml"] }), "fail")).rejects.toThrow("more than 200 files");
    const pointers = "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths:\n  __proto__: { get: {} }\n  /a: { $ref: '#/__proto__/constructor' }\n  /b: { $ref: '#/paths/~1b' }\n  /c: [1]\n  /d: 7\ncomponents: 3\n";
    expect((await yaml("", pointers)).findings.length).toBeGreaterThan(0);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
