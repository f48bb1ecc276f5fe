// licenses.txt of a bundle: the licence of every package whose code is in it, which their terms ask to be passed on. ncc's own list
// leaves packages out (@actions/core among them), so this one is made from the modules that the bundler says it has taken.

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";

const TEXTS = /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i;

/**
 * @param stats webpack's, as ncc hands them over
 * @param {string} root of this repository: what lies there outside of node_modules is our own, under LICENSE
 * @returns {string} name, version, licence and full text of each package, by name
 * @throws Error when a package says nothing of its licence
 */
export function licensesOf(stats, root) {
  const folders = new Set(modulesOf(stats).map((file) => packageFolder(file, root)).filter(Boolean));
  const packages = [...folders].map(describe).sort((one, other) => (one.title < other.title ? -1 : 1));
  const without = packages.filter(({ texts, spdx }) => texts.length === 0 && spdx === undefined);
  if (without.length > 0) throw new Error(`nothing says under which licence these packages are, so they cannot be bundled: ${without.map(({ title }) => title).join(", ")}.`);
  const rule = "-".repeat(80);
  return packages.map(({ title, spdx, texts, authors }) => {
    const text = texts.length > 0 ? texts.join("\n\n") : `The package brings no text of its licence. By ${authors}.`;
    return `${title}\n${spdx ?? "Licence below"}\n\n${text}\n`;
  }).join(`\n${rule}\n\n`);
}

/** Absolute paths of all modules, those inside concatenated ones too. */
function modulesOf(stats) {
  const shown = stats.toJson({
    all: false, modules: true, nestedModules: true, ids: true, modulesSpace: Infinity, nestedModulesSpace: Infinity, groupModulesByType: false,
    groupModulesByPath: false, groupModulesByExtension: false, groupModulesByAttributes: false, groupModulesByCacheStatus: false, groupModulesByLayer: false,
  });
  const found = [];
  const walk = (modules = []) => {
    for (const { identifier = "", modules: inner } of modules) {
      found.push(...identifier.split(/[!|?]/).filter((part) => path.isAbsolute(part)));
      walk(inner);
    }
  };
  walk(shown.modules);
  return found;
}

/** The folder of the package that a file belongs to; undefined for our own files. */
function packageFolder(file, root) {
  const parts = file.split(path.sep);
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) {
    if (!path.relative(root, file).startsWith("..")) return undefined;
    throw new Error(`the bundle holds ${file}, which is neither ours nor a package's.`);
  }
  const folder = parts.slice(0, at + (parts[at + 1].startsWith("@") ? 3 : 2)).join(path.sep);
  return existsSync(folder) ? realpathSync(folder) : folder;
}

function describe(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => TEXTS.test(file)).sort();
  const texts = files.map((file) => readFileSync(path.join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  const authors = typeof author === "object" ? author.name : author ?? `the authors of ${name}`;
  return { title: `${name} ${version}`, spdx: license, texts, authors };
}
