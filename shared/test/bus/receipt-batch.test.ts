import t from 'tap';
import { encodeReceipts, higher, type Mark, readableReceipts } from '../../src/bus/index.ts';
import { readableNotes } from '../../src/bus/nats-notes.ts';
import { newId, type RoomId, type UserId, unreadFrom } from '../../src/schema/index.ts';

const mark: Mark = { room: newId<RoomId>(), user: newId<UserId>(), recv: 9, read: 7 };

t.test('a batch is read as it was written', async (t) => {
  const said = { ...mark, readAt: 1_795_262_400_000 };
  const unread = { v: 1_795_262_400_001, s: 5 };
  const others = [{ ...mark, user: newId<UserId>(), read: 0 }, said, { ...mark, unread }, { ...said, unread }];
  const batch = { at: 1_795_262_400_000, marks: [mark, ...others] };
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
  const [early, late] = [
    { recv: 0, read: 0, readAt: 9, unread: { v: 7, s: 3 } },
    { recv: 1, read: 1, unread: { v: 8, s: 2 } },
  ];
  const both = { recv: 1, read: 1, readAt: 9, unread: { v: 8, s: 2 } };
  t.strictSame(higher(early, late), both);
  t.strictSame(higher(late, early), both, 'in whatever order they come');
});

t.test('what was marked unread holds until it is read again, whichever of the two comes late', async (t) => {
  const unread = { v: 8, s: 2 };
  t.equal(unreadFrom({}), undefined);
  t.equal(unreadFrom({ unread }), 2);
  t.equal(unreadFrom({ unread, readAt: 7 }), 2, 'a read from before');
  t.equal(unreadFrom({ unread, readAt: 8 }), undefined);
  t.equal(unreadFrom({ unread, readAt: 9 }), undefined);
});

t.test('words of what was written are told apart from what is none as well', async (t) => {
  const [room, user] = [newId(), newId()];
  const read = (value: unknown) => readableNotes(Buffer.from(JSON.stringify(value)));
  t.strictSame(read({ w: [[room, 7, user, 2, 1, 'later']], later: 1 }), [
    { room, seq: 7, author: user, count: 2, isWhisper: true },
  ]);
  const bad = [null, 7, [], {}, { w: {} }, { w: [null] }, { w: [[room, 7, user]] }, { w: [[room, '7', user, 1]] }];
  for (const value of [...bad, { w: [['*', 7, user, 1]] }]) t.equal(read(value), undefined, JSON.stringify(value));
  for (const text of ['', '{', '{"w":[']) t.equal(readableNotes(Buffer.from(text)), undefined);
});
