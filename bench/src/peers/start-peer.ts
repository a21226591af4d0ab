import { createEnds, type Ends } from '../ends.ts';
import type { Stack } from '../stack.ts';
import type { PeerPresence } from '../table/result.ts';
import { startBareUws } from './bare-uws.ts';
import { startCentrifugo, startCentrifugoHistory } from './centrifugo.ts';
import { NotInstalled } from './installed-program.ts';
import type { PeerShape, StartPeer } from './peer.ts';
import { startSocketIoDurable } from './socketio-durable.ts';
import { startSocketIoRedis } from './socketio-redis.ts';
import { startTinode } from './tinode.ts';

/** By the name of its folder in `bench/peers`. */
const starts = {
  'bare-uws': startBareUws,
  'socketio-redis': startSocketIoRedis,
  'socketio-durable': startSocketIoDurable,
  centrifugo: startCentrifugo,
  'centrifugo-history': startCentrifugoHistory,
  tinode: startTinode,
} satisfies Record<string, StartPeer>;

export type PeerName = keyof typeof starts;
export const peerNames = Object.keys(starts) as readonly PeerName[];

export type MissingPeer = PeerPresence & Required<Pick<PeerPresence, 'missing'>>;

/** The peer, ready for clients, or why it cannot be had on this machine; what it was to begin with is gone then. */
export async function startPeer(
  ends: Pick<Ends, 'teardown'>,
  name: PeerName,
  shape: PeerShape,
): Promise<Stack | MissingPeer> {
  const own = createEnds();
  ends.teardown(own.endAll);
  try {
    return await starts[name](own, shape);
  } catch (error) {
    await own.endAll();
    if (error instanceof NotInstalled) return { name, missing: error.message };
    throw error;
  }
}

export const isMissing = (peer: Stack | MissingPeer): peer is MissingPeer => 'missing' in peer;
