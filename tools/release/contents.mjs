// What a release holds, from the files of one commit and from nothing else.

import { Problem } from "./problem.mjs";
import { moveLinks } from "./links.mjs";
import { frontPage } from "./front-page.mjs";

/** Where INSTANT lives, unless package.json says `repository`. */
const HOME = "https://github.com/org/instant";
const PLAIN = new Set(["100644", "100755"]);

/**
 * @param {object} source
 * @param {Map<string, { mode: string, oid: string }>} source.files every file of the commit
 * @param {(oid: string) => string} source.read a file as text
 * @param {string} source.commit
 * @param {string} source.version
 * @returns `Map<path, { mode, oid } | { mode, text }>`: taken over as they are, or written anew
 * @throws Problem naming everything that is missing
 */
export function releaseContents(source) {
  const { files } = source;
  const problems = [];
  const names = actionsIn(files, problems);
  const contents = new Map();
  const put = (path, entry) => {
    if (contents.has(path)) problems.push(`Two files want to be ${path} in the release. Rename the one in dist.`);
    if (!PLAIN.has(entry.mode)) problems.push(`${path} would be no plain file in the release (mode ${entry.mode}). Commit it as one.`);
    contents.set(path, { ...entry, mode: "100644" });
  };
  const actions = names.flatMap((name) => addAction(source, name, put, problems));
  if (!files.has("LICENSE")) problems.push("There is no LICENSE. Nobody may use what has none: add it.");
  else put("LICENSE", files.get("LICENSE"));
  const released = releasePaths(names);
  for (const [from, to] of [["CHANGELOG.md", "CHANGELOG.md"], ...names.map((name) => [`actions/${name}/README.md`, `${name}/README.md`])]) {
    if (!files.has(from)) problems.push(`There is no ${from}. Write it: people read it at the tag.`);
    else put(to, page(source, from, to, released, problems));
  }
  if (problems.length > 0) throw new Problem(problems);
  const home = homeOf(source);
  put("README.md", { mode: "100644", text: frontPage({ actions, version: source.version, commit: source.commit, home }) });
  return contents;
}

/** Actions by name: those with an action.yml. What is only half there is a problem. */
function actionsIn(files, problems) {
  const folders = (top, file) => new Set([...files.keys()].flatMap((path) => {
    const parts = path.split("/");
    return parts.length >= 3 && parts[0] === top && (file === undefined || parts.slice(2).join("/") === file) ? [parts[1]] : [];
  }));
  const names = folders("actions", "action.yml");
  for (const name of folders("actions")) if (!names.has(name)) problems.push(`actions/${name} has no action.yml. Add it, or remove the folder.`);
  for (const name of folders("dist")) if (!names.has(name)) problems.push(`dist/${name} belongs to no action. Run \`npm run build\` and commit dist.`);
  for (const name of names) if (!/^[a-z][a-z0-9-]*$/.test(name)) problems.push(`actions/${name} cannot be named so: use lower-case letters, digits and hyphens.`);
  if (names.size === 0) problems.push("There is no actions/<name>/action.yml, so there is nothing to release.");
  return [...names].sort();
}

function addAction({ files, read }, name, put, problems) {
  const from = `dist/${name}/`;
  const bundle = [...files].filter(([path]) => path.startsWith(from));
  for (const needed of ["index.js", "licenses.txt"]) {
    if (!files.has(from + needed)) problems.push(`${from}${needed} is not committed. Run \`npm run build\` and commit dist.`);
  }
  for (const [path, entry] of bundle) put(`${name}/${path.slice(from.length)}`, entry);
  const manifest = `actions/${name}/action.yml`;
  const { text, scripts, description, problem } = ownManifest(read(files.get(manifest).oid), name);
  if (problem !== undefined) {
    problems.push(`${manifest}: ${problem}`);
    return [];
  }
  for (const script of scripts) if (!files.has(from + script)) problems.push(`${manifest} runs ${from}${script}, which is not committed. Run \`npm run build\` and commit dist.`);
  put(`${name}/action.yml`, { mode: "100644", text });
  return [{ name, description }];
}

/**
 * An action.yml whose scripts lie beside it. Edited as text, so that every other byte stays, and without a YAML library, so that
 * a release runs no code but this repository's own and Node's.
 */
export function ownManifest(text, name) {
  const scripts = [];
  const own = text.replaceAll(/^( +(?:main|pre|post): +)(["']?)(\S+?)\2([ \t]*)$/gm, (whole, key, quote, script, end) => {
    const prefix = `../../dist/${name}/`;
    if (!script.startsWith(prefix) || script.slice(prefix.length).split("/").includes("..")) return whole;
    scripts.push(script.slice(prefix.length));
    return `${key}${quote}${script.slice(prefix.length)}${quote}${end}`;
  });
  const description = /^description: +(\S.*)$/m.exec(text)?.[1]?.trim();
  const problem = !/^runs:\s*\n(?: .*\n)*? +using: +["']?node\d+["']?[ \t]*$/m.test(text)
    ? "only actions that run on Node can be released. Write `using: node24` below `runs:`."
    : !/^ +main: /m.test(own) || scripts.length === 0 || /^ +(?:main|pre|post): .*\.\.\//m.test(own)
      ? `its scripts have to be in ../../dist/${name}/, each on a line of its own, such as \`main: ../../dist/${name}/index.js\`.`
      : description === undefined || /^[|>"'&*!]/.test(description)
        ? "its description has to be on one line, without quotes: the release's front page shows it."
        : undefined;
  return { text: own, scripts, description, problem };
}

/** Where a path of the source is found in the release. */
function releasePaths(names) {
  const own = new Map([["LICENSE", "LICENSE"], ["CHANGELOG.md", "CHANGELOG.md"], ["README.md", "README.md"]]);
  for (const name of names) {
    own.set(`actions/${name}`, name);
    for (const file of ["README.md", "action.yml"]) own.set(`actions/${name}/${file}`, `${name}/${file}`);
  }
  return (path) => own.get(path);
}

function page(source, from, to, released, problems) {
  const { files, read, commit } = source;
  const kind = (path) => (files.has(path) ? "file" : [...files.keys()].some((other) => other.startsWith(`${path}/`)) ? "folder" : undefined);
  const moved = moveLinks(read(files.get(from).oid), { from, to, released, kind, permanent: `${homeOf(source)}/{kind}/${commit}` });
  for (const target of moved.broken) problems.push(`${from} links to ${target}, which is not there. Mend the link.`);
  return { mode: "100644", text: moved.text };
}

function homeOf({ files, read }) {
  const { repository } = files.has("package.json") ? JSON.parse(read(files.get("package.json").oid)) : {};
  const url = typeof repository === "string" ? repository : repository?.url;
  return /^(?:git\+)?(https:\/\/[^\s?#]+?)(?:\.git)?\/?$/.exec(url ?? "")?.[1] ?? HOME;
}
