import { sleep } from '@gapless/shared/runtime';
import { Latencies, type LatencySummary } from '../load/latency.ts';
import { Talker } from '../load/talker.ts';
import type { Gapless } from './gapless.ts';

export interface HelloRounds {
  /** From the frame's leaving to the last page of `rooms`, on a socket that stands. */
  readonly hello: LatencySummary;
  /** The same way there and back of a frame that costs nothing, on the same sockets. */
  readonly ping: LatencySummary;
  readonly pages: number;
  readonly rooms: number;
}

/** Somebody with many rooms says hello, over and over, each time on another socket; `pauseMs` before each. */
export async function hellos({ urls, population }: Gapless, rounds: number, pauseMs: number): Promise<HelloRounds> {
  const [hello, ping] = [new Latencies(), new Latencies()];
  let [pages, rooms] = [0, 0];
  for (let n = 0; n < rounds; n++) {
    await sleep(pauseMs);
    const talker = await new Talker(urls[0] as string).opened();
    ping.record(1e3 * (await talker.timed({ t: 'ping', i: 1 }, 'pong', ({ t }) => t === 'pong')));
    [pages, rooms] = [0, 0];
    const asked = { t: 'hello', i: 2, tok: population.tokens[0], rooms: 'all' };
    const ms = await talker.timed(asked, 'the last page of rooms', ({ t, rs = [], more }) => {
      if (t !== 'rooms') return false;
      pages++;
      rooms += rs.length;
      return more === undefined;
    });
    hello.record(1e3 * ms);
    talker.close();
  }
  return { hello: hello.summary(), ping: ping.summary(), pages, rooms };
}
