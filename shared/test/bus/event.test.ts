import t from 'tap';
import { decodeEvent, encodeEvent, eventId, frameAfter, frameOf, messageEvent } from '../../src/bus/index.ts';
import type { ClientId, RoomId, UserId } from '../../src/schema/index.ts';

const message = messageEvent({
  room: '01hq0000000000000000000000' as RoomId,
  user: '01hq0000000000000000000001' as UserId,
  at: 1_700_000_000_000,
  clientId: '0190-client-id-0001' as ClientId,
  body: { text: '안녕 👋 "quoted"' },
});

t.test('an event comes back from its stored bytes', async (t) => {
  t.strictSame(decodeEvent(encodeEvent(message)), message);
});

t.test('a frame is the stored bytes behind their numbers', async (t) => {
  const frame = JSON.parse(frameOf(12, 7, encodeEvent(message)).toString());
  t.strictSame(frame, { s: 12, p: 7, ...message });
});

t.test('the bytes of an event view into a larger buffer are taken alone', async (t) => {
  const bytes = encodeEvent(message);
  const padded = new Uint8Array(bytes.length + 20).fill(120);
  padded.set(bytes, 9);
  t.strictSame(JSON.parse(frameOf(1, 0, padded.subarray(9, 9 + bytes.length)).toString()), { s: 1, p: 0, ...message });
});

t.test('a frame gets another predecessor, the rest of it as it was', async (t) => {
  const frame = frameOf(120, 117, encodeEvent(message));
  for (const prev of [0, 9, 117, 1_000_000])
    t.equal(frameAfter(prev, frame).toString(), frameOf(120, prev, encodeEvent(message)).toString());
});

t.test('the same client id in two rooms is two ids', async (t) => {
  const { u, c } = message as { u: UserId; c: ClientId };
  t.not(eventId('a' as RoomId, u, 'msg', c), eventId('b' as RoomId, u, 'msg', c));
});
