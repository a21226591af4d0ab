import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createReadRange } from '../../src/domain/log/event-range.ts';

const room = newId<RoomId>();

const over = (rows: readonly { seq: number; raw: string }[]) =>
  createReadRange({
    range: async (_room, { after, before }, limit) =>
      rows.filter(({ seq }) => seq > after && seq < before).slice(0, limit),
  });
const short = [2, 4, 6, 8].map((seq) => ({ seq, raw: `{"v":${seq}}` }));

t.test('a range that fits is whole up to its end', async (t) => {
  const { events, upTo } = await over(short)(room, { after: 2, before: 9 }, 10);
  t.strictSame([events.map(({ seq }) => seq), upTo], [[4, 6, 8], 8]);
  t.strictSame(await over([])(room, { after: 2, before: 9 }, 10), { events: [], upTo: 8 });
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
