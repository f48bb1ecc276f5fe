import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Sandbox } from "../../sandbox/sandbox.ts";

/** A pull request to check, and what it may cost. */
export interface Change {
  readonly name: string;
  /** At most so many times a bare node; null where most of the time is the server's and git's. */
  readonly limit: number | null;
  readonly repository: string;
  readonly event: object;
  readonly inputs: Readonly<Record<string, string>>;
  /** Where a checkout step left the head with its history; null: the action fetches it. */
  readonly workspace: string | null;
  /** A cell of the summary, which proves that it was looked at. */
  readonly proof: string;
}

const FILES = 800;
const FEW = 24;

interface Plan {
  readonly name: string;
  readonly limit: number | null;
  readonly files: () => Promise<Tree>;
  readonly proof: string;
  /** Default true. */
  readonly checkedOut?: boolean;
  /** With a folder of results, filled by the first run. */
  readonly keeps?: boolean;
}

type Text = Readonly<Record<string, string>>;
interface Tree {
  readonly before: Text;
  readonly after: Text;
}

/** What is measured; `plain` documents are written so that the linter need not be loaded, `rich` ones are not. */
const PLANS: readonly Plan[] = [
  { name: "24 of 800 files, plain", limit: 6, files: async () => generated(FEW, plain), proof: `| markdown | ✅ | ${FEW} files |` },
  { name: "24 of 800 files, rich", limit: 6, files: async () => generated(FEW, rich), proof: `| markdown | ✅ | ${FEW} files |` },
  { name: "24 of 800 files, for the linter", limit: null, files: async () => generated(FEW, odd), proof: `| markdown | ✅ | ${FEW} files |` },
  { name: "24 of 800 files, for the linter, known", limit: 6, files: async () => generated(FEW, odd), proof: `${FEW} results were known from an earlier run`, keeps: true },
  { name: "24 of 800 files, not checked out", limit: null, files: async () => generated(FEW, plain), proof: `| markdown | ✅ | ${FEW} files |`, checkedOut: false },
  { name: "all 800 files, plain", limit: 20, files: async () => generated(FILES, plain), proof: `| markdown | ✅ | ${FILES} files |` },
  { name: "all 800 files, rich", limit: 20, files: async () => generated(FILES, rich), proof: `| markdown | ✅ | ${FILES} files |` },
  { name: "the iceberg-rest pair", limit: 15, files: iceberg, proof: "| openapi | ✅ | 1 description, 35 operations |" },
];

export async function changesFor(sandbox: Sandbox, folder: string, only: string): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const plan of PLANS.filter(({ name }) => name.includes(only))) changes.push(await make(sandbox, folder, plan));
  return changes;
}

const run = promisify(execFile);

async function make(sandbox: Sandbox, folder: string, plan: Plan): Promise<Change> {
  const { before, after } = await plan.files();
  const name = plan.name.replace(/[^a-z0-9]+/g, "-");
  const source = path.join(folder, name);
  await mkdir(source);
  const git = async (...args: string[]) => (await run("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "core.autocrlf=false", ...args], { cwd: source })).stdout.trim();
  await git("init", "-q", "--initial-branch=main", "--template=");
  const commit = async (files: Text) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(source, file)), { recursive: true });
      await writeFile(path.join(source, file), text);
    }
    await git("add", "--all");
    await git("commit", "-q", "-m", "Bench");
    return git("rev-parse", "HEAD");
  };
  const base = await commit(before);
  await git("checkout", "-q", "-b", "change");
  const sha = await commit(after);
  // The clone's default branch is the one that the source stands on.
  await git("checkout", "-q", "main");
  const repository = await sandbox.createRepository({ owner: "bench", name, from: source, roles: { bench: "write" } });
  await git("checkout", "-q", "--detach", sha);
  const pull = { number: 1, body: "", head: { sha, repo: { full_name: repository.fullName } }, base: { sha: base } };
  const checkedOut = plan.checkedOut ?? true;
  if (!checkedOut) await openPull(sandbox, repository.fullName);
  const event = checkedOut ? { pull_request: pull } : {};
  const kept = plan.keeps === true ? { "cache-dir": path.join(folder, `${name}-kept`), "cache-key": "a key for the benchmark" } : {};
  return {
    name: plan.name, limit: plan.limit, proof: plan.proof, repository: repository.fullName, event, inputs: { ...kept, ...(checkedOut ? {} : { "pr-number": "1", "head-sha": sha }) },
    workspace: checkedOut ? source : null,
  };
}

