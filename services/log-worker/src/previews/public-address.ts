import { BlockList, isIP } from 'node:net';

/** Everything that is not the public Internet: RFC 6890 and what came after it. */
const reserved = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Public by its number; inside a cloud it serves the machine's own metadata.
  ['168.63.129.16', 32],
] as const) {
  reserved.addSubnet(net, prefix, 'ipv4');
}

/** Of IPv6 only what is given out, without what stands for other addresses: mapped, translated and tunnelled ones. */
const given = new BlockList();
given.addSubnet('2000::', 3, 'ipv6');
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  reserved.addSubnet(net, prefix, 'ipv6');
}

/** Whether an address is one of the public Internet, and so of no network that this process stands in. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !reserved.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  return given.check(address, 'ipv6') && !reserved.check(address, 'ipv6');
}

const ports: ReadonlySet<number> = new Set([80, 443]);

/** Where a preview may be fetched from. */
export const mayConnect = (address: string, port: number): boolean => ports.has(port) && isPublicAddress(address);
