import t from 'tap';
import { createClientIds } from '../../src/client/index.ts';
import { type ClientId, clientIdTime } from '../../src/schema/index.ts';

const timeOf = (id: string) => clientIdTime(id as ClientId);

t.test('the time of a UUIDv7 is what RFC 9562 gives as its example', async (t) => {
  t.equal(timeOf('017F22E2-79B0-7CC3-98C4-DC0C0C07398F'), Date.UTC(2022, 1, 22, 19, 22, 22));
});

t.test('ids of the SDK tell when they were made', async (t) => {
  for (const at of [0, 1, 1_795_262_400_000, 2 ** 48 - 1]) t.equal(timeOf(createClientIds(() => at).next()), at);
});

t.test('no other id tells a time', async (t) => {
  const others = [
    '919108f7-52d1-4320-9bac-f847db4148a8',
    '017f22e2-79b0-7cc3-18c4-dc0c0c07398f',
    '017f22e279b07cc398c4dc0c0c07398f',
    '01kahzx3y8r5b1c2d3e4f5g6h7',
    '017f22e2-79b0-7cc3-98c4-dc0c0c0739_f',
  ];
  for (const id of others) t.equal(timeOf(id), undefined, id);
});
