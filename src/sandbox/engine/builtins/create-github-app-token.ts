/** actions/create-github-app-token: the App's private key becomes a token of its installation, narrowed and revoked at the end. */
import { createPrivateKey, sign } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { ask, Refused } from "./ask.ts";
import { isTrue } from "./builtin.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";
import { stepName } from "../call.ts";
import type { Sink } from "../state.ts";

/** The permissions that its inputs `permission-…` know. */
const PERMISSIONS = `actions administration artifact-metadata attestations checks codespaces contents
custom-properties-for-organizations dependabot-secrets deployments discussions email-addresses
enterprise-custom-properties-for-organizations environments followers git-ssh-keys gpg-keys interaction-limits issues members
merge-queues metadata organization-administration organization-announcement-banners organization-copilot-seat-management
organization-custom-org-roles organization-custom-properties organization-custom-roles organization-events organization-hooks
organization-packages organization-personal-access-token-requests organization-personal-access-tokens organization-plan
organization-projects organization-secrets organization-self-hosted-runners organization-user-blocking packages pages profile
pull-requests repository-custom-properties repository-hooks repository-projects secret-scanning-alerts secrets security-events
single-file starring statuses team-discussions vulnerability-alerts workflows`.split(/\s+/);

const RETRIES = 3;

export const createGithubAppToken: Builtin = {
  defaults: {
    "client-id": "", "app-id": "", "private-key": "", "owner": "", "repositories": "", "skip-token-revoke": "false", "github-api-url": "",
    ...Object.fromEntries(PERMISSIONS.map((name) => [`permission-${name}`, ""])),
  },
  refusals: () => [],
  run: async (call) => {
    const { state, inputs, outputs, sink } = call;
    const { token, installation } = await retried(sink, () => tokenOf(call));
    state.masks.add(token);
    outputs["token"] = token;
    outputs["installation-id"] = String(installation["id"]);
    outputs["app-slug"] = String(installation["app_slug"]);
    if (!isTrue(inputs["skip-token-revoke"])) revokeAtEnd(call, token);
  },
};

interface Made {
  readonly token: string;
  readonly installation: Readonly<Record<string, unknown>>;
}

/** @throws Refused when GitHub knows no such App, installation, repository or permission */
async function tokenOf(call: BuiltinCall): Promise<Made> {
  const { inputs, state } = call;
  const api = inputs["github-api-url"] || state.host.urls.api;
  const wanted = targetOf(call);
  // Made anew for each try: it expires.
  const authorization = `bearer ${jwtOf(inputs)}`;
  const first = wanted.repositories[0];
  const path = first === undefined ? `/users/${wanted.owner}/installation` : `/repos/${wanted.owner}/${first}/installation`;
  const { body: installation } = await ask(call, { method: "GET", url: api + path, authorization });
  const permissions = Object.fromEntries(PERMISSIONS.flatMap((name) => {
    const level = inputs[`permission-${name}`];
    return level === undefined || level === "" ? [] : [[name.replaceAll("-", "_"), level]];
  }));
  const body = {
    ...(wanted.repositories.length === 0 ? {} : { repositories: wanted.repositories }),
    ...(Object.keys(permissions).length === 0 ? {} : { permissions }),
  };
  const made = await ask(call, { method: "POST", url: `${api}/app/installations/${String(installation["id"])}/access_tokens`, authorization, body });
  return { token: String(made.body["token"]), installation };
}

/** Nothing given means this repository; an owner alone, all of theirs that the installation reaches. */
function targetOf({ inputs, state }: BuiltinCall): { readonly owner: string; readonly repositories: readonly string[] } {
  const [here = "", name = ""] = state.request.repository.split("/");
  const repositories = (inputs["repositories"] ?? "").split(/[\n,]+/).map((one) => one.trim()).filter((one) => one !== "");
  const owner = inputs["owner"] ?? "";
  return { owner: owner || here, repositories: owner === "" && repositories.length === 0 ? [name] : repositories };
}

/**
 * RS256, good for ten minutes from half a minute ago.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 * @throws when an input is missing or the key cannot be read
 */
function jwtOf(inputs: BuiltinCall["inputs"]): string {
  const issuer = inputs["client-id"] || inputs["app-id"];
  if (issuer === undefined || issuer === "") {
    throw new Error("The 'client-id' (or deprecated 'app-id') input must be set to a non-empty string. If using a secret or variable, ensure it is available in this workflow context.");
  }
  const pem = inputs["private-key"] ?? "";
  if (pem === "") throw new Error("Input required and not supplied: private-key");
  const from = Math.floor(Date.now() / 1000) - 30;
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: from, exp: from + 600, iss: issuer })}`;
  // A secret pasted on one line has its line ends written out.
  const key = createPrivateKey(pem.replaceAll("\\n", "\n"));
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), key).toString("base64url")}`;
}

/** Only what the server could not help is asked again. */
async function retried(sink: Sink, make: () => Promise<Made>): Promise<Made> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make();
    } catch (error) {
      sink.log(`Failed to create token (attempt ${attempt}): ${(error as Error).message}`);
      if (!(error instanceof Refused) || error.status < 500 || attempt > RETRIES) throw error;
      await wait(100 * 2 ** attempt);
    }
  }
}

function revokeAtEnd(call: BuiltinCall, token: string): void {
  const { state, scope, inputs } = call;
  const url = `${inputs["github-api-url"] || state.host.urls.api}/installation/token`;
  state.posts.push({
    name: `Post ${stepName(call.step, call.expressions)}`,
    condition: "always()",
    scope,
    run: async (sink, signal) => {
      try {
        await ask({ state, signal }, { method: "DELETE", url, authorization: `token ${token}` });
        sink.log("Token revoked");
      } catch (error) {
        const message = `Token revocation failed: ${(error as Error).message}`;
        sink.log(message, "warning", { message });
      }
      return true;
    },
  });
}
