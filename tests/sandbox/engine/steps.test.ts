import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { runWorkflow } from "./run.ts";
import type { RunOptions } from "./run.ts";

/** Runs the steps of one job, given as YAML list items. */
const steps = (items: string, options: RunOptions = {}) =>
  runWorkflow(`on: push\njobs:\n  one:\n    runs-on: any\n    steps:\n${items.replace(/^/gm, "      ")}\n`, options);

const machinePath = process.env["PATH"] ?? "";

/** A program of this name that shows the file it is given, first on the PATH until the test ends: a machine need not have the real one. */
function showingProgram(name: string): void {
  const folder = mkdtempSync(join(tmpdir(), "engine-program-"));
  folders.push(folder);
  writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} has $# argument, *.\${1##*.}"\ncat "$1"\necho\n`, { mode: 0o755 });
  process.env["PATH"] = [folder, machinePath].join(delimiter);
}

const folders: string[] = [];

afterEach(() => {
  process.env["PATH"] = machinePath;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe("run steps", () => {
  test("bash by default stops at an error but not in a pipe; bash by name in a pipe too", async () => {
    const { lines, conclusions } = await steps(`
- run: |
    false | true
    echo unnamed
- { shell: bash, continue-on-error: true, run: "false | true\\necho named" }
- { run: "false\\necho after" }
`);
    expect(lines).toContain("unnamed");
    expect(lines).not.toContain("named");
    expect(lines).not.toContain("after");
    expect(conclusions).toEqual({ one: "failure" });
  });

  test("sh, python, node and any command line with {0}", async () => {
    showingProgram("python");
    const { lines } = await steps(`
- { shell: sh, run: "echo sh $0 | sed 's/ .*sh$//'" }
- { shell: python, run: "print('as python would read it')" }
- { shell: "node {0}", run: "console.log('node', process.version)" }
- { shell: "bash -c \\"cat {0}; echo\\"", run: "as it is" }
`);
    expect(lines).toEqual(expect.arrayContaining(["sh", "python has 1 argument, *.py", "print('as python would read it')", `node ${process.version}`, "as it is"]));
  });

  test("a script of several lines with expressions keeps its lines and loses its YAML indentation", async () => {
    const { lines } = await steps(`
- run: |
    if true; then
      cat <<EOF
    at the margin \${{ github.ref_name }}
      indented
    EOF
    fi
- run: >-
    echo folded
    \${{ github.ref_name }}
`);
    expect(lines).toEqual(expect.arrayContaining(["at the margin main", "  indented", "folded main"]));
  });

  test("a working-directory that is not there fails with the folder's name", async () => {
    const { errors } = await steps("- { run: pwd, working-directory: nowhere }");
    expect(errors[0]).toMatch(/The working-directory .*nowhere does not exist/);
  });

  test("an expression that fails makes its step fail", async () => {
    const { errors, conclusions } = await steps("- { continue-on-error: true, run: \"echo ${{ fromJSON('{') }}\" }\n- { if: \"fromJSON('[') == 1\", run: echo }\n");
    expect(errors).toEqual(["fromJSON was given a text that is not JSON: {", "fromJSON was given a text that is not JSON: ["]);
    expect(conclusions).toEqual({ one: "failure" });
  });

  test("the steps context: outputs, outcome and conclusion", async () => {
    const { lines } = await steps(`
- { id: a, run: "echo x=1 >> $GITHUB_OUTPUT; exit 1", continue-on-error: true }
- { id: b, if: failure(), run: echo }
- { run: "echo '\${{ toJSON(steps) }}' | tr -d '\\\\n '" }
- { run: "echo \${{ job.status }} \${{ runner.os != '' }} \${{ STEPS.A.OUTPUTS.X }}" }
`);
    expect(lines).toContain(
      `{"a":{"outputs":{"x":"1"},"outcome":"failure","conclusion":"success"},"b":{"outputs":{},"outcome":"skipped","conclusion":"skipped"}}`,
    );
    expect(lines).toContain("success true 1");
  });

  test("hashFiles", async () => {
    const { lines } = await steps(`
- run: mkdir -p a/b .h && printf 1 > a/b/x.lock && printf 2 > y.lock && printf 3 > .h/z.lock
- run: echo "all=\${{ hashFiles('**/*.lock') }} some=\${{ hashFiles('**/*.lock', '!a/**') }} none=\${{ hashFiles('*.nothing') }}."
`);
    const [all, some] = /all=(\w{64}) some=(\w{64}) none=\./.exec(lines.join("\n"))?.slice(1) ?? [];
    expect(all).not.toBe(some);
    expect(all).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("files", () => {
  test("GITHUB_ENV and GITHUB_PATH reach later steps, GITHUB_OUTPUT in both forms", async () => {
    const { lines } = await steps(`
- id: o
  run: |
    { echo 'plain=a=b<<c'; echo 'long<<END'; echo one; echo; echo two; echo END; } >> "$GITHUB_OUTPUT"
    echo "FOO=bar" >> "$GITHUB_ENV"
    mkdir bin; printf '#!/bin/sh\\necho from the path\\n' > bin/tool; chmod +x bin/tool
    echo "$PWD/bin" >> "$GITHUB_PATH"
- run: |
    tool; echo "FOO=$FOO \${{ env.FOO }}"
    echo '\${{ toJSON(steps.o.outputs) }}'
`);
    expect(lines).toEqual(expect.arrayContaining(["from the path", "FOO=bar bar", `  "plain": "a=b<<c",`, `  "long": "one\\n\\ntwo"`]));
  });

  test.each([
    ["a line that is neither", "echo nothing >> $GITHUB_OUTPUT", "Invalid format 'nothing'"],
    ["a block without an end", "printf 'a<<E\\nx\\n' >> $GITHUB_ENV", "Invalid value. Matching delimiter not found 'E'"],
    ["NODE_OPTIONS", "echo NODE_OPTIONS=--no-warnings >> $GITHUB_ENV", "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command."],
  ])("%s makes the step fail", async (_name, run, message) => {
    const { errors, conclusions } = await steps(`- run: ${run}\n- { if: always(), run: "echo now [$NODE_OPTIONS]" }`);
    expect(errors).toContain(message);
    expect(conclusions).toEqual({ one: "failure" });
  });

  test("summaries are told; one above 1 MiB is dropped with an error, and the step goes on", async () => {
    const { host, errors, conclusions } = await steps(`
- run: echo "# Hello" >> $GITHUB_STEP_SUMMARY
- run: head -c 1100000 /dev/zero | tr '\\0' x >> $GITHUB_STEP_SUMMARY
`);
    const summaries = host.events.flatMap((event) => (event.type === "step_completed" ? [event.summary] : []));
    expect(summaries).toEqual(["", "# Hello\n", "", ""]);
    expect(errors).toEqual(["$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1075k."]);
    expect(conclusions).toEqual({ one: "success" });
  });
});

describe("workflow commands", () => {
  test("annotations, groups, debug, echo", async () => {
    const { host, lines } = await steps(`
- run: |
    echo "::error file=a.ts,line=3,endLine=4,col=5,title=Bad%2C thing::it%25 broke%0Ahere"
    echo "::warning::careful"
    echo "::notice title=T::look"
    echo "::debug::deep"
    echo "::group::G"
    echo "::endgroup::"
    echo "::echo::on"
    echo "::add-matcher::x.json"
    echo "::nobody knows::this"
`);
    const logged = host.events.flatMap((event) => (event.type === "log" && event.level !== "info" ? [[event.level, event.line, event.annotation]] : []));
    expect(logged).toEqual([
      ["error", "it% broke", { file: "a.ts", line: 3, endLine: 4, title: "Bad, thing", message: "it% broke\nhere" }],
      ["error", "here", undefined],
      ["warning", "careful", { message: "careful" }],
      ["notice", "look", { title: "T", message: "look" }],
      ["debug", "deep", undefined],
    ]);
    expect(lines).toEqual(expect.arrayContaining(["##[group]G", "##[endgroup]", "::add-matcher::x.json", "::nobody knows::this"]));
  });

  test("stop-commands until its token comes again", async () => {
    const { lines, host } = await steps(`
- run: |
    echo "::stop-commands::tok3n"
    echo "::error::not one"
    echo "::tok3n::"
    echo "::error::one"
`);
    expect(host.events.flatMap((event) => (event.type === "log" && event.level === "error" ? [event.line] : []))).toEqual(["one"]);
    expect(lines).toContain("::error::not one");
  });

  test("set-output and save-state still work; set-env and add-path are refused", async () => {
    const { lines, errors, conclusions } = await steps(`
- { id: a, run: "echo ::set-output name=x::1%250" }
- { run: "echo x=\${{ steps.a.outputs.x }}" }
- { id: b, continue-on-error: true, run: "echo ::set-env name=EVIL::1" }
- { id: c, continue-on-error: true, run: "echo ::add-path::/evil" }
- { run: "echo \${{ steps.b.outcome }} \${{ steps.c.outcome }} [$EVIL]; case $PATH in */evil*) exit 1;; esac" }
`);
    expect(lines).toEqual(expect.arrayContaining(["x=1%0", "failure failure []"]));
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain("The `set-env` command is disabled");
    expect(conclusions).toEqual({ one: "success" });
  });

  test("secrets, the token and added masks never show: in lines, names, annotations, outputs and summaries", async () => {
    const { host, lines } = await steps(`
- run: |
    echo "::add-mask::hidden-value"
    printf '::add-mask::first line%%0Asecond line\\n'
- id: s
  name: say \${{ secrets.KEY }}
  env: { KEY: "\${{ secrets.KEY }}" }
  run: |
    echo secret $KEY and hidden-value
    echo "::error::$KEY"
    echo second line
    echo $KEY | base64
    echo out=$KEY >> $GITHUB_OUTPUT
    echo $KEY >> $GITHUB_STEP_SUMMARY
    echo token \${{ github.token }} \${{ secrets.GITHUB_TOKEN }}
    [ "$KEY" = s3cr3t-k3y ] && echo same
`, { secrets: { KEY: "s3cr3t-k3y" } });
    const all = JSON.stringify(host.events);
    for (const secret of ["s3cr3t-k3y", host.tokens[0]?.token as string]) expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from("s3cr3t-k3y").toString("base64").slice(0, 12));
    expect(lines).toEqual(expect.arrayContaining(["secret *** and ***", "token *** ***", "***", "same"]));
    expect(lines.filter((line) => line === "second line")).toEqual([]);
  });

  test("a job output that holds a secret is left out", async () => {
    const { outputs, lines } = await runWorkflow(`
on: push
jobs:
  one:
    runs-on: any
    outputs: { bad: "\${{ steps.s.outputs.k }}", good: "1" }
    steps: [{ id: s, run: "echo k=$KEY >> $GITHUB_OUTPUT", env: { KEY: "\${{ secrets.KEY }}" } }]
`, { secrets: { KEY: "s3cr3t-k3y" } });
    expect(outputs("one")).toEqual({ good: "1" });
    expect(lines).toContain("Skip output 'bad' since it may contain secret.");
  });
});
