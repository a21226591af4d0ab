import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { latencyText } from './fleet/print.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { deeds, openPlace } from './scenarios/big-room.ts';
import { startGapless } from './scenarios/gapless.ts';
import { addMembers } from './scenarios/mongo-members.ts';

const members = { small: 10, big: 10_000 };
const people = { accounts: 3, rooms: 3, edgeCount: 1, api: { roomMembersLimit: members.big + 10 } };
const shape = { warmUp: 5, rounds: 40, sockets: 10, crowd: 500 };
/** What a member costs must not depend on how many there are: this much is left to noise. */
const highestRatio = 1.5;

/** What people do in a room of 10,000 members, against the same in a room of 10, in turns; and before a crowd that listens. */
export async function bigRoomFigures(): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const gapless = await startGapless(ends, people);
    const [small, big, crowded] = gapless.population.rooms as [string, string, string];
    const { mongoUrl } = gapless.system;
    await addMembers(mongoUrl, small, members.small - people.accounts);
    for (const room of [big, crowded]) await addMembers(mongoUrl, room, members.big - people.accounts);
    const warmUp = await Promise.all([small, big].map((room) => openPlace(gapless, room, shape.sockets)));
    for (let n = 0; n < shape.warmUp; n++) for (const place of warmUp) await place.round();
    for (const place of warmUp) place.close();
    await rejoin(gapless.system.api.url, gapless.population.tokens[2] as string, [small, big]);

    const of10 = await openPlace(gapless, small, shape.sockets);
    const of10k = await openPlace(gapless, big, shape.sockets);
    const before = await openPlace(gapless, crowded, shape.crowd);
    for (let n = 0; n < shape.rounds; n++) for (const place of [of10, of10k, before]) await place.round();
    const [a, b, c] = [of10.latencies(), of10k.latencies(), before.latencies()];
    const ratios = deeds.map((deed) => b[deed].p50 / a[deed].p50);
    for (const [n, deed] of deeds.entries()) {
      console.log(`${deed}\n  of 10:      ${latencyText(a[deed])}\n  of 10,000:  ${latencyText(b[deed])}`);
      console.log(`  with ${shape.crowd} sockets instead of ${shape.sockets}: ${latencyText(c[deed])}`);
      console.log(`  p50 of 10,000 / of 10: ${ratios[n]?.toFixed(2)}`);
    }
    for (const place of [of10, of10k, before]) place.close();
    const good = ratios.every((ratio) => ratio <= highestRatio);
    console.log(`target: each ratio ≤ ${highestRatio}: ${good ? 'PASS' : 'SHORT'}`);
    return good;
  } finally {
    await ends.endAll();
  }
}

async function rejoin(api: string, token: string, rooms: readonly string[]): Promise<void> {
  for (const room of rooms) {
    await fetch(`${api}/v1/rooms/${room}/join`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  }
}
