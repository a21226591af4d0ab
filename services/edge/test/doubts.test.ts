import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createDoubts } from '../src/doubts.ts';

const room = newId<RoomId>();
const stream = 'ROOM_0';

/** A room at 5 of which the log holds what the test says. */
function doubted({ head = 5 as number | undefined, fills = true } = {}) {
  const state = { now: 0, cursor: 5, told: 5, comparedAt: 0, asked: 0, away: false };
  const doubts = createDoubts({
    hub: {
      cursor: () => state.cursor,
      told: () => state.told,
      comparedAt: () => state.comparedAt,
      compared: (_room, seq, askedAt) => {
        state.comparedAt = askedAt;
        state.told = Math.max(state.told, seq);
        if (fills) setTimeout(() => Object.assign(state, { cursor: state.told }), 10);
      },
    },
    heads: {
      newest: async () => {
        state.asked++;
        if (state.away) throw new Failure('log_unavailable');
        return head;
      },
    },
    streams: { names: [stream] },
    clock: {
      now: () => {
        // Whoever waits for something that does not come is to be out of patience soon.
        if (state.cursor < state.told) state.now += 100;
        return state.now;
      },
    },
  });
  const hears = (ms: number): void => {
    state.now += ms;
    doubts.heard(stream);
  };
  return { doubts, state, hears };
}

t.test('while heads come nothing is in doubt, and nothing is asked', (t) => {
  const { doubts, state, hears } = doubted();
  for (let n = 0; n < 10; n++) hears(500);
  state.now += 900;
  t.same([doubts.about(room), state.asked], [false, 0]);
  doubts.heard('a stream of somebody else');
  state.now += 200;
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

t.test('a comparison that was asked for before the doubt began is none', async (t) => {
  const { doubts, state } = doubted({ head: undefined });
  state.now = 10;
  doubts.begin();
  state.comparedAt = 9;
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
