import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * Where no address of the public internet is (IANA's registries of special-purpose addresses, RFC 6890), and what a cloud's own
 * machines answer on: 168.63.129.16 is Azure's, on which GitHub's hosted runners stand.
 */
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.0.0.0", 24], ["192.0.2.0", 24], ["192.31.196.0", 24], ["192.52.193.0", 24],
  ["192.88.99.0", 24], ["192.168.0.0", 16], ["192.175.48.0", 24], ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 4], ["240.0.0.0", 4], ["168.63.129.16", 32],
] as const) SPECIAL.addSubnet(network, prefix, "ipv4");
/** All that is given out to networks is in 2000::/3; the rest leads inside, or to an IPv4 address by another way. */
const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet("2000::", 3, "ipv6");
for (const [network, prefix] of [["2001::", 23], ["2001:db8::", 32], ["2002::", 16], ["3fff::", 20], ["2620:4f:8000::", 48]] as const) SPECIAL.addSubnet(network, prefix, "ipv6");

/** Whether an address is one of the public internet; what is no address is none. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL.check(address, "ipv4");
  return isIP(address) === 6 && GLOBAL_6.check(address, "ipv6") && !SPECIAL.check(address, "ipv6");
}
