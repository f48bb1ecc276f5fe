import { describe, expect, test } from "@jest/globals";
import { createEngine } from "../../../src/sandbox/engine/index.ts";
import { makeHost, requestFor } from "./host.ts";
import { runWorkflow } from "./run.ts";

const CALLEE = `
on:
  workflow_call:
    inputs:
      who: { type: string, required: true }
      loud: { type: boolean, default: false }
      count: { type: number }
    secrets:
      key: { required: true }
      spare: {}
    outputs:
      said: { value: "\${{ jobs.say.outputs.text }}" }
permissions: { contents: write, issues: write }
env: { PLACE: callee }
jobs:
  say:
    runs-on: any
    outputs: { text: "\${{ steps.s.outputs.text }}" }
    steps:
      - { id: s, run: "echo text=\${{ inputs.who }}/\${{ inputs.loud }}/\${{ inputs.count }}/$PLACE/$OUTER. >> $GITHUB_OUTPUT" }
      - { run: "echo key \${{ secrets.key == 'k3y-value' }} other [\${{ secrets.OTHER }}] \${{ github.workflow }}" }
  after: { runs-on: any, needs: say, if: "inputs.loud", steps: [{ run: echo }] }
`;
const prepare = (host: { files: Map<string, string> }) => void host.files.set(".github/workflows/callee.yml", CALLEE);

describe("reusable workflows", () => {
  test("inputs, secrets, outputs, permissions and names", async () => {
    const { lines, conclusions, host, result } = await runWorkflow(`
name: Caller
on: push
env: { OUTER: caller }
permissions: { contents: read }
jobs:
  call:
    name: Ask
    uses: ./.github/workflows/callee.yml
    permissions: { contents: read, issues: write, checks: write }
    with: { who: "\${{ github.actor }}", loud: "\${{ 1 == 1 }}" }
    secrets: { key: "\${{ secrets.KEY }}" }
  read: { needs: call, runs-on: any, steps: [{ run: "echo got \${{ needs.call.outputs.said }} \${{ needs.call.result }}" }] }
`, { prepare, secrets: { KEY: "k3y-value", OTHER: "0ther-value" } });
    expect(lines).toEqual(expect.arrayContaining(["got mona/true/0/callee/. success", "key true other [] Caller"]));
    expect(conclusions).toEqual({ "call / say": "success", "call / after": "success", read: "success" });
    expect(result.jobs.map(({ job }) => job.name)).toEqual(["Ask / say", "Ask / after", "read"]);
    expect(host.tokens[0]?.permissions).toEqual({ contents: "read", issues: "write", metadata: "read" });
  });

  test("in a matrix, with inherited secrets; a failure inside is the caller's", async () => {
    const { conclusions, result, lines } = await runWorkflow(`
on: push
jobs:
  call:
    strategy: { fail-fast: false, matrix: { who: [a, b] } }
    uses: ./.github/workflows/inner.yml
    with: { who: "\${{ matrix.who }}" }
    secrets: inherit
  after: { needs: call, if: failure(), runs-on: any, steps: [{ run: "echo it was \${{ needs.call.result }}" }] }
`, {
      secrets: { OTHER: "0ther-value" },
      prepare: (host) => void host.files.set(".github/workflows/inner.yml", `
on: { workflow_call: { inputs: { who: { type: string } } } }
jobs:
  x: { runs-on: any, steps: [{ run: "test \${{ inputs.who }} = a && test -n '\${{ secrets.OTHER }}'" }] }
  off: { runs-on: any, if: false, steps: [{ run: echo }] }
`),
    });
    expect(conclusions).toEqual({
      "call (1) / x": "success", "call (2) / x": "failure", "call (1) / off": "skipped", "call (2) / off": "skipped", after: "success",
    });
    expect(lines).toContain("it was failure");
    expect(result.conclusion).toBe("failure");
  });

  test("a caller that is skipped shows as one skipped job", async () => {
    const { conclusions } = await runWorkflow("on: push\njobs:\n  call: { if: false, uses: ./.github/workflows/callee.yml, with: { who: x }, secrets: inherit }\n", { prepare });
    expect(conclusions).toEqual({ call: "skipped" });
  });

  test("what does not fit is refused before the start", async () => {
    const host = makeHost();
    prepare(host);
    host.files.set(".github/workflows/closed.yml", "on: push\njobs: { a: { runs-on: x, steps: [{ run: echo }] } }\n");
    host.files.set(".github/workflows/broken.yml", "on: workflow_call\njobs: { a: { steps: 1 } }\n");
    host.files.set(".github/workflows/loop.yml", "on: workflow_call\njobs: { a: { uses: ./.github/workflows/loop.yml } }\n");
    const engine = createEngine(host);
    const source = `on: push
jobs:
  a: { uses: ./.github/workflows/callee.yml, with: { unknown: 1 } }
  b: { uses: ./.github/workflows/closed.yml }
  c: { uses: ./.github/workflows/broken.yml }
  d: { uses: ./.github/workflows/loop.yml }
`;
    const error = await engine.start(requestFor(source)).then(() => new Error(), (thrown: Error) => thrown);
    await engine.close();
    host.remove();
    for (const part of [
      `test.yml:3 job "a": .github/workflows/callee.yml declares no input "unknown"`,
      `test.yml:3 job "a": .github/workflows/callee.yml requires the input "who"`,
      `test.yml:3 job "a": .github/workflows/callee.yml requires the secret "key"`,
      `test.yml:4 job "b": ./.github/workflows/closed.yml has no workflow_call trigger`,
      "broken.yml:2 ",
      `job "a": more than 10 workflows call each other, at ./.github/workflows/loop.yml`,
    ]) expect(error.message).toContain(part);
  });
});
