/** Workflow commands: `::name key=value,key=value::data` in what a step prints. */
import type { Annotation } from "./port.ts";

export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Reads a command from a line; undefined when there is none. */
export function parseCommand(line: string): Command | undefined {
  const match = /^\s*::([^\s:]+)(?:\s+(.*?))?::(.*)$/s.exec(line);
  if (!match) return undefined;
  const properties: Record<string, string> = {};
  for (const pair of (match[2] ?? "").split(",")) {
    const at = pair.indexOf("=");
    if (at > 0) properties[pair.slice(0, at).trim()] = unescape(pair.slice(at + 1), true);
  }
  return { name: (match[1] as string).toLowerCase(), properties, data: unescape(match[3] as string, false) };
}

function unescape(text: string, property: boolean): string {
  const plain = text.replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  const more = property ? plain.replaceAll("%3A", ":").replaceAll("%2C", ",") : plain;
  return more.replaceAll("%25", "%");
}

/** What a step's output can do to its job. */
export interface CommandTarget {
  log(line: string, level: "info" | "debug" | "notice" | "warning" | "error", annotation?: Annotation): void;
  mask(value: string): void;
  output(name: string, value: string): void;
  state(name: string, value: string): void;
  /** A command that GitHub disabled, or that is not allowed: the step fails. */
  refuse(message: string): void;
}

const DISABLED = (name: string) =>
  `The \`${name}\` command is disabled. Please upgrade to using Environment Files ` +
  `(${name === "set-env" ? "$GITHUB_ENV" : "$GITHUB_PATH"}).`;

/** Handles the lines of one step: commands act, other lines are logged. */
export class CommandReader {
  readonly #target: CommandTarget;
  #resumeToken: string | undefined;
  #echo = false;
  #toldDeprecated = false;

  constructor(target: CommandTarget) {
    this.#target = target;
  }

  line(line: string): void {
    const command = line.includes("::") ? parseCommand(line) : undefined;
    if (this.#resumeToken !== undefined) {
      if (line.trim() === `::${this.#resumeToken}::`) this.#resumeToken = undefined;
      this.#target.log(line, "info");
      return;
    }
    if (!command || !this.#run(command)) {
      this.#target.log(line, "info");
    } else if (this.#echo && command.name !== "echo" && command.name !== "add-mask") {
      this.#target.log(line, "info");
    }
  }

  #run({ name, properties, data }: Command): boolean {
    const target = this.#target;
    switch (name) {
      case "debug":
        target.log(data, "debug");
        return true;
      case "notice":
      case "warning":
      case "error":
        target.log(data, name, annotationOf(properties, data));
        return true;
      case "group":
        target.log(`##[group]${data}`, "info");
        return true;
      case "endgroup":
        target.log("##[endgroup]", "info");
        return true;
      case "add-mask":
        target.mask(data);
        return true;
      case "set-output":
      case "save-state":
        this.#assign(name, properties["name"], data);
        return true;
      case "set-env":
      case "add-path":
        target.refuse(DISABLED(name));
        return true;
      case "stop-commands":
        this.#resumeToken = data;
        target.log(`::stop-commands::${data}`, "info");
        return true;
      case "echo":
        this.#echo = data.trim().toLowerCase() === "on";
        return true;
      // Problem matchers have no effect here.
      case "add-matcher":
      case "remove-matcher":
        return true;
      default:
        return false;
    }
  }

  #assign(command: "set-output" | "save-state", name: string | undefined, value: string): void {
    if (!name) {
      this.#target.refuse(`Required field 'name' is missing in ##[${command}] command.`);
      return;
    }
    if (!this.#toldDeprecated) {
      this.#toldDeprecated = true;
      const file = command === "set-output" ? "$GITHUB_OUTPUT" : "$GITHUB_STATE";
      this.#target.log(`The \`${command}\` command is deprecated; write to ${file} instead.`, "warning");
    }
    if (command === "set-output") this.#target.output(name, value);
    else this.#target.state(name, value);
  }
}

function annotationOf(properties: Readonly<Record<string, string>>, message: string): Annotation {
  const number = (name: string) => (/^\d+$/.test(properties[name] ?? "") ? Number(properties[name]) : undefined);
  const line = number("line");
  const endLine = number("endLine") ?? line;
  return {
    message,
    ...(properties["file"] ? { file: properties["file"] } : {}),
    ...(properties["title"] ? { title: properties["title"] } : {}),
    ...(line === undefined ? {} : { line }),
    ...(endLine === undefined ? {} : { endLine }),
  };
}
