import { failure } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy that leads to an address. */
export interface Proxy {
  /** `http://host:port`, without a credential: may be printed. */
  readonly name: string;
  readonly protocol: "http:" | "https:";
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization; undefined when the proxy asks for none. Secret. */
  readonly authorization: string | undefined;
  /** The whole address with its credential, for programs that take it from a variable. Secret. */
  readonly url: string;
  /** The variable that it comes from. */
  readonly variable: string;
}

export const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] as const;

/** Whether any proxy is named at all. */
export function namesProxy(env: Environment): boolean {
  return PROXY_VARIABLES.some((name) => env[name]);
}

/**
 * The proxy for an address, by the rules of @actions/http-client, which the runner's own programs follow too: `https_proxy` for
 * https, `http_proxy` for http, lower case first; nothing on this machine (localhost, 127.*, ::1) and nothing that NO_PROXY names.
 * In two things it is kinder: `*.example.com` in NO_PROXY means what it seems to, and `host:port` may stand without a scheme.
 * @throws InstantError when the variable holds something else than an http or https address; its value is not shown.
 */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  const names = url.protocol === "https:" ? (["https_proxy", "HTTPS_PROXY"] as const) : (["http_proxy", "HTTP_PROXY"] as const);
  const variable = names.find((name) => env[name]);
  if (variable === undefined || bypasses(url, env)) return undefined;
  return parse(variable, env[variable] ?? "");
}

/** Whether an address is reached without a proxy whatever the variables name. */
export function bypasses(url: URL, env: Environment): boolean {
  const host = url.hostname.toLowerCase();
  if (host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host)) return true;
  const withPort = `${host}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
  const entries = (env["no_proxy"] || env["NO_PROXY"] || "").toLowerCase().split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.some((entry) => {
    if (entry === "*") return true;
    const suffix = entry.replace(/^\*(?=\.)/, "");
    return [host, withPort].some((one) => one === suffix || one.endsWith(suffix.startsWith(".") ? suffix : `.${suffix}`));
  });
}

/** Every text by which a credential of a proxy could show itself. */
export function proxySecrets(env: Environment): readonly string[] {
  const found = PROXY_VARIABLES.flatMap((name) => {
    const value = env[name] ?? "";
    const credential = /^([^:]*:.+)@/s.exec(value.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, ""))?.[1];
    if (credential === undefined) return [];
    const password = credential.slice(credential.indexOf(":") + 1);
    return [credential, password, decoded(credential), decoded(password), basic(decoded(credential))];
  });
  return [...new Set(found)].filter((text) => text !== "");
}

function parse(variable: string, value: string): Proxy {
  const text = value.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const { protocol = "" } = url ?? {};
  if (url === undefined || (protocol !== "http:" && protocol !== "https:") || !/^\/?$/.test(url.pathname + url.search + url.hash)) throw unusable(variable, url);
  const port = Number(url.port || (protocol === "https:" ? 443 : 80));
  const credential = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    name: `${protocol}//${url.hostname}:${port}`,
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    authorization: credential === ":" ? undefined : `Basic ${basic(credential)}`,
    url: url.href,
    variable,
  };
}

function basic(credential: string): string {
  return Buffer.from(credential, "utf8").toString("base64");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that begins no escape stands for itself
  }
}

function unusable(variable: string, url: URL | undefined): Error {
  const other = url !== undefined && !["http:", "https:"].includes(url.protocol);
  return failure("configuration", {
    what: `The environment variable ${variable} does not hold the address of a proxy that can be used`,
    cause: other ? `it begins with ${url.protocol}//, and only http:// and https:// proxies are spoken to` : "it is misspelt, or a special character of its password is not encoded (`#` as %23, `/` as %2F, `@` as %40)",
    where: variable,
    fix: `Set ${variable} to \`http://host:port\` or \`http://user:password@host:port\` where the runner is started, or unset it.`,
  });
}
