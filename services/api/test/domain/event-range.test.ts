import { Failure } from '@gapless/shared/errors';
import {
  type ClientId,
  type DeleteEvent,
  type EditEvent,
  type MessageEvent,
  newId,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import t from 'tap';
import { createReadRange } from '../../src/domain/log/event-range.ts';
import { createUnwrittenEvents, type UnwrittenEvents } from '../../src/domain/log/unwritten-events.ts';
import { withoutDeleted } from '../../src/masked-events.ts';

const room = newId<RoomId>();

const over = (rows: readonly { seq: number; raw: string }[], unwritten: UnwrittenEvents = async () => []) =>
  createReadRange({
    events: {
      range: async (_room, { after, before }, limit) =>
        rows.filter(({ seq }) => seq > after && seq < before).slice(0, limit),
    },
    rows: { watermark: async () => 8 },
    unwritten,
    withoutDeleted,
  });
const short = [2, 4, 6, 8].map((seq) => ({ seq, raw: `{"v":${seq}}` }));

t.test('a range that fits is whole up to its end', async (t) => {
  const { events, upTo } = await over(short)(room, { after: 2, before: 9 }, 10);
  t.strictSame([events.map(({ seq }) => seq), upTo], [[4, 6, 8], 8]);
  t.strictSame(await over([])(room, { after: 2, before: 9 }, 10), { events: [], upTo: 8, watermark: 8 });
});

t.test('one that does not says up to where nothing is missing', async (t) => {
  const page = await over(short)(room, { after: 0, before: 9 }, 3);
  t.strictSame([page.events.map(({ seq }) => seq), page.upTo], [[2, 4, 6], 6]);
});

t.test('an answer is bounded by its size as well, one event at least', async (t) => {
  const long = [2, 4, 6].map((seq) => ({ seq, raw: 'x'.repeat(150_000) }));
  const page = await over(long)(room, { after: 0, before: 9 }, 10);
  t.strictSame([page.events.map(({ seq }) => seq), page.upTo], [[2], 2]);
  const rest = await over(long)(room, { after: 4, before: 9 }, 10);
  t.strictSame([rest.events.map(({ seq }) => seq), rest.upTo], [[6], 8]);
});

t.test('what was deleted is left out before the deletion is written', async (t) => {
  const said = { v: 1, r: room, u: newId<UserId>(), at: 1 } as const;
  const message = (text: string) => ({ ...said, t: 'msg', c: newId(), b: { text } }) as MessageEvent;
  const edit = (m: number, text: string) => ({ ...said, t: 'edit', c: newId(), m, b: { text } }) as EditEvent;
  const events = [message('secret'), message('plain'), edit(2, 'still secret'), edit(4, 'plain still')];
  const rows = events.map((event, n) => ({ seq: 2 * (n + 1), raw: JSON.stringify(event) }));
  const deletion = { ...said, t: 'del', c: newId(), m: 2 } as DeleteEvent;
  const asked: number[] = [];
  const read = over(rows, async (_room, after) => {
    asked.push(after);
    return [{ event: deletion, raw: '', seq: 11 }];
  });
  const found = (await read(room, { after: 0, before: 9 }, 10)).events.map(({ seq, raw }) => [seq, JSON.parse(raw)]);
  t.match(found, [
    [2, { t: 'msg', del: 1, b: { text: '' } }],
    [4, { t: 'msg', del: undefined, b: { text: 'plain' } }],
    [6, { t: 'edit', del: 1, b: { text: '' } }],
    [8, { t: 'edit', del: undefined, b: { text: 'plain still' } }],
  ]);
  t.same(asked, [8], 'what is written is masked in the store');
});

t.test('… however busy the other rooms of its stream are, or nothing of the room is given out', async (t) => {
  const said = { v: 1, r: room, u: newId<UserId>(), at: 1, c: newId<ClientId>() } as const;
  const secret: MessageEvent = { ...said, t: 'msg', b: { text: 'secret' } };
  const answer: MessageEvent = { ...said, t: 'msg', b: { text: 'go' } };
  const deletion: DeleteEvent = { ...said, t: 'del', m: 2 };
  const logged = [deletion, answer, answer].map((event, n) => ({ event, raw: '', seq: 11 + n * 1_000_000 }));
  const tail = {
    head: async () => 2_000_011,
    walk: async function* () {
      yield* logged;
    },
  };
  const rows = [{ seq: 2, raw: JSON.stringify(secret) }];
  const range = { after: 0, before: 9 };
  const { events } = await over(rows, createUnwrittenEvents(tail, { most: 3 }))(room, range, 10);
  t.match(JSON.parse(events[0]?.raw ?? ''), { del: 1, b: { text: '' } });
  await t.rejects(over(rows, createUnwrittenEvents(tail, { most: 2 }))(room, range, 10), Failure);
});