async function openPull(sandbox: Sandbox, repository: string): Promise<void> {
  const headers = { authorization: `Bearer ${sandbox.tokens.user("bench")}`, "content-type": "application/json" };
  const answer = await fetch(`${sandbox.urls.api}/repos/${repository}/pulls`, { method: "POST", headers, body: JSON.stringify({ head: "change", base: "main", title: "Bench" }) });
  if (answer.status !== 201) throw new Error(`the pull request could not be opened: ${answer.status} ${await answer.text()}`);
}

function generated(changed: number, write: (number: number, edition: string) => string): Tree {
  const name = (number: number) => `docs/part-${Math.floor(number / 40)}/page-${number}.md`;
  const all = Array.from({ length: FILES }, (_, number) => number);
  const step = Math.floor(FILES / changed);
  const before = Object.fromEntries(all.map((number) => [name(number), write(number, "first")]));
  const after = Object.fromEntries(all.filter((number) => number % step === 0).slice(0, changed).map((number) => [name(number), write(number, "second")]));
  return { before: { ...before, "docs/FAQ.md": "# FAQ\n\n## What is this?\n\nA test.\n" }, after };
}

/** A real description of 190 KB, and the one before it (tests/fixtures/openapi/SOURCES.md). */
async function iceberg(): Promise<Tree> {
  const read = (name: string) => readFile(new URL(`../../../tests/fixtures/openapi/iceberg-rest/${name}.yaml`, import.meta.url), "utf8");
  return { before: { "api/rest-catalog.yaml": await read("old") }, after: { "api/rest-catalog.yaml": await read("new") } };
}

const WORDS = "the queue keeps every message until one reader has taken it and said so which means that nothing is lost when a reader stops in the middle of its work".split(" ");

/** So many words, others for each seed. */
function words(seed: number, count: number): string {
  const text = Array.from({ length: count }, (_, at) => WORDS[(seed * 7 + at * (1 + (seed % 5))) % WORDS.length]).join(" ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** About 2 KB of headings, paragraphs, a list, a fence and links. */
function plain(number: number, edition: string): string {
  const link = `[another page](page-${number % 40 === 39 ? number - 1 : number + 1 < FILES ? number + 1 : number - 1}.md)`;
  const sections = [1, 2, 3].map((section) => `## Part ${section} of the ${edition} edition\n\n${words(number + section, 45)} See ${link} for \`more-${section}\`.\n\n- ${words(number, 9)}\n- ${words(section, 12)}\n\n${words(number * section, 40)}\n`);
  return `# Page ${number}\n\n${words(number, 30)}\n\n${sections.join("\n")}\n\`\`\`sh\nqueue --page ${number}\n\`\`\`\n`;
}

/** The same with what people also write: a table, HTML, references, a quotation, a numbered list with parts. */
function rich(number: number, edition: string): string {
  const table = `| Option | Default |\n| --- | --- |\n| \`page\` | ${number} |\n| \`edition\` | ${edition} |\n`;
  const section = `## Details\n\n${words(number, 60)} See [the other page][other] and <kbd>Enter</kbd>.\n\n> ${words(number + 3, 20)}\n\n1. ${words(number, 8)}\n   - ${words(number + 1, 6)}\n2. ${words(number + 2, 8)}\n\n${words(number + 4, 70)}\n\nIt is ~~old~~ **${edition}**\\*; a*b and c_d stay as they are.\n`;
  return `# Page ${number}\n\n${words(number, 40)}\n\n${table}\n${section}\n<details>\n<summary>More</summary>\n\n${words(number + 5, 60)}\n\n</details>\n\n[other]: page-${number % 40 === 0 ? number + 1 : number - 1}.md "The other page"\n`;
}

/** What the linter has to read: headings of another style. */
function odd(number: number, edition: string): string {
  return rich(number, edition).replace(/^#+ (.*)$/gm, (_, title: string) => `${title}
${"-".repeat(title.length)}`);
}
