import t from 'tap';
import { type Frame, ok, room, startFakeEdge, user } from './fake-edge.ts';

t.test('notes are asked for at every greeting, and told in the words of the SDK', async (t) => {
  const edge = startFakeEdge({ notes: true });
  await edge.connect();
  t.match(edge.sentOf('hello')[0], { notes: 1 });
  edge.socket().say({ t: 'note', r: room, s: 7, u: user, n: 3, why: 'direct' });
  t.match(edge.toldOf('note'), [{ type: 'note', room, seq: 7, user, count: 3, why: 'direct' }]);
  const quiet = startFakeEdge();
  await quiet.connect();
  t.notOk('notes' in (quiet.sentOf('hello')[0] ?? {}));
});

t.test('what I want to be told of is said and read by commands, of a room or of all', async (t) => {
  const edge = startFakeEdge();
  const answers: Record<string, object | undefined> = {
    'me.notifications': { level: 'all', version: 1 },
    'me.setNotifications': { level: 'none', quietUntil: 'forever', version: 2 },
    'rooms.setNotifications': { level: 'mentions', own: 'mentions', mutedUntil: 'forever', version: 3 },
    'notifications.seen': undefined,
  };
  edge.script['call'] = (frame: Frame) => ({ ...ok(frame), res: answers[frame['m'] as string] });
  await edge.connect();
  const { client } = edge;
  const nothing = { own: undefined, silentUntil: undefined };
  t.same(await client.notifications(), { ...nothing, level: 'all', version: 1 });
  const mine = await client.setNotifications({ level: 'none', silentUntil: 'forever', ifVersion: 1 });
  t.same(mine, { level: 'none', own: undefined, silentUntil: 'forever', version: 2 });
  t.match(await client.setNotifications({ level: 'mentions', silentUntil: null }, room), {
    own: 'mentions',
    version: 3,
  });
  await client.seen(9);
  t.match(
    edge.sentOf('call').map(({ m, p }) => ({ m, p })),
    [
      { m: 'me.notifications', p: {} },
      { m: 'me.setNotifications', p: { level: 'none', quietUntil: 'forever', ifVersion: 1 } },
      { m: 'rooms.setNotifications', p: { room, level: 'mentions', mutedUntil: null } },
      { m: 'notifications.seen', p: { sequence: 9 } },
    ],
  );
});

t.test('what I was told of is read in pages, and counted for a badge', async (t) => {
  const edge = startFakeEdge();
  const item = { kind: 'mention', sequence: 9, user, at: '2026-01-02T03:04:05.000Z', seen: false, room, message: 7 };
  const answers: Record<string, object> = {
    'notifications.list': { items: [{ ...item, all: true }], next: 9 },
    'me.badge': { rooms: 3, mentions: 1, notifications: 2 },
  };
  edge.script['call'] = (frame: Frame) => ({ ...ok(frame), res: answers[frame['m'] as string] });
  await edge.connect();
  const { notifications, next } = await edge.client.notified({ before: 12, limit: 1 });
  t.match(notifications, [{ kind: 'mention', seq: 9, user, seen: false, room, message: 7, everybody: true }]);
  t.equal(notifications[0]?.at, Date.parse(item.at));
  t.notOk('sequence' in (notifications[0] ?? {}));
  t.equal(next, 9);
  t.match(edge.sentOf('call')[0], { m: 'notifications.list', p: { before: 12, limit: 1 } });
  t.same(await edge.client.badge(), { rooms: 3, mentions: 1, notifications: 2 });
});
