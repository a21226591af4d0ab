import { encodeEvent, messageEvent } from '@gapless/shared/bus';
import { createMetrics } from '@gapless/shared/runtime';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createFanOut, isMessage } from '../src/fan-out.ts';
import { createEdgeMetrics } from '../src/metrics.ts';
import { clientId } from './start-edge.ts';

const [room, user] = [newId<RoomId>(), newId<UserId>()];
const message = encodeEvent(
  messageEvent({ room, user, at: 1, clientId: clientId() as ClientId, body: { text: 'mem' } }),
);
const membership = encodeEvent({ v: 1, t: 'mem', r: room, u: user, at: 1, op: 'join', us: [user], ver: 1 });

t.test('a message is told from other events by how its stored bytes begin', async (t) => {
  t.ok(isMessage(message));
  t.notOk(isMessage(membership));
  t.notOk(isMessage(new Uint8Array()));
});

t.test('an event goes out once for all sockets, its bytes behind its numbers', async (t) => {
  const published: [room: RoomId, frame: string][] = [];
  const changed: number[] = [];
  const none = () => 0;
  let bytes = 0;
  const deliver = createFanOut({
    send: (to, frame) => published.push([to, Buffer.from(frame).toString()]),
    published: (more) => {
      bytes += more;
    },
    metrics: createEdgeMetrics(createMetrics('edge'), {
      ...{ sockets: none, users: none, rooms: none, slow: none, buffered: none, held: none, inFlight: none },
      ...{ heldEvents: none, marksWaiting: none, presenceUsers: none, overloaded: none, queueSeconds: none },
    }),
    changed: (_room, seq) => changed.push(seq),
  });
  deliver(room, 7, 5, message, 1_000);
  deliver(room, 8, 7, membership, 0);
  t.same(published, [[room, `{"s":7,"p":5,${Buffer.from(message).toString().slice(1)}`]]);
  t.equal(bytes, published[0]?.[1].length, 'what goes out is counted');
  t.match(JSON.parse(published[0]?.[1] ?? ''), { s: 7, p: 5, v: 1, t: 'msg', b: { text: 'mem' } });
  t.same(changed, [8], 'heard also where no socket is in the room, and only what is no message');
});
