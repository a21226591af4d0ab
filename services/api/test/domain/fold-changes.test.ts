import { type ChangeEvent, type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import type { Message } from '../../src/domain/log/event-store.ts';
import { foldChanges, lastReactions, withReactions } from '../../src/domain/log/fold-changes.ts';
import type { LoggedEvent } from '../../src/domain/log/log-tail.ts';

const [author, other, room] = [newId<UserId>(), newId<UserId>(), newId<RoomId>()];
const c = newId<never>() as ClientId;
const sent: Message = {
  seq: 5,
  user: author,
  at: new Date(5),
  clientId: c,
  body: { text: 'first' },
  version: 5,
  deleted: false,
};
const change = (seq: number, fields: object): LoggedEvent<ChangeEvent> => {
  const event = { v: 1, r: room, u: author, at: seq, c, m: 5, ...fields } as unknown as ChangeEvent;
  return { event, seq, raw: '' };
};
const edit = (seq: number, text: string, u = author) => change(seq, { t: 'edit', b: { text }, u });
const del = (seq: number) => change(seq, { t: 'del' });
const react = (seq: number, e: string, on: 0 | 1, u = author) => change(seq, { t: 'react', e, on, u });

t.test('the newest edit of the author counts, unless what is written is newer', async (t) => {
  const [folded] = foldChanges([sent], [edit(6, 'second'), edit(7, 'third'), edit(8, 'not mine', other)]);
  t.match(folded, { body: { text: 'third' }, version: 7, edited: new Date(7) });
  const [written] = foldChanges([{ ...sent, version: 9, body: { text: 'ninth' } }], [edit(7, 'third')]);
  t.match(written, { body: { text: 'ninth' }, version: 9 });
});

t.test('a deletion stands, and takes the text', async (t) => {
  const [folded] = foldChanges([sent], [edit(6, 'second'), del(7), edit(8, 'third')]);
  t.match(folded, { deleted: true, body: { text: '' } });
  t.notOk(folded?.edited);
});

t.test('whom it named and what it led to go with the text', async (t) => {
  const rich: Message = { ...sent, mentions: [other], link: { url: 'https://example.org/', title: 'secret' } };
  const [edited] = foldChanges([rich], [edit(6, 'second')]);
  t.notOk(edited?.link, 'nobody knows yet what the new text leads to');
  const [deleted] = foldChanges([rich], [del(6)]);
  t.notOk(deleted?.link || deleted?.mentions);
});

t.test('reactions: who is not written yet is added, taken back, or outdone by what is written', async (t) => {
  const changes = [
    react(6, '👍', 1),
    react(7, '👍', 0),
    react(8, '👍', 1, other),
    react(9, '🎉', 1, other),
    edit(10, 'x'),
  ];
  const last = lastReactions(changes, new Set([5]));
  t.same(
    last.map(({ emoji, on, version }) => [emoji, on, version]),
    [
      ['👍', false, 7],
      ['👍', true, 8],
      ['🎉', true, 9],
    ],
  );
  t.same(lastReactions(changes, new Set([4])), []);
  const counted = [{ emoji: '👍', count: 3, mine: false }];
  const written = [{ seq: 5, user: author, emoji: '👍', on: true, version: 20 }];
  t.same(withReactions(counted, last, written, author), [
    { emoji: '👍', count: 5, mine: true },
    { emoji: '🎉', count: 1, mine: false },
  ]);
  t.same(withReactions(counted, last, [], author)[0], { emoji: '👍', count: 4, mine: false });
});
