import type { Ends } from '../ends.ts';
import { isMissing, type PeerName as PeerFolder, startPeer } from '../peers/start-peer.ts';
import type { Stack } from '../stack.ts';
import type { PeerPresence } from '../table/result.ts';

/** By the name under which targets speak of them. */
const folders = {
  'bare uWS': 'bare-uws',
  'Socket.IO + Redis': 'socketio-redis',
  'durable stack': 'socketio-durable',
} as const satisfies Record<string, PeerFolder>;

export type PeerName = keyof typeof folders;

/** Starts one beside us, with as many people; `undefined` when it cannot be had on this machine. */
export type OpenPeer = (
  name: PeerName,
  count: { readonly accounts: number; readonly rooms: number },
) => Promise<Stack | undefined>;

/** Remembers who was asked for and what became of it. */
export function createPeers(ends: Pick<Ends, 'teardown'>): { open: OpenPeer; presence(): PeerPresence[] } {
  const asked = new Map<string, PeerPresence>();
  return {
    open: async (name, { accounts, rooms }) => {
      const found = await startPeer(ends, folders[name], { accounts, rooms });
      if (isMissing(found)) {
        asked.set(name, { name, missing: found.missing });
        return undefined;
      }
      asked.set(name, { name, version: found.version });
      return found;
    },
    presence: () => [...asked.values()],
  };
}
