import { which } from '@gapless/shared/local';
import type { Ends } from '../ends.ts';
import { centrifugoProgram } from '../peers/centrifugo.ts';
import { isMissing, type PeerName as PeerFolder, startPeer } from '../peers/start-peer.ts';
import { tinodeProgram } from '../peers/tinode.ts';
import type { Stack } from '../stack.ts';
import type { PeerPresence } from '../table/result.ts';

/** By the name under which targets speak of them. */
const folders = {
  'bare uWS': 'bare-uws',
  'Socket.IO + Redis': 'socketio-redis',
  'durable stack': 'socketio-durable',
  Centrifugo: 'centrifugo',
  'Centrifugo, history': 'centrifugo-history',
  Tinode: 'tinode',
} as const satisfies Record<string, PeerFolder>;

export type PeerName = keyof typeof folders;

/** No target speaks of them, and no package client brings them: measured where their program is on `PATH`. */
const guestPrograms = {
  Centrifugo: centrifugoProgram.program,
  'Centrifugo, history': centrifugoProgram.program,
  Tinode: tinodeProgram.program,
} as const satisfies Partial<Record<PeerName, string>>;

export type GuestName = keyof typeof guestPrograms;

export async function countHere(guests: readonly GuestName[]): Promise<number> {
  const found = await Promise.all(guests.map((name) => which(guestPrograms[name])));
  return found.filter((path) => path !== undefined).length;
}

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
