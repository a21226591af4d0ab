import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { latencyText } from './fleet/print.ts';
import { Talker } from './load/talker.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { startGapless } from './scenarios/gapless.ts';
import { type HelloRounds, hellos } from './scenarios/hello.ts';

/** A room is forgotten soon, so that who comes a moment later finds nothing prepared. */
const lingerMs = 300;
const people = { accounts: 2, rooms: 500, edgeCount: 1, edge: { roomLingerMs: lingerMs } };
const shape = { warmUp: 10, rounds: 60, coldRounds: 20 };
const targetMs = 50;

/** How long `hello` of a user with 500 rooms takes, when the edge hears his rooms already and when it hears none. */
export async function helloFigures(): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const gapless = await startGapless(ends, people);
    await hellos(gapless, shape.warmUp, 0);
    const cold = await hellos(gapless, shape.coldRounds, 3 * lingerMs);
    const neighbour = await new Talker(gapless.urls[0] as string).opened();
    const isLast = ({ t, more }: { t: string; more?: 1 }) => t === 'rooms' && more === undefined;
    await neighbour.timed({ t: 'hello', i: 1, tok: gapless.population.tokens[1], rooms: 'all' }, 'rooms', isLast);
    const warm = await hellos(gapless, shape.rounds, 20);
    neighbour.close();
    console.log(text('the edge hears none of the rooms', cold));
    console.log(text('it hears all of them', warm));
    const isWhole = [cold, warm].every(({ rooms, pages }) => rooms === people.rooms && pages > 1);
    const good = isWhole && [cold, warm].every(({ hello }) => hello.p50 <= targetMs);
    console.log(`target: p50 ≤ ${targetMs} ms, in pages: ${good ? 'PASS' : 'SHORT'}`);
    return good;
  } finally {
    await ends.endAll();
  }
}

const text = (when: string, { hello, ping, pages, rooms }: HelloRounds): string =>
  `hello, ${rooms} rooms in ${pages} pages, ${when}: ${latencyText(hello)}; a ping in the same moments: ${latencyText(ping)}`;
