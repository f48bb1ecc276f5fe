// lantern-notes: the site of the sample product. It shows the documentation of the commit it was started from and nothing
// else: a new commit means a new process.
//
// PORT                  the port to listen on (default 8080; 0 takes any free one and prints it)
// APP_COMMIT            the commit that is running, shown at /version
// APP_ROOT, APP_FAQ     the tree and the FAQ in it (default: the tree around this file, docs/FAQ.md)
// APP_NAME              the name in the page's head
// APP_BREAK_WHEN        text that makes the app degraded when the FAQ contains it, to rehearse a bad deployment
// APP_EXIT_WITH_STDIN   set: the app ends when its standard input is closed

import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { createServer } from "node:http";
import { join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { docPage, faqPage, plainPage, readFaq } from "./page.mjs";

const env = process.env;
const root = realpathSync(env.APP_ROOT || fileURLToPath(new URL("..", import.meta.url)));
const faqPath = env.APP_FAQ || "docs/FAQ.md";
const startedAt = new Date().toISOString();
const commit = env.APP_COMMIT || "unknown";
const style = readFileSync(new URL("style.css", import.meta.url));

const docs = readDocs(root);
const faq = docs.get(faqPath);
const health = judge(faq);
const pages = new Map();

/** All Markdown files of the tree, by path; bounded, and never outside of the tree. */
function readDocs(folder) {
  const found = new Map();
  const visit = (path, depth) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const full = join(path, entry.name);
      if (found.size >= 500 || depth > 6 || entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory()) visit(full, depth + 1);
      else if (entry.isFile() && /\.mdx?$/i.test(entry.name)) found.set(relative(folder, full).split(sep).join("/"), readFileSync(full, "utf8"));
    }
  };
  visit(folder, 0);
  return found;
}

function judge(text) {
  if (text === undefined) return { status: "degraded", reason: `${faqPath} is missing` };
  if (env.APP_BREAK_WHEN && text.includes(env.APP_BREAK_WHEN)) {
    return { status: "degraded", reason: `${faqPath} contains ${JSON.stringify(env.APP_BREAK_WHEN.slice(0, 80))}` };
  }
  return { status: "ok" };
}

/** What pages need to know about the site; addresses in a document are seen from where that document is. */
function siteOf(path) {
  const folder = posix.dirname(path);
  return {
    name: env.APP_NAME || "Lantern Notes",
    commit,
    startedAt,
    health,
    menu: menu(path),
    link: (address) => addressOf(folder, address),
    source: (file) => (docs.has(file) ? `/${file.split("/").map(encodeURIComponent).join("/")}` : null),
  };
}

function menu(current) {
  const entries = [["FAQ", faqPath], ["Guide", "docs/guide.md"], ["Deployment", "docs/deployment.md"], ["API", "docs/api.md"], ["Billing", "docs/billing.md"]];
  return entries
    .filter(([, path]) => docs.has(path))
    .map(([label, path]) => `<a href="${path === faqPath ? "/faq" : `/${path}`}"${path === current ? ' aria-current="page"' : ""}>${label}</a>`)
    .join("");
}

/** Web addresses stay, documents of the tree become pages, anything else is no link. */
function addressOf(folder, address) {
  if (/^https?:\/\//i.test(address) || /^#[^\s]*$/.test(address)) return address;
  if (/^[a-z][a-z\d+.-]*:|^\/\/|\\/i.test(address)) return null;
  const [path = "", fragment] = address.split("#");
  const target = path.startsWith("/") ? path.slice(1) : posix.join(folder, path);
  if (!docs.has(target)) return null;
  const page = target === faqPath ? "/faq" : `/${target.split("/").map(encodeURIComponent).join("/")}`;
  return fragment === undefined ? page : `${page}#${encodeURIComponent(fragment)}`;
}

function pageFor(path) {
  const known = pages.get(path);
  if (known !== undefined) return known;
  const page = path === faqPath ? faqPage(readFaq(faq ?? ""), siteOf(path)) : docPage(path, docs.get(path), siteOf(path));
  pages.set(path, page);
  return page;
}

function answer(request, response) {
  const path = decode((request.url ?? "/").split("?")[0]);
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "text/plain", "Only GET is understood here.\n", { allow: "GET, HEAD" });
  if (path === "/healthz") return send(response, health.status === "ok" ? 200 : 503, "application/json", `${JSON.stringify(health)}\n`);
  if (path === "/version") return send(response, 200, "application/json", `${JSON.stringify({ commit, started_at: startedAt })}\n`);
  if (path === "/style.css") return send(response, 200, "text/css", style);
  if (path === "/" || path === "/faq") return send(response, 200, "text/html", pageFor(faqPath));
  if (docs.has(path.slice(1))) return send(response, 200, "text/html", pageFor(path.slice(1)));
  return send(response, 404, "text/html", plainPage("Not found", "There is no such page.", siteOf("404")));
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function send(response, status, type, body, headers = {}) {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}

const server = createServer((request, response) => {
  try {
    answer(request, response);
  } catch (error) {
    console.error(error);
    send(response, 500, "text/plain", "The page could not be made.\n");
  }
});
server.listen(Number(env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(JSON.stringify({ event: "listening", port: server.address().port, commit }));
});

function stop() {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
if (env.APP_EXIT_WITH_STDIN) process.stdin.resume().once("end", () => process.exit(0)).once("error", () => process.exit(0));
