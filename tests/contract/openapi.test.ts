import { beforeAll, expect, test } from "@jest/globals";
import { OpenApiValidator } from "./openapi.ts";

let openApi: OpenApiValidator;
beforeAll(async () => {
  openApi = await OpenApiValidator.load();
});

const REF = { ref: "refs/heads/a/b", node_id: "x", url: "http://127.0.0.1/x", object: { type: "commit", sha: "a".repeat(40), url: "http://127.0.0.1/y" } };

test("what GitHub would say passes", () => {
  expect(openApi.check({ method: "GET", path: "/repos/o/r/git/ref/heads/a/b", status: 200, responseBody: REF })).toEqual([]);
  expect(openApi.check({ method: "DELETE", path: "/repos/o/r/git/refs/heads/a", status: 204 })).toEqual([]);
});

test("what GitHub would not say is named", () => {
  expect(openApi.check({ method: "GET", path: "/repos/o/r/nonsense", status: 200 })[0]).toContain("no such endpoint");
  expect(openApi.check({ method: "GET", path: "/repos/o/r/git/ref/heads/a", status: 200, responseBody: { ...REF, object: {} } }).join()).toContain("response/object must have required property");
  expect(openApi.check({ method: "GET", path: "/repos/o/r/pulls?color=red", status: 200, responseBody: [] }).join()).toContain("unknown query parameter color");
  expect(openApi.check({ method: "POST", path: "/repos/o/r/git/refs", requestBody: { ref: "refs/heads/a", oid: "b" }, status: 201, responseBody: REF }).join()).toMatch(/must have required property.*sha.*oid, which GitHub does not know/s);
});
