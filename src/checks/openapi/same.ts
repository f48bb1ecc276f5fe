import { type At, type Description, isFields, referenceIn } from "./description.ts";

/** Tells which parts of two versions are one and the same: nearly all are, and nothing else need be asked of those. */
export class Sameness {
  readonly #old: Description;
  readonly #now: Description;
  /** Pairs that are the same, as far as those that were begun are. */
  readonly #known = new WeakMap<object, WeakSet<object>>();
  readonly #different = new WeakMap<object, WeakSet<object>>();

  constructor(old: Description, now: Description) {
    this.#old = old;
    this.#now = now;
  }

  /** What both say, and what all references in them lead to, is the same. */
  same(old: At, now: At): boolean {
    const [one, other] = [old.node, now.node];
    if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return one === other;
    if (holds(this.#known, one, other)) return true;
    if (holds(this.#different, one, other)) return false;
    note(this.#known, one, other);
    const alike = this.#alike(old, now);
    if (!alike) {
      this.#known.get(one)?.delete(other);
      note(this.#different, one, other);
    }
    return alike;
  }

  #alike({ node: one, file }: At, { node: other, file: otherFile }: At): boolean {
    if (Array.isArray(one) || Array.isArray(other)) {
      return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, at) => this.same({ node: item, file }, { node: other[at], file: otherFile }));
    }
    if (!isFields(one) || !isFields(other)) return false;
    const keys = Object.keys(one);
    if (keys.length !== Object.keys(other).length) return false;
    if (!keys.every((key) => Object.hasOwn(other, key) && this.same({ node: one[key], file }, { node: other[key], file: otherFile }))) return false;
    if (referenceIn(one) === null) return true;
    const [target, otherTarget] = [this.#old.deref({ node: one, file }), this.#now.deref({ node: other, file: otherFile })];
    return target === null || otherTarget === null ? target === otherTarget : this.same(target, otherTarget);
  }
}

function holds(pairs: WeakMap<object, WeakSet<object>>, one: object, other: object): boolean {
  return pairs.get(one)?.has(other) === true;
}

function note(pairs: WeakMap<object, WeakSet<object>>, one: object, other: object): void {
  const known = pairs.get(one) ?? new WeakSet();
  known.add(other);
  pairs.set(one, known);
}
