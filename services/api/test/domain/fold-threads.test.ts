import { type ClientId, type DeleteEvent, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import type { Message, MessageRow, WrittenThread } from '../../src/domain/log/event-store.ts';
import { foldThread } from '../../src/domain/log/fold-threads.ts';
import { threadsIn } from '../../src/domain/log/unwritten-events.ts';

const [ann, bob, eve, zoe] = ['ann', 'bob', 'eve', 'zoe'] as unknown as UserId[] as [UserId, UserId, UserId, UserId];
const root = 10;
const answer = (seq: number, user = ann, more: Partial<Message> = {}): Message => ({
  ...{ seq, user, at: new Date(seq), clientId: newId<never>() as ClientId, body: { text: '' }, thread: root },
  ...{ version: seq, deleted: false, ...more },
});
const deletion = (seq: number, m: number) => {
  const event: DeleteEvent = { v: 1, t: 'del', r: newId<RoomId>(), u: ann, at: seq, m };
  return { seq, event, raw: '' };
};
const rowOf = (message: Message, hidden = false): [number, MessageRow] => [
  message.seq,
  { seq: message.seq, message, hidden },
];
const written = (over: Partial<WrittenThread> = {}): WrittenThread => ({
  ...{ root, count: 2, last: { seq: 12, at: new Date(12) }, users: [bob, ann], version: 12, ...over },
});
const none = { answers: [], deletions: [], deleted: new Map() };

t.test('without anything unwritten a thread is what is written; without answers there is none', async (t) => {
  t.same(foldThread(root, written(), none), { root, count: 2, last: { seq: 12, at: new Date(12) }, users: [bob, ann] });
  t.equal(foldThread(root, undefined, none), undefined);
  t.equal(foldThread(root, written({ count: 0 }), none), undefined);
});

t.test('answers above its version are added, others are in it; each replier counts once, the last first', async (t) => {
  const answers = [answer(11), answer(12, bob), answer(13, ann), answer(14, eve), answer(15, zoe, { thread: 9 })];
  t.same(foldThread(root, written(), { ...none, answers }), {
    ...{ root, count: 4, last: { seq: 14, at: new Date(14) }, users: [eve, ann, bob] },
  });
  t.match(foldThread(root, undefined, { ...none, answers }), { count: 4, users: [eve, ann, bob] });
});

t.test('a deletion counts once, wherever its answer stands and however far it is written', async (t) => {
  const [first, third] = [answer(11), answer(13)];
  const of = (deleted: [number, MessageRow][], seqs: [seq: number, m: number][], answers: Message[] = []) =>
    foldThread(root, written(), {
      answers,
      deletions: seqs.map(([seq, m]) => deletion(seq, m)),
      deleted: new Map(deleted),
    })?.count;
  t.equal(of([rowOf(first)], [[14, 11]]), 1);
  t.equal(
    of(
      [rowOf(first)],
      [
        [14, 11],
        [15, 11],
      ],
    ),
    1,
    'deleted twice',
  );
  t.equal(of([], [[14, 13]], [third]), 2, 'it was not counted yet');
  t.equal(of([rowOf(answer(11, ann, { deleted: true, version: 14 }))], [[14, 11]]), 1, 'only its row is written');
  t.equal(of([rowOf(answer(11, ann, { deleted: true, version: 12 }))], [[12, 11]]), 2, 'the thread knows of it');
  t.equal(of([rowOf(first, true)], [[14, 11]]), 2, 'what had landed before was never counted');
  t.equal(of([rowOf(answer(11, ann, { thread: 9 }))], [[14, 11]]), 2, 'of another thread');
});

t.test('an answer that is counted while the watermark is still below it is taken away by its deletion', async (t) => {
  const room = newId<RoomId>();
  const c = newId<never>() as ClientId;
  const sent = { v: 1, t: 'msg', r: room, u: ann, at: 1, c, b: { text: '' }, re: root } as const;
  const events = [{ seq: 12, event: sent, raw: '' }, deletion(13, 12)];
  const rows = {
    at: async () => [],
    marked: async (_: RoomId, messages: readonly Message[]) =>
      messages.map((message) => ({ seq: message.seq, message, hidden: false })),
  };
  const unwritten = await threadsIn(rows, room, events, 11);
  t.equal(foldThread(root, written(), unwritten)?.count, 1);
  t.equal(foldThread(root, written({ count: 1, version: 11 }), unwritten)?.count, 1);
});
