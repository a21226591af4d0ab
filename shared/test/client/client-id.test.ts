import t from 'tap';
import { createClientIds, uuidv7 } from '../../src/client/client-id.ts';
import { isClientId } from '../../src/schema/index.ts';

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

t.test('the layout is RFC 9562’s own example', async (t) => {
  const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  t.equal(uuidv7(0x017f22e279b0, random), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

t.test('every id is a UUIDv7 of now, a client id, and no other’s', async (t) => {
  const ids = createClientIds(() => 1_700_000_000_123);
  const made = Array.from({ length: 2_000 }, () => ids.next());
  t.equal(new Set(made).size, made.length);
  for (const id of made) {
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(id);
    if (!isClientId(id) || timeOf(id) !== 1_700_000_000_123) t.fail(id);
  }
});

t.test('later ids sort behind earlier ones', async (t) => {
  let now = 1_700_000_000_000;
  const ids = createClientIds(() => now++);
  const made = Array.from({ length: 100 }, () => ids.next());
  t.same(made.toSorted(), made);
});

t.test('the server’s clock counts, however wrong one’s own is', async (t) => {
  let now = 1_000;
  const ids = createClientIds(() => now);
  ids.correct(1_700_000_000_000);
  now += 250;
  t.equal(timeOf(ids.next()), 1_700_000_000_250);
});
