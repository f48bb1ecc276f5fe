// A small Markdown renderer. Everything that comes from a document is escaped; only the tags written here get out.

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (sign) => escapes[sign]);
}

/** The anchor of a heading: letters and digits of any script, the rest dashes. */
export function slug(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "section";
}

/** Splits a document into blocks: `{ type, … }`. Front matter is left out; comments are kept as blocks for who reads them. */
export function parse(text) {
  const lines = withoutHtml(text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").replace(/^---\n[\s\S]*?\n---\n/, "")).split("\n");
  const blocks = [];
  for (let at = 0; at < lines.length; ) at = block(lines, at, blocks);
  return blocks;
}

/** Headings and summaries written in HTML become Markdown; other tags go, their text stays. Code is left alone. */
function withoutHtml(text) {
  const prose = text.split(/(^ {0,3}```[\s\S]*?^ {0,3}```[^\n]*$|<!--[\s\S]*?-->)/m);
  return prose.map((part, index) => (index % 2 === 1 ? part : withoutTags(part))).join("");
}

function withoutTags(text) {
  const line = (title) => title.replace(/\s+/g, " ");
  const headed = text
    .replace(/<h([1-6])\b[^>]*>\s*([\s\S]*?)\s*<\/h\1>/gi, (_, level, title) => `\n${"#".repeat(level)} ${line(title)}\n`)
    .replace(/<summary\b[^>]*>\s*([\s\S]*?)\s*<\/summary>/gi, (_, title) => `\n## ${line(title)}\n`);
  const strip = (part) =>
    part
      .replace(/<\/?(?:details|div|p|ul|ol|pre|a|br|code|em|strong|b|i|span|img|kbd|sub|sup)\b[^<>]*>/gi, "")
      .replace(/<li\b[^>]*>/gi, "- ")
      .replace(/<\/li>/gi, "");
  return headed.split(/(`[^`\n]+`)/).map((part, index) => (index % 2 === 1 ? part : strip(part))).join("");
}

function block(lines, at, blocks) {
  const line = lines[at];
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
  const fence = /^( {0,3})(`{3,}|~{3,})\s*([\w+-]*)/.exec(line);
  if (line.trim() === "") return at + 1;
  if (heading) {
    blocks.push({ type: "heading", level: heading[1].length, text: bare(heading[2]) });
    return at + 1;
  }
  if (fence) return code(lines, at, fence, blocks);
  if (/^\s*<!--/.test(line)) return comment(lines, at, blocks);
  if (/^ {0,3}([-*_])(?:\s*\1){2,}\s*$/.test(line)) {
    blocks.push({ type: "rule" });
    return at + 1;
  }
  if (/^\s*\|/.test(line)) return table(lines, at, blocks);
  if (isItem(line)) return list(lines, at, blocks);
  if (/^ {0,3}>/.test(line)) return quote(lines, at, blocks);
  if (/^\[[^\]]+\]:\s*\S/.test(line)) return at + 1;
  return paragraph(lines, at, blocks);
}

/** Heading text without ids that other tools put there. */
function bare(text) {
  return text.replace(/\s+:id=\S+$/, "").replace(/\s*\{#[^}]*\}$/, "");
}

function code(lines, at, [, indent, fence], blocks) {
  const end = new RegExp(`^ {0,3}\\${fence[0]}{${fence.length},}\\s*$`);
  let next = at + 1;
  while (next < lines.length && !end.test(lines[next])) next += 1;
  blocks.push({ type: "code", text: lines.slice(at + 1, next).map((one) => one.replace(new RegExp(`^ {0,${indent.length}}`), "")).join("\n") });
  return next + 1;
}

function comment(lines, at, blocks) {
  let next = at;
  while (next < lines.length && !lines[next].includes("-->")) next += 1;
  blocks.push({ type: "comment", text: lines.slice(at, next + 1).join("\n") });
  return next + 1;
}

function table(lines, at, blocks) {
  let next = at;
  while (next < lines.length && /^\s*\|/.test(lines[next])) next += 1;
  const rows = lines.slice(at, next).filter((row) => !/^\s*\|[\s|:-]+\|\s*$/.test(row));
  blocks.push({ type: "table", rows: rows.map((row) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim())) });
  return next;
}

function isItem(line) {
  return /^\s*(?:[-*+]|\d{1,9}[.)])\s+/.test(line);
}

/** Items may hold blocks of their own, which are indented. */
function list(lines, at, blocks) {
  const first = /^(\s*)([-*+]|\d{1,9}[.)])\s+/.exec(lines[at]);
  const items = [];
  let next = at;
  while (next < lines.length) {
    const item = /^(\s*)([-*+]|\d{1,9}[.)])(\s+)/.exec(lines[next]);
    if (item === null || item[1].length > first[1].length + 1 || item[1].length < first[1].length) break;
    const width = item[0].length;
    const own = [lines[next].slice(width)];
    next += 1;
    while (next < lines.length && (indentOf(lines[next]) >= Math.min(width, item[1].length + 2) || isLazy(lines, next))) {
      own.push(lines[next].slice(Math.min(width, indentOf(lines[next]))));
      next += 1;
    }
    const inner = [];
    for (let index = 0; index < own.length; ) index = block(own, index, inner);
    items.push(inner);
  }
  blocks.push({ type: "list", ordered: /\d/.test(first[2]), start: Number.parseInt(first[2], 10) || 1, items });
  return next;
}

