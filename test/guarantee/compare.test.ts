import t from 'tap';
import { compareRoom } from './compare.ts';
import type {
  Deed,
  EventContent,
  HarmKind,
  LoggedEvent,
  RoomEvidence,
  Showing,
  Shown,
  ShownEvent,
} from './evidence.ts';
import { foldHistory } from './fold.ts';

const room = 'room';
const raw = (event: EventContent) => JSON.stringify({ v: 1, ...event });
const logged = (s: number, event: EventContent, more: Partial<LoggedEvent> = {}): LoggedEvent => ({
  ...{ room, s, raw: raw(event) },
  ...event,
  ...more,
});

const log: readonly LoggedEvent[] = [
  logged(3, { t: 'room', u: 'ann' }, { op: 'op-1' }),
  logged(4, { t: 'msg', u: 'ann', c: 'c1', text: 'one' }),
  logged(7, { t: 'msg', u: 'bob', c: 'c2', text: 'two' }),
  logged(8, { t: 'edit', u: 'ann', c: 'c3', m: 4, text: 'one!' }),
  logged(9, { t: 'react', u: 'bob', c: 'c4', m: 4, e: '👍', on: 1 }),
  logged(12, { t: 'msg', u: 'ann', c: 'c5', text: 'secret' }),
  logged(13, { t: 'del', u: 'ann', c: 'c6', m: 12 }),
  logged(15, { t: 'msg', u: 'ann', c: 'c7', text: 'last' }),
];

const contentOf = ({ room: _, s: __, raw: ___, op: ____, ...content }: LoggedEvent): EventContent => content;

const deedOf = (event: LoggedEvent, place: number): Deed => ({
  ...{ client: event.u, room, kind: event.t as Deed['kind'], socket: event.u, place, attempts: 1, uncertain: false },
  content: contentOf(event) as Deed['content'],
  firstAskedAt: event.s * 10,
  acks: [{ s: event.s, at: event.s * 10 + 5 }],
});

const shownAll = (): ShownEvent[] =>
  log.map((event, n) => ({ kind: 'event', s: event.s, p: log[n - 1]?.s ?? 0, content: contentOf(event) }));

const showing = (entries: readonly Shown[], start = 0): Showing => ({ client: 'cat', room, start, entries });

const evidence = (over: Partial<RoomEvidence> = {}): RoomEvidence => ({
  room,
  log,
  rows: log.map(({ s, u, t: k, c, op, text, raw: stored }) => ({
    ...{ room, s, u, k },
    ...(c !== undefined && { c }),
    ...(op !== undefined && { op }),
    raw: text === 'secret' ? '{"masked":1}' : stored,
  })),
  history: foldHistory(log),
  deeds: log.filter(({ c }) => c !== undefined).map(deedOf),
  showings: [showing(shownAll())],
  ...over,
});

const kindsOf = (over: Partial<RoomEvidence>): HarmKind[] => [
  ...new Set(compareRoom(evidence(over)).map(({ kind }) => kind)),
];
const shown = (entries: readonly Shown[], start = 0) => kindsOf({ showings: [showing(entries, start)] });

t.test('where all tell the same, there is no harm', async (t) => {
  t.strictSame(compareRoom(evidence()), []);
});

t.test('a client that was not shown an event, was shown one twice, or in another order', async (t) => {
  const all = shownAll();
  for (const [n, { s }] of all.entries()) {
    t.ok(shown(all.toSpliced(n, 1)).includes('lost'), `${s} left out`);
    t.ok(shown(all.toSpliced(n + 1, 0, all[n] as ShownEvent)).includes('doubled'), `${s} twice`);
    t.ok(shown([...all, all[n] as ShownEvent]).includes('doubled'), `${s} again at the end`);
    if (n > 0)
      t.ok(shown(all.toSpliced(n - 1, 2, all[n] as ShownEvent, all[n - 1] as ShownEvent)).includes('reordered'));
  }
});

t.test('a loss that the chain hides is found, since the log is the measure', async (t) => {
  const all = shownAll();
  const hidden = all.toSpliced(2, 2, { ...(all[3] as ShownEvent), p: 4 });
  t.strictSame(shown(hidden), ['lost']);
});

t.test('a chain that is broken, a text that is another, an event that is none', async (t) => {
  const all = shownAll();
  const third = all[2] as ShownEvent;
  t.strictSame(shown(all.with(2, { ...third, p: 5 })), ['broken chain']);
  t.strictSame(shown(all.with(2, { ...third, p: 3 })), ['broken chain']);
  t.strictSame(shown(all.with(2, { ...third, content: { ...third.content, text: 'three' } })), ['altered']);
  t.strictSame(shown(all.with(2, { ...third, content: { ...third.content, text: '', masked: true } })), ['altered']);
  t.strictSame(shown(all.toSpliced(3, 0, { ...third, s: 7.5, p: 7 })), ['invented']);
  t.strictSame(shown([...all, { kind: 'live', s: 14 }]), ['broken chain'], 'a cursor that goes back');
});

t.test('a cursor that skips events loses them; one that skips nothing does not', async (t) => {
  const all = shownAll();
  t.strictSame(shown([...all.slice(0, 3), { kind: 'live', s: 13 }, all.at(-1) as ShownEvent]), ['lost']);
  t.strictSame(shown([...all, { kind: 'live', s: 20 }]), []);
  t.strictSame(shown(all.slice(2), 6), [], 'what was there before the client came is not for it');
});

