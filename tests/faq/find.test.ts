import { describe, expect, test } from "@jest/globals";
import { findEntry, NEAR_DUPLICATE, nearDuplicates, parseFaq, similarity } from "../../src/faq/index.ts";
import { DOCUMENTS, read } from "./support.ts";

test.each([
  ["How do I install ripgrep on Windows?", "How can I install ripgrep in Windows"],
  ["How do I reset my password?", "I forgot my password, how do I reset it?"],
  ["Where are models stored?", "Where does Ollama store models?"],
  ["Is there a free plan?", "Do you have a free plan?"],
  ["How do I cancel my subscription?", "Cancelling a subscription"],
  ["How long are backups kept?", "How long do you keep backups?"],
  ["如何修改 Vercel 环境变量", "怎么修改 Vercel 的环境变量？"],
  ["如何部署在 Vercel 上", "怎样部署到 Vercel"],
  ["APIキーなしでテキスト読み上げを使用できますか？", "APIキーがなくてもテキスト読み上げを使用できますか"],
  ["Как сбросить пароль?", "Как мне сбросить пароль?"],
  ["비밀번호를 어떻게 재설정하나요?", "비밀번호를 재설정하려면 어떻게 하나요?"],
])("%j and %j are near-duplicates", (one, other) => {
  expect(similarity(one, other)).toBeGreaterThanOrEqual(NEAR_DUPLICATE);
  expect(similarity(other, one)).toBe(similarity(one, other));
});

test.each([
  ["How do I enable logging?", "How do I disable logging?"],
  ["Does it support GPT-3?", "Does it support GPT-4?"],
  ["What does HTTP 403 mean?", "What does HTTP 404 mean?"],
  ["How do I export data?", "How do I import data?"],
  ["如何登录？", "如何注册？"],
  ["料金はいくらですか？", "解約はどうしますか？"],
])("%j and %j are not", (one, other) => {
  expect(similarity(one, other)).toBeLessThan(NEAR_DUPLICATE);
});

test("people's own different questions are kept apart: one pair of 3,416 is called near", () => {
  let pairs = 0;
  const near = new Set<string>();
  for (const { name } of DOCUMENTS) {
    const document = parseFaq(read(name));
    pairs += (document.entries.length * (document.entries.length - 1)) / 2;
    for (const { question } of document.entries) {
      for (const { entry } of nearDuplicates(document, question)) near.add([question, entry.question].toSorted().join(" | "));
    }
  }
  expect(pairs).toBe(3416);
  expect([...near]).toEqual([
    "How is Cluster Autoscaler different from CPU-usage-based node autoscalers? | " +
      "Is Cluster Autoscaler compatible with CPU-usage-based node autoscalers?",
  ]);
});

describe("in a document", () => {
  const document = parseFaq(read("en-ollama-crlf.md"));

  test("a reworded question finds its entry, the exact one is not a near-duplicate", () => {
    const found = nearDuplicates(document, "Where can I view the logs of Ollama?");
    expect(found[0]?.entry.question).toBe("How can I view the logs?");
    expect(findEntry(document, "how can I VIEW the logs")?.question).toBe("How can I view the logs?");
    expect(nearDuplicates(document, "How can I view the logs?")).toEqual([]);
  });

  test("a new question finds nothing", () => {
    expect(findEntry(document, "How do I train my own model?")).toBeUndefined();
    expect(nearDuplicates(document, "How do I train my own model?")).toEqual([]);
  });
});
