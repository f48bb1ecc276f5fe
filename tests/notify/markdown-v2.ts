/**
 * A reader of Telegram's MarkdownV2 as strict as the real one (https://core.telegram.org/bots/api#markdownv2-style): what it cannot
 * read it refuses in the Bot API's words.
 */
export interface Shown {
  readonly text: string;
  readonly entities: readonly { readonly type: string; readonly text: string; readonly url?: string }[];
}

const RESERVED = "_*[]()~`>#+-=|{}.!";
const CLOSED_BY: Readonly<Record<string, string>> = { Bold: "*", Italic: "_", Underline: "__", Strikethrough: "~", Spoiler: "||", Code: "`", Pre: "```", TextUrl: "]" };

export function readMarkdownV2(source: string): Shown {
  let text = "";
  const entities: { type: string; text: string; url?: string }[] = [];
  const open: { type: string; from: number; at: number }[] = [];
  const escaped = (at: number) => source[at] === "\\" && at + 1 < source.length && source.charCodeAt(at + 1) > 0 && source.charCodeAt(at + 1) < 127;
  const refuse = (what: string): never => {
    throw new Error(`Bad Request: can't parse entities: ${what}`);
  };
  for (let at = 0; at < source.length; at += 1) {
    if (escaped(at)) {
      at += 1;
      text += source[at];
      continue;
    }
    const char = source[at] ?? "";
    const inner = open.at(-1);
    const verbatim = inner?.type === "Code" || inner?.type === "Pre";
    if (verbatim ? char !== "`" : !RESERVED.includes(char)) {
      text += char;
      continue;
    }
    const mark = ["```", "__", "||"].find((two) => source.startsWith(two, at)) ?? char;
    if (inner && CLOSED_BY[inner.type] === (verbatim && inner.type === "Code" ? "`" : mark)) {
      open.pop();
      at += (CLOSED_BY[inner.type]?.length ?? 1) - 1;
      const entity: { type: string; text: string; url?: string } = { type: inner.type, text: text.slice(inner.from) };
      if (inner.type === "TextUrl") {
        if (source[at + 1] !== "(") refuse("a link without an address");
        let url = "";
        for (at += 2; source[at] !== ")"; at += 1) {
          if (at >= source.length) refuse(`Can't find end of a URL at byte offset ${at}`);
          if (escaped(at)) at += 1;
          url += source[at];
        }
        entity.url = url;
      }
      if (entity.text !== "") entities.push(entity);
      continue;
    }
    const type = Object.keys(CLOSED_BY).find((name) => name !== "TextUrl" && CLOSED_BY[name] === mark) ?? (char === "[" ? "TextUrl" : undefined);
    if (type === undefined) refuse(`Character '${char}' is reserved and must be escaped with the preceding '\\'`);
    open.push({ type: type ?? "", from: text.length, at });
    at += mark.length - 1;
  }
  const unclosed = open.at(-1);
  if (unclosed) refuse(`Can't find end of ${unclosed.type} entity at byte offset ${unclosed.at}`);
  return { text, entities };
}

/**
 * What Telegram's servers find in shown text by themselves, after tdlib's rules as far as they matter: mentions, hashtags, cashtags,
 * commands, addresses of pages and mailboxes.
 */
export function foundByTelegram(text: string): string[] {
  const patterns = [
    /(?<![\p{L}\p{N}_])@[A-Za-z0-9_]{2,32}(?![\p{L}\p{N}_])/gu,
    /(?<![\p{L}\p{N}_])#[\p{L}\p{N}_]+/gu,
    /(?<![\p{L}\p{N}_$])\$[A-Z]{1,8}(?![\p{L}\p{N}_])/gu,
    /(?<![\p{L}\p{N}_/<>])\/[A-Za-z0-9_]{1,64}/gu,
    /[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/giu,
    /(?:[a-z][a-z0-9+.-]*:\/\/)[^\s\u2000-\u206F]+/giu,
    /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.(?:\p{L}{2,}|xn--[a-z0-9]+)/giu,
    /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/gu,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([found]) => found));
}
