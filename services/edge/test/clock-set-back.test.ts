import { createMemoryBus } from '@gapless/shared/bus';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { clientId, startEdge } from './start-edge.ts';

const hourMs = 3_600_000;

t.test('a clock that is set back by hours does not hold up the question who is a member', async (t) => {
  let shiftMs = hourMs;
  const edge = await startEdge(t, {}, createMemoryBus(), { now: () => Date.now() + shiftMs });
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await edge.allow(user);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 0, tok: edge.tokenOf(user, 2 * hourMs) });
  await client.next({ t: 'hi' });
  const send = async (i: number): Promise<string> => {
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'hi' } });
    return (await client.next((frame) => frame['i'] === i, 10_000)).t;
  };
  shiftMs = 0;
  t.equal(await send(1), 'err');
  await edge.allow(user, room);
  t.equal(await send(2), 'ok');
});
