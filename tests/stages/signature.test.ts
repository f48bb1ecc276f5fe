import { describe, expect, test } from "@jest/globals";
import { addSignature, isSigned, sign, signaturesIn } from "../../src/stages/signature.ts";
import { HEAD, TRACE } from "./auto-merge-gate/a-pull.ts";

const claim = { repository: "o/r", number: 12, headSha: HEAD, traceId: TRACE };
const body = (signature: string) => `An answer.\r\n\r\ninstant-signature: ${signature}\r\ntrace-id: ${TRACE}\r\n`;

describe("INSTANT's signature", () => {
  test("is the HMAC-SHA256 that any other tool computes", () => {
    // printf 'instant-v1\no/r\n12\naaaa…\n0b5e7d3a-…' | openssl dgst -sha256 -hmac key
    expect(sign("key", claim)).toBe("v1=ac84ad7be729ee3bcef8fbae8933d09f1676f5315707082273147a43de32df4c");
  });

  test("proves exactly one claim, whatever the case of the repository's name", () => {
    const signed = body(sign("key", claim));
    expect(isSigned("key", claim, signed)).toBe(true);
    expect(isSigned("key", { ...claim, repository: "O/R" }, signed)).toBe(true);
    expect(isSigned("other", claim, signed)).toBe(false);
    expect(isSigned("key", { ...claim, number: 13 }, signed)).toBe(false);
    expect(isSigned("key", { ...claim, headSha: "d".repeat(40) }, signed)).toBe(false);
    expect(isSigned("key", { ...claim, traceId: TRACE.replace("0b", "0c") }, signed)).toBe(false);
    expect(isSigned("key", { ...claim, repository: "o/r2" }, signed)).toBe(false);
  });

  test("an empty key proves nothing, even when the signature was made with it", () => {
    expect(isSigned("", claim, body(sign("", claim)))).toBe(false);
  });

  test("is found only on a line of its own, and only ten are looked at", () => {
    const right = sign("key", claim);
    const wrong = `instant-signature: v1=${"0".repeat(64)}\n`;
    expect(signaturesIn(`see instant-signature: ${right}`)).toEqual([]);
    expect(isSigned("key", claim, wrong.repeat(9) + body(right))).toBe(true);
    expect(isSigned("key", claim, wrong.repeat(10) + body(right))).toBe(false);
    expect(isSigned("key", claim, body(right.slice(0, -1)))).toBe(false);
  });

  test("is added beside the older ones, the newest first, and the oldest makes room", () => {
    const heads = Array.from({ length: 12 }, (_, i) => i.toString(16).repeat(40));
    const all = heads.reduce((text, headSha) => addSignature(text, sign("key", { ...claim, headSha })), `An edit by a person.\n\ntrace-id: ${TRACE}\nMore.\n`);
    expect(heads.map((headSha) => isSigned("key", { ...claim, headSha }, all))).toEqual(heads.map((_, i) => i >= 2));
    expect([all.split("instant-signature:").length - 1, all.startsWith(`An edit by a person.\n\ntrace-id: ${TRACE}\ninstant-signature: `), all.endsWith("\nMore.\n")]).toEqual([10, true, true]);
  });
});
