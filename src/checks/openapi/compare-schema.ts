import { type At, type Description, referenceIn } from "./description.ts";
import { alternativesOf, BOUNDS, type Schema, type View, viewOf } from "./schema.ts";

/** A request is written by a caller: what is asked of it may not grow. A response is read by one: what it may be may not grow. */
export type Direction = "request" | "response";

/** One difference that can break callers, below the schema that was compared. */
export interface Difference {
  /** The end of the rule's name: `became-required`. */
  readonly rule: string;
  /** The property, as `a.b[].c`; empty for the schema itself. */
  readonly property: string;
  readonly text: string;
  /** `warning`: that it breaks anybody cannot be told, or is the habit of few. */
  readonly level: "failure" | "warning";
  /** Where it stands now. */
  readonly at: At | null;
}

/** Comparisons of one run; more than any description that people wrote needs. */
const MAX_COMPARISONS = 200_000;

/** What differs in one schema shows in all that hold it, and in what holds those. */
const MAX_DIFFERENCES = 50;

/** Compares schemas of two versions of a description, each pair once. */
export class SchemaComparison {
  readonly #old: Description;
  readonly #now: Description;
  readonly #ids = new WeakMap<object, number>();
  readonly #known = new Map<string, readonly Difference[]>();
  readonly #views = { old: new WeakMap<object, View>(), now: new WeakMap<object, View>() };
  #last = 0;
  #count = 0;

  constructor(old: Description, now: Description) {
    this.#old = old;
    this.#now = now;
  }

  /** @throws Error when there is more to compare than can be. */
  compare(given: Schema, givenNow: Schema, direction: Direction): readonly Difference[] {
    // Where the schemas themselves stand, not the references to them: there is one pair of each.
    const [old, now] = [given.map((part) => resolved(this.#old, part)), givenNow.map((part) => resolved(this.#now, part))];
    const key = `${direction} ${this.#nameOf(old)} ${this.#nameOf(now)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#count += 1;
    if (this.#count > MAX_COMPARISONS) throw new Error(`there is more to compare in it than ${MAX_COMPARISONS} pairs of schemas`);
    // A schema that holds itself is the same as before as far as the rest of it is.
    this.#known.set(key, []);
    const found = this.#forms(this.#view("old", old), this.#view("now", now), direction, now[0] ?? null).slice(0, MAX_DIFFERENCES);
    this.#known.set(key, found);
    return found;
  }

  #nameOf(schema: Schema): string {
    return schema.map(({ node, file }) => {
      if (typeof node !== "object" || node === null) return `${String(node)} ${file}`;
      const id = this.#ids.get(node) ?? (this.#last += 1);
      this.#ids.set(node, id);
      return String(id);
    }).join("+");
  }

  #view(side: "old" | "now", schema: Schema): View {
    const description = side === "old" ? this.#old : this.#now;
    const [first, ...others] = schema;
    if (first === undefined || others.length > 0 || typeof first.node !== "object" || first.node === null) return viewOf(description, schema);
    const known = this.#views[side].get(first.node) ?? viewOf(description, schema);
    this.#views[side].set(first.node, known);
    return known;
  }

  #forms(old: View, now: View, direction: Direction, at: At | null): readonly Difference[] {
    if (old.groups.length === 0 && now.groups.length === 0) return this.#plain(old, now, direction, at);
    const [before, after] = [alternativesOf(this.#old, old), alternativesOf(this.#now, now)];
    if (before === null || after === null) return [unsure("its alternatives nest too deep to be compared", at)];
    return this.#alternatives(before, after, direction, at);
  }

  /** Of a request each old form has to be taken still; of a response each new form has to be an old one. */
  #alternatives(before: readonly View[], after: readonly View[], direction: Direction, at: At | null): readonly Difference[] {
    const found: Difference[] = [];
    const [these, those] = direction === "request" ? [before, after] : [after, before];
    these.forEach((one, index) => {
      // The one in the same place first: it is the likeliest, and what differs from it is told.
      const inOrder = those.length > index ? [those[index], ...those.filter((_, other) => other !== index)] : those;
      let nearest: readonly Difference[] | null = null;
      for (const other of inOrder) {
        if (other === undefined) continue;
        const differences = direction === "request" ? this.#plain(one, other, direction, at) : this.#plain(other, one, direction, at);
        if (!differences.some(({ level }) => level === "failure")) return;
        nearest ??= differences;
      }
      const paired = before.length === after.length || (before.length === 1 && after.length === 1);
      if (paired && nearest !== null) found.push(...nearest);
      else if (direction === "request") found.push({ rule: "one-of-removed", property: "", text: `one of its forms is taken no more: ${nameOf(one)}`, level: "failure", at });
      else found.push({ rule: "one-of-added", property: "", text: `it can have a form that it did not have: ${nameOf(one)}`, level: "failure", at });
    });
    return unique(found);
  }

  #plain(old: View, now: View, direction: Direction, at: At | null): readonly Difference[] {
    const opaque = [...new Set([...old.other.keys(), ...now.other.keys()])].filter((keyword) => old.other.get(keyword) !== now.other.get(keyword));
    const unsures = opaque.map((keyword) => unsure(`\`${keyword}\` changed, and whether callers notice cannot be told`, at));
    // What a reference leads to that was not read is anything.
    if (opaque.some((keyword) => keyword.startsWith("$ref "))) return unsures;
    return [
      ...typeDifferences(old, now, direction, at),
      ...valueDifferences(old, now, direction, at),
      ...boundDifferences(old, now, direction, at),
      ...(direction === "request" ? this.#requestProperties(old, now, at) : this.#responseProperties(old, now, at)),
      ...this.#inner(old.items, now.items, "[]", direction, at),
      ...this.#inner(schemaIn(old.additional), schemaIn(now.additional), ".*", direction, at),
      ...unsures,
    ];
  }

  #inner(old: Schema | null, now: Schema | null, name: string, direction: Direction, at: At | null): readonly Difference[] {
    // Where one side names nothing, anything may stand there.
    if (old === null && now === null) return [];
    return this.compare(old ?? [{ node: true, file: "" }], now ?? [{ node: true, file: "" }], direction).map((one) => below(name, one, at));
  }

  #requestProperties(old: View, now: View, at: At | null): readonly Difference[] {
    const found: Difference[] = [];
    for (const [name, schema] of now.properties) {
      const view = this.#view("now", schema);
      if (view.readOnly) continue;
      const [before, place] = [old.properties.get(name), schema[0] ?? at];
      const level = view.hasDefault ? "warning" : "failure";
      if (now.required.has(name) && !old.required.has(name)) {
        const rule = before === undefined ? "new-required-request-property" : "became-required";
        found.push({ rule, property: name, text: before === undefined ? "is new and required" : "became required", level, at: place });
      }
      if (before !== undefined) found.push(...this.compare(before, schema, "request").map((one) => below(name, one, place)));
    }
    for (const name of old.properties.keys()) {
      if (now.properties.has(name)) continue;
      found.push({ rule: "removed", property: name, text: now.additional === false ? "is taken no more" : "was removed", level: now.additional === false ? "failure" : "warning", at });
    }
    for (const name of now.required) {
      if (old.required.has(name) || now.properties.has(name)) continue;
      found.push({ rule: "became-required", property: name, text: "became required", level: old.properties.has(name) ? "failure" : "warning", at });
    }
    if (now.additional === false && old.additional !== false) found.push({ rule: "additional-properties-disallowed", property: "", text: "takes no other properties any more than those it names", level: "failure", at });
    return found;
  }

