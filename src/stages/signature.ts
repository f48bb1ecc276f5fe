import { createHmac, timingSafeEqual } from "node:crypto";

/** What INSTANT vouches for with its own signature: this pull request, at this commit, for this task. */
export interface Claim {
  /** `owner/name`; case does not matter, as on GitHub. */
  readonly repository: string;
  readonly number: number;
  readonly headSha: string;
  readonly traceId: string;
}

/**
 * The signature of a claim as it stands in a pull request's body: `v1=` and the HMAC-SHA256 (RFC 2104) in hexadecimal over
 * version, repository, number, head and trace id, one a line, so that no two claims read the same.
 */
export function sign(key: string, claim: Claim): string {
  const message = ["instant-v1", claim.repository.toLowerCase(), String(claim.number), claim.headSha, claim.traceId].join("\n");
  return `v1=${createHmac("sha256", key).update(message).digest("hex")}`;
}

/** Anyone may write a body: more signatures than these are not looked at. */
const MOST = 10;

/** The signatures on `instant-signature: v1=…` lines of a body, the first ten. */
export function signaturesIn(body: string): readonly string[] {
  const found = body.matchAll(/^instant-signature:[ \t]*(v1=[0-9a-f]{64})[ \t]*\r?$/gim);
  return [...found].slice(0, MOST).map((match) => (match[1] ?? "").toLowerCase());
}

/** Whether a body carries the right signature of a claim; compared in constant time. An empty key proves nothing. */
export function isSigned(key: string, claim: Claim, body: string): boolean {
  if (key === "") return false;
  const wanted = Buffer.from(sign(key, claim));
  return signaturesIn(body).some((given) => {
    const candidate = Buffer.from(given);
    return candidate.length === wanted.length && timingSafeEqual(candidate, wanted);
  });
}

/**
 * A body with the signature of a claim below its trace id, in place of any other. The line says nothing by itself: it holds for one
 * repository, pull request, head and task, so that nobody can use it elsewhere.
 */
export function withSignature(body: string, signature: string): string {
  return signedBody(body, signature, 0);
}

/** The same beside those that stand there, the newest first: what is signed now may not be there yet, and what was signed may stay. */
export function addSignature(body: string, signature: string): string {
  return signedBody(body, signature, MOST - 1);
}

function signedBody(body: string, signature: string, keep: number): string {
  let kept = 0;
  const lines = body.split(/\r?\n/).filter((line) => !/^instant-signature:/i.test(line) || (kept += 1) <= keep);
  const at = lines.findIndex((line) => /^trace-id:/i.test(line));
  return lines.toSpliced(at + 1, 0, `instant-signature: ${signature}`).join("\n");
}
