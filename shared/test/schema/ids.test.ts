import t from 'tap';
import { isClientId, isId, newId, type RoomId } from '../../src/schema/index.ts';

t.test('new ids are lower-case ULIDs that sort by time', async (t) => {
  const made = Array.from({ length: 1_000 }, (_, n) => newId<RoomId>(1_700_000_000_000 + n));
  t.ok(made.every(isId));
  t.same(made.toSorted(), made);
  t.match(newId(0), /^0{10}/);
  t.equal(newId(1_469_918_176_385).slice(0, 10), '01aryz6s41', 'as in the ULID specification, in lower case');
});

t.test('ids of one millisecond differ', async (t) => {
  t.equal(new Set(Array.from({ length: 10_000 }, () => newId(1))).size, 10_000);
});

t.test('nothing but an id may pass for one', async (t) => {
  const id = newId();
  const others = ['', id.slice(1), `${id}0`, id.toUpperCase(), `${id.slice(1)}u`, `${id.slice(1)}*`, `${id.slice(1)}.`];
  for (const other of [...others, `${id}\n`, `>${id.slice(1)}`, `${id.slice(1)}é`]) t.notOk(isId(other), other);
});

t.test('client ids: 16 to 36 letters, digits, - and _', async (t) => {
  for (const good of ['a'.repeat(16), 'A_-9'.repeat(9), '0190aaaa-0000-7000-8000-000000000000']) t.ok(isClientId(good));
  for (const bad of [
    '',
    'a'.repeat(15),
    'a'.repeat(37),
    `${'a'.repeat(16)}\n`,
    `${'a'.repeat(15)}:`,
    `${'a'.repeat(15)}é`,
  ])
    t.notOk(isClientId(bad), bad);
});
