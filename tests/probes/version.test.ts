import { expect, test } from "@jest/globals";
import { httpVersion } from "../../src/probes/version.ts";
import { http, json, tcp } from "./hostile.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const plain = (body: string, type = "text/plain") => ((_, response) => response.writeHead(200, { "content-type": type }).end(body)) as Parameters<typeof http>[0];

test.each([
  ["a field", json(200, { commit: SHA }), "commit"],
  ["a nested field, upper case", json(200, { build: { sha: SHA.toUpperCase() } }), "build.sha"],
  ["plain text", plain(`${SHA}\n`), "commit"],
  ["a JSON string", plain(SHA, "application/json"), "commit"],
])("reads %s", async (_, answer, field) => {
  await using server = await http(answer);
  expect(await httpVersion(server.url, field).read(2_000)).toEqual({ sha: SHA });
});

test("reads a short SHA as it is", async () => {
  await using server = await http(json(200, { commit: "0123456" }));
  expect(await httpVersion(server.url, "commit").read(2_000)).toEqual({ sha: "0123456" });
});

test.each([
  ["another status", json(503, { commit: SHA }), /503/],
  ["a missing field", json(200, { version: "1.2.3" }), /no `commit` in/],
  ["something that is no SHA", json(200, { commit: "v1.2.3; rm -rf" }), /not a commit SHA/],
  ["a page", plain(`<html>${SHA}`, "text/html"), /web page/],
  ["nothing", plain(""), /not a commit SHA/],
])("does not take %s for a version", async (_, answer, reason) => {
  await using server = await http(answer as Parameters<typeof http>[0]);
  expect(await httpVersion(server.url, "commit").read(2_000)).toEqual({ sha: null, reason: expect.stringMatching(reason) });
});

test("a silent server has no version, in time", async () => {
  await using server = await tcp(() => {});
  expect(await httpVersion(server.url, "commit").read(150)).toEqual({ sha: null, reason: expect.stringContaining("within 150 ms") });
});
