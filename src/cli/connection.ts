import type { Sandbox } from "../sandbox/sandbox.ts";

/** What other programs need to work with a sandbox; the names are those of `npm run sandbox`'s JSON. */
export interface Connection {
  readonly api_url: string;
  readonly graphql_url: string;
  readonly server_url: string;
  readonly owner: string;
  readonly repo: string;
  readonly token: string;
  /** With TLS only: PEM file of the authority to trust. */
  readonly ca_file?: string;
  /** With TLS only: variables for gh, git and Node. */
  readonly environment?: Readonly<Record<string, string>>;
}

export function connectionOf(sandbox: Sandbox, who: { readonly owner: string; readonly repo: string; readonly login: string }): Connection {
  const { api: api_url, graphql: graphql_url, server: server_url } = sandbox.urls;
  const { owner, repo, login } = who;
  const token = sandbox.tokens.user(login);
  const { trust } = sandbox;
  if (trust === undefined) return { api_url, graphql_url, server_url, owner, repo, token };
  const { host } = new URL(server_url);
  const environment = { GH_HOST: host, GH_ENTERPRISE_TOKEN: token, GH_REPO: `${host}/${owner}/${repo}`, ...trust.environment };
  return { api_url, graphql_url, server_url, owner, repo, token, ca_file: trust.caFile, environment };
}

/** The lines to paste into another terminal; empty without TLS, which gh insists on. */
export function pasteLines(connection: Connection, platform: NodeJS.Platform): string {
  const { environment, server_url, owner, repo, ca_file } = connection;
  if (environment === undefined) return "";
  const clone = `${server_url.replace("://", "://x-access-token:$GH_ENTERPRISE_TOKEN@")}/${owner}/${repo}.git`;
  const { port } = new URL(server_url);
  // Go, which gh is written in, asks the keychain there and reads no variable.
  const keychain = platform === "darwin" ? `  security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${ca_file}   # gh on macOS reads no SSL_CERT_FILE\n` : "";
  const withoutPort = port === "" ? "" : ` -R "$GH_REPO"   # in a clone too: gh reads its remotes without their port`;
  return `
For gh, git and Node, paste into another terminal:

${Object.entries(environment).map(([name, value]) => `  export ${name}='${value}'`).join("\n")}
${keychain}
  gh pr list
  git clone "${clone}"
  gh pr create --head BRANCH --title TITLE --body BODY${withoutPort}
  gh workflow run closed-loop.yml -f question="…"
`;
}
