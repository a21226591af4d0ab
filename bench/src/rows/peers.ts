import type { Ends } from '../ends.ts';
import { startBareUws } from '../scenarios/bare-uws.ts';
import type { Population } from '../scenarios/population.ts';
import type { Stack } from '../stack.ts';
import type { PeerPresence } from '../table/result.ts';

type StartPeer = (ends: Pick<Ends, 'teardown'>, population: Population) => Promise<Stack>;

/** Whom rows compare us with, by the name under which targets speak of them. */
const peers = {
  'bare uWS': startBareUws,
} as const satisfies Record<string, StartPeer>;

/** Also those whom nobody can start here: a row asks, and the result says that they are missing. */
export type PeerName = keyof typeof peers | 'Socket.IO + Redis' | 'durable stack';

/** Starts one beside us; `undefined` when it cannot be had on this machine. */
export type OpenPeer = (name: PeerName, population: Population) => Promise<Stack | undefined>;

/** Remembers who was asked for and what became of it. */
export function createPeers(ends: Pick<Ends, 'teardown'>): { open: OpenPeer; presence(): PeerPresence[] } {
  const asked = new Map<string, PeerPresence>();
  return {
    open: async (name, population) => {
      try {
        const start: StartPeer | undefined = peers[name as keyof typeof peers];
        if (start === undefined) throw new Error('nothing in bench/peers starts it');
        const stack = await start(ends, population);
        asked.set(name, { name, version: stack.version });
        return stack;
      } catch (error) {
        asked.set(name, { name, missing: (error as Error).message });
        return undefined;
      }
    },
    presence: () => [...asked.values()],
  };
}
