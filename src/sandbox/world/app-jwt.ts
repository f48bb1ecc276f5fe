/** The token an App makes for itself: a JSON web token, signed with its private key. */

import { verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { ApiError } from "./errors.ts";
import type { App } from "./types.ts";

/** An App and what its signatures are verified with. */
export interface AppKey {
  readonly app: App;
  readonly publicKey: KeyObject;
}

/** The longest life GitHub accepts, in seconds. */
const maxLife = 600;
/** What GitHub forgives of a clock that is fast, in seconds. */
const skew = 60;

/** Whether a bearer token has the three parts of a JWT; no token of GitHub's own has a dot. */
export function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/**
 * The App that signed it (RS256; `iss` is its id or client id, `exp` at most ten minutes away).
 * @param nowMs epoch milliseconds.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 * @throws ApiError 401 for a bad signature or time, 404 for an unknown App.
 */
export function appOfJwt(token: string, keyOf: (issuer: string) => AppKey | undefined, nowMs: number): App {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = decoded(payload);
  const known = decoded(header)["alg"] === "RS256";
  const issuer = claims["iss"];
  if (!known || (typeof issuer !== "string" && typeof issuer !== "number")) throw undecodable();
  const key = keyOf(String(issuer));
  if (key === undefined) throw new ApiError(404, "Integration not found");
  if (!verify("RSA-SHA256", Buffer.from(`${header}.${payload}`), key.publicKey, Buffer.from(signature, "base64url"))) throw undecodable();
  const now = Math.floor(nowMs / 1000);
  const { exp, iat } = claims;
  if (typeof iat !== "number" || iat > now + skew) {
    throw new ApiError(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  }
  if (typeof exp !== "number" || exp <= now) {
    throw new ApiError(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
  }
  if (exp > now + maxLife) throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  return key.app;
}

function decoded(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through: what cannot be read is refused in GitHub's words.
  }
  throw undecodable();
}

function undecodable(): ApiError {
  return new ApiError(401, "A JSON web token could not be decoded");
}
