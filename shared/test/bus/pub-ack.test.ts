import t from 'tap';
import { parsePubAck } from '../../src/bus/pub-ack.ts';

const ack = (json: string) => parsePubAck(Buffer.from(json));

t.test('tells every answer of JetStream from success', async (t) => {
  t.strictSame(ack('{"stream":"ROOM_0","seq":42}'), { kind: 'stored', seq: 42, duplicate: false });
  t.strictSame(ack('{"stream":"ROOM_0","domain":"x","seq":42,"duplicate": true}'), {
    kind: 'stored',
    seq: 42,
    duplicate: true,
  });
  const refused = (code: number, err: number) =>
    ack(`{"error":{"code":${code},"err_code":${err},"description":"x"},"stream":"ROOM_0","seq":0}`);
  t.strictSame(refused(400, 10_077), { kind: 'full' }, 'the log is full');
  t.strictSame(refused(409, 10_158), { kind: 'again' }, 'the first one is still being stored');
  t.strictSame(refused(429, 10_167), { kind: 'again' }, 'too many requests');
  t.strictSame(refused(503, 10_008), { kind: 'again' }, 'JetStream is not there for now');
  t.strictSame(refused(400, 10_071), { kind: 'refused', code: 10_071 }, 'anything else is final');
  t.strictSame(ack(''), { kind: 'again' }, 'no responders');
  t.strictSame(ack('{"stream":"ROOM_0","seq":0}'), { kind: 'refused', code: 0 }, 'no number is no success');
  t.strictSame(ack('garbage'), { kind: 'refused', code: 0 });
});
