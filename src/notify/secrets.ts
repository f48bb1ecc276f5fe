/** What is secret in a channel's settings, in the pieces in which it may show itself; `redact` adds the encoded spellings. */

/** A webhook's address is its secret; the last part alone would do with the rest guessed. */
export function webhookSecrets(webhookUrl: string): readonly string[] {
  const { href, pathname, search } = new URL(webhookUrl);
  const last = pathname.split("/").findLast((part) => part !== "") ?? "";
  return [webhookUrl, href, ...[`${pathname}${search}`, pathname, last, search.slice(1)].filter((part) => part.length > 1)];
}

/** The number before the colon is the bot's, and no secret. */
export function tokenSecrets(token: string): readonly string[] {
  return [token, token.slice(token.indexOf(":") + 1)];
}

/** With LOGIN and PLAIN the password travels in base64, which servers like to repeat. */
export function mailSecrets({ user, pass }: { readonly user: string; readonly pass: string }): readonly string[] {
  return [pass, `\0${user}\0${pass}`, `${user}:${pass}`];
}

/** A secret as it is, and as it is spelt in addresses, headers and JSON. */
export function spellingsOf(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString("base64"), JSON.stringify(secret).slice(1, -1)];
}