t.test('a range that the client was told to page must be on the pages', async (t) => {
  const all = shownAll();
  const paged = (seqs: readonly number[]): Shown[] => [
    ...all.slice(0, 1),
    { kind: 'lag', from: 4, to: 13, paged: seqs },
    { ...(all.at(-1) as ShownEvent), p: 13 },
  ];
  t.strictSame(shown(paged([4, 7, 12])), []);
  t.strictSame(shown(paged([4, 12])), ['lost']);
});

t.test('what was under way when a replay was asked for may come twice, and counts once', async (t) => {
  const all = shownAll();
  const again = (standing: boolean): Shown[] => [
    ...all.slice(0, 3),
    { ...(all[2] as ShownEvent), replay: { askedAt: 0, before: 0, standing } },
    ...all.slice(3),
  ];
  t.strictSame(shown(again(true)), []);
  t.strictSame(shown(again(false)), ['doubled'], 'a new connection has nothing under way');
});

t.test('what was deleted is not replayed to who asks afterwards', async (t) => {
  const all = shownAll();
  const at = all.findIndex(({ s }) => s === 12);
  const replayed = (askedAt: number, text: string) =>
    shown(
      all.with(at, {
        ...(all[at] as ShownEvent),
        replay: { askedAt, before: 5, standing: false },
        content: text === '' ? { t: 'msg', u: 'ann', c: 'c5', text, masked: true } : contentOf(log[at] as LoggedEvent),
      }),
    );
  t.strictSame(replayed(2_000, ''), []);
  t.strictSame(replayed(2_000, 'secret'), ['shown again']);
  t.strictSame(replayed(130, 'secret'), [], 'the deletion may not have been known then');
});

t.test('an acknowledged message that is not there, is there twice, or says something else', async (t) => {
  const without = (s: number) => log.filter((event) => event.s !== s);
  t.ok(kindsOf({ log: without(7) }).includes('lost'));
  const twice = [...log, { ...(log[2] as LoggedEvent), s: 16 }];
  t.ok(kindsOf({ log: twice }).includes('doubled'));
  const other = log.with(2, { ...(log[2] as LoggedEvent), text: 'three' });
  t.ok(kindsOf({ log: other }).includes('altered'));
  const deeds = evidence().deeds;
  const first = deeds[0] as Deed;
  const acks = [...first.acks, { s: 5, at: 90 }];
  t.ok(
    kindsOf({ deeds: deeds.with(0, { ...first, acks }) }).includes('lost'),
    'acknowledged under a number of another',
  );
});

t.test('what was refused, or never asked for, is not there; what was not answered counts', async (t) => {
  const deeds = evidence().deeds;
  const first = deeds[0] as Deed;
  const refused = { ...first, acks: [], refused: 'not_member' };
  t.strictSame(kindsOf({ deeds: deeds.with(0, refused) }), ['invented']);
  t.strictSame(
    kindsOf({ deeds: deeds.with(0, { ...refused, uncertain: true }) }),
    [],
    'an attempt before may have done it',
  );
  t.strictSame(kindsOf({ deeds: deeds.slice(1) }), ['invented']);
  t.strictSame(kindsOf({ deeds: deeds.with(0, { ...first, acks: [], uncertain: true }) }), ['unsettled']);
});

t.test('numbers follow the order of a socket, and of time', async (t) => {
  const deeds = evidence().deeds;
  const swapped = deeds.map((deed) => ({ ...deed, place: -deed.place }));
  t.ok(kindsOf({ deeds: swapped }).includes('reordered'));
  const late = deeds.with(0, { ...(deeds[0] as Deed), firstAskedAt: 1_000, socket: 'another' });
  t.strictSame(kindsOf({ deeds: late }), ['reordered']);
});

t.test('an op that was carried out twice', async (t) => {
  const twice = [...log, { ...(log[0] as LoggedEvent), s: 16 }];
  t.ok(kindsOf({ log: twice }).includes('doubled'));
});

t.test('MongoDB misses a row, has another, or still has what was deleted', async (t) => {
  const { rows } = evidence();
  const second = rows[1] as (typeof rows)[number];
  t.strictSame(kindsOf({ rows: rows.toSpliced(1, 1) }), ['lost']);
  t.strictSame(kindsOf({ rows: [...rows, { ...second, s: 99 }] }), ['invented']);
  t.strictSame(kindsOf({ rows: rows.with(1, { ...second, raw: '{}' }) }), ['altered']);
  t.strictSame(kindsOf({ rows: rows.with(1, { ...second, c: 'c9' }) }), ['altered']);
  const at = log.findIndex(({ s }) => s === 12);
  const kept = { ...(rows[at] as typeof second), raw: raw({ t: 'msg', u: 'ann', c: 'c5', text: 'secret' }) };
  t.strictSame(kindsOf({ rows: rows.with(at, kept) }), ['shown again']);
});

t.test('history leaves out, repeats, swaps, or did not fold', async (t) => {
  const { history } = evidence();
  const [first, second] = history as [(typeof history)[0], (typeof history)[0]];
  t.strictSame(kindsOf({ history: history.slice(1) }), ['lost']);
  t.strictSame(kindsOf({ history: [...history, first] }), ['doubled']);
  t.strictSame(kindsOf({ history: [second, first, ...history.slice(2)] }), ['reordered']);
  t.strictSame(kindsOf({ history: history.with(0, { ...first, text: 'one' }) }), ['altered']);
  t.strictSame(kindsOf({ history: history.with(0, { ...first, reactions: {} }) }), ['altered']);
  const at = history.findIndex(({ s }) => s === 12);
  t.strictSame(kindsOf({ history: history.with(at, { ...(history[at] as typeof first), text: 'secret' }) }), [
    'shown again',
  ]);
});
