// What a person is told of a release.

/**
 * The one command that publishes it: all tags or none, and only when the remote's moving tags are still where they were here.
 * A tag that is identical here may not have been pushed yet; where the remote has it, it is forced to the same commit.
 */
export function pushCommand({ tags }) {
  const leases = tags.filter(({ change }) => change !== "identical").slice(1).map(({ name, before }) => `--force-with-lease=refs/tags/${name}:${before ?? ""}`);
  const refs = tags.map(({ name, change }, index) => `${index > 0 && change === "identical" ? "+" : ""}refs/tags/${name}`);
  return ["git push --atomic", ...leases, "origin", ...refs].join(" ");
}

/** A script that makes the release on GitHub with its archive and notes, once: run again, it finds it published. */
export function publishScript({ version, prerelease, latest }) {
  const tag = `v${version}`;
  return `#!/usr/bin/env bash
set -euo pipefail
here="$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)"
if [ "$(gh release view ${tag} --json isDraft --jq .isDraft 2>/dev/null)" = false ]; then
  echo "${tag} is published already."
  exit 0
fi
gh release create ${tag} "$here/instant-${version}.tar" --verify-tag --title "INSTANT ${version}" --notes-file "$here/notes.md" ${prerelease ? "--prerelease " : ""}--latest=${latest}
`;
}

const short = (oid) => oid.slice(0, 12);

/** @returns the text that ends a release */
export function tell(plan, { led, dryRun, into }) {
  const { version, tags, kept, commit, tree, source, files } = plan;
  const identical = tags.every(({ change }) => change === "identical");
  const lines = [
    ...(led ? [`(The version is ${version}; the tag gets the v.)`] : []),
    identical ? `INSTANT ${version} is already there, identical.` : dryRun ? `INSTANT ${version} would be (nothing was written):` : `INSTANT ${version} is made, in this clone only:`,
    `  commit ${commit}`, `  tree   ${tree}  (${files} files)`, `  source ${source}`,
    ...tags.map(({ name, before, change }) => `  ${name.padEnd(10)} ${change === "moved" ? `${dryRun ? "moves" : "moved"} here from ${short(before)}` : change === "new" ? "new" : "identical"}`),
    ...kept.map(({ name, why }) => `  ${name.padEnd(10)} stays where it is: ${why}`),
    ...(into === undefined ? [] : [`  files in ${into}`]),
  ];
  if (!dryRun) lines.push("", "Only the tags of this clone were looked at (git fetch --tags brings the others). To publish it:", `  ${pushCommand(plan)}`);
  return `${lines.join("\n")}\n`;
}
