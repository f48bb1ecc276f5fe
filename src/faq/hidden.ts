import { childrenOf, endOf, startOf, type Node, type Source } from "./markdown.ts";
import { invisibleAt } from "./text.ts";

/** What a reader does not see, or what does more than show text. */
export interface Hidden {
  readonly start: number;
  readonly end: number;
  readonly rule: "invisible-character" | "unsafe-html" | "hidden-html" | "unsafe-link";
  readonly message: string;
  readonly severity: "error" | "warning";
}

const MAX_CHARACTERS = 20;
/** Turn the direction of what follows, or spell a text that nobody sees (https://trojansource.codes, UTS 51 tags). */
const DECEIVING = /[\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]/u;
/** The black flag in front of the tags of a region, which together are one emoji. */
const FLAG = /\u{1F3F4}[\u{E0020}-\u{E007E}]*$/u;
const ACTIVE = /<(?:script|iframe|object|embed|form|style|link|meta|base|template|noscript)\b|<[a-z][^<>]*\son[a-z]+\s*=/i;
const UNSEEN = /<[a-z][^<>]*\s(?:hidden(?:[\s=/>]|$)|style\s*=\s*["']?[^"'>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0(?![.\d])))/i;
const ADDRESS = /<[a-z][^<>]*\s(?:href|src|action)\s*=\s*["']?\s*(?:javascript|vbscript|data:text\/html)/i;

/** Safety of a document for its readers and for the models that read it; comments are not looked into. */
export function hiddenIn(text: string, source: Source): readonly Hidden[] {
  const found = invisible(text);
  const stack: Node[] = [...source.blocks];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const place = { start: startOf(node), end: endOf(node) };
    if (node.type === "html") found.push(...inHtml(node.value).map((one) => ({ ...place, ...one })));
    if ((node.type === "link" || node.type === "image" || node.type === "definition") && runs(node.url)) {
      found.push({ ...place, rule: "unsafe-link", severity: "error", message: "This link runs a program instead of leading to a page. Take it out." });
    }
    stack.push(...childrenOf(node));
  }
  return found;
}

/** Other protocols than the web's are fine (`mailto:`, `tel:`); these run what they hold. */
function runs(url: string): boolean {
  return /^(?:javascript|vbscript|data:text\/html)/i.test(url.replace(/[\u0000-\u0020]/g, ""));
}

function inHtml(html: string): Pick<Hidden, "rule" | "message" | "severity">[] {
  const bare = html.replace(/<!--[\s\S]*?(?:-->|$)/g, "");
  const found: Pick<Hidden, "rule" | "message" | "severity">[] = [];
  if (ACTIVE.test(bare) || ADDRESS.test(bare)) found.push({ rule: "unsafe-html", severity: "error", message: "This HTML does more than show text (a script, a frame, a form, a handler of events). Take it out." });
  if (UNSEEN.test(bare)) found.push({ rule: "hidden-html", severity: "error", message: "This HTML hides text from readers, but not from models that are asked about it. Show it, or take it out." });
  return found;
}

function invisible(text: string): Hidden[] {
  return invisibleAt(text).flatMap((start): readonly Hidden[] => {
    const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
    if (FLAG.test(text.slice(Math.max(0, start - 24), start))) return [];
    const deceives = DECEIVING.test(character);
    const name = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    const what = deceives ? "turns the direction of text, or spells what nobody sees" : "has no width";
    return [{ start, end: start + character.length, rule: "invisible-character", severity: deceives ? "error" : "warning", message: `A character stands here that nobody sees (${name}): it ${what}. Take it out.` }];
  }).slice(0, MAX_CHARACTERS);
}