function indentOf(line) {
  return /^\s*/.exec(line)[0].length;
}

/** A blank line before more of the same item, or a line that goes on with its paragraph. */
function isLazy(lines, at) {
  if (lines[at].trim() === "") return at + 1 < lines.length && indentOf(lines[at + 1]) >= 2;
  return lines[at - 1].trim() !== "" && !isItem(lines[at]) && !/^ {0,3}(?:#{1,6}\s|```|~~~|>|\||<!--)/.test(lines[at]);
}

function quote(lines, at, blocks) {
  let next = at;
  while (next < lines.length && /^ {0,3}>/.test(lines[next])) next += 1;
  const inner = [];
  const own = lines.slice(at, next).map((line) => line.replace(/^ {0,3}> ?/, ""));
  for (let index = 0; index < own.length; ) index = block(own, index, inner);
  blocks.push({ type: "quote", blocks: inner });
  return next;
}

function paragraph(lines, at, blocks) {
  let next = at + 1;
  const ends = (line) => line.trim() === "" || isItem(line) || /^ {0,3}(?:#{1,6}\s|```|~~~|>|\||<!--)/.test(line);
  while (next < lines.length && !ends(lines[next]) && !/^ {0,3}(?:=+|-{2,})\s*$/.test(lines[next])) next += 1;
  const text = lines.slice(at, next).join("\n").trim();
  const underline = /^ {0,3}(=+|-{2,})\s*$/.exec(lines[next] ?? "");
  if (underline) {
    blocks.push({ type: "heading", level: underline[1][0] === "=" ? 1 : 2, text: bare(text.replace(/\n/g, " ")) });
    return next + 1;
  }
  blocks.push({ type: "paragraph", text });
  return next;
}

/** Blocks as HTML. `link` turns a document's address into one of the site, or into null when it may not be followed. */
export function render(blocks, link) {
  return blocks.map((one) => renderBlock(one, link)).join("\n");
}

function renderBlock(one, link) {
  switch (one.type) {
    case "heading":
      return `<h${one.level} id="${escapeHtml(slug(one.text))}">${inline(one.text, link)}</h${one.level}>`;
    case "paragraph":
      return `<p>${inline(one.text, link)}</p>`;
    case "code":
      return `<pre tabindex="0"><code>${escapeHtml(one.text)}</code></pre>`;
    case "rule":
      return "<hr>";
    case "quote":
      return `<blockquote>${render(one.blocks, link)}</blockquote>`;
    case "table": {
      const [head = [], ...body] = one.rows;
      const cells = (row, tag) => row.map((cell) => `<${tag}>${inline(cell, link)}</${tag}>`).join("");
      const rows = body.map((row) => `<tr>${cells(row, "td")}</tr>`).join("");
      return `<div class="wide"><table><thead><tr>${cells(head, "th")}</tr></thead><tbody>${rows}</tbody></table></div>`;
    }
    case "list": {
      const items = one.items.map((item) => {
        const [only] = item;
        return `<li>${item.length === 1 && only.type === "paragraph" ? inline(only.text, link) : render(item, link)}</li>`;
      });
      return one.ordered ? `<ol start="${one.start}">${items.join("")}</ol>` : `<ul>${items.join("")}</ul>`;
    }
    default:
      return "";
  }
}

/** Inline Markdown. Code and links are set aside first, so that nothing inside them is read as emphasis. */
export function inline(text, link) {
  const kept = [];
  const keep = (html) => `\u0000${kept.push(html) - 1}\u0000`;
  const anchor = (label, address) => {
    const href = link(address);
    return href === null ? label : keep(`<a href="${escapeHtml(href)}">`) + label + keep("</a>");
  };
  let html = text
    .replaceAll("\u0000", "")
    .replace(/(`+)([\s\S]*?[^`])\1(?!`)/g, (_, ticks, inner) => keep(`<code>${escapeHtml(inner.trim())}</code>`))
    .replace(/\\([!-/:-@[-`{-~])/g, (_, sign) => keep(escapeHtml(sign)))
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\[([^\]]+)\]\(<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)?)>?(?:\s+"[^"]*")?\)/g, (_, label, address) => anchor(label, address))
    .replace(/<(https?:\/\/[^\s<>]+)>/g, (_, address) => anchor(escapeHtml(address), address))
    .replace(/&(#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/gi, (entity) => keep(entity));
  html = escapeHtml(html)
    .replace(/(\*\*|__)(?=\S)([\s\S]+?)(?<=\S)\1/g, "<strong>$2</strong>")
    .replace(/(?<![\p{L}\p{N}*])([*_])(?=[^\s*_])([^*_]+?)(?<=\S)\1(?![\p{L}\p{N}])/gu, "<em>$2</em>")
    .replace(/ {2,}\n/g, "<br>\n");
  return restore(html, kept);
}

/** Puts back what was set aside; code inside a link's text is found at the second round. */
function restore(html, kept) {
  let result = html;
  for (let round = 0; round < 4 && result.includes("\u0000"); round += 1) {
    result = result.replace(/\u0000(\d+)\u0000/g, (_, index) => kept[Number(index)] ?? "");
  }
  return result;
}
