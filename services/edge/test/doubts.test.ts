import { type Heads, type Replica, streamNames, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createDoubts } from '../src/doubts.ts';
import { createLeaderEnds } from '../src/leader-ends.ts';

const room = newId<RoomId>();
const stream = 'ROOM_0';

/** A room at 5 of which the log's leader holds what the test says. */
function doubted({ head = 5 as number | undefined, fills = true, names = [stream] } = {}) {
  const state = { now: 0, cursor: 5, told: 5, comparedAt: 0, provenAt: 0, asked: 0, away: false, late: 0 };
  const hub = {
    cursor: () => state.cursor,
    told: () => state.told,
    comparedAt: (_room: RoomId, replica: Replica) => (replica === 'leader' ? state.provenAt : state.comparedAt),
    compared: (_room: RoomId, seq: number, askedAt: number, replica: Replica) => {
      state.comparedAt = Math.max(state.comparedAt, askedAt);
      if (replica === 'leader') state.provenAt = Math.max(state.provenAt, askedAt);
      state.told = Math.max(state.told, seq);
      if (fills) setTimeout(() => Object.assign(state, { cursor: state.told }), 10);
    },
  };
  const log = {
    newest: async (_room: RoomId): Promise<number | undefined> => {
      state.asked++;
      if (state.away) throw new Failure('log_unavailable');
      return head;
    },
  };
  const clock = {
    now: () => {
      // Whoever waits for something that does not come is to be out of patience soon.
      if (state.cursor < state.told) state.now += 100;
      return state.now;
    },
  };
  const streams = { names };
  const ends = createLeaderEnds({ hub, log, streams, clock });
  const doubts = createDoubts({ hub, ends, streams, heardUpTo: () => state.now - state.late, clock });
  const hears = (ms: number, heads: Pick<Heads, 'age'> = { age: 200 }): void => {
    state.now += ms;
    doubts.heard({ stream, ...heads });
  };
  return { doubts, state, hub, log, hears };
}

t.test('while heads come nothing is in doubt, and nothing is asked', (t) => {
  const { doubts, state, hears } = doubted();
  for (let n = 0; n < 10; n++) hears(500);
  state.now += 800;
  t.same([doubts.about(room), state.asked], [false, 0], 'what is a second old is known');
  t.notOk(doubts.heard({ stream: 'a stream of somebody else', age: 0 }));
  state.now += 1;
  t.ok(doubts.about(room), 'those of another stream say nothing of this one');
  t.end();
});

t.test('heads that come again after a silence do not end the doubt: a comparison does', async (t) => {
  const { doubts, state, hears } = doubted({ head: 7 });
  hears(3_000);
  t.ok(doubts.mayLack(room));
  t.ok(doubts.about(room), 'this process may have stood still, with the end of its connection still unread');
  await doubts.settle(room);
  t.same([state.cursor, state.asked, doubts.about(room)], [7, 1, false], 'when all of it went out');
});

t.test('heads of an announcer that is behind the log prove nothing', async (t) => {
  const { doubts, state, hears } = doubted();
  hears(500);
  for (let n = 0; n < 3; n++) hears(500, {});
  t.same([doubts.about(room), doubts.mayLack(room)], [true, false], 'nor do they begin a doubt');
  await doubts.settle(room);
  t.same([doubts.about(room), state.asked], [false, 1]);
  hears(500);
  state.now += 600;
  t.same([doubts.about(room), state.asked], [false, 1], 'until one is whole again');
  t.end();
});

t.test('heads prove no more than was said when the last answer came, however late this edge takes them in', (t) => {
  const { doubts, state, hears } = doubted();
  hears(500);
  state.late = 700;
  for (let n = 0; n < 3; n++) hears(500);
  t.notOk(doubts.about(room));
  state.now += 101;
  t.ok(doubts.about(room), 'of 700 ms ago they tell what was stored 200 ms before');
  state.late = 0;
  hears(0);
  t.notOk(doubts.about(room));
  t.end();
});

t.test('a comparison that was asked for before the doubt began is none', async (t) => {
  const { doubts, state } = doubted({ head: undefined });
  state.now = 10;
  doubts.begin();
  state.provenAt = 9;
  t.ok(doubts.about(room));
  await doubts.settle(room);
  t.same([doubts.about(room), state.asked], [false, 1], 'a room of which the log holds nothing any more as well');
});

