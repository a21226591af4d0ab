import { isClientId } from '@gapless/shared/schema';
import t from 'tap';
import { maskedText } from '../src/load/client-frames.ts';
import { createClientIds, isEvent, scanEvent, scanOk, sendFrame } from '../src/load/message.ts';
import { eventText, room } from './server-frames.ts';

const scanned = (text: string) => {
  const bytes = Buffer.from(`…${text}…`);
  const start = Buffer.byteLength('…');
  const event = { seq: 0, prev: 0, dueUs: 0 };
  const ok = isEvent(bytes, start) && scanEvent(bytes, start, bytes.length - start, event);
  return ok ? event : undefined;
};

t.test('numbers and the intended time are read from the bytes of an event', async (t) => {
  for (const [seq, prev, dueUs] of [
    [1, 0, 0],
    [42, 41, 1_234_567],
    [9_007_199_254_740_991, 8_999_999_999_999_999, 9_999_999_999_999],
  ] as const) {
    t.strictSame(scanned(eventText(seq, prev, dueUs)), { seq, prev, dueUs });
  }
});

t.test('what is no event, or one of another shape, is not taken for one', async (t) => {
  const event = eventText(42, 41, 1_234_567);
  for (const text of [
    '{}',
    '{"t":"ok","i":1,"s":42}',
    '{"s":42}',
    event.replace('"p"', '"q"'),
    event.replace('"s":42', '"s":x'),
    event.replace('0000000001234567', 'a text of a person'),
    `${event}}`,
  ]) {
    t.equal(scanned(text), undefined, text);
  }
});

t.test('the number that an ok answers is read from its bytes', async (t) => {
  const read = (text: string) => scanOk(Buffer.from(text), 0);
  t.equal(read('{"t":"ok","i":1234,"s":42,"at":1795266549780}'), 1234);
  t.equal(read('{"t":"err","i":1234,"code":"busy"}'), -1);
  t.equal(read('{"t":"o'), -1);
});

t.test('a send is one frame of the protocol, masked, with the time at which it was due', async (t) => {
  const id = createClientIds()();
  const frame = maskedText(sendFrame(7, room, id, 1_234_567.4));
  t.equal(frame[0], 0x81);
  t.equal(frame[1], 0x80 | 126);
  const mask = frame.subarray(4, 8);
  const text = Buffer.from(frame.subarray(8)).map((byte, n) => byte ^ (mask[n & 3] as number));
  const { b, ...rest } = JSON.parse(Buffer.from(text).toString());
  t.strictSame(rest, { t: 'send', i: 7, r: room, c: id });
  t.match(b.text, /^0000000001234567 the quick/);
  t.equal(b.text.length, 100);
});

t.test('client ids are ids, and none is given twice', async (t) => {
  const [one, two] = [createClientIds(), createClientIds()];
  const ids = Array.from({ length: 1_000 }, () => [one(), two()]).flat();
  t.equal(new Set(ids).size, 2_000);
  t.ok(ids.every(isClientId));
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});
