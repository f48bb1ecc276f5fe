import { printable } from "../kit/address.ts";
import { type Exchanging, excerpt, exchange, isPage } from "./exchange.ts";
import { asText, parseJson, valueAt } from "./json-path.ts";
import type { VersionReader } from "./port.ts";

/**
 * Reads the commit a deployment serves from an address that answers JSON (the SHA at `field`, a path such as `commit` or
 * `build.sha`) or plain text that is a SHA and nothing else. A SHA may be short, from 7 digits on.
 */
export function httpVersion(url: string, field: string, ask: Exchanging = exchange): VersionReader {
  const name = printable(url);
  const unread = (reason: string) => ({ sha: null, reason: `${name}: ${reason}` });
  return {
    read: async (timeoutMs, signal) => {
      const answer = await ask(url, { timeoutMs, signal });
      if (answer.kind !== "answered") return unread(answer.detail);
      if (answer.status < 200 || answer.status > 299) return unread(`${answer.status} ${excerpt(answer.body)}`.trim());
      if (isPage(answer)) return unread("it answers a web page, not a version");
      const parsed = parseJson(answer.body);
      const plain = answer.body.trim();
      const found = parsed.ok && typeof parsed.document === "object" ? asText(valueAt(parsed.document, field))?.trim() : plain;
      if (found === undefined) return unread(`there is no \`${field}\` in ${excerpt(answer.body)}`);
      if (!/^[0-9a-f]{7,64}$/i.test(found)) return unread(`\`${excerpt(found)}\` is not a commit SHA`);
      return { sha: found.toLowerCase() };
    },
  };
}
