import t from 'tap';
import { encodeReceipts, higher, type Mark, readableReceipts } from '../../src/bus/index.ts';
import { newId, type RoomId, type UserId } from '../../src/schema/index.ts';

const mark: Mark = { room: newId<RoomId>(), user: newId<UserId>(), recv: 9, read: 7 };

t.test('a batch is read as it was written', async (t) => {
  const batch = { at: 1_795_262_400_000, marks: [mark, { ...mark, user: newId<UserId>(), read: 0 }] };
  t.strictSame(readableReceipts(encodeReceipts(batch)), batch);
  t.strictSame(readableReceipts(encodeReceipts({ at: 1, marks: [] })), { at: 1, marks: [] });
});

t.test('what is no batch is told apart, whatever it is', async (t) => {
  const { room, user } = mark;
  const good = [room, user, 9, 7];
  const bad = [
    null,
    7,
    [],
    {},
    { at: 1 },
    { at: 'now', w: [] },
    { at: -1, w: [] },
    { at: 1, w: {} },
    { at: 1, w: [null] },
    { at: 1, w: [good, ['*', user, 9, 7]] },
    { at: 1, w: [[room, '', 9, 7]] },
    { at: 1, w: [[room, user, 9]] },
    { at: 1, w: [[room, user, 9, -1]] },
    { at: 1, w: [[room, user, 9.5, 7]] },
    { at: 1, w: [[room, user, '9', 7]] },
  ];
  for (const value of bad) t.equal(readableReceipts(Buffer.from(JSON.stringify(value))), undefined);
  for (const text of ['', '{', '{"at":1,"w":[']) t.equal(readableReceipts(Buffer.from(text)), undefined);
  t.ok(readableReceipts(Buffer.from(JSON.stringify({ at: 1, w: [[...good, 'later']], later: 1 }))));
});

t.test('of two marks the higher of each counts', async (t) => {
  t.strictSame(higher({ recv: 5, read: 1 }, { recv: 4, read: 3 }), { recv: 5, read: 3 });
});