t.test('while nobody says where rooms ended, a comparison is good for a moment', async (t) => {
  const { doubts, state } = doubted();
  state.now = 2_000;
  t.same([doubts.about(room), doubts.mayLack(room)], [true, false], 'what comes live is believed as long as it comes');
  await doubts.settle(room);
  t.notOk(doubts.about(room));
  state.now += 1_001;
  t.ok(doubts.about(room));
});

t.test('what is known to be missing is waited for without a question, and not for ever', async (t) => {
  const { doubts, state } = doubted({ fills: false });
  state.told = 6;
  t.ok(doubts.about(room));
  const settled = doubts.settle(room);
  state.cursor = 6;
  await settled;
  t.same([doubts.about(room), state.asked], [false, 0]);
  state.told = 8;
  await t.rejects(doubts.settle(room), { code: 'unavailable' });
});

t.test('a log that gave no answer is not asked again for a moment', async (t) => {
  const { doubts, state } = doubted();
  state.now = 5_000;
  state.away = true;
  for (let n = 0; n < 3; n++) await t.rejects(doubts.settle(room), { code: 'unavailable' });
  t.equal(state.asked, 1);
  state.away = false;
  state.now += 1_001;
  await doubts.settle(room);
  t.same([state.asked, doubts.about(room)], [2, false]);
});

t.test('what a follower says ends no doubt about a replay: it may lack what was lost', async (t) => {
  const { doubts, state, hub } = doubted({ head: 6 });
  state.now = 10;
  doubts.begin();
  hub.compared(room, 5, 10, 'any');
  t.same([doubts.mayLack(room), doubts.about(room)], [false, true]);
  await doubts.settle(room);
  t.same([state.cursor, doubts.about(room), state.asked], [6, false, 1]);
});

t.test(
  'all who come at the same time share a question, but for one that was sent before the doubt began',
  async (t) => {
    const { doubts, state, log } = doubted();
    const answers: (() => void)[] = [];
    log.newest = () => {
      state.asked++;
      return new Promise((resolve) => answers.push(() => resolve(5)));
    };
    state.now = 10;
    doubts.begin();
    const early = [doubts.settle(room), doubts.settle(room)];
    t.equal(state.asked, 1);
    state.now = 20;
    doubts.begin();
    const late = [doubts.settle(room), doubts.settle(room)];
    t.equal(state.asked, 2);
    answers[0]?.();
    await Promise.all(early);
    t.ok(doubts.about(room));
    answers[1]?.();
    await Promise.all(late);
    t.same([doubts.about(room), state.asked], [false, 2]);
  },
);

t.test('of many rooms some are asked about at once; a stream that gives no answer is away alone', async (t) => {
  const names = streamNames(2);
  const { doubts, state, log } = doubted({ names });
  const rooms = Array.from({ length: 80 }, () => newId<RoomId>());
  const [stuck = [], healthy = []] = names.map((name) => rooms.filter((one) => streamOf(one, names.length) === name));
  const asked: RoomId[] = [];
  let comesBack: (seq: number) => void = () => undefined;
  const back = new Promise<number>((resolve) => {
    comesBack = resolve;
  });
  log.newest = (one) => {
    asked.push(one);
    if (!stuck.includes(one)) return Promise.resolve(5);
    return asked.length === 1 ? Promise.reject(new Failure('log_unavailable')) : back;
  };
  state.now = 10;
  doubts.begin();
  await t.rejects(doubts.settle(stuck[0] as RoomId), { code: 'unavailable' });
  await t.rejects(doubts.settle(stuck[1] as RoomId), { code: 'unavailable' });
  t.equal(asked.length, 1, 'not asked again for a moment');
  await doubts.settle(healthy[0] as RoomId);
  state.now += 1_001;
  doubts.begin();
  const waiting = Promise.all(stuck.map((one) => doubts.settle(one)));
  t.equal(asked.length, 2 + 16);
  await Promise.all(healthy.map((one) => doubts.settle(one)));
  comesBack(5);
  await waiting;
  t.ok(stuck.every((one) => asked.includes(one)));
});
