/** Which program runs a `run:` step, and how its script must look. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface Shell {
  readonly command: string;
  readonly args: (script: string) => readonly string[];
  readonly extension: string;
  /** The script as this shell wants it. */
  readonly script: (text: string) => string;
  /** What the log says: `/usr/bin/bash -e {0}`. */
  readonly label: string;
}

/** Finds a program on a PATH; undefined when there is none. */
export function findProgram(name: string, path: string): string | undefined {
  const suffixes = process.platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];
  for (const folder of path.split(delimiter)) {
    for (const suffix of suffixes) {
      const file = join(folder, name + suffix);
      try {
        accessSync(file, constants.X_OK);
        if (folder !== "") return file;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

const TEMPLATES: Readonly<Record<string, { readonly args: string; readonly extension: string }>> = {
  bash: { args: "--noprofile --norc -e -o pipefail {0}", extension: ".sh" },
  sh: { args: "-e {0}", extension: ".sh" },
  python: { args: "{0}", extension: ".py" },
  pwsh: { args: `-command ". '{0}'"`, extension: ".ps1" },
  powershell: { args: `-command ". '{0}'"`, extension: ".ps1" },
  cmd: { args: `/D /E:ON /V:OFF /S /C "CALL "{0}""`, extension: ".cmd" },
};

const UNIX_LINES = (text: string) => text.replaceAll("\r\n", "\n");

/**
 * The shell of a step, as the runner chooses it: without a name `bash -e {0}`, or `sh -e {0}` where there is no bash;
 * `bash` by name also has `-o pipefail`; anything with `{0}` is a command line of its own.
 * @throws when the shell is unknown or not installed
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
 */
export function resolveShell(name: string | undefined, path: string): Shell {
  if (name === undefined || name === "") return defaultShell(path);
  const [first, ...rest] = splitCommandLine(name);
  const known = TEMPLATES[first ?? ""];
  if (rest.length === 0 && !known) {
    throw new Error(`shell "${name}" is unknown; use bash, sh, python or pwsh, or a command line with {0}`);
  }
  if (rest.length > 0 && !name.includes("{0}")) throw new Error(`shell "${name}" has no {0} where the script goes`);
  const program = findProgram(first as string, path);
  if (program === undefined) throw new Error(`shell "${first}" is not installed on this machine`);
  const args = rest.length > 0 ? rest : splitCommandLine(known?.args ?? "{0}");
  return shellOf(program, args, known?.extension ?? "", name);
}

function defaultShell(path: string): Shell {
  if (process.platform === "win32") return resolveShell("pwsh", path);
  const bash = findProgram("bash", path);
  return shellOf(bash ?? findProgram("sh", path) ?? "/bin/sh", ["-e", "{0}"], ".sh", bash ? "bash" : "sh");
}

function shellOf(command: string, args: readonly string[], extension: string, name: string): Shell {
  const powershell = extension === ".ps1";
  const script = (text: string) => {
    if (!powershell) return process.platform === "win32" ? text : UNIX_LINES(text);
    return (
      `$ErrorActionPreference = 'stop'\n${text}\n` +
      "if ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }\n"
    );
  };
  return {
    command,
    args: (file) => args.map((arg) => arg.replaceAll("{0}", file)),
    extension: extension || (name.startsWith("node") ? ".mjs" : ""),
    script,
    label: [command, ...args].join(" "),
  };
}

/** Splits at blanks outside of double quotes. */
export function splitCommandLine(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"]+|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ""));
}
