import { type DataProblem, lineFinder, type Parsed, put } from "./document.ts";

/** Deeper than anything a person writes, and far from where the call stack ends. */
const MAX_DEPTH = 500;
const MAX_PROBLEMS = 20;

/**
 * Reads JSON (RFC 8259) and says where each object stands. What is no JSON but can be understood, a comment or a trailing comma, is told
 * and passed over; keys that stand twice are told too.
 * @param options.comments a file whose readers take comments and trailing commas.
 */
export function parseJson(text: string, { comments }: { readonly comments: boolean }): Parsed {
  const reader = new Reader(text, comments);
  try {
    const value = reader.document();
    return { document: { value, lineOf: (node) => reader.lineOf(node) }, problems: reader.problems };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { document: null, problems: reader.problems };
  }
}

class Stop extends Error {}

/** Strings, numbers and words, each up to where it ends (`y`: from here). */
const STRING = /"((?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([["true", true], ["false", false], ["null", null]]);

class Reader {
  readonly problems: DataProblem[] = [];
  readonly #text: string;
  readonly #comments: boolean;
  readonly #offsets = new WeakMap<object, number>();
  readonly #place: ReturnType<typeof lineFinder>;
  #at = 0;
  #depth = 0;

  constructor(text: string, comments: boolean) {
    this.#text = text;
    this.#comments = comments;
    this.#place = lineFinder(text);
  }

  lineOf(node: unknown): number {
    const offset = typeof node === "object" && node !== null ? this.#offsets.get(node) : undefined;
    return offset === undefined ? 1 : this.#place(offset).line;
  }

  document(): unknown {
    if (this.#text.startsWith("\uFEFF")) this.#at = 1;
    this.#blank();
    const value = this.#value();
    this.#blank();
    if (this.#at < this.#text.length) this.#stop("The document has ended, and more follows. Take it out, or put it inside");
    return value;
  }

  #tell(message: string, at = this.#at): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ ...this.#place(at), message });
  }

  #stop(message: string, at = this.#at): never {
    this.#tell(`${message}.`, at);
    throw new Stop(message);
  }

  #match(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (found) this.#at = form.lastIndex;
    return found;
  }

  /** Blanks and comments. */
  #blank(): void {
    for (;;) {
      this.#match(/[ \t\r\n]*/y);
      const start = this.#at;
      if (!this.#match(/\/\/[^\r\n]*|\/\*[^]*?\*\//y)) return;
      if (!this.#comments) this.#tell("JSON has no comments. Take it out, or give the file a name whose readers take them (`.jsonc`).", start);
    }
  }

  #value(): unknown {
    const sign = this.#text[this.#at];
    if (sign === "{" || sign === "[") return this.#nested(sign);
    if (sign === '"') return this.#string();
    if (sign === undefined) return this.#stop("The document ends here, and is not complete");
    const start = this.#at;
    const number = this.#match(NUMBER);
    if (number) return Number(number[0]);
    const word = this.#match(WORD)?.[0] ?? "";
    if (WORDS.has(word)) return WORDS.get(word);
    if (sign === "'") this.#stop("Text stands in double quotes", start);
    return this.#stop(word === "" ? "A value was expected here" : "This word is no value: text stands in double quotes, and only `true`, `false` and `null` stand without", start);
  }

  #nested(sign: "{" | "["): unknown {
    const start = this.#at;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#stop(`More than ${MAX_DEPTH} levels stand inside one another`);
    this.#at += 1;
    const value = sign === "{" ? this.#object() : this.#array();
    this.#depth -= 1;
    this.#offsets.set(value, start);
    return value;
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    this.#items("}", () => {
      const start = this.#at;
      if (this.#text[start] !== '"') this.#stop("A key in double quotes was expected here");
      const key = this.#string();
      if (Object.hasOwn(object, key)) this.#tell("This key stands twice in its object; readers take one of the two, and not all the same. Take one out.", start);
      this.#blank();
      if (this.#text[this.#at] !== ":") this.#stop("A colon was expected here, between key and value");
      this.#at += 1;
      this.#blank();
      put(object, key, this.#value());
    });
    return object;
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#items("]", () => items.push(this.#value()));
    return items;
  }

  /** What stands between brackets, with commas between. */
  #items(close: string, take: () => void): void {
    this.#blank();
    while (this.#text[this.#at] !== close) {
      take();
      this.#blank();
      const comma = this.#at;
      if (this.#text[comma] === ",") this.#at += 1;
      else if (this.#text[comma] !== close) this.#stop(`A comma or \`${close}\` was expected here`);
      this.#blank();
      const trailing = this.#text[comma] === "," && this.#text[this.#at] === close;
      if (trailing && !this.#comments) this.#tell(`JSON has no comma in front of \`${close}\`. Take it out.`, comma);
    }
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    const found = this.#match(STRING);
    if (!found) this.#stop("This text has no end in its line, or holds a backslash or a control character that JSON does not take", start);
    return found[0].includes("\\") ? (JSON.parse(found[0]) as string) : (found[1] ?? "");
  }
}
