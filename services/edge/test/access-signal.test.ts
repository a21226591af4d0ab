import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { clientId, startEdge } from './start-edge.ts';

t.test(
  'who is blocked in a direct room writes nothing as soon as the word of it comes, also where it is heard',
  async (t) => {
    const edge = await startEdge(t);
    edge.bus.commands.serve('messages.find', async () => null);
    const [user, room] = [newId<UserId>(), newId<RoomId>()];
    await edge.allow(user, room);
    const client = await edge.greeted(user);
    let i = 0;
    const send = async () => {
      client.send({ t: 'send', i: ++i, r: room, c: clientId(), b: { text: 'x' } });
      const answer = await client.next({ i });
      return answer['code'] ?? 'ok';
    };
    const change = async (blk: object) => {
      const entry = await edge.bus.access.read(user);
      const access = { role: 'member', since: 1, ver: (entry?.rooms[room]?.ver ?? 0) + 1, ...blk } as const;
      await edge.bus.access.write(user, { [room]: access }, entry?.revision ?? 0);
      edge.bus.signals.toUser(user, Buffer.from('{"t":"acl"}'));
    };
    t.equal(await send(), 'ok');
    for (const junk of ['', 'no json', '{"t":"other"}', '[]', 'null']) edge.bus.signals.toUser(user, Buffer.from(junk));
    edge.bus.signals.toUser(newId<UserId>(), Buffer.from('{"t":"acl"}'));
    await change({ blk: 1 });
    await until('it counts', async () => (await send()) === 'blocked');
    await change({});
    await until('it is over', async () => (await send()) === 'ok');
  },
);
