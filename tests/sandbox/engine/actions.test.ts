import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { createEngine } from "../../../src/sandbox/engine/index.ts";
import { makeHost, requestFor } from "./host.ts";
import type { TestHost } from "./host.ts";
import { runWorkflow } from "./run.ts";

/** Puts an action into the host's reach: `files` by their paths, action.yml among them. */
function addAction(host: TestHost, name: string, files: Readonly<Record<string, string>>): void {
  const folder = join(host.folder, "actions", name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  host.actions.set(name, folder);
}

const APPEND = `import { appendFileSync } from "node:fs";\n`;

function addSpeaker(host: TestHost, name: string, extra = ""): void {
  const script = (phase: string) =>
    `${APPEND}console.log(\`${phase} \${process.env["INPUT_WHO"]} \${process.env["STATE_at"] ?? "-"} \${process.env["GITHUB_ACTION"]} \${process.env["GITHUB_ACTION_REPOSITORY"]}@\${process.env["GITHUB_ACTION_REF"]}\`);\n` +
    `appendFileSync(process.env["GITHUB_STATE"], "at=${phase}\\n");\n` +
    (phase === "main" ? `appendFileSync(process.env["GITHUB_OUTPUT"], "said=" + process.env["INPUT_WHO"] + "\\n");\n` : "");
  addAction(host, name, {
    "action.yml": `name: Speaker\ndescription: d\ninputs: { who: { default: "\${{ github.actor }}" }, "two words": { required: true } }\noutputs: { said: { description: x } }\nruns: { using: node24, pre: pre.mjs, main: main.mjs, post: post.mjs${extra} }\n`,
    "pre.mjs": script("pre"), "main.mjs": script("main"), "post.mjs": script("post"),
  });
}

const steps = (items: string, prepare: (host: TestHost) => void, more = {}) =>
  runWorkflow(`on: push\njobs:\n  one:\n    runs-on: any\n    steps:\n${items.replace(/^/gm, "      ")}\n`, { prepare, ...more });

describe("JavaScript actions", () => {
  test("an action that fails says so itself, in one annotation however many lines it has", async () => {
    const { host: seen, result } = await steps(`- { uses: octo/fail@v1 }`, (host) =>
      addAction(host, "octo/fail", {
        "action.yml": "name: F\ndescription: d\nruns: { using: node24, main: main.mjs }\n",
        "main.mjs": `console.log("::error::first%0Asecond"); process.exitCode = 1;`,
      }));
    expect(result.conclusion).toBe("failure");
    expect(seen.events.flatMap((event) => (event.type === "log" && event.annotation ? [event.annotation.message] : []))).toEqual(["first\nsecond"]);
  });

  test("pre first, post in reverse; state, inputs with defaults, outputs", async () => {
    const { lines, host, result } = await steps(`
- { run: echo begin }
- { id: a, uses: octo/speak@v1, with: { Who: anna } }
- { uses: octo/speak@v2 }
- { run: "echo heard \${{ steps.a.outputs.said }}" }
`, (made) => addSpeaker(made, "octo/speak"));
    expect(lines.filter((line) => /^(pre|main|post|begin|heard) ?/.test(line))).toEqual([
      "pre anna - a octo/speak@v1", "pre mona - __octo_speak octo/speak@v2",
      "begin",
      "main anna pre a octo/speak@v1", "main mona pre __octo_speak octo/speak@v2",
      "heard anna",
      "post mona main __octo_speak octo/speak@v2", "post anna main a octo/speak@v1",
    ]);
    expect(result.conclusion).toBe("success");
    const names = host.events.flatMap((event) => (event.type === "step_started" ? [event.step.name] : []));
    expect(names).toEqual([
      "Set up job", "Pre Run octo/speak@v1", "Pre Run octo/speak@v2", "Run echo begin", "Run octo/speak@v1", "Run octo/speak@v2",
      "Run echo heard anna", "Post Run octo/speak@v2", "Post Run octo/speak@v1", "Complete job",
    ]);
    expect(lines).toContain("Input required and not supplied: two words");
  });

  test("post runs after a failure, unless post-if says otherwise; pre-if false leaves pre out", async () => {
    const { lines, conclusions } = await steps("- { uses: octo/always@v1 }\n- { uses: octo/picky@v1 }\n- { run: exit 1 }\n", (host) => {
      addSpeaker(host, "octo/always");
      addSpeaker(host, "octo/picky", ", pre-if: \"runner.os == 'none'\", post-if: success()");
    });
    const said = lines.filter((line) => /^(pre|main|post) /.test(line)).map((line) => line.replace(/ mona \S+ __/, " ").replace(/ .*@/, "@"));
    expect(said).toEqual(["pre@v1", "main@v1", "main@v1", "post@v1"]);
    expect(conclusions).toEqual({ one: "failure" });
  });

  test("an action whose pre ran gets its post, even when its main is skipped", async () => {
    const { lines } = await steps("- { if: false, uses: octo/speak@v1 }\n- { uses: octo/speak@v2 }\n", (host) => addSpeaker(host, "octo/speak"));
    const said = lines.filter((line) => /^(pre|main|post) /.test(line)).map((line) => line.replace(/ .*@/, "@"));
    expect(said).toEqual(["pre@v1", "pre@v2", "main@v2", "post@v2", "post@v1"]);
  });

  test("inputs: blanks become underscores, unknown ones are warned of, unset ones are empty", async () => {
    const { lines } = await steps(`
- { uses: octo/env@main, with: { two words: x, more: y } }
`, (host) => addAction(host, "octo/env", {
      "action.yml": `name: E\ndescription: d\ninputs: { two words: { default: d }, unset: { description: u }, num: { default: 1.5 }, flag: { default: true } }\nruns: { using: node24, main: m.js }\n`,
      "m.js": `for (const [k, v] of Object.entries(process.env).sort()) if (k.startsWith("INPUT_")) console.log(k + "=[" + v + "]"); console.log("node", process.execPath, process.cwd() === process.env.GITHUB_WORKSPACE, process.env.GITHUB_ACTION_PATH);`,
    }));
    expect(lines.filter((line) => line.startsWith("INPUT_"))).toEqual(["INPUT_FLAG=[true]", "INPUT_MORE=[y]", "INPUT_NUM=[1.5]", "INPUT_TWO_WORDS=[x]", "INPUT_UNSET=[]"]);
    expect(lines).toContain("Unexpected input(s) 'more', valid inputs are ['two words', 'unset', 'num', 'flag']");
    expect(lines).toContain(`node ${process.execPath} true undefined`);
  });

  test("a local action is read from the workspace; one that is not there says what to do", async () => {
    const { lines, errors } = await steps(`
- run: |
    mkdir -p acts/hello
    echo 'console.log("hello from", process.env.GITHUB_ACTION)' > acts/hello/index.js
    printf 'name: H\\ndescription: d\\nruns: { using: node20, main: index.js }\\n' > acts/hello/action.yaml
- { uses: ./acts/hello }
- { uses: ./acts/missing }
`, () => undefined);
    expect(lines).toContain("hello from __self");
    expect(errors.at(-1)).toMatch(/Can't find 'action\.yml' or 'action\.yaml' under .*acts\/missing'\. Did you forget to run actions\/checkout/);
  });
});

describe("composite actions", () => {
  const OUTER = `
name: Outer
description: d
inputs:
  word: { default: none }
  token: { default: "\${{ github.token }}" }
outputs:
  all: { value: "\${{ steps.inner.outputs.echo }}+\${{ inputs.WORD }}" }
runs:
  using: composite
  steps:
    - { id: same, shell: bash, run: "echo who=outer >> $GITHUB_OUTPUT" }
    - { id: inner, uses: octo/inner@v1, with: { word: "\${{ inputs.word }}-\${{ steps.same.outputs.who }}" } }
    - { shell: bash, run: "echo path $(basename $GITHUB_ACTION_PATH) $(basename \${{ github.action_path }}) env $LEVEL [$INPUT_WORD] token \${{ inputs.token == github.token }}" }
    - { shell: bash, run: exit 4, continue-on-error: true }
    - { if: failure(), shell: bash, run: echo not this }
    - { if: "success() && inputs.word == 'hi'", shell: bash, run: echo still good }
`;
  const INNER = `
name: Inner
description: d
inputs: { word: { required: true } }
outputs: { echo: { value: "\${{ steps.same.outputs.who }}(\${{ inputs.word }})" } }
runs:
  using: composite
  steps:
    - { id: same, shell: sh, run: "echo who=inner >> $GITHUB_OUTPUT; echo inner in $(basename $GITHUB_ACTION_PATH)" }
    - { uses: octo/speak@v9 }
`;
  const prepare = (host: TestHost) => {
    addAction(host, "octo/outer", { "action.yml": OUTER });
    addAction(host, "octo/inner", { "action.yml": INNER });
    addAction(host, "octo/speak", {
      "action.yml": "name: S\ndescription: d\nruns: { using: node24, main: m.mjs, post: p.mjs }\n",
      "m.mjs": "console.log('deep main', process.env.LEVEL)", "p.mjs": "console.log('deep post')",
    });
  };

  test("nest, with steps, inputs and paths of their own", async () => {
    const { lines, result } = await steps(`
- { id: same, run: "echo who=job >> $GITHUB_OUTPUT" }
- { id: o, uses: octo/outer@v1, with: { word: hi }, env: { LEVEL: one } }
- { run: "echo 'job sees \${{ steps.o.outputs.all }} \${{ steps.same.outputs.who }} [\${{ steps.inner.outputs.echo }}]'" }
`, prepare);
    expect(lines).toEqual(expect.arrayContaining([
      "inner in inner", "deep main one", "path outer outer env one [] token true", "still good", "job sees inner(hi-outer)+hi job []", "deep post",
    ]));
    expect(lines).not.toContain("not this");
    expect(lines.indexOf("deep post")).toBeGreaterThan(lines.findIndex((line) => line.startsWith("job sees")));
    expect(result.conclusion).toBe("success");
  });

  test("a failing step fails the action; later steps see it", async () => {
    const { lines, conclusions } = await steps("- { id: f, uses: octo/fails@v1, continue-on-error: true }\n- { run: \"echo ${{ steps.f.outcome }}/${{ steps.f.conclusion }}/${{ steps.f.outputs.x }}\" }", (host) =>
      addAction(host, "octo/fails", {
        "action.yml": `name: F\ndescription: d\noutputs: { x: { value: "\${{ steps.late.outputs.x }}" } }\nruns:\n  using: composite\n  steps:\n    - { shell: bash, run: exit 1 }\n    - { shell: bash, run: echo skipped }\n    - { id: late, if: failure(), shell: bash, run: "echo x=$GITHUB_ACTION_STATUS >> $GITHUB_OUTPUT" }\n`,
      }));
    expect(lines).toContain("failure/success/failure");
    expect(lines).not.toContain("skipped");
    expect(conclusions).toEqual({ one: "success" });
  });
});

describe("refusals before anything starts", () => {
  test("every construct is named with its line", async () => {
    const host = makeHost();
    addAction(host, "octo/docker", { "action.yml": "name: D\ndescription: d\nruns: { using: docker, image: Dockerfile }\n" });
    addAction(host, "octo/old", { "action.yml": "name: O\ndescription: d\nruns: { using: node12, main: x }\n" });
    addAction(host, "octo/broken", { "action.yml": "name: B\ndescription: d\nruns: { using: magic }\n" });
    addAction(host, "octo/wraps", { "action.yml": "name: W\ndescription: d\nruns: { using: composite, steps: [{ uses: nobody/knows@v1 }, { uses: octo/docker@v1 }] }\n" });
    host.files.set("acts/docker/action.yml", "name: D\ndescription: d\nruns: { using: docker, image: x }\n");
    const engine = createEngine(host);
    const started = engine.start(requestFor(`on: push
jobs:
  one:
    runs-on: any
    container: node:24
    snapshot: img
    steps:
      - uses: docker://alpine
      - uses: octo/docker@v1
      - uses: octo/old@v1
      - uses: octo/broken@v1
      - uses: octo/wraps@v1
      - uses: ./acts/docker
      - run: echo
        shell: fish
      - uses: actions/checkout@v5
        with:
          sparse-checkout: docs
          surprise: 1
      - parallel: [{ run: echo }]
      - { id: bg, run: echo, background: true }
      - wait: bg
      - uses: nonsense
`));
    const error = await started.then(() => new Error("started"), (thrown: Error) => thrown);
    await engine.close();
    host.remove();
    expect(error.message.split("\n").map((line) => line.trim().replace(".github/workflows/test.yml", "w"))).toEqual([
      "The sandbox cannot run w; change or remove:",
      `w:5 job "one": container is not supported; the sandbox has no containers, jobs run on this machine`,
      `w:6 job "one": snapshot is not supported; the sandbox makes no runner images`,
      `w:8 job "one", step 1: docker://alpine is a container; the sandbox has none`,
      `w:9 job "one", step 2: octo/docker@v1 is a Docker action; the sandbox has no containers`,
      `w:10 job "one", step 3: octo/old@v1 runs on node12, which runners no longer have; it needs node24`,
      `w:11 job "one", step 4: octo/broken@v1: line 3 of its action file: Unexpected value 'magic'`,
      expect.stringContaining(`w:11 job "one", step 4: octo/broken@v1: line 3 of its action file: There's not enough info`),
      `w:12 job "one", step 5: octo/wraps@v1 uses nobody/knows@v1 is not available in this sandbox`,
      `w:12 job "one", step 5: octo/wraps@v1 uses octo/docker@v1 is a Docker action; the sandbox has no containers`,
      `w:13 job "one", step 6: ./acts/docker is a Docker action; the sandbox has no containers`,
      `w:15 job "one", step 7: shell "fish" is unknown; use bash, sh, python or pwsh, or a command line with {0}`,
      `w:18 job "one", step 8: actions/checkout@v5: input "sparse-checkout: docs" is not supported by the sandbox`,
      `w:19 job "one", step 8: actions/checkout@v5: input "surprise" is not supported by the sandbox`,
      `w:20 job "one", step 9: parallel steps are not supported`,
      `w:21 job "one", step 10: background steps are not supported`,
      `w:22 job "one", step 11: wait steps are not supported`,
      `w:23 job "one", step 12: nonsense is neither ./path nor owner/repository@ref`,
    ]);
    expect(host.events).toEqual([]);
  });

  test("a file that is not valid lists every problem", async () => {
    const host = makeHost();
    const engine = createEngine(host);
    const error = await engine.start(requestFor("on: push\njobs:\n  a:\n    runs-on: x\n    needs: nobody\n    steps: [{ run: \"${{ nope.x }}\", typo: 1 }]\n")).then(() => new Error(), (thrown: Error) => thrown);
    await engine.close();
    host.remove();
    expect(error.message).toContain(".github/workflows/test.yml:6:21 Unrecognized named-value: 'nope'");
    expect(error.message).toContain(".github/workflows/test.yml:6:37 Unexpected value 'typo'");
  });

  test("needs that make a circle, or name nobody", async () => {
    const host = makeHost();
    const engine = createEngine(host);
    const body = (needs: string) => `runs-on: x, needs: ${needs}, steps: [{ run: echo }]`;
    const source = `on: push\njobs:\n  z: { runs-on: x, steps: [{ run: echo }] }\n  a: { ${body("b")} }\n  b: { ${body("a")} }\n  c: { ${body("nobody")} }\n`;
    const error = await engine.start(requestFor(source)).then(() => new Error(), (thrown: Error) => thrown);
    await engine.close();
    host.remove();
    expect(error.message).toContain("Job 'a' depends on job 'b' which creates a cycle");
    expect(error.message).toContain("Job 'c' depends on unknown job 'nobody'");
  });
});
