import { describe, expect, test } from "@jest/globals";
import { createEngine, runName } from "../../../src/sandbox/engine/index.ts";
import { makeHost, requestFor } from "./host.ts";

const jobs = "on: workflow_dispatch\njobs: { one: { runs-on: any, steps: [{ run: echo }] } }\n";
const named = (line: string) => requestFor(`${line}\n${jobs}`, { inputs: { question: "Why?", deep: true, times: 3 } });
const host = { urls: { api: "http://127.0.0.1/api/v3", graphql: "", server: "" }, variables: () => ({ PLACE: "here" }) };

describe("run-name", () => {
  test.each([
    ["plain text", "run-name: Nightly", "Nightly"],
    ["a number", "run-name: 7", "7"],
    ["github, inputs and vars", "run-name: \"${{ github.actor }} asks '${{ inputs.question }}' ${{ vars.place }} at ${{ github.ref_name }}\"", "mona asks 'Why?' here at main"],
    ["the workflow's name and the event", "name: Loop\nrun-name: ${{ github.workflow }} of ${{ github.event.ref }} ${{ github.event_name }}", "Loop of refs/heads/main push"],
    ["a lone expression that is no text", "run-name: ${{ inputs.deep }}", "true"],
    ["what the run is not told yet", "run-name: a${{ inputs.nothing }}b${{ vars.nothing }}", "ab"],
    ["functions and strings with braces", "run-name: \"${{ format('{0}{{{1}}}', 'x', inputs.times) }}\"", "x{3}"],
  ])("%s", (_what, line, expected) => {
    expect(runName(named(line), host)).toBe(expected);
  });

  test.each([
    ["absent", "name: Loop"],
    ["nothing", "run-name:"],
    ["empty", "run-name: ''"],
    ["only whitespace", "run-name: \"  \\t\""],
    ["evaluated to whitespace", "run-name: \" ${{ inputs.nothing }} \""],
  ])("%s: the run is called after its event", (_what, line) => {
    expect(runName(named(line), host)).toBeUndefined();
  });

  test.each([
    ["a context that it may not read", "run-name: ${{ secrets.KEY }}", "Unrecognized named-value: 'secrets'"],
    ["a value that cannot be evaluated", "run-name: ${{ fromJSON(inputs.question) }}", "fromJSON was given a text that is not JSON: Why?"],
  ])("%s keeps the run from starting, with the line", async (_what, line, message) => {
    const events = makeHost();
    const engine = createEngine(events);
    const started = engine.start(named(line));
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.toThrow(".github/workflows/test.yml:1:");
    expect(events.events).toEqual([]);
    await engine.close();
    events.remove();
  });
});
