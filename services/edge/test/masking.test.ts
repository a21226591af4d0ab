import { decodeEvent, encodeEvent, frameOf } from '@gapless/shared/bus';
import { newId, type RoomEvent, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { maskDeleted } from '../src/masking.ts';
import { RoomRing } from '../src/room-ring.ts';

const [r, u] = [newId<RoomId>(), newId<UserId>()];
const event = (fields: object): Uint8Array => {
  const { t, ...rest } = fields as { t: string };
  return encodeEvent({ v: 1, t, r, u, at: 1, c: 'a-client-id-000000', ...rest } as unknown as RoomEvent);
};
const story = [
  { seq: 1, bytes: event({ t: 'msg', b: { text: 'secret one' } }) },
  { seq: 2, bytes: event({ t: 'msg', b: { text: 'kept, says "t":"del"' } }) },
  { seq: 3, bytes: event({ t: 'edit', m: 1, b: { text: 'secret two' } }) },
  { seq: 4, bytes: event({ t: 'edit', m: 2, b: { text: 'kept, edited' } }) },
  { seq: 5, bytes: event({ t: 'link', m: 1, l: { url: 'https://secret.example', title: 'secret three' } }) },
  { seq: 6, bytes: event({ t: 'del', m: 1 }) },
];
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

t.test('a replay does not carry what is deleted further on in it, and nothing else changes', async (t) => {
  const shown = maskDeleted(story);
  t.same(
    shown.map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6],
  );
  t.notMatch(shown.map(({ bytes }) => text(bytes)).join(''), /secret/);
  t.match(decodeEvent(shown[0]?.bytes as Uint8Array), { v: 1, t: 'msg', r, u, b: { text: '' }, del: 1 });
  for (const n of [1, 3, 5]) t.equal(shown[n]?.bytes, story[n]?.bytes);
  t.equal(maskDeleted(story.slice(0, 4)).length, 4);
  t.match(text(maskDeleted(story.slice(0, 4))[0]?.bytes as Uint8Array), /secret/, 'without its deletion it stays');
});

t.test('the ring forgets what was written in a message when it is deleted', async (t) => {
  const ring = new RoomRing({ events: 10, bytes: 10_000 }, 0);
  for (const { seq, bytes } of story) ring.push(seq, frameOf(seq, seq - 1, bytes));
  ring.mask(1);
  const frames = ring.after(0, 10)?.frames ?? [];
  t.notMatch(frames.map(text).join(''), /secret/);
  t.match(text(frames[0] as Uint8Array), /^\{"s":1,"p":0,"v":1,"t":"msg"/, 'its numbers stay in front');
  t.match(text(frames[3] as Uint8Array), /kept, edited/);
});

t.test('nor does what is said of it behind its deletion, by who did not know of that', async (t) => {
  const [, , edited, other, preview, deletion] = story.map(({ bytes }) => bytes);
  const textOf = (said: readonly (Uint8Array | undefined)[], known?: ReadonlySet<number>): string => {
    const events = said.map((bytes, n) => ({ seq: n + 4, bytes: bytes as Uint8Array }));
    return maskDeleted(events, known)
      .map(({ bytes }) => text(bytes))
      .join('');
  };
  t.notMatch(textOf([deletion, edited, preview]), /secret/);
  t.match(textOf([edited, other, preview]), /secret two.*kept, edited.*secret three/);
  t.notMatch(textOf([edited, preview], new Set([1])), /secret/, 'known from before');
  t.match(textOf([other], new Set([1])), /kept, edited/);
});
