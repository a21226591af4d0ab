import t from 'tap';
import { headerLines } from '../../src/bus/nats-headers.ts';

t.test('headers are the bytes that go over the wire', async (t) => {
  const bytes = (
    headerLines({ 'Nats-Msg-Id': 'a:b', 'Gapless-Op': 'c' }) as unknown as { encode(): Uint8Array }
  ).encode();
  t.equal(Buffer.from(bytes).toString(), 'NATS/1.0\r\nNats-Msg-Id: a:b\r\nGapless-Op: c\r\n\r\n');
});

t.test('a value cannot smuggle in a header of its own', async (t) => {
  for (const value of ['a\r\nNats-Rollup: all', 'a\n', '\r'])
    t.throws(() => headerLines({ 'Nats-Msg-Id': value }), TypeError);
});
