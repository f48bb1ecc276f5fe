// The import walls of DESIGN section 3, as two rules for oxlint:
//   walls/imports  what a room may import: other rooms, npm packages, Node's modules
//   walls/ambient  only adapters and the runtime may read the clock, the environment or the network
// A rule of our own because these rules need types-only imports, dynamic import() and resolved paths, and the tools
// that know all three need a TypeScript older than the one that checks this repository (docs/decisions/0002-lint.md).

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const adapters = ["github", "ledger", "llm", "workspace", "notify", "telemetry", "checks", "probes"];
const pure = ["faq", "stats", "kit"];
const ports = adapters.map((room) => `src/${room}/port.ts`);

/**
 * Room → the paths (a folder with "/" at its end, or one file) that it may import beside its own.
 * Stages and checks are rooms of rooms: `own` says how many path segments make one room.
 */
const rooms = [
  // actions/ledger.ts and its like, files of no action's own, compose what all of them share.
  { at: "actions/", own: 2, may: ["actions/*", "src/stages/", "src/runtime/", "src/kit/", ...adapters.map((room) => `src/${room}/`)] },
  // src/stages/driver.ts and its like, files of no stage's own, are shared by all of them.
  { at: "src/stages/", own: 3, may: ["src/stages/*", ...ports, "src/faq/", "src/stats/", "src/kit/"] },
  { at: "src/runtime/", own: 2, may: [...ports, "src/kit/"] },
  { at: "src/checks/", own: 2, may: ["src/workspace/port.ts", "src/faq/", "src/kit/"] },
  ...adapters.filter((room) => room !== "checks").map((room) => ({ at: `src/${room}/`, own: 2, may: ["src/kit/", "src/net/"] })),
  // The way out that adapters share: proxies and certificates are the same for all of them.
  { at: "src/net/", own: 2, may: ["src/kit/"] },
  ...pure.map((room) => ({ at: `src/${room}/`, own: 2, may: ["src/kit/"] })),
  // Workflows are read by the same parser of GitHub's where they run and where they are checked.
  { at: "src/sandbox/", own: 2, may: ["src/kit/", "src/faq/", "src/checks/config/github.ts"], unshipped: true },
  { at: "src/cli/", own: 2, may: ["src/", "actions/"], unshipped: true },
];

/** Rooms that must get these from outside: all that is shipped, except adapters and the runtime. */
const ambientFree = ["actions/", "src/stages/", ...pure.map((room) => `src/${room}/`)];
const ambientModules = new Set([
  "fs", "fs/promises", "child_process", "http", "https", "http2", "net", "tls", "dgram", "dns", "dns/promises",
  "os", "process", "perf_hooks", "worker_threads", "cluster", "sqlite",
]);

const roots = new Map();

/** The folder with package.json above a file, with its dependencies: rules are written relative to it. */
function projectOf(filename) {
  const folder = path.dirname(filename);
  if (!roots.has(folder)) {
    const manifest = path.join(folder, "package.json");
    const up = path.dirname(folder);
    const isRoot = existsSync(manifest) && existsSync(path.join(folder, ".oxlintrc.json"));
    if (isRoot) roots.set(folder, { root: folder, packages: Object.keys(JSON.parse(readFileSync(manifest, "utf8")).dependencies ?? {}) });
    else roots.set(folder, up === folder ? undefined : projectOf(folder));
  }
  return roots.get(folder);
}

const posix = (file) => file.split(path.sep).join("/");
const firstSegments = (file, count) => file.split("/").slice(0, count).join("/");

/** Does an entry of `may` cover a file? "x/" a folder, "x/*" only the files directly in it, "x.ts" itself. */
function covers(entry, file) {
  if (entry.endsWith("/*")) return path.posix.dirname(file) === entry.slice(0, -2);
  return entry.endsWith("/") ? file.startsWith(entry) : file === entry;
}

