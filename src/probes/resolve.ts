import { InstantError, type Problem } from "../kit/errors.ts";
import { oneLine } from "./exchange.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A job's own inputs and the keys to its runner are nobody's to send away, whatever a workflow allows. */
const NEVER = /^(INPUT_|ACTIONS_)/;
/** Shorter values are no secrets but words: hiding them would make a text unreadable. */
const SHORTEST_SECRET = 5;

/**
 * Puts variables into the texts of a configuration. `${NAME}` is a variable of the environment, and may only be one that the workflow
 * allows: the configuration comes with the commit, and must not be able to send away whatever the job holds. `${word}` in lower case
 * is ours, such as `${commit}`.
 */
export class Variables {
  readonly #env: Environment;
  readonly #allowed: readonly string[];
  readonly #own: Readonly<Record<string, string>>;
  readonly #problems = new Map<string, Problem>();
  readonly #secrets = new Set<string>();

  constructor(env: Environment, allowed: readonly string[], own: Readonly<Record<string, string>>) {
    this.#env = env;
    this.#allowed = allowed;
    this.#own = own;
  }

  /** Every text in a value of plain data with its variables put in; what is wrong is kept for `check`. */
  into<T>(value: T): T {
    return this.#deep(value) as T;
  }

  #deep(value: unknown): unknown {
    if (typeof value === "string") return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_-]*)\}/g, (whole, name: string) => this.#value(name) ?? whole);
    if (Array.isArray(value)) return value.map((one) => this.#deep(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#deep(one)]));
  }

  #value(name: string): string | undefined {
    if (Object.hasOwn(this.#own, name)) return this.#own[name];
    // The length of a window is put in where it is counted.
    if (name === "window") return undefined;
    const value = this.#env[name];
    if (NEVER.test(name) || !this.#allowed.includes(name)) return this.#wrong(name, `\`\${${name}}\` may not be read: it is not among the variables that \`health-env\` allows`, `Add \`${name}\` to \`health-env\` of the step, if whoever may change the file may use it.`);
    if (value === undefined || value === "") return this.#wrong(name, `\`\${${name}}\` is empty: the step has no such variable in its environment`, `Set it below \`env:\` of the step: \`${name}: \${{ secrets.${name} }}\`.`);
    if (value.length >= SHORTEST_SECRET) this.#secrets.add(value);
    return value;
  }

  #wrong(name: string, what: string, fix: string): undefined {
    this.#problems.set(name, { what, where: "health-file", fix });
  }

  /** The values that were put in and must not be printed: as they are, and as an address, a line or JSON holds them. */
  get secrets(): readonly string[] {
    const passwords = [...this.#secrets].flatMap((value) => (URL.canParse(value) ? [new URL(value).password] : []));
    const all = [...this.#secrets, ...passwords.filter((one) => one.length >= SHORTEST_SECRET)];
    return [...new Set(all.flatMap((value) => [value, oneLine(value), encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]))].toSorted((a, b) => b.length - a.length);
  }

  /** @throws InstantError with every variable that could not be put in. */
  check(): void {
    if (this.#problems.size > 0) throw new InstantError("configuration", [...this.#problems.values()]);
  }
}

/** A text in which nothing of these values is left, also where it was cut in the midst of one (`…`). */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => withoutBeginning(clean.replaceAll(secret, "***"), secret), text);
}

/** So much of a secret tells nothing of it. */
const NO_SECRET = 2;

function withoutBeginning(text: string, secret: string): string {
  const parts = text.split("…");
  return parts.map((part, at) => {
    const last = at === parts.length - 1;
    for (let length = last ? 0 : Math.min(secret.length, part.length); length > NO_SECRET; length -= 1) {
      if (part.endsWith(secret.slice(0, length))) return `${part.slice(0, -length)}***`;
    }
    return part;
  }).join("…");
}
