import { BlockList, isIP } from 'node:net';
import { ConfigError } from '@gapless/shared/config';

/** Whose socket it is: the peer, or behind trusted proxies the last address that they did not add themselves. */
export function createClientAddress(trustedProxies: readonly string[]): (peer: string, forwarded: string) => string {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) trust(trusted, proxy);
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return (peer, forwarded) => {
    let address = plain(peer);
    if (trustedProxies.length === 0) return address;
    const hops = forwarded.split(',').map((hop) => plain(hop.trim()));
    while (isIP(address) !== 0 && isTrusted(address)) {
      const before = hops.pop();
      if (before === undefined || isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

function trust(trusted: BlockList, proxy: string): void {
  const [network = '', prefix] = proxy.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  try {
    if (prefix === undefined) trusted.addAddress(network, family);
    else trusted.addSubnet(network, Number(prefix), family);
  } catch (cause) {
    throw new ConfigError(`GAPLESS_TRUSTED_PROXIES: "${proxy}" is neither address nor network (${String(cause)})`);
  }
}

/** IPv4 as such, also where it came in over an IPv6 socket. */
function plain(address: string): string {
  const mapped = /^(?:0000:){5}ffff:([0-9a-f]{4}):([0-9a-f]{4})$/.exec(address);
  if (mapped === null) return address.startsWith('::ffff:') ? address.slice(7) : address;
  const bits = Number.parseInt(`${mapped[1]}${mapped[2]}`, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}

/** Who has one IPv6 address usually has 2^64 of them: a network counts as one. */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const whole = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ?? '').split(':')];
  return whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