  #responseProperties(old: View, now: View, at: At | null): readonly Difference[] {
    const found: Difference[] = [];
    for (const [name, schema] of old.properties) {
      if (this.#view("old", schema).writeOnly) continue;
      const after = now.properties.get(name);
      const required = old.required.has(name);
      if (after === undefined) {
        found.push({ rule: required ? "response-required-property-removed" : "response-optional-property-removed", property: name, text: required ? "was removed, and was always there" : "was removed", level: required ? "failure" : "warning", at });
        continue;
      }
      const place = after[0] ?? at;
      if (required && !now.required.has(name)) found.push({ rule: "became-optional", property: name, text: "is not always there any more", level: "failure", at: place });
      found.push(...this.compare(schema, after, "response").map((one) => below(name, one, place)));
    }
    return found;
  }
}

/** Beside a reference nothing may stand that counts. */
function resolved(description: Description, part: At): At {
  const alone = referenceIn(part.node) !== null && (description.version !== 3.1 || Object.keys(part.node as object).length === 1);
  return alone ? (description.deref(part) ?? part) : part;
}

const schemaIn = (additional: View["additional"]) => (typeof additional === "boolean" ? null : additional);

function below(name: string, difference: Difference, at: At | null): Difference {
  const { property } = difference;
  const joined = property === "" || property.startsWith("[") || property.startsWith(".") ? `${name}${property}` : `${name}.${property}`;
  return { ...difference, property: joined, at: difference.at ?? at };
}

function unsure(text: string, at: At | null): Difference {
  return { rule: "changed", property: "", text, level: "warning", at };
}

const listed = (types: ReadonlySet<string>) => (types.size === 0 ? "nothing" : [...types].toSorted().join(" or "));

/** Formats whose values are all of the other format too. */
const WIDER: ReadonlyMap<string, string> = new Map([["int32", "int64"], ["float", "double"], ["date", "date-time"]]);

