// npm run release -- 1.0.0: makes the commit that `uses: org/instant/<action>@v1` gets, and its tags, in this clone. It pushes
// nothing, and touches neither HEAD nor the index nor the working tree. The same source commit and version give the same commit id on
// every machine. Plain JavaScript without packages: what makes a release runs no code but this repository's own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { gitIn } from "./release/git.mjs";
import { planRelease } from "./release/plan.mjs";
import { Problem } from "./release/problem.mjs";
import { publishScript, pushCommand, tell } from "./release/report.mjs";
import { parseVersion } from "./release/version.mjs";

const HELP = `npm run release -- VERSION [--dry-run] [--into DIR] [--json]

Makes the release commit of HEAD and sets its tags in this clone: v1.2.3 (never moved), v1.2 and v1. Nothing is pushed; the command
to push is printed. Again, it finds everything there and identical.

  VERSION      such as 1.2.3, or 1.3.0-rc.1 for a prerelease, which moves neither v1.3 nor v1
  --dry-run    shows what would be made, with the same commit id; writes nothing to the repository
  --into DIR   also writes there instant-VERSION.tar (the release tree), notes.md, release.json, push.sh (git) and
               publish.sh (gh)
  --json       prints release.json instead of text
`;

function options(argv) {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, allowPositionals: true, options: { "dry-run": { type: "boolean" }, help: { type: "boolean", short: "h" }, into: { type: "string" }, json: { type: "boolean" } } });
  } catch (error) {
    throw new Problem([`${error.message} See npm run release -- --help`]);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (positionals.length !== 1) throw new Problem([`${positionals.length === 0 ? "Which version?" : "One version at a time."} Such as: npm run release -- 1.0.0`]);
  const [given] = positionals;
  const version = parseVersion(given.replace(/^v/, ""));
  if (version === undefined) throw new Problem([`"${given}" is no version that can be released. Give MAJOR.MINOR.PATCH, such as 1.0.0 or 1.1.0-rc.1 (https://semver.org), without build metadata.`]);
  return { version, led: given.startsWith("v"), dryRun: values["dry-run"] ?? false, into: values.into, json: values.json ?? false };
}

/** All tags or none; a tag that somebody else moved meanwhile stops it. */
function setTags(git, plan) {
  const changes = plan.tags.filter(({ change }) => change !== "identical");
  if (changes.length === 0) return;
  const commands = changes.map(({ name, before }) => (before === null ? `create refs/tags/${name} ${plan.commit}` : `update refs/tags/${name} ${plan.commit} ${before}`));
  try {
    git.text(["update-ref", "--stdin"], ["start", ...commands, "prepare", "commit", ""].join("\n"));
  } catch (error) {
    throw new Problem([`The tags could not be set, so none was. ${error.message}\nLikely cause: another command works on this clone. When none does, remove the .lock file that git names, and run this again.`]);
  }
}

function writeFiles(git, plan, into) {
  mkdirSync(into, { recursive: true });
  const base = `instant-${plan.version}`;
  git.text(["archive", "--format=tar", `--prefix=${base}/`, "-o", path.join(into, `${base}.tar`), plan.commit]);
  writeFileSync(path.join(into, "notes.md"), plan.notes);
  writeFileSync(path.join(into, "push.sh"), `#!/usr/bin/env bash\n${pushCommand(plan)}\n`);
  writeFileSync(path.join(into, "publish.sh"), publishScript(plan));
  writeFileSync(path.join(into, "release.json"), `${JSON.stringify(plan, null, 2)}\n`);
}

function release({ version, led, dryRun, into, json }) {
  const here = gitIn(process.cwd());
  // The objects of a dry run go to a folder of their own, which reads what the repository has.
  const apart = dryRun ? mkdtempSync(path.join(tmpdir(), "instant-release-")) : undefined;
  try {
    const git = apart === undefined ? here : gitIn(process.cwd(), { GIT_OBJECT_DIRECTORY: apart, GIT_ALTERNATE_OBJECT_DIRECTORIES: path.resolve(here.line(["rev-parse", "--git-path", "objects"])) });
    const plan = planRelease(git, version);
    if (into !== undefined) writeFiles(git, plan, path.resolve(into));
    if (!dryRun) setTags(git, plan);
    process.stdout.write(json ? `${JSON.stringify(plan, null, 2)}\n` : tell(plan, { led, dryRun, into }));
  } finally {
    if (apart !== undefined) rmSync(apart, { recursive: true, force: true });
  }
}

try {
  const wanted = options(process.argv.slice(2));
  if (wanted.help) process.stdout.write(HELP);
  else release(wanted);
} catch (error) {
  console.error(`release: ${error instanceof Problem ? error.message : error.stack}`);
  process.exitCode = 1;
}
