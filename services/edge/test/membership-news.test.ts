import { Failure } from '@gapless/shared/errors';
import { newId, type RoomAccess, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import type { Resumed } from '../src/live-sockets.ts';
import { createMembershipNews } from '../src/membership-news.ts';
import { inOwnTime } from '../src/own-time.ts';
import type { RoomStay } from '../src/room-hub.ts';
import type { Session } from '../src/session.ts';
import { fakeSession, identity } from './fake-session.ts';
import { wait } from './start-edge.ts';

const { user } = identity;
const room = newId<RoomId>();
const membership: RoomAccess = { role: 'member', ver: 3, since: 7 };
const added = { v: 1, t: 'added', r: user, u: user, at: 0, in: room, ver: 3 } as const;

const aStay = (room: RoomId, asked: number): RoomStay => ({
  room,
  ...{ followed: Promise.resolve(), live: false, heldAt: undefined, muted: false, asked, wanted: 1 },
  leave: () => undefined,
});

/** `bucket`: what the next read finds; `broken`: how often following fails first. */
interface Circumstances {
  readonly bucket?: object;
  readonly broken?: number;
  readonly asked?: number;
  readonly hears?: boolean;
  /** The bucket does not name the room any more. */
  readonly isOut?: boolean;
}

function newsOver({ bucket = {}, broken = 0, asked = 0, hears = true, isOut = false }: Circumstances = {}) {
  const { session } = fakeSession();
  session.greet(identity);
  session.greeted();
  session.followsAll = true;
  const known = new Map<RoomId, RoomAccess>();
  const resumed: Resumed[] = [];
  const loads: string[] = [];
  const here: Session[] = [session];
  let failures = broken;
  const state = { cursor: 7 };
  const hub = { cursor: () => state.cursor, reach: () => undefined };
  const news = createMembershipNews({
    access: {
      hears: () => hears,
      reload: async () => undefined,
      known: () => known,
      membership: (_user, room) => known.get(room),
      load: async (user) => {
        loads.push(user);
        if (isOut) known.clear();
        for (const [room, access] of Object.entries(bucket)) known.set(room as RoomId, access as RoomAccess);
        return known;
      },
    },
    liveSockets: {
      follow: async (session, rooms) => {
        if (failures-- > 0) throw new Failure('log_unavailable');
        for (const room of rooms) session.rooms.set(room, aStay(room, asked));
        return () => undefined;
      },
      inOwnTime: (rooms, of, work) => inOwnTime(hub, rooms, of, work),
      resume: async (_session, rooms) => void resumed.push(...rooms),
    },
    sessionsOf: () => here,
  });
  return { news, session, here, known, resumed, loads, state };
}

t.test('a room that could not be followed at once is entered later', async (t) => {
  const { news, known, resumed } = newsOver({ broken: 2 });
  known.set(room, membership);
  news.heard(user, added);
  await until('it is entered', () => resumed.length > 0);
  t.same(resumed, [{ room, cursor: 6, membership }]);
});

t.test('where news may have been missed, sockets get the rooms that they lack, but none that they left', async (t) => {
  const left = newId<RoomId>();
  const { news, session, resumed } = newsOver({ bucket: { [room]: membership, [left]: membership } });
  session.left(left);
  news.doubt(user);
  await until('it is entered', () => resumed.length > 0);
  await wait(20);
  t.same(
    resumed.map(({ room }) => room),
    [room],
  );
});

t.test('nothing is asked about a user who left while his news waited', async (t) => {
  const { news, here, loads } = newsOver();
  news.heard(user, added);
  here.pop();
  await wait(150);
  t.same(loads, []);
});

t.test('a client that joins the room meanwhile keeps its own place', async (t) => {
  const { news, known, session, resumed } = newsOver({ asked: 1 });
  known.set(room, membership);
  news.heard(user, added);
  await until('it is followed', () => session.rooms.has(room));
  await wait(20);
  t.same(resumed, []);
});

t.test('who is known to be a member before his join came here is let in when it has: it comes first', async (t) => {
  const { news, known, session, resumed, state } = newsOver();
  state.cursor = 6;
  known.set(room, membership);
  news.heard(user, added);
  await until('it is followed', () => session.rooms.has(room));
  await wait(50);
  t.same(resumed, []);
  state.cursor = 7;
  await until('it is entered', () => resumed.length > 0);
  t.same(resumed, [{ room, cursor: 6, membership }]);
});

t.test('who is out again by the time the room is heard is not let in', async (t) => {
  const { news, known, resumed, loads } = newsOver({ hears: false, isOut: true });
  known.set(room, membership);
  news.heard(user, added);
  await until('he is asked about', () => loads.length > 0);
  await wait(50);
  t.same(resumed, []);
});

t.test('who was out for a moment while he was let in comes into the stay that counts now', async (t) => {
  const { news, known, session, resumed, state } = newsOver();
  state.cursor = 6;
  known.set(room, membership);
  news.heard(user, added);
  await until('it is followed', () => session.rooms.has(room));
  session.rooms.delete(room);
  const again: RoomAccess = { ...membership, ver: 5, since: 9 };
  known.set(room, again);
  state.cursor = 9;
  await until('it is entered', () => resumed.length > 0);
  t.same(resumed, [{ room, cursor: 8, membership: again }]);
});

t.test(
  'a socket that follows rooms by name comes into the next stay of one that it had, unless its client left',
  async (t) => {
    const left = newId<RoomId>();
    const { news, session, known, resumed } = newsOver();
    session.followsAll = false;
    for (const one of [room, left]) known.set(one, membership);
    session.left(left);
    for (const one of [room, left, newId<RoomId>()]) news.again(session, one);
    await until('it is entered', () => resumed.length > 0);
    await wait(20);
    t.same(
      resumed.map(({ room }) => room),
      [room],
    );
  },
);

t.test('who had to be left out of his greeting comes in from where he was, not from where he joined', async (t) => {
  const { news, session, known, resumed } = newsOver();
  known.set(room, membership);
  news.again(session, room, 12);
  await until('it is entered', () => resumed.length > 0);
  t.same(resumed, [{ room, cursor: 12, membership }]);
});

t.test('a socket that has gone keeps nobody waiting for a join that is not noted', async (t) => {
  const { news, session, here, known, loads } = newsOver();
  here.push(fakeSession().session);
  known.set(room, { ...membership, since: 0 });
  news.again(session, room);
  await until('he is asked about', () => loads.length > 0);
  session.closed();
  const asked = loads.length;
  await wait(600);
  t.ok(loads.length <= asked + 1, 'though his user is here');
});
