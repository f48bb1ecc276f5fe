/** A document of the repository as the prompt quotes it. */
export interface PromptSource {
  readonly path: string;
  readonly text: string;
}

export interface Prompt {
  readonly question: string;
  readonly sources: readonly PromptSource[];
}

export interface Message {
  readonly role: string;
  readonly content: string;
}

/**
 * Reads INSTANT's prompt: `<source path="…">…</source>` blocks anywhere in the messages, `<question>…</question>` in the last
 * message of the user. Without such a block that whole message, less its sources, is the question.
 */
export function readPrompt(messages: readonly Message[]): Prompt {
  const sources = messages.flatMap(({ content }) => {
    const blocks = content.matchAll(/<source\s+path="([^"]*)"[^>]*>\r?\n?([\s\S]*?)\r?\n?<\/source>/g);
    return Array.from(blocks, ([, path = "", text = ""]) => ({ path: unescapeXml(path), text: unescapeXml(text) }));
  });
  const last = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const bare = last.replace(/<source\s[\s\S]*?<\/source>/g, "");
  const question = /<question[^>]*>([\s\S]*?)<\/question>/.exec(bare)?.[1] ?? bare;
  return { question: unescapeXml(question).trim(), sources };
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
