/** Keeps a crowd of links to one host from becoming a burden to it. */
export interface Hosts {
  /** Whether one more page of it may be fetched now; counts it when so. */
  admit(host: string): boolean;
}

const pauseMs = 1_000;
const maxRemembered = 1_000;

export function createHosts(now: () => number = () => performance.now()): Hosts {
  const last = new Map<string, number>();
  return {
    admit(host) {
      const before = last.get(host);
      if (before !== undefined && now() - before < pauseMs) return false;
      last.delete(host);
      last.set(host, now());
      if (last.size > maxRemembered) last.delete(last.keys().next().value as string);
      return true;
    },
  };
}
