import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import type { Gapless } from '../scenarios/gapless.ts';
import { connectTo, type LoadedStack } from '../scenarios/loaded-stack.ts';
import type { SeatCount } from '../scenarios/seats.ts';
import type { PeerName } from './peers.ts';
import type { RowContext } from './row.ts';

export interface Sides extends SeatCount {
  readonly gapless: Gapless;
  readonly peers: readonly PeerName[];
  /** Processes that share the load; left out: one. */
  readonly generators?: number;
}

/** Ours first, then everybody who can be had here, with the same clients of the same generator on each. */
export async function openSides(
  { ends, openPeer, progress }: RowContext,
  { gapless, peers, clients, hearing, generators }: Sides,
): Promise<LoadedStack[]> {
  const generator = startGenerator(generators);
  ends.teardown(generator.close);
  const ours = gaplessStack(gapless, commit());
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