function typeDifferences(old: View, now: View, direction: Direction, at: At | null): readonly Difference[] {
  // What has to be inside the other.
  const [inner, outer] = direction === "request" ? [old, now] : [now, old];
  const change = (text: string, level: Difference["level"], rule = "type-changed"): Difference => ({ rule, property: "", text, level, at });
  if (outer.types !== null) {
    const { types } = outer;
    if (inner.types === null) {
      const text = direction === "request" ? `has to be ${listed(types)} now; it could be anything` : `can be anything now; it was ${listed(types)}`;
      return [change(text, direction === "request" ? "warning" : "failure")];
    }
    const outside = new Set([...inner.types].filter((type) => !types.has(type) && !(type === "integer" && types.has("number"))));
    if (outside.size === 1 && outside.has("null")) {
      return [direction === "request" ? change("may not be null any more", "failure", "became-not-nullable") : change("can be null now", "failure", "became-nullable")];
    }
    if (outside.size > 0) return [change(direction === "request" ? `cannot be ${listed(outside)} any more, but ${listed(types)}` : `can be ${listed(outside)} now; it was ${listed(types)}`, "failure")];
  }
  if (outer.format === "" || outer.format === inner.format || WIDER.get(inner.format) === outer.format) return [];
  const of = (format: string) => (format === "" ? "no certain format" : `the format ${format}`);
  return [change(`has ${of(now.format)} now; it had ${of(old.format)}`, "failure")];
}

function valueDifferences(old: View, now: View, direction: Direction, at: At | null): readonly Difference[] {
  const [inner, outer] = direction === "request" ? [old, now] : [now, old];
  if (outer.values === null) return [];
  const { values } = outer;
  if (inner.values === null) {
    // Of true and false both are named.
    if (values.has("true") && values.has("false")) return [];
    const text = direction === "request" ? `has to be one of ${shown(values)} now` : `can have any value now; it was one of ${shown(values)}`;
    return [{ rule: direction === "request" ? "became-enum" : "enum-value-added", property: "", text, level: "failure", at }];
  }
  const outside = new Set([...inner.values].filter((value) => !values.has(value)));
  if (outside.size === 0) return [];
  const text = direction === "request" ? `cannot be ${shown(outside)} any more` : `can be ${shown(outside)} now`;
  return [{ rule: direction === "request" ? "enum-value-removed" : "enum-value-added", property: "", text, level: "failure", at }];
}

function shown(values: ReadonlySet<string>): string {
  const some = [...values].slice(0, 5).map((value) => (value.length > 60 ? `${value.slice(0, 57)}…` : value));
  return `${some.join(", ")}${values.size > some.length ? ` and ${values.size - some.length} more` : ""}`;
}

/** `maxLength` as in the names of the rules. */
const kebab = (name: string) => name.replace("imum", "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function boundDifferences(old: View, now: View, direction: Direction, at: At | null): readonly Difference[] {
  const found: Difference[] = [];
  for (const [name, way] of BOUNDS) {
    const [before, after] = [old.bounds.get(name), now.bounds.get(name)];
    if (before === after) continue;
    const tighter = after !== undefined && (before === undefined || (after - before) * way < 0);
    const looser = before !== undefined && (after === undefined || (after - before) * way > 0);
    if (direction === "request" ? !tighter : !looser) continue;
    const rule = before === undefined ? "set" : after === undefined ? "unset" : (after > before ? "increased" : "decreased");
    found.push({ rule: `${kebab(name)}-${rule}`, property: "", text: `\`${name}\` is ${after ?? "gone"} now; it was ${before ?? "not set"}`, level: "failure", at });
  }
  const [gained, lost] = [[...now.patterns].filter((one) => !old.patterns.has(one)), [...old.patterns].filter((one) => !now.patterns.has(one))];
  const asked = direction === "request" ? gained : lost;
  if (asked.length > 0) {
    const other = direction === "request" ? lost : gained;
    const text = other.length > 0 ? "has another pattern; whether all that fitted before fits still cannot be told" : direction === "request" ? "has to fit a pattern now" : "fits no certain pattern any more";
    found.push({ rule: other.length > 0 ? "pattern-changed" : direction === "request" ? "pattern-added" : "pattern-removed", property: "", text, level: other.length > 0 || direction === "response" ? "warning" : "failure", at });
  }
  return found;
}

function nameOf(view: View): string {
  const kind = view.types === null ? "a form" : listed(view.types);
  const names = [...view.properties.keys()].slice(0, 4);
  return names.length === 0 ? kind : `${kind} with ${names.map((name) => `\`${name}\``).join(", ")}`;
}

function unique(differences: readonly Difference[]): readonly Difference[] {
  const seen = new Set<string>();
  return differences.filter(({ rule, property, text }) => {
    const key = `${rule} ${property} ${text}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
