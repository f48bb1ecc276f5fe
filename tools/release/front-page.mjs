// The README that people see at a tag: how to use what is there, and where it comes from.

/** @param {{ actions: readonly { name: string, description: string }[], version: string, commit: string, home: string }} release */
export function frontPage({ actions, version, commit, home }) {
  const [major] = version.split(".");
  const example = actions.find(({ name }) => name === "faq-generate") ?? actions[0];
  const rows = actions.map(({ name, description }) => `| [${name}](${name}/README.md) | ${description.replaceAll("|", "\\|")} |`);
  return `# INSTANT ${version}

Reusable GitHub Actions that close the loop from a request to healthy production.

\`\`\`yaml
- uses: org/instant/${example.name}@v${major}
\`\`\`

| action | does |
| --- | --- |
${rows.join("\n")}

| ref | stands for |
| --- | --- |
| \`@v${major}\` | the newest release ${major}.x |
| \`@v${version}\` | this release; the tag never moves |
| \`@<commit>\` | this release, whatever happens to tags: the full SHA that \`git ls-remote ${home} refs/tags/v${version}\` prints |

Templates, documentation and sources: [${home}](${home}). What is new: [CHANGELOG.md](CHANGELOG.md). Licence: [LICENSE](LICENSE); those of
the bundled packages are in each folder's \`licenses.txt\`.

Made from [${commit.slice(0, 12)}](${home}/tree/${commit}) and from nothing else. Check it: in a clone at that commit,
\`npm run release -- ${version} --dry-run\` prints the id that this commit has, to the last digit.
`;
}
