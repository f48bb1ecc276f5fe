// A valibot schema as JSON Schema (draft 7, which yaml-language-server reads). It knows what our configuration files use and
// refuses the rest by name: a rule that could not be told to an editor must not be lost in silence.

/**
 * @param schema a valibot schema, piped or not
 * @returns the JSON Schema of what it takes
 * @throws Error naming the part that has no counterpart here
 */
export function jsonSchemaOf(schema) {
  const [base, ...actions] = schema.pipe ?? [schema];
  return actions.reduce((made, action) => ({ ...made, ...actionOf(action, made) }), base === schema ? convert(base) : jsonSchemaOf(base));
}

function convert(schema) {
  const write = SCHEMAS[schema.type];
  if (write === undefined) throw new Error(`A valibot schema of type \`${schema.type}\` cannot be written as JSON Schema: teach tools/generate/json-schema.mjs about it.`);
  return write(schema);
}

const withDefault = (schema) => ({ ...jsonSchemaOf(schema.wrapped), ...(schema.default === undefined || typeof schema.default === "function" ? {} : { default: schema.default }) });
const isOptional = (schema) => schema.type === "optional" || (schema.pipe?.[0] !== undefined && schema.pipe[0] !== schema && isOptional(schema.pipe[0]));

function object(additional) {
  return ({ entries }) => ({
    type: "object",
    properties: Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, jsonSchemaOf(entry)])),
    required: Object.keys(entries).filter((key) => !isOptional(entries[key])),
    ...(additional ? {} : { additionalProperties: false }),
  });
}

function tuple(additional) {
  return ({ items }) => ({
    type: "array",
    items: items.map(jsonSchemaOf),
    minItems: items.findLastIndex((item) => !isOptional(item)) + 1,
    ...(additional ? {} : { additionalItems: false, maxItems: items.length }),
  });
}

const SCHEMAS = {
  string: () => ({ type: "string" }),
  number: () => ({ type: "number" }),
  boolean: () => ({ type: "boolean" }),
  literal: ({ literal }) => ({ const: literal }),
  picklist: ({ options }) => ({ enum: [...options] }),
  optional: withDefault,
  nullable: ({ wrapped }) => ({ anyOf: [jsonSchemaOf(wrapped), { type: "null" }] }),
  array: ({ item }) => ({ type: "array", items: jsonSchemaOf(item) }),
  // Each part of a variant is told by the same key.
  variant: ({ options }) => ({ anyOf: options.map(jsonSchemaOf) }),
  union: ({ options }) => ({ anyOf: options.map(jsonSchemaOf) }),
  record: ({ key, value }) => ({ type: "object", propertyNames: jsonSchemaOf(key), additionalProperties: jsonSchemaOf(value) }),
  object: object(true),
  strict_object: object(false),
  tuple: tuple(true),
  strict_tuple: tuple(false),
};

function actionOf(action, made) {
  const write = ACTIONS[action.type];
  if (write === undefined) throw new Error(`The valibot rule \`${action.type}\` cannot be written as JSON Schema: teach tools/generate/json-schema.mjs about it.`);
  return write(action, made);
}

const long = (word) => ({ requirement }, { type }) => ({ [`${word}${type === "array" ? "Items" : "Length"}`]: requirement });

const ACTIONS = {
  title: ({ title }) => ({ title }),
  description: ({ description }) => ({ description }),
  min_length: long("min"),
  max_length: long("max"),
  min_value: ({ requirement }) => ({ minimum: requirement }),
  max_value: ({ requirement }) => ({ maximum: requirement }),
  integer: () => ({ type: "integer" }),
  regex: ({ requirement }) => {
    if (!/^u?$/.test(requirement.flags)) throw new Error(`JSON Schema has no flags for the regular expression ${requirement}.`);
    return { pattern: requirement.source };
  },
};