function judgePath(room, from, to) {
  if (firstSegments(from, room.own) === firstSegments(to, room.own)) return undefined;
  if (room.may.some((entry) => covers(entry, to))) return undefined;
  const own = firstSegments(from, room.own);
  if (/^src\/(sandbox|cli)\//.test(to) && !room.unshipped) return `${own} is shipped and must not import ${to}: sandbox and cli never are.`;
  return `${own} must not import ${to}. It may import ${room.may.join(", ") || "nothing"} and its own files (DESIGN 3).`;
}

function judgePackage(room, from, specifier, packages) {
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (room.unshipped) return undefined;
  // The reader of workflow files knows nothing of the job it runs in.
  const reads = room.at === "src/checks/" && /^@actions\/(?:workflow-parser|expressions)$/.test(name);
  if (name.startsWith("@actions/") && room.at !== "src/runtime/" && !reads) {
    return `only src/runtime imports ${name}; take what you need from a port or from the runtime (DESIGN 3).`;
  }
  if (packages.includes(name)) return undefined;
  return `${name} is not in "dependencies" of package.json, so shipped code must not import it.`;
}

function judgeBuiltin(room, specifier) {
  const name = specifier.replace(/^node:/, "");
  if (!ambientFree.includes(room.at) || !ambientModules.has(name)) return undefined;
  return `${room.at} must not import node:${name}: only adapters and the runtime touch files, processes, network, clock or environment (DESIGN 3).`;
}

const isBuiltin = (specifier) => specifier.startsWith("node:") || ambientModules.has(specifier);

function judgeImport(filename, specifier) {
  const project = projectOf(filename);
  if (!project) return undefined;
  const from = posix(path.relative(project.root, filename));
  const room = rooms.find(({ at }) => from.startsWith(at));
  if (!room) return undefined;
  if (specifier.startsWith(".")) {
    return judgePath(room, from, posix(path.relative(project.root, path.resolve(path.dirname(filename), specifier))));
  }
  return isBuiltin(specifier) ? judgeBuiltin(room, specifier) : judgePackage(room, from, specifier, project.packages);
}

const imports = {
  meta: { type: "problem", docs: { description: "Rooms import only what DESIGN section 3 allows." } },
  create(context) {
    const look = (node, source) => {
      if (!source) return;
      if (typeof source.value !== "string") {
        if (rooms.some(({ at, unshipped }) => !unshipped && roomPath(context.filename)?.startsWith(at))) {
          context.report({ node, message: "import() of a computed path cannot be checked against the walls (nor bundled); name the file." });
        }
        return;
      }
      const problem = judgeImport(context.filename, source.value);
      if (problem) context.report({ node, message: problem });
    };
    return {
      ImportDeclaration: (node) => look(node, node.source),
      ExportNamedDeclaration: (node) => look(node, node.source),
      ExportAllDeclaration: (node) => look(node, node.source),
      ImportExpression: (node) => look(node, node.source),
      TSImportType: (node) => look(node, node.source ?? node.argument?.literal ?? node.argument),
      TSExternalModuleReference: (node) => look(node, node.expression),
    };
  },
};

function roomPath(filename) {
  const project = projectOf(filename);
  return project && posix(path.relative(project.root, filename));
}

const isName = (node, name) => node?.type === "Identifier" && node.name === name;
const propertyName = (node) => (node.computed ? node.property.value : node.property.name);

/** [object, property] pairs that read the clock or the environment. */
const ambientProperties = [
  ["process", undefined, "the process"],
  ["Date", "now", "the clock"],
  ["performance", "now", "the clock"],
  ["performance", "timeOrigin", "the clock"],
];

const ambient = {
  meta: { type: "problem", docs: { description: "Only adapters and the runtime read the clock, the environment or the network." } },
  create(context) {
    const file = roomPath(context.filename);
    if (!file || !ambientFree.some((at) => file.startsWith(at))) return {};
    const report = (node, what) =>
      context.report({ node, message: `${what} may be read only by adapters and src/runtime; take it as an argument or through a port (DESIGN 3).` });
    return {
      MemberExpression(node) {
        const { object: inner } = node;
        const viaGlobal = inner.type === "MemberExpression" && isName(inner.object, "globalThis");
        const object = viaGlobal ? inner.property : inner;
        for (const [name, property, what] of ambientProperties) {
          if (isName(object, name) && (property === undefined || propertyName(node) === property)) report(node, `${what} (${name}.${propertyName(node)})`);
        }
        if (isName(node.object, "globalThis") && ["fetch", "process"].includes(propertyName(node))) report(node, `globalThis.${propertyName(node)}`);
      },
      NewExpression(node) {
        if (isName(node.callee, "Date") && node.arguments.length === 0) report(node, "the clock (new Date() without an argument)");
        if (["WebSocket", "EventSource", "XMLHttpRequest"].some((name) => isName(node.callee, name))) report(node, "the network");
      },
      CallExpression(node) {
        if (isName(node.callee, "fetch")) report(node, "the network (fetch)");
        if (isName(node.callee, "Date")) report(node, "the clock (Date())");
      },
      VariableDeclarator(node) {
        if (isName(node.init, "process")) report(node, "the process");
        if (isName(node.init, "fetch")) report(node, "the network (fetch)");
      },
    };
  },
};

export default { meta: { name: "walls" }, rules: { imports, ambient } };
