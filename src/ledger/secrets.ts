/** A message of a server or library may quote any part of the address it was given: address and password are taken out of it. */
export function withoutSecrets(text: string, url: string): string {
  const password = /^[^:]+:\/\/[^:@/]*:([^@]*)@/.exec(url)?.[1] ?? "";
  const secrets = [url, password, decoded(password)].filter((secret) => secret !== "");
  return secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "***"), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
