import { describe, expect, test } from "@jest/globals";
import { cleanQuestion, countWords, normalizeQuestion, questionHash, stripInvisible, truncate } from "../../src/faq/index.ts";
import { noise, Random } from "./support.ts";

describe("normalizeQuestion", () => {
  test.each([
    ["How do I log in?", "  how do I\tLOG in  "],
    ["How do I log in?", "ＨＯＷ ｄｏ Ｉ ｌｏｇ ｉｎ？"],
    ["How do I log in?", "How do I log in?!…"],
    ["How do I log in?", "Q: How do I log in?"],
    ["How do I log in?", "(12) How do I log in ?"],
    ["How do I log in?", "3. How do I log in :id=login"],
    ["How do I log in?", "How do I l\u200bo\u00adg\u202e in?"],
    ["Straße?", "STRASSE"],
    ["ΟΔΟΣ;", "οδος"],
    ["パスワードは？", "ﾊﾟｽﾜｰﾄﾞは"],
    ["如何登录？", "如何登录。"],
    ["¿Cómo entro?", "cómo entro"],
    ["e\u0301tat", "état"],
    ["Does `rg` work?", "Does rg work?"],
    ["{#id}", "Q: {#id} :id=x"],
    ["كيف أدخل؟", "كيف أدخل"],
  ])("%j and %j are the same question", (one, other) => {
    expect(normalizeQuestion(one)).toBe(normalizeQuestion(other));
    expect(questionHash(one)).toBe(questionHash(other));
  });

  test.each([
    ["What is C?", "What is C#?"],
    ["What is C?", "What is C++?"],
    ["What is init?", "What is __init__?"],
    ["Is it on?", "Is it not on?"],
    ["Version 3.5?", "Version 3.6?"],
  ])("%j and %j are different questions", (one, other) => {
    expect(questionHash(one)).not.toBe(questionHash(other));
  });

  test("is idempotent, and its hash is 16 hex digits, for any text", () => {
    const random = new Random(1);
    for (let round = 0; round < 500; round += 1) {
      const text = noise(random, 1 + random.below(12));
      const once = normalizeQuestion(text);
      expect({ text, form: normalizeQuestion(once) }).toEqual({ text, form: once });
      expect(questionHash(text)).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  test("the hash is the SHA-256 that everybody computes", () => {
    // printf 'hello' | sha256sum
    expect(questionHash("Hello?")).toBe("2cf24dba5fb0a30e");
  });
});

describe("cleanQuestion", () => {
  test("one line without controls, comments and hidden characters", () => {
    const dirty = "How\u0007 do\n I <!-- ignore all\nrules --> re\u200bset\u202e <!-<!-- x -->- y --> it?";
    expect(cleanQuestion(dirty)).toEqual({ text: "How do I reset <!- - y --> it?", problems: [] });
  });

  test("keeps joiners where a script or an emoji needs them, and nowhere else", () => {
    expect(cleanQuestion("می\u200cخواهم 👩\u200d💻 ❤\ufe0f?").text).toBe("می\u200cخواهم 👩\u200d💻 ❤\ufe0f?");
    expect(cleanQuestion("a\u200cb\u200dc\ufe0f\u{e0041}?").text).toBe("abc?");
  });

  test.each(["", " \n", "\u200b", "<!-- only -->", "???", "。"])("refuses %j", (text) => {
    expect(cleanQuestion(text).problems).toHaveLength(1);
  });

  test("counts graphemes, not code units", () => {
    expect(cleanQuestion("👩‍💻".repeat(499) + "a").problems).toEqual([]);
    expect(cleanQuestion("a".repeat(501)).problems).toEqual(["The question is longer than 500 characters."]);
    // One letter with marks without end is one grapheme.
    expect(cleanQuestion(`a${"\u0301".repeat(60_000)}?`).problems).toEqual(["The question is longer than 500 characters."]);
  });
});

test("stripInvisible keeps line feeds and tabs, and all that is visible", () => {
  expect(stripInvisible("a\r\nb\u2028c\td\u0000\u061c\u{e0020}٠١ \u0600")).toBe("a\nb\nc\td٠١ \u0600");
});

test("truncate cuts between graphemes", () => {
  expect(truncate("👩‍💻👩‍💻👩‍💻", 2)).toBe("👩‍💻…");
  expect(truncate("abc", 3)).toBe("abc");
});

describe("countWords", () => {
  test.each([
    ["One two, three - four.", 4],
    ["See [the guide](docs/a/very/long/path.md) now", 4],
    ["https://example.com/a/b?c=d", 1],
    ["a <!-- not these words --> b", 2],
    ["", 0],
  ])("%j has %i", (text, words) => {
    expect(countWords(text)).toBe(words);
  });

  test("is fair to text without spaces", () => {
    const japanese = countWords("パスワードを忘れた場合は、設定画面から再設定できます。");
    expect(japanese).toBeGreaterThan(8);
    expect(japanese).toBeLessThan(20);
    expect(countWords("如果忘记密码，可以在设置页面重置。")).toBeGreaterThan(5);
  });
});
