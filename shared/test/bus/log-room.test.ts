import t from 'tap';
import { createLogRoom, unwrittenBytes } from '../../src/bus/log-room.ts';
import { silentLogger } from '../../src/runtime/index.ts';

const stream = 'ROOM_0';
const max = 1_000;
const heads = (over: Partial<Parameters<ReturnType<typeof createLogRoom>['heard']>[0]> = {}) => ({
  ...{ stream, created: 'then', first: 1, last: 100, durable: 100, bytes: 900, max, w: [] },
  ...over,
});

t.test('takes no more once four fifths of its bytes wait for MongoDB, and more again when fewer do', (t) => {
  const room = createLogRoom(silentLogger());
  room.heard(heads());
  t.notOk(room.isFull(stream), 'what MongoDB holds does not count');
  room.heard(heads({ durable: 12 }));
  t.notOk(room.isFull(stream));
  room.heard(heads({ durable: 11 }));
  t.ok(room.isFull(stream));
  t.strictSame(room.full(), [stream]);
  room.heard(heads({ durable: 60 }));
  t.notOk(room.isFull(stream));
  t.strictSame(room.full(), []);
  t.end();
});

t.test('what JetStream refuses is told until there is room again, and the next one is sent all the same', (t) => {
  const room = createLogRoom(silentLogger());
  room.refused(stream);
  t.notOk(room.isFull(stream));
  t.strictSame(room.full(), [stream]);
  room.heard(heads({ bytes: 990 }));
  t.strictSame(room.full(), [stream]);
  room.heard(heads({ bytes: 500 }));
  t.strictSame(room.full(), []);
  t.end();
});

t.test('a worker that does not know MongoDB yet does not fill the log; a MongoDB that was put back may', (t) => {
  const room = createLogRoom(silentLogger());
  room.heard(heads());
  room.heard(heads({ durable: 0 }));
  t.notOk(room.isFull(stream));
  room.heard(heads({ durable: 1 }));
  t.ok(room.isFull(stream));
  room.heard(heads({ durable: 0, created: 'now' }));
  t.ok(room.isFull(stream), 'of another stream nothing is known');
  t.end();
});

t.test('what is trimmed does not wait, and an empty stream has nothing that does', (t) => {
  t.equal(unwrittenBytes({ first: 51, last: 100, bytes: 500 }, 75), 250);
  t.equal(unwrittenBytes({ first: 51, last: 100, bytes: 500 }, 0), 500);
  t.equal(unwrittenBytes({ first: 51, last: 100, bytes: 500 }, 200), 0);
  t.equal(unwrittenBytes({ first: 101, last: 100, bytes: 0 }, 0), 0);
  t.end();
});
