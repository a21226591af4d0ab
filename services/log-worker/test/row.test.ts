import { inboxOf, newId, type OpId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { readEvent } from '../src/row.ts';
import { clientId, join, logged, message, room, user } from './events.ts';

t.test('a message becomes a row with its text as it says now and its JSON as it was', async (t) => {
  const event = logged(42, message(1, 'hi'));
  t.same(readEvent(event), {
    row: {
      _id: `${room}:0000000000000042`,
      r: room,
      s: 42,
      u: user,
      k: 'msg',
      c: clientId(1),
      at: new Date(1_700_000_000_001),
      raw: new TextDecoder().decode(event.bytes),
      cur: { text: 'hi' },
      ver: 42,
    },
  });
});

t.test("the op of a row is the outbox row's, not the membership's", async (t) => {
  const op = newId<OpId>();
  const read = readEvent(join(op, 7));
  t.equal('row' in read && read.row.op, op);
  t.equal('row' in read && read.row.k, 'mem');
  t.notOk('row' in read && read.row.cur);
});

t.test('kinds and versions of a later writer are stored as they are', async (t) => {
  const later = readEvent(logged(1, { v: 1, t: 'poll', r: room, u: user, at: 5, m: 3, c: clientId(9) }));
  t.match(later, { row: { k: 'poll', c: clientId(9), ver: 1 } });
  const newer = readEvent(logged(2, { v: 2, t: 'msg', r: room, u: user, at: 5, body: 'other shape' }));
  t.match(newer, { row: { k: 'msg' } });
  t.notOk('row' in newer && newer.row.cur);
});

t.test('only what is known of a body is folded, so that no key stops the stream', async (t) => {
  const read = readEvent(logged(1, { ...message(1), b: { text: 'x', 'a\u0000b': 1, $where: 1 } }));
  t.same('row' in read && read.row.cur, { text: 'x' });
});

t.test(
  'all that is known of a body is kept: data of the application, a quote, where it was forwarded from',
  async (t) => {
    const body = {
      text: 'x',
      custom: { a: [1, { b: null }], ключ: '$x.y' },
      quote: 3,
      fwd: { r: room, m: 2, u: user },
    };
    const read = readEvent(logged(9, { ...message(1), b: body }));
    t.same('row' in read && read.row.cur, body);
  },
);

t.test('what of a body could not be stored, or has another shape, is left out of it', async (t) => {
  let deep: unknown = 1;
  for (let n = 0; n < 200; n++) deep = [deep];
  for (const extra of [
    { custom: { 'a\u0000b': 1 } },
    { custom: { a: [{ $where: 1 }] } },
    { custom: { 'a.b': 1 } },
    { custom: { deep } },
    { custom: [1] },
    { quote: '1' },
    { quote: 0 },
    { fwd: { r: 'x', m: 1, u: user } },
    { later: 'field' },
  ]) {
    const read = readEvent(logged(9, { ...message(1), b: { text: 'x', ...extra } }));
    t.same('row' in read && read.row.cur, { text: 'x' }, JSON.stringify(extra).slice(0, 60));
  }
});

t.test('a reply names the row that begins its thread; a number that cannot begin it is none', async (t) => {
  const read = readEvent(logged(9, { ...message(1), re: 4, also: 1 }));
  t.match(read, { row: { th: `${room}:0000000000000004`, also: true } });
  for (const re of [9, 10, 0, -1, 1.5, '4', null]) {
    const odd = readEvent(logged(9, { ...message(1), re, also: 1 }));
    t.notOk(!('row' in odd) || odd.row.th || odd.row.also, JSON.stringify(re));
  }
});

const other = newId<RoomId>();
for (const [what, content, reason] of [
  ['cut JSON', '{"v":1', 'not_json'],
  ['an array', '[1]', 'not_json'],
  ['null', 'null', 'not_json'],
  ['another room', message(1, 'x', other), 'wrong_room'],
  ['no room', { ...message(1), r: undefined }, 'wrong_shape'],
  ['no version', { ...message(1), v: undefined }, 'wrong_shape'],
  ['no kind', { ...message(1), t: '' }, 'wrong_shape'],
  ['a user that is no id', { ...message(1), u: 'me' }, 'wrong_shape'],
  ['a time that is none', { ...message(1), at: 1e300 }, 'wrong_shape'],
  ['a client id that is none', { ...message(1), c: 'x' }, 'wrong_shape'],
  ['a message without client id', { ...message(1), c: undefined }, 'wrong_shape'],
  ['a message without text', { ...message(1), b: {} }, 'wrong_shape'],
] as const) {
  t.test(`${what} can never be written: ${reason}`, async (t) => {
    t.same(readEvent(logged(1, content)), { reason });
  });
}

t.test('what is no UTF-8 or far too big can never be written', async (t) => {
  t.same(readEvent(logged(1, '', { bytes: Uint8Array.of(0x7b, 0xff, 0x7d) })), { reason: 'not_json' });
  t.same(readEvent(logged(1, message(1, 'x'.repeat(1024 * 1024)))), { reason: 'too_big' });
});

t.test('what is in a user’s inbox becomes a row under his id; what is not his is set aside', async (t) => {
  const notice = { v: 1, t: 'notice', r: user, u: user, at: 1_700_000_000_000, text: 'hello' };
  const inbox = inboxOf(user);
  t.match(readEvent(logged(7, notice, { room: inbox })), {
    row: { _id: `${user}:0000000000000007`, r: user, k: 'notice', ver: 7 },
  });
  t.same(readEvent(logged(7, { ...notice, r: newId() }, { room: inbox })), { reason: 'wrong_room' });
  t.same(readEvent(logged(7, { ...notice, r: inbox }, { room: inbox })), { reason: 'wrong_room' });
});
