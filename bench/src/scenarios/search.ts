import { wordAt } from '../load/chatter.ts';
import { nowUs } from '../load/clock.ts';
import { Latencies, type LatencySummary } from '../load/latency.ts';

export interface Found {
  readonly what: string;
  readonly latency: LatencySummary;
  /** Of all searches together. */
  readonly hits: number;
}

/** What people look for, each time something else: by how frequent it is. */
const sought: Readonly<Record<string, (n: number) => string>> = {
  'a frequent word': (n) => wordAt(n % 20),
  'a rare word': (n) => wordAt(5_000 + n * 61),
  'two frequent words': (n) => `${wordAt(n % 20)} ${wordAt(20 + (n % 20))}`,
  'one that nobody said': (n) => `${wordAt(n % 20)} ${wordAt(5_000 + n * 61)} nobody${n}`,
};

/** Searches of one address, one after the other. */
export async function searches(
  { url, token }: { readonly url: string; readonly token: string },
  count: { readonly warmUp: number; readonly measured: number },
): Promise<Found[]> {
  const found: Found[] = [];
  for (const [what, queryAt] of Object.entries(sought)) {
    const latencies = new Latencies();
    let hits = 0;
    for (let n = 0; n < count.warmUp + count.measured; n++) {
      const began = nowUs();
      const answer = await fetch(`${url}?limit=20&q=${encodeURIComponent(queryAt(n))}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { items } = (await answer.json()) as { items?: readonly unknown[] };
      if (!answer.ok || items === undefined) throw new Error(`search answered ${answer.status}`);
      if (n < count.warmUp) continue;
      latencies.record(nowUs() - began);
      hits += items.length;
    }
    found.push({ what, latency: latencies.summary(), hits });
  }
  return found;
}
