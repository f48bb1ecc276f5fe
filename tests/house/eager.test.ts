import { describe, expect, test } from "@jest/globals";
// @ts-expect-error plain JavaScript without declarations
import * as tool from "../../tools/eager.mjs";

const eager = tool.eager as (code: string) => Promise<string>;

describe("functions around the modules of a bundle", () => {
  test("stand in parentheses, in a chunk and in an entry, whatever stands before them", async () => {
    const chunk = 'export const id=796;export const modules={4317:function(e,t,s){t.a="ü👩‍👩‍👧"},12:e=>{e.exports=()=>1},7:(e,t)=>{}};';
    expect(await eager(chunk)).toBe('export const id=796;export const modules={4317:(function(e,t,s){t.a="ü👩‍👩‍👧"}),12:(e=>{e.exports=()=>1}),7:((e,t)=>{})};');
    const entry = 'import{createRequire as e}from"module";var t="日本語",u={2613:t=>{t.exports=e(import.meta.url)("assert")}},c={};function p(e){return u[e]}p(2613);';
    expect(await eager(entry)).toBe('import{createRequire as e}from"module";var t="日本語",u={2613:(t=>{t.exports=e(import.meta.url)("assert")})},c={};function p(e){return u[e]}p(2613);');
  });

  test("nothing else does, and code without modules stays as it is", async () => {
    for (const code of ["export const a=()=>1;", 'var e={200:"ok",404:()=>1};', "const f={a:()=>1};", "function g(){var u={1:()=>2};return u}", ""]) expect(await eager(code)).toBe(code);
  });
});
