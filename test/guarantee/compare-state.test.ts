import t from 'tap';
import { compareState } from './compare-state.ts';
import type { EventContent, Reading, RoomEvidence, ShownEvent, StoredRow } from './evidence.ts';
import { foldRoom } from './fold.ts';
import { evidence, log, logged, showing, shownAll } from './sample-room.ts';

const differences = (over: Partial<RoomEvidence>): string[] => compareState(evidence(over)).map(({ what }) => what);
const first = (over: Partial<RoomEvidence>): string => differences(over)[0] ?? 'nothing';

t.test('where all tell the same, nothing is different', async (t) => {
  t.strictSame(differences({}), []);
});

t.test('MongoDB: a text, a deletion, a reaction, an answer that was not folded, or is another', async (t) => {
  const { rows, state } = evidence();
  const at = (s: number) => rows.findIndex((row) => row.s === s);
  const other = (s: number, change: Partial<StoredRow>) =>
    first({ rows: rows.with(at(s), { ...(rows[at(s)] as StoredRow), ...change }) });
  t.match(other(4, { text: 'one' }), /MongoDB: message 4 is .*"one"/);
  const { deleted: _, ...kept } = rows[at(12)] as StoredRow;
  t.match(first({ rows: rows.with(at(12), { ...kept, text: 'secret' }) }), /message 12/);
  t.match(other(7, { re: 3 }), /message 4/, 'an answer to another message is counted there');
  t.match(other(7, { duplicate: true }), /message 4|no message 7/);
  t.match(first({ rows: rows.toSpliced(at(15), 1) }), /MongoDB: has no message 15/);
  const reactions = (...more: RoomEvidence['state']['reactions']) => first({ state: { ...state, reactions: more } });
  t.match(reactions(), /message 4/, 'none');
  t.match(reactions({ m: 4, u: 'cat', e: '👍' }), /message 4/, "somebody else's");
  t.match(reactions({ m: 4, u: 'bob', e: '🎉' }), /message 4/, 'another one');
  t.match(reactions(...state.reactions, { m: 7, u: 'bob', e: '🎉' }), /message 7/, 'one too many');
  t.equal(reactions(...state.reactions, { m: 12, u: 'bob', e: '🎉' }), 'nothing', 'one to what is deleted is not told');
});

t.test(
  'MongoDB and REST: somebody who is in and should be out, the reverse, another role, another count',
  async (t) => {
    const { state, readings } = evidence();
    const { cat: _, ...fewer } = state.members;
    const told = (members: RoomEvidence['state']['members']) => [
      first({ state: { ...state, members } }),
      first({ readings: readings.with(0, { ...(readings[0] as Reading), members }) }),
    ];
    for (const [n, who] of ['MongoDB', 'REST to cat'].entries()) {
      t.match(told(fewer)[n], new RegExp(`${who}: cat is out, not member`));
      t.match(told({ ...state.members, dan: 'member' })[n], new RegExp(`${who}: dan is member, not out`));
      t.match(told({ ...state.members, bob: 'owner' })[n], new RegExp(`${who}: bob is owner, not member`));
    }
    t.match(first({ state: { ...state, memberCount: 4 } }), /counts 4 members, not 3/);
  },
);

t.test('a client whose frames come to something else', async (t) => {
  const all = shownAll();
  const shown = (entries: readonly ShownEvent[]) => first({ showings: [showing(entries)] });
  const without = (s: number) => shown(all.filter((event) => event.s !== s));
  for (const s of [4, 7, 8, 9, 13]) t.match(without(s), /cat on a phone: .*message/, `without ${s}`);
  t.match(without(3), /cat on a phone: ann is out, not owner/);
  const other = (s: number, change: Partial<EventContent>) =>
    shown(all.map((event) => (event.s === s ? { ...event, content: { ...event.content, ...change } } : event)));
  t.match(other(9, { u: 'cat' }), /message 4/, 'a reaction of somebody else');
  t.match(other(9, { on: 0 }), /message 4/, 'one that was taken back');
  t.match(other(7, { re: 12 }), /message 4/, 'an answer to another message');
  t.equal(shown(all.toReversed()), 'nothing', 'however they came, they are folded in their order');
  t.equal(first({ showings: [showing(all.slice(4), 8)] }), 'nothing', 'what was there before is in history');
});

t.test('a room is folded as clients are told to', async (t) => {
  const changes = [
    logged(16, { t: 'mem', u: 'ann', op: 'remove', us: ['bob'] }),
    logged(17, { t: 'mem', u: 'cat', op: 'leave', us: ['cat'] }),
    logged(18, { t: 'mem', u: 'ann', op: 'leave', us: ['ann'] }),
    logged(19, { t: 'mem', u: 'bob', op: 'join', us: ['bob'] }),
    logged(20, { t: 'mem', u: 'ann', op: 'join', us: ['ann'] }),
    logged(20.5, { t: 'mem', u: 'bob', op: 'add', us: ['dan', 'eve'] }),
    logged(20.6, { t: 'mem', u: 'bob', op: 'ban', us: ['eve'] }),
    logged(20.7, { t: 'mem', u: 'bob', op: 'role', us: ['bob'], role: 'member', heir: 'dan' }),
    logged(21, { t: 'mem', u: 'bob', op: 'role', us: ['ann'], role: 'moderator' }),
    logged(22, { t: 'msg', u: 'ann', c: 'c5', text: 'again' }),
    logged(23, { t: 'del', u: 'ann', m: 22, dupOf: 15 }),
    logged(24, { t: 'edit', u: 'ann', c: 'c8', m: 12, text: 'too late' }),
  ];
  const { messages, members } = foldRoom([...log, ...changes]);
  t.strictSame(members, { bob: 'member', ann: 'moderator', dan: 'owner' });
  t.strictSame(
    messages.map(({ s, text, deleted, replies }) => [s, text, deleted, replies]),
    [
      [4, 'one!', false, 1],
      [7, 'two', false, 0],
      [12, '', true, 0],
      [15, 'last', false, 0],
    ],
  );
});
