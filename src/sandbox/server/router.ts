/** Routes as GitHub documents them, and what a handler gets and gives. */

import { ApiError, notFound } from "../world/errors.ts";
import { can } from "../world/tokens.ts";
import type { Actor } from "../world/tokens.ts";
import type { Repository } from "../world/types.ts";
import type { World } from "../world/world.ts";
import type { Runs } from "../world/actions/runs.ts";
import type { Budget, Resource } from "./limits.ts";

export interface Call {
  readonly world: World;
  readonly runs: Runs;
  readonly actor: Actor;
  readonly method: string;
  /** Without the `/api/v3` prefix. */
  readonly path: string;
  /** The template's values, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly accept: string;
  budget(resource: Resource): Budget;
}

export type Body = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly status: number;
  /** undefined: no content. A Buffer goes out as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

interface Route {
  readonly method: string;
  readonly template: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: Handler;
}

export interface Match {
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
  readonly handler: Handler;
}

export class Router {
  readonly #routes: Route[] = [];

  /** `{name}` is one segment, `{+name}` may span several. The first route that fits wins. */
  add(method: string, template: string, handler: Handler): void {
    const names: string[] = [];
    const source = template.replace(/[.()]/g, "\\$&").replace(/\{(\+?)(\w+)\}/g, (_, many: string, name: string) => {
      names.push(name);
      return many === "+" ? "(.+?)" : "([^/]+)";
    });
    this.#routes.push({ method, template: template.replaceAll("{+", "{"), pattern: new RegExp(`^${source}/?$`), names, handler });
  }

  /** @throws ApiError 400 for a badly encoded path. */
  match(method: string, path: string): Match | undefined {
    for (const route of this.#routes) {
      if (route.method !== method) continue;
      const found = route.pattern.exec(path);
      if (found === null) continue;
      const params = Object.fromEntries(route.names.map((name, index) => [name, decode(found[index + 1] ?? "")]));
      return { template: route.template, params, handler: route.handler };
    }
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(400, "Bad Request");
  }
}

/** The repository of a call. @throws ApiError 404 when it is not there, or not for these eyes. */
export function repositoryOf(call: Call): Repository {
  const found = call.world.repository(`${call.params["owner"]}/${call.params["repo"]}`);
  if (found === undefined || !can(call.actor, found, "metadata", "read")) throw notFound();
  return found;
}

export function numberOf(call: Call, name: string): number {
  const value = Number(call.params[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw notFound();
  return value;
}

// --- bodies --------------------------------------------------------------------------------------------------------

/** @throws ApiError 422 when the field is no string; undefined when absent or null. */
export function text(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(name, value, "a string");
  return value;
}

/** @throws ApiError 422 when the field is missing. */
export function requiredText(body: Body, name: string): string {
  const value = text(body, name);
  if (value === undefined) throw new ApiError(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
  return value;
}

export function flag(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw wrongType(name, value, "a boolean");
  return value;
}

export function list(body: Body, name: string): readonly unknown[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, value, "an array");
  return value as unknown[];
}

export function texts(body: Body, name: string): readonly string[] | undefined {
  const values = list(body, name);
  if (values?.some((one) => typeof one !== "string") === true) throw wrongType(name, values, "an array of strings");
  return values as readonly string[] | undefined;
}

/** One of a few words. @throws ApiError 422 naming what is allowed. */
export function oneOf<T extends string>(body: Body, name: string, allowed: readonly T[]): T | undefined {
  const value = text(body, name);
  if (value !== undefined && !(allowed as readonly string[]).includes(value)) {
    throw new ApiError(422, `Invalid request.\n\n"${name}": ${value} is not a member of [${allowed.join(", ")}].`);
  }
  return value as T | undefined;
}

export function objectOf(value: unknown): Body {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : {};
}

function wrongType(name: string, value: unknown, wanted: string): ApiError {
  return new ApiError(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(value)} is not ${wanted}.`);
}

// --- replies -------------------------------------------------------------------------------------------------------

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function created(body: unknown): Reply {
  return { status: 201, body };
}

export const noContent: Reply = { status: 204 };

/** GitHub's `page`, `per_page` (30, at most 100) and the Link header. */
export async function page<T>(
  call: Call,
  items: readonly T[],
  render: (item: T) => unknown,
  wrap?: (rendered: unknown[], total: number) => unknown,
): Promise<Reply> {
  const size = Math.min(Math.max(positive(call.query.get("per_page"), 30), 1), 100);
  const number = Math.max(positive(call.query.get("page"), 1), 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const rendered = await Promise.all(items.slice((number - 1) * size, number * size).map(render));
  const links: string[] = [];
  const link = (to: number, rel: string): void => {
    const query = new URLSearchParams(call.query);
    query.set("per_page", String(size));
    query.set("page", String(to));
    links.push(`<${call.world.urls.api}${call.path}?${query}>; rel="${rel}"`);
  };
  if (number > 1) link(number - 1, "prev");
  if (number < last) link(number + 1, "next");
  if (number < last) link(last, "last");
  if (number > 1) link(1, "first");
  return {
    status: 200,
    body: wrap === undefined ? rendered : wrap(rendered, items.length),
    headers: links.length > 0 ? { link: links.join(", ") } : {},
  };
}

function positive(value: string | null, fallback: number): number {
  const parsed = Number.parseInt(value ?? "", 10);
  return Number.isNaN(parsed) ? fallback : parsed;
}
