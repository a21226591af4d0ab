import { type Bus, type Following, type Heads, mostUnwritten, unwrittenBytes } from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import type { StreamStanding } from './domain/log/log-state.ts';

export interface HeadsHeard extends Following {
  standings(): Promise<StreamStanding[]>;
}

/** What log workers announce a few times a second, kept for whoever asks. */
export function followHeads({ heads, streams }: Pick<Bus, 'heads' | 'streams'>, clock: Clock): HeadsHeard {
  const heard = new Map<string, { readonly said: Heads; readonly at: number }>();
  const following = heads.subscribe((said) => {
    const before = heard.get(said.stream)?.said;
    // A worker that has not reached MongoDB since its start says 0; others said more.
    const durable = said.durable === 0 && before?.created === said.created ? before.durable : said.durable;
    heard.set(said.stream, { said: { ...said, durable }, at: clock.now() });
  });

  async function standingOf(said: Heads, at: number): Promise<StreamStanding> {
    const { stream, first = 1, last, durable: watermark, bytes, max } = said;
    const events = Math.max(0, last - watermark);
    const oldest = events === 0 ? undefined : await streams.storedAt(stream, watermark + 1);
    return {
      ...{ stream, last, watermark, events, heardAt: new Date(at), fullAt: mostUnwritten(max) },
      bytes: unwrittenBytes({ first, last, bytes }, watermark),
      ...(oldest === undefined ? {} : { oldest }),
    };
  }

  return {
    standings: () =>
      Promise.all(
        [...heard.values()]
          .filter(({ said }) => streams.names.includes(said.stream))
          .sort((a, b) => (a.said.stream < b.said.stream ? -1 : 1))
          .map(({ said, at }) => standingOf(said, at)),
      ),
    stop: () => following.stop(),
  };
}
