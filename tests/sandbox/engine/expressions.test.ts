import { describe, expect, test } from "@jest/globals";
import { evaluateCondition, evaluateText, evaluateTexts, evaluateValue, toText } from "../../../src/sandbox/engine/expressions.ts";
import type { Scope } from "../../../src/sandbox/engine/expressions.ts";

const status = (state: "success" | "failure" | "cancelled") => ({
  success: () => state === "success",
  failure: () => state === "failure",
  cancelled: () => state === "cancelled",
});

const scope: Scope = {
  contexts: {
    github: { ref: "refs/heads/main", event: { labels: [{ name: "a" }, { name: "B" }], empty: "", zero: 0 }, SHA: "abc" },
    inputs: { flag: false, text: "x" },
    needs: { one: { result: "success" }, two: { result: "failure" } },
    matrix: { constructor: "own" },
  },
  status: status("success"),
};

describe("expressions", () => {
  test.each([
    ["${{ github.ref }}", "refs/heads/main"],
    ["${{ GitHub.REF }}", "refs/heads/main"],
    ["${{ github.sha }}", "abc"],
    ["a-${{ github.nothing.at.all }}-b", "a--b"],
    ["${{ 'x' }}", "x"],
    ["${{ github.event.labels.*.name }}", ["a", "B"]],
    ["${{ contains(github.event.labels.*.name, 'b') }}", true],
    ["${{ join(needs.*.result, ', ') }}", "success, failure"],
    ["${{ format('{0} {{x}} {1}', 'a', 2) }}", "a {x} 2"],
    ["${{ fromJSON('[1, {\"a\": null}]')[1] }}", { a: null }],
    ["${{ toJSON(fromJSON('{\"a\":1}')) }}", '{\n  "a": 1\n}'],
    ["${{ startsWith(github.ref, 'REFS/heads') && endsWith('abc', 'BC') }}", true],
    ["${{ github.event.empty || inputs.text }}", "x"],
    ["${{ inputs.flag == false && !inputs.flag }}", true],
    ["${{ 'A' == 'a' }}", true],
    ["${{ '5' == 5 }}", true],
    ["${{ null == 0 }}", true],
    ["${{ github['ref'] }}", "refs/heads/main"],
    ["${{ 'it''s' }} }}", "it's }}"],
    ["${{ '}}' }}", "}}"],
    ["${{ matrix.constructor }}", "own"],
    ["${{ inputs.toString }}", null],
    ["${{ 0.1 }}", 0.1],
    ["no expression", "no expression"],
  ])("%s", (text, expected) => {
    expect(evaluateText(text, scope)).toEqual(expected);
  });

  test("a value that is not text becomes text as GitHub writes it", () => {
    expect([null, true, 1.5, -0, 1e21, "x", [1], { a: 1 }].map(toText)).toEqual(["", "true", "1.5", "0", "1e+21", "x", "Array", "Object"]);
  });

  test("mappings are evaluated in keys, values and by insert", () => {
    expect(evaluateTexts({ a: "${{ github.sha }}", n: 1.1 }, scope)).toEqual({ a: "abc", n: "1.1" });
    expect(evaluateValue({ "${{ insert }}": "${{ fromJSON('{\"x\":1}') }}", "k-${{ github.sha }}": [true] }, scope)).toEqual({ x: 1, "k-abc": [true] });
  });

  test.each([
    ["fromJSON that is not JSON", "${{ fromJSON('{') }}", /fromJSON was given a text that is not JSON: {/],
    ["an unclosed expression", "${{ github.ref", /not closed/],
    ["an unknown name", "${{ nobody.x }}", /Unrecognized named-value/],
  ])("refuses %s", (_name, text, message) => {
    expect(() => evaluateText(text, scope)).toThrow(message);
  });
});

describe("conditions", () => {
  test.each<[unknown, "success" | "failure" | "cancelled", boolean]>([
    [undefined, "success", true],
    [undefined, "failure", false],
    ["", "failure", false],
    ["true", "failure", false],
    ["github.sha == 'abc'", "success", true],
    ["github.sha == 'abc'", "failure", false],
    ["always()", "failure", true],
    ["ALWAYS() && github.sha == 'x'", "failure", false],
    ["failure()", "failure", true],
    ["failure()", "success", false],
    ["!cancelled()", "failure", true],
    ["cancelled()", "cancelled", true],
    ["${{ success() || failure() }}", "failure", true],
    ["${{ github.sha }}", "success", true],
    ["${{ github.event.empty }}", "success", false],
    ["contains('always()', 'a')", "failure", false],
    [false, "success", false],
    [true, "success", true],
    // Text around an expression makes it a text that is not empty.
    ["${{ false }}\n", "success", true],
    ["${{ false }}\n", "failure", false],
    ["${{ always() && false }} ", "failure", true],
  ])("%j when the status is %s: %s", (condition, state, expected) => {
    expect(evaluateCondition(condition, { ...scope, status: status(state) })).toBe(expected);
  });
});
