/** Hides secrets in everything that is logged. */

/** Collects values to hide and replaces them by `***`. */
export class Masks {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  /** Hides a value, each of its lines, and the forms in which it may appear (JSON, URL, base64). */
  add(value: string): void {
    const lines = value.split(/\r?\n/).map((line) => line.trim());
    for (const text of [value, ...lines]) {
      if (text.trim() === "") continue;
      this.#values.add(text);
      // The encoded forms of a very short value would hide half of the log.
      if (text.length < 6) continue;
      for (const form of encodedForms(text)) this.#values.add(form);
    }
    this.#pattern = undefined;
  }

  /** The text with every hidden value replaced. */
  hide(text: string): string {
    if (this.#values.size === 0) return text;
    return text.replace((this.#pattern ??= this.#compile()), "***");
  }

  /** Whether the text holds a hidden value. */
  finds(text: string): boolean {
    return this.hide(text) !== text;
  }

  #compile(): RegExp {
    const longestFirst = [...this.#values].sort((one, other) => other.length - one.length);
    return new RegExp(longestFirst.map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  }
}

function encodedForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  // In base64 a value looks different at each of three offsets; the characters at its ends depend on its neighbours.
  const shifted = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const encoded = bytes.toString("base64").replace(/=+$/, "");
    return encoded.slice(offset === 0 ? 0 : offset + 1, bytes.length % 3 === 0 ? undefined : -1);
  });
  return [json, encodeURIComponent(text), Buffer.from(text).toString("base64"), ...shifted];
}
