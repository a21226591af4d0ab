import { type Bus, type BusDeps, type BusSettings, connectNatsBus, type Vouch } from '../bus/index.ts';
import { loadConfig } from '../config/index.ts';
import { silentLogger } from '../runtime/index.ts';
import type { Teardown } from './engines.ts';
import { until } from './until.ts';

export const busSettings = (url: string, over: Partial<BusSettings> = {}): BusSettings => ({
  ...loadConfig('log-worker', {}),
  natsUrls: [url],
  ...over,
});

/** A bus over a real server, without a MongoDB: it makes the streams and vouches for them itself. */
export async function connectTestBus(
  t: Teardown,
  url: string,
  options: { settings?: Partial<BusSettings>; deps?: Partial<BusDeps> } = {},
): Promise<Bus> {
  let bus: Bus | undefined;
  const vouch: Vouch = async (stream) => {
    if (bus === undefined) throw new Error('connecting');
    const state = await bus.streams.state(stream);
    if (state !== undefined) return { created: state.created, floor: state.last, gen: 'test' };
    await bus.revocations.ensure();
    await bus.streams.ensure(stream, 1);
    throw new Error('just made');
  };
  const deps = { name: 'test', logger: silentLogger(), vouch, ...options.deps };
  const connected = await connectNatsBus(busSettings(url, options.settings), deps);
  bus = connected;
  t.teardown(() => connected.close());
  await until('a bus without obstacles', () => connected.obstacles().length === 0);
  return connected;
}
