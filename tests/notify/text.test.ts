import { describe, expect, test } from "@jest/globals";
import { redact } from "../../src/notify/channel.ts";
import { address, calm, clean, fit, oneLine, split } from "../../src/notify/text.ts";
import { HOSTILE, strings, withoutJoiners } from "./support.ts";
import { foundByTelegram } from "./markdown-v2.ts";

describe("text from outside", () => {
  test("becomes visible, well-formed lines, and keeps what spells emoji and scripts", () => {
    expect(clean("a\r\nb\rc\u2028d\u0000\u001b[31m\u202Ee\uFEFF\uD800")).toBe("a\nb\nc\nd[31me\uFFFD");
    expect(clean("👩‍👩‍👧‍👦\tx")).toBe("👩‍👩‍👧‍👦\tx");
    expect(oneLine(" a \n\n b\t")).toBe("a b");
    for (const text of [...strings(500), ...HOSTILE]) {
      expect(clean(text).isWellFormed()).toBe(true);
      expect(clean(clean(text))).toBe(clean(text));
      expect(oneLine(text)).not.toMatch(/[\n\r\u0000-\u001f\u007f\u202A-\u202E]/);
    }
  });

  test("is cut between graphemes, and the cut shows", () => {
    const family = "👩‍👩‍👧‍👦";
    expect(fit("short", 5)).toBe("short");
    expect(fit("longer", 5)).toBe("long…");
    expect(fit(family.repeat(3), family.length * 2 + 1)).toBe(`${family.repeat(2)}…`);
    expect(fit(family, 4)).toBe("…");
    expect(split("abcdef", 2, 3)).toEqual(["ab", "cd", "ef"]);
    expect(split("abcdefg", 2, 3)).toEqual(["ab", "cd", "e…"]);
    expect(split("", 2, 3)).toEqual([]);
    for (const text of strings(500, 7)) {
      const cut = fit(text, 11);
      expect(cut.length).toBeLessThanOrEqual(11);
      expect(text.startsWith(cut.replace(/…$/, "").trimEnd())).toBe(true);
      expect(split(text, 5, 1_000).join("")).toBe(text);
    }
  });

  test("holds nothing that programs look for, changes only by joiners, and stays as it is when done twice", () => {
    for (const text of [...strings(3_000, 3), ...HOSTILE]) {
      const shown = calm(clean(text));
      expect(foundByTelegram(shown)).toEqual([]);
      expect(withoutJoiners(shown)).toBe(withoutJoiners(clean(text)));
      expect(calm(shown)).toBe(shown);
    }
    expect(calm("TTE was 1.5 s, 99.5% of v1.2.3; docs and/or code: fine. Next")).toBe("TTE was 1.5 s, 99.5% of v1.2.3; docs and/or code: fine. Next");
  });
});

test("an address is one that may be clicked and printed", () => {
  expect(address("https://github.com/a/b?x=1&y=(2)|<3>")).toBe("https://github.com/a/b?x=1&y=%282%29%7C%3C3%3E");
  for (const bad of ["javascript:alert(1)", "https://user:pass@example.com/", "/relative", "", "tg://user?id=1", `https://example.com/${"x".repeat(1_000)}`]) expect(address(bad)).toBeUndefined();
});

test("secrets are taken out in every spelling", () => {
  const secret = "p@ss\"w/ord";
  const spellings = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64"), JSON.stringify(secret)];
  expect(redact(`a ${spellings.join(" b ")} c`, [secret])).toBe('a *** b *** b *** b "***" c');
  expect(redact("nothing", [""])).toBe("nothing");
});
