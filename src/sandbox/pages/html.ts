import { micromark } from "micromark";
import { gfmAutolinkLiteral, gfmAutolinkLiteralHtml } from "micromark-extension-gfm-autolink-literal";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";

/** Markup that is already safe to put into a page. */
export interface Html {
  readonly html: string;
}

type Value = Html | string | number | null | undefined | readonly Value[];

/** A template whose values are escaped, unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: parts.reduce((text, part, at) => text + show(values[at - 1]) + part) };
}

function show(value: Value): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return "html" in value ? value.html : value.map(show).join("");
  return String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const PLAIN_TAGS = /&lt;(\/?(?:code|sub|b|details|summary)|br ?\/?)&gt;/g;

/**
 * Markdown with tables and bare links. Raw HTML stays text, but for a few tags without attributes, which can do no harm;
 * links that could run code lose their address.
 */
export function markdown(text: string): Html {
  const safe = micromark(text, { extensions: [gfmTable(), gfmAutolinkLiteral()], htmlExtensions: [gfmTableHtml(), gfmAutolinkLiteralHtml()] });
  return { html: safe.replaceAll(PLAIN_TAGS, "<$1>") };
}

/** A unified diff, one coloured line each. */
export function diff(path: string, patch: string): Html {
  const lines = patch.split("\n").map((line) => {
    const kind = line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : line.startsWith("@@") ? "hunk" : "same";
    return html`<span class="${kind}">${line}\n</span>`;
  });
  return html`<details open><summary><code>${path}</code></summary><pre class="diff">${lines}</pre></details>`;
}

/** A coloured word: what became of something. */
export function badge(word: string): Html {
  const good = ["success", "merged", "active", "read"];
  const bad = ["failure", "error", "closed", "timed_out", "startup_failure", "action_required"];
  return html`<span class="badge ${good.includes(word) ? "good" : bad.includes(word) ? "bad" : "plain"}">${word.replace("_", " ")}</span>`;
}

export function time(at: number | null): Html {
  return at === null ? html`` : html`<time datetime="${new Date(at).toISOString()}">${new Date(at).toISOString().slice(11, 19)} UTC</time>`;
}

export function duration(from: number | null, to: number | null): string {
  return from === null || to === null ? "" : to - from < 1_000 ? `${to - from} ms` : `${((to - from) / 1_000).toFixed(1)} s`;
}

/** A whole page. It loads nothing from anywhere. */
export function layout(title: string, home: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${{ html: STYLE }}</style></head>
<body><header><a href="/${home}">${home}</a> <span>in the INSTANT sandbox</span></header><main>${body}</main></body></html>
`.html;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #1a7f37; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #f85149; } }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
header { padding: .7rem 1.2rem; border-bottom: 1px solid var(--line); } header a { font-weight: 600; } header span { opacity: .6; }
main { max-width: 60rem; margin: 0 auto; padding: 1.2rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .25rem .8rem .25rem 0; vertical-align: top; }
section, .box { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: .8rem 0; }
pre { overflow-x: auto; background: var(--soft); padding: .8rem; border-radius: 6px; font-size: 13px; } code { font-size: 13px; }
.diff span { display: block; } .add { background: #2da44e33; } .del { background: #cf222e33; } .hunk { opacity: .6; }
.badge { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: 13px; border: 1px solid currentColor; }
.good { color: var(--good); } .bad { color: var(--bad); } .muted { opacity: .65; }
`;
