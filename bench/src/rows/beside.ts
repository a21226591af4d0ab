import type { Generator } from '../load/generator.ts';
import { connectTo, type LoadedStack } from '../scenarios/loaded-stack.ts';
import type { SeatCount } from '../scenarios/seats.ts';
import type { Stack } from '../stack.ts';
import type { PeerName } from './peers.ts';
import type { RowContext } from './row.ts';

export interface Sides extends SeatCount {
  readonly ours: Stack;
  readonly peers: readonly PeerName[];
}

/** Ours first, then everybody who can be had here, with the same clients on each. */
export async function openSides(
  { openPeer, progress }: RowContext,
  generator: Generator,
  { ours, peers, clients, hearing }: Sides,
): Promise<LoadedStack[]> {
  const count = { clients, hearing };
  const loaded = [await connectTo(ours, generator, count)];
  for (const name of peers) {
    const stack = await openPeer(name, {
      accounts: ours.population.tokens.length,
      rooms: ours.population.rooms.length,
    });
    if (stack === undefined) progress(`without ${name}: it cannot be had here`);
    // Targets know it by the name under which it was asked for.
    else loaded.push({ ...(await connectTo(stack, generator, count)), name });
  }
  return loaded;
}
