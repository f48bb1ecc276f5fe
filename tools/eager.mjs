// V8 reads a function twice: first only to find its end, and again when it is called. One in parentheses it takes for one that is called
// at once, and compiles it right away (https://v8.dev/blog/preparser#pife). All functions around the modules of a bundle are called as
// soon as their file is there, and the bundler writes these parentheses; the minifier takes them out as needless.

import { parse } from "@swc/core";

/**
 * @param {string} code of one file of a bundle, minified
 * @returns the same code, with the functions around its modules in parentheses
 */
export async function eager(code) {
  const bytes = Buffer.from(code);
  const { body, span } = await parse(code, { syntax: "ecmascript", target: "es2022" });
  // Places are counted in bytes, on from what was parsed before; this file begins with its first statement.
  const at = (position) => position - span.start;
  const functions = body.flatMap(modulesIn).map(({ span: { start, end } }) => [at(start), at(end)]).sort(([one], [other]) => one - other);
  const parts = [];
  let done = 0;
  for (const [start, end] of functions) {
    parts.push(bytes.subarray(done, start), Buffer.from("("), bytes.subarray(start, end), Buffer.from(")"));
    done = end;
  }
  return Buffer.concat([...parts, bytes.subarray(done)]).toString("utf8");
}

/** The table of modules is an object whose every key is a number: `modules={4317:function(e,t,s){…},…}`. */
function modulesIn(statement) {
  const { declarations = [] } = statement.type === "ExportDeclaration" ? statement.declaration : statement;
  const tables = declarations.flatMap(({ init }) => (init?.type === "ObjectExpression" ? [init.properties] : []));
  const isModule = ({ type, key, value }) => type === "KeyValueProperty" && key.type === "NumericLiteral" && ["ArrowFunctionExpression", "FunctionExpression"].includes(value.type);
  return tables.flatMap((properties) => (properties.every(isModule) ? properties.map(({ value }) => value) : []));
}
