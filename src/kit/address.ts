/** An address as it may be printed: without a user name, query or fragment, where tokens hide. */
export function printable(address: string): string {
  if (!URL.canParse(address)) return "(not an address)";
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}
