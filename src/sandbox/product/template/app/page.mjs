// The pages of the site, made from documents.

import { escapeHtml, inline, parse, render, slug } from "./markdown.mjs";

/** The FAQ as sections of question and answer, whatever headings it uses. */
export function readFaq(text) {
  const blocks = questionsFirst(parse(text));
  const level = questionLevel(blocks);
  const title = blocks.find((one) => one.type === "heading" && one.level < level)?.text ?? "Frequently asked questions";
  const sections = [];
  const intro = [];
  let titled = false;
  for (const one of blocks) {
    if (one.type === "heading" && one.level < level) {
      if (titled) sections.push({ group: one.text, blocks: [] });
      titled = true;
    } else if (one.type === "heading" && one.level === level) sections.push({ question: one.text, blocks: [] });
    else (sections.at(-1)?.blocks ?? intro).push(one);
  }
  return { title, intro, sections: sections.map((section) => ({ ...section, record: recordIn(section.blocks) })) };
}

/** Questions written as bold list items become headings. */
function questionsFirst(blocks) {
  return blocks.flatMap((one) => {
    const bold = one.type === "list" ? one.items.map(([first]) => /^\*\*([\s\S]+?)\*\*\s*(?:\n|$)/.exec(first?.text ?? "")) : [];
    if (bold.length === 0 || bold.includes(null)) return [one];
    return one.items.flatMap(([first, ...rest], index) => {
      const text = first.text.slice(bold[index][0].length).trim();
      return [{ type: "heading", level: 6, text: bold[index][1] }, ...(text === "" ? [] : [{ type: "paragraph", text }]), ...rest];
    });
  });
}

/** The level that most headings have; bold list items count as the deepest. */
function questionLevel(blocks) {
  const counts = new Map();
  for (const { type, level, text } of blocks) {
    if (type === "heading") counts.set(level, (counts.get(level) ?? 0) + (/[?？؟]/.test(text) ? 3 : 1));
  }
  counts.set(1, (counts.get(1) ?? 0) / 4);
  return [...counts].toSorted((one, other) => other[1] - one[1] || one[0] - other[0])[0]?.[0] ?? 2;
}

/** What INSTANT noted about an answer that it wrote. */
function recordIn(blocks) {
  const comments = blocks.flatMap((one) => (one.type === "list" ? one.items.flat() : [one])).filter(({ type }) => type === "comment");
  for (const { text } of comments) {
    const json = /^<!--\s*instant:([\s\S]*)-->$/.exec(text.trim())?.[1];
    try {
      const { model, date, sources, trace } = JSON.parse(json ?? "");
      return { model: String(model), date: String(date).slice(0, 10), trace: String(trace), sources: Array.isArray(sources) ? sources.map(String) : [] };
    } catch {
      // Not a record of INSTANT's, or one that was edited: the answer is shown without it.
    }
  }
  return undefined;
}

export function faqPage(faq, site) {
  const ids = new Map();
  const sections = faq.sections.map((section) => ({ ...section, id: uniqueId(section.question ?? section.group, ids) }));
  const nav = sections.map((one) =>
    one.group ? `<li class="group">${inline(one.group, () => null)}</li>` : `<li><a href="#${escapeHtml(one.id)}">${inline(one.question, () => null)}</a></li>`,
  );
  const body = sections.map((one) => {
    if (one.group) return `<h2 class="group">${inline(one.group, site.link)}</h2>${render(one.blocks, site.link)}`;
    const head = `<h2><a class="anchor" href="#${escapeHtml(one.id)}" aria-hidden="true" tabindex="-1">#</a>${inline(one.question, () => null)}</h2>`;
    return `<article id="${escapeHtml(one.id)}">${head}${render(one.blocks, site.link)}${provenance(one.record, site)}</article>`;
  });
  const count = sections.filter(({ question }) => question).length;
  const main = `<header class="hero"><h1>${inline(faq.title, site.link)}</h1>${render(faq.intro, site.link)}<p class="count">${count} ${count === 1 ? "question" : "questions"}</p></header>${body.join("\n")}`;
  return layout({ title: faq.title, nav: `<ol>${nav.join("")}</ol>`, main, site });
}

/** Where an answer comes from, under the answer. */
function provenance(record, site) {
  if (!record) return "";
  const sources = record.sources.map((path) => {
    const href = site.source(path);
    return href === null ? `<span>${escapeHtml(path)}</span>` : `<a href="${escapeHtml(href)}">${escapeHtml(path)}</a>`;
  });
  const from = sources.length === 0 ? "" : `answered from ${sources.join(", ")}`;
  const when = `<time datetime="${escapeHtml(record.date)}">${escapeHtml(record.date)}</time>`;
  return `<footer title="trace ${escapeHtml(record.trace)}">${[from, when, escapeHtml(record.model)].filter(Boolean).join(" · ")}</footer>`;
}

function uniqueId(text, ids) {
  const base = slug(text);
  const count = (ids.get(base) ?? 0) + 1;
  ids.set(base, count);
  return count === 1 ? base : `${base}-${count}`;
}

export function docPage(path, text, site) {
  const blocks = parse(text);
  const title = blocks.find(({ type }) => type === "heading")?.text ?? path;
  const headings = blocks.filter(({ type, level }) => type === "heading" && level === 2);
  const nav = headings.map((one) => `<li><a href="#${escapeHtml(slug(one.text))}">${inline(one.text, () => null)}</a></li>`);
  return layout({ title, nav: `<ol>${nav.join("")}</ol>`, main: `<div class="doc">${render(blocks, site.link)}</div>`, site });
}

export function plainPage(title, text, site) {
  return layout({ title, nav: "", main: `<header class="hero"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></header>`, site });
}

function layout({ title, nav, main, site }) {
  const state = site.health.status === "ok" ? '<span class="ok">healthy</span>' : `<span class="bad">${escapeHtml(site.health.status)}</span>`;
  const started = new Date(site.startedAt).toISOString().replace("T", " ").slice(0, 16);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · ${escapeHtml(site.name)}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23e8a33d'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<div class="bar"><a class="name" href="/"><i></i>${escapeHtml(site.name)}</a><nav>${site.menu}</nav></div>
<div class="columns">${nav ? `<aside><nav aria-label="On this page"><h2>On this page</h2>${nav}</nav></aside>` : ""}<main>
${main}
</main></div>
<footer class="foot">Running <a href="/version"><code>${escapeHtml(site.commit.slice(0, 7))}</code></a> since ${escapeHtml(started)} UTC · <a href="/healthz">${state}</a></footer>
</body>
</html>
`;
}
