import { InstantError, type Problem } from "./errors.ts";

/** How one input of an action is read from its text. `parse` returns the value or throws a sentence saying what it takes. */
export interface InputSpec<T> {
  readonly parse: (text: string) => T;
  /** What kind of value it is, in a few words: the documents say it, the code does not read it. */
  readonly type: string;
  /** Used when the input is absent or empty; without it the input is required. */
  readonly fallback?: T;
  /** Its value is masked in every log. */
  readonly secret?: boolean;
  /** Lines of a secret that are words of ours: hiding them would only hide them wherever else they stand. */
  readonly plain?: RegExp;
}

export type InputSpecs = Readonly<Record<string, InputSpec<unknown>>>;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** The typed values of a set of inputs: `faq-path` becomes `faqPath`. */
export type InputValues<S extends InputSpecs> = {
  readonly [K in keyof S & string as Camel<K>]: S[K] extends InputSpec<infer T> ? T : never;
};

export function text(options: { fallback?: string; max?: number; pattern?: RegExp; takes?: string; type?: string } = {}): InputSpec<string> {
  const parse = (raw: string) => {
    const { max, pattern } = options;
    if (max !== undefined && raw.length > max) throw new Error(`takes at most ${max} characters, not ${raw.length}`);
    if (pattern && !pattern.test(raw)) throw new Error(`takes ${options.takes ?? String(pattern)}`);
    return raw;
  };
  return withFallback(parse, options.fallback, options.type ?? "text");
}

/** A value that is masked wherever it would be printed. */
export function secret(options: { fallback?: string; plain?: RegExp; type?: string } = {}): InputSpec<string> {
  const { fallback, plain, type = "secret" } = options;
  return { ...withFallback((raw: string) => raw, fallback, type), secret: true, ...(plain === undefined ? {} : { plain }) };
}

/** The three spellings of YAML 1.2 that `core.getBooleanInput` takes. */
export function boolean(options: { fallback?: boolean } = {}): InputSpec<boolean> {
  const parse = (raw: string) => {
    if (["true", "True", "TRUE"].includes(raw)) return true;
    if (["false", "False", "FALSE"].includes(raw)) return false;
    throw new Error("takes `true` or `false`");
  };
  return withFallback(parse, options.fallback, "boolean");
}

export function number(options: { fallback?: number; min?: number; max?: number; integer?: boolean } = {}): InputSpec<number> {
  const { min = -Infinity, max = Infinity, integer = false } = options;
  const takes = `takes ${integer ? "a whole number" : "a number"} from ${min} to ${max}`;
  const parse = (raw: string) => {
    const value = Number(raw);
    if (!/^[-+]?[0-9]*\.?[0-9]+$/.test(raw) || value < min || value > max) throw new Error(takes);
    if (integer && !Number.isInteger(value)) throw new Error(takes);
    return value;
  };
  return withFallback(parse, options.fallback, `${integer ? "whole number" : "number"}, ${max < 2 ** 31 - 1 ? `${min} to ${max}` : `from ${min}`}`);
}

/** One value a line (commas are taken too), trimmed, empty lines dropped. */
export function list(options: { fallback?: readonly string[]; each?: InputSpec<string>; separator?: RegExp; type?: string } = {}): InputSpec<readonly string[]> {
  const parse = (raw: string) =>
    raw
      .split(options.separator ?? /[\n,]/)
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => options.each?.parse(line) ?? line);
  return withFallback(parse, options.fallback, `${options.type ?? options.each?.type ?? "text"}, one a line`);
}

export function oneOf<const T extends string>(values: readonly T[], options: { fallback?: T } = {}): InputSpec<T> {
  const parse = (raw: string) => {
    const found = values.find((value) => value === raw);
    if (found === undefined) throw new Error(`takes one of ${values.map((value) => `\`${value}\``).join(", ")}`);
    return found;
  };
  return withFallback(parse, options.fallback, values.map((value) => `\`${value}\``).join(" or "));
}

/** An http(s) address. One that carries a password is refused, because addresses are printed. */
export function url(options: { fallback?: string } = {}): InputSpec<string> {
  const parse = (raw: string) => {
    const parsed = URL.canParse(raw) ? new URL(raw) : undefined;
    if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new Error("takes an address that starts with https:// or http://");
    if (parsed.password !== "") throw new Error("takes an address without a password in it, because addresses are printed");
    return raw;
  };
  return withFallback(parse, options.fallback, "address");
}

/** A full commit SHA. */
export function sha(options: { fallback?: string } = {}): InputSpec<string> {
  return text({ ...options, pattern: /^([0-9a-f]{40}|[0-9a-f]{64})$/, takes: "a full commit SHA of 40 hexadecimal digits", type: "commit SHA" });
}

/** A path inside the repository, with forward slashes, that stays inside it. */
export function repoPath(options: { fallback?: string } = {}): InputSpec<string> {
  const parse = (raw: string) => {
    // On disks that do not tell case apart `.GIT` is the same folder, and `git~1` its short name (git-fsck(1), hasDotgit).
    const isOdd = (part: string) => part === "" || part === "." || part === ".." || /^(?:\.git|git~\d+)$/i.test(part);
    const bad = /^\/|\\|\p{Cc}|\p{Bidi_Control}/u.test(raw) || raw.split("/").some(isOdd);
    if (bad) throw new Error("takes a path inside the repository such as `docs/FAQ.md`, without `..`, `.git` or a leading slash");
    return raw;
  };
  return withFallback(parse, options.fallback, "path");
}

function withFallback<T>(parse: (raw: string) => T, fallback: T | undefined, type: string): InputSpec<T> {
  return fallback === undefined ? { parse, type } : { parse, type, fallback };
}

/**
 * Reads every input and reports everything that is wrong with them in one error.
 * @param read gives the text of an input, or an empty string.
 * @throws InstantError blaming the configuration, with a problem per input.
 */
export function parseInputs<const S extends InputSpecs>(specs: S, read: (name: string) => string): InputValues<S> {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    const raw = read(name).trim();
    const key = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (raw === "") {
      if (spec.fallback !== undefined) values[key] = spec.fallback;
      else problems.push({ what: `Input \`${name}\` is missing`, where: name, fix: `Add \`${name}: …\` below \`with:\` of this step.` });
      continue;
    }
    try {
      values[key] = spec.parse(raw);
    } catch (error) {
      const takes = error instanceof Error ? error.message : String(error);
      const shown = spec.secret ? "its value" : `\`${raw.length > 80 ? `${raw.slice(0, 77)}…` : raw}\``;
      problems.push({ what: `Input \`${name}\` cannot be ${shown}: it ${takes}`, where: name, fix: `Change \`${name}\` below \`with:\` of this step.` });
    }
  }
  if (problems.length > 0) throw new InstantError("configuration", problems);
  return values as InputValues<S>;
}
