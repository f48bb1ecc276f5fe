import { describe, expect, test } from "@jest/globals";
import { InvalidInputs, resolveDispatchInputs } from "../../../src/sandbox/engine/index.ts";

const SOURCE = `
on:
  workflow_dispatch:
    inputs:
      question: { required: true, type: string }
      dry-run: { type: boolean, default: false }
      count: { type: number, default: 3 }
      level: { type: choice, options: [low, high] }
      where: { type: environment }
      plain: { description: no type, default: x }
`;

describe("resolveDispatchInputs", () => {
  test("fills in defaults and turns texts into their types", () => {
    expect(resolveDispatchInputs(SOURCE, "w.yml", { question: "Why?", "dry-run": "true", count: "7" })).toEqual({
      question: "Why?", "dry-run": true, count: 7, level: "low", where: "", plain: "x",
    });
  });

  test("names are compared without case", () => {
    expect(resolveDispatchInputs(SOURCE, "w.yml", { QUESTION: "Why?" })["question"]).toBe("Why?");
  });

  test("tells every problem at once", () => {
    const given = { "dry-run": "yes", count: "many", level: "middle", more: "1" };
    const call = () => resolveDispatchInputs(SOURCE, "w.yml", given);
    expect(call).toThrow(InvalidInputs);
    expect(call).toThrow(
      [
        "The inputs do not fit w.yml:",
        `  Unexpected inputs provided: ["more"]`,
        "  Required input 'question' not provided",
        `  Input 'dry-run' is not a boolean: give true or false instead of "yes"`,
        `  Input 'count' is not a number: "many"`,
        `  Provided value "middle" for input 'level' not in the list of allowed values: low, high`,
      ].join("\n"),
    );
  });

  test("a workflow without the trigger takes none", () => {
    expect(() => resolveDispatchInputs("on: push", "w.yml", {})).toThrow("does not have 'workflow_dispatch' trigger");
  });

  test("a trigger without inputs takes none, and wants none", () => {
    expect(resolveDispatchInputs("on: [workflow_dispatch]", "w.yml", {})).toEqual({});
    expect(() => resolveDispatchInputs("on: workflow_dispatch", "w.yml", { a: 1 })).toThrow(`Unexpected inputs provided: ["a"]`);
  });
});
