import t from 'tap';
import { compareRoom } from './compare.ts';
import { compareDeeds } from './compare-deeds.ts';
import { compareShowing, truthOf } from './compare-showing.ts';
import { compareHistory, compareRows } from './compare-store.ts';
import type { Deed, Harm, HarmKind, LoggedEvent, Reading, RoomEvidence, Shown, ShownEvent } from './evidence.ts';
import { RoomView } from './room-view.ts';
import { contentOf, deedOf, evidence, log, logged, rawOf, readingOf, showing, shownAll } from './sample-room.ts';

const kinds = (harms: readonly Harm[]): HarmKind[] => [...new Set(harms.map(({ kind }) => kind))];
const shown = (entries: readonly Shown[], start = 0, sees: RoomEvidence['sees'] = 'all', events = log): HarmKind[] => {
  const deletedAt = (s: number) => evidence().deeds.find(({ acks }) => acks[0]?.s === s)?.acks[0]?.at;
  return kinds(compareShowing(truthOf(events, sees, deletedAt), showing(entries, start)));
};
const asked = (deeds: readonly Deed[], events = log): HarmKind[] => kinds(compareDeeds(events, deeds));
const stored = (rows: RoomEvidence['rows']): HarmKind[] => kinds(compareRows(evidence({ rows })));
const told = (history: Reading['history']): HarmKind[] => {
  const { readings } = evidence();
  return kinds(compareHistory(evidence(), { ...(readings[0] as Reading), history }));
};

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

const again = (events: readonly ShownEvent[], since: number, standing = true): Shown[] => [
  { kind: 'asked', since, standing },
  ...events.map((event) => ({ ...event, replay: { askedAt: 0, before: 0, standing } })),
];

t.test(
  'a range that the client was told to page must be on the pages, and all of it must come in the end',
  async (t) => {
    const all = shownAll();
    const paged = (seqs: readonly number[]): Shown[] => [
      ...all.slice(0, 1),
      { kind: 'lag', from: 4, to: 13, paged: seqs },
      { ...(all.at(-1) as ShownEvent), p: 13 },
    ];
    const rest = again(all.slice(1), 3);
    t.strictSame(shown([...paged([4, 7, 12]), ...rest]), []);
    t.strictSame(shown([...paged([4, 12]), ...rest]), ['lost']);
    t.strictSame(shown(paged([4, 7, 12])), ['lost'], 'edits and reactions are on no page');
    t.strictSame(shown([...paged([4, 7, 12]), ...rest.toSpliced(3, 1)]), ['lost', 'broken chain'].toSorted());
  },
);

t.test(
  'who begins again further down gets what is on its way first; a new connection goes on where it was',
  async (t) => {
    const all = shownAll();
    const lagged: Shown[] = [...all.slice(0, 1), { kind: 'lag', from: 4, to: 8, paged: [4, 7] }];
    const [fifth, ...others] = all.slice(4) as [ShownEvent, ...ShownEvent[]];
    const late = { ...fifth, p: 8 };
    const [question, ...replayed] = again(all.slice(1, 5), 3) as [Shown, ...Shown[]];
    t.strictSame(shown([...lagged, question, late, ...replayed, ...others]), []);
    const broken = [...lagged, late, question, ...replayed.slice(0, 2)];
    const [, ...rest] = again(all.slice(3), 3) as ShownEvent[];
    t.strictSame(shown([...broken, ...again(others, 9, false), ...again(all.slice(1), 3)]), []);
    t.ok(shown([...broken, ...again(others, 9, false).slice(1), ...rest]).includes('broken chain'));
  },
);

t.test('what begins again further down with a range to page goes on behind the range', async (t) => {
  const all = shownAll();
  const lag = (from: number, to: number): Shown => ({ kind: 'lag', from, to, paged: [4, 7].filter((s) => s <= to) });
  const [question, eighth, ...rest] = again(all.slice(3, 5), 3) as [Shown, ShownEvent, ...Shown[]];
  const first = [...all.slice(0, 1), lag(4, 9), question, lag(4, 7)];
  const others = [...all.slice(5), ...again(all.slice(1, 3), 3)];
  t.strictSame(shown([...first, { ...eighth, p: 7 }, ...rest, ...others]), []);
  t.ok(shown([...first, { ...eighth, p: 4 }, ...rest, ...others]).includes('reordered'), 'but nowhere else');
});

t.test('a range may still be of the replay before the one that was asked for', async (t) => {
  const all = shownAll();
  const lag: Shown = { kind: 'lag', from: 4, to: 7, paged: [4, 7] };
  const [question, eighth, ...rest] = again(all.slice(3), 3) as [Shown, ShownEvent, ...Shown[]];
  const [, ...whole] = again(all.slice(1), 3);
  const before = [...all.slice(0, 1), { kind: 'asked', since: 3, standing: false } as const, question, lag];
  t.strictSame(shown([...before, { ...eighth, p: 7 }, ...rest, ...whole]), []);
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
  t.ok(asked(evidence().deeds, without(7)).includes('lost'));
  const twice = [...log, { ...(log[2] as LoggedEvent), s: 16 }];
  t.ok(asked(evidence().deeds, twice).includes('doubled'));
  const other = log.with(2, { ...(log[2] as LoggedEvent), text: 'three' });
  t.ok(asked(evidence().deeds, other).includes('altered'));
  const deeds = evidence().deeds;
  const first = deeds[0] as Deed;
  const acks = [...first.acks, { s: 5, at: 90 }];
  t.ok(asked(deeds.with(0, { ...first, acks })).includes('lost'), 'acknowledged under a number of another');
});

t.test('an answer belongs to the message that it answers, or to the thread of that', async (t) => {
  const { deeds } = evidence();
  const answer = (re: number, stored: number) => {
    const reply = logged(16, { t: 'msg', u: 'bob', c: 'c9', text: 'so do I', re: stored });
    const deed = deedOf({ ...reply, re }, 9);
    return asked([...deeds, deed], [...log, reply]);
  };
  t.strictSame(answer(4, 4), []);
  t.strictSame(answer(7, 4), [], 'an answer to an answer');
  t.strictSame(answer(7, 15), ['altered']);
  t.strictSame(answer(4, 12), ['altered']);
});

t.test('what was refused, or never asked for, is not there; what was not answered counts', async (t) => {
  const deeds = evidence().deeds;
  const first = deeds[0] as Deed;
  const refused = { ...first, acks: [], refused: 'not_member' };
  t.strictSame(asked(deeds.with(0, refused)), ['invented']);
  t.strictSame(asked(deeds.with(0, { ...refused, uncertain: true })), [], 'an attempt before may have done it');
  t.strictSame(asked(deeds.slice(1)), ['invented']);
  t.strictSame(asked(deeds.with(0, { ...first, acks: [], uncertain: true })), ['unsettled']);
});

t.test('numbers follow the order of a socket, and of time', async (t) => {
  const deeds = evidence().deeds;
  const swapped = deeds.map((deed) => ({ ...deed, place: -deed.place }));
  t.ok(asked(swapped).includes('reordered'));
  const late = deeds.with(0, { ...(deeds[0] as Deed), firstAskedAt: 1_000, socket: 'another' });
  t.strictSame(asked(late), ['reordered']);
});

t.test('an op that was carried out twice', async (t) => {
  const twice = [...log, { ...(log[0] as LoggedEvent), s: 16 }];
  t.ok(asked(evidence().deeds, twice).includes('doubled'));
});

t.test('MongoDB misses a row, has another, or still has what was deleted', async (t) => {
  const { rows } = evidence();
  const second = rows[1] as (typeof rows)[number];
  t.strictSame(stored(rows.toSpliced(1, 1)), ['lost']);
  t.strictSame(stored([...rows, { ...second, s: 99 }]), ['invented']);
  t.strictSame(stored(rows.with(1, { ...second, raw: '{}' })), ['altered']);
  t.strictSame(stored(rows.with(1, { ...second, c: 'c9' })), ['altered']);
  const at = log.findIndex(({ s }) => s === 12);
  const kept = { ...(rows[at] as typeof second), raw: rawOf({ t: 'msg', u: 'ann', c: 'c5', text: 'secret' }) };
  t.strictSame(stored(rows.with(at, kept)), ['shown again']);
});

t.test('history leaves out, repeats, swaps, or did not fold', async (t) => {
  const { history } = evidence().readings[0] as Reading;
  const [first, second] = history as [(typeof history)[0], (typeof history)[0]];
  t.strictSame(told(history.slice(1)), ['lost']);
  t.strictSame(told([...history, first]), ['doubled']);
  t.strictSame(told([second, first, ...history.slice(2)]), ['reordered']);
  t.strictSame(told(history.with(0, { ...first, text: 'one' })), ['altered']);
  t.strictSame(told(history.with(0, { ...first, reactions: {} })), ['altered']);
  const at = history.findIndex(({ s }) => s === 12);
  t.strictSame(told(history.with(at, { ...(history[at] as typeof first), text: 'secret' })), ['shown again']);
});

const left = (s: number): LoggedEvent => logged(s, { t: 'mem', u: 'ann', op: 'remove', us: ['cat'] });
const back = (s: number): LoggedEvent => logged(s, { t: 'mem', u: 'cat', op: 'join', us: ['cat'] });
/** The client's user was out while `one!` and the reaction to it were stored. */
const whileOut = [...log.slice(0, 3), left(7.5), ...log.slice(3, 5), back(10), ...log.slice(5)];

t.test('what was stored while somebody was out comes when he is back, and no earlier', async (t) => {
  const all = shownAll(whileOut);
  const late = all.map((event) => ({ ...event, at: 1_000 }));
  t.strictSame(shown([...all.slice(0, 4), ...late.slice(4)], 0, 'all', whileOut), []);
  t.strictSame(shown(all, 0, 'all', whileOut), ['leaked']);
  const gone = whileOut.filter(({ op, s }) => op !== 'join' || s === 3);
  t.strictSame(shown(shownAll(gone), 0, 'all', gone), ['leaked']);
});

t.test('who is put into a room while he asks for it pages the gap, and gets the replay behind that', async (t) => {
  const all = shownAll(whileOut).map((event) => ({ ...event, at: 1_000 }));
  const [question, ...replayed] = again(all.slice(4, 7), 7.5) as [Shown, ...Shown[]];
  const lag = { kind: 'lag', from: 8, to: 9, paged: [] } as const;
  const entered = { ...(all[6] as ShownEvent), p: 9 };
  const rest = all.slice(7);
  t.strictSame(shown([...all.slice(0, 4), question, lag, entered, ...replayed, ...rest], 0, 'all', whileOut), []);
  t.strictSame(shown([...all.slice(0, 4), question, lag, entered, ...rest], 0, 'all', whileOut), ['lost']);
  const unpaged = shown([...all.slice(0, 4), entered, ...rest], 0, 'all', whileOut);
  t.ok(unpaged.includes('broken chain'), 'a gap that nobody paged');
});

t.test('who is put into a room that he never was in begins with the event that says so', async (t) => {
  const view = new RoomView('room');
  const shownOf = (): HarmKind[] =>
    kinds(
      compareShowing(
        truthOf(whileOut, 'joined', () => undefined),
        view.showing('cat on a phone', 'cat'),
      ),
    );
  const take = (at: number, p: number): void => {
    const { text, m, ...event } = whileOut[at] as LoggedEvent;
    const told = { ...event, p, ...(m !== undefined && { m }), ...(text !== undefined && { b: { text } }) };
    view.event(told as unknown as Parameters<RoomView['event']>[0]);
  };
  take(6, 9);
  view.becameLive(10);
  t.equal(view.cursor, 10);
  t.strictSame(shownOf(), ['lost'], 'what followed is due as well');
  for (const at of [7, 8, 9]) take(at, whileOut[at - 1]?.s as number);
  t.strictSame(shownOf(), []);
});

t.test('what was under way when a replay was asked for is none of it', async (t) => {
  const view = new RoomView('room');
  const event = (s: number, p: number) => view.event({ t: 'msg', s, p } as unknown as Parameters<RoomView['event']>[0]);
  view.becameLive(4);
  for (const s of [5, 6, 7]) event(s, s - 1);
  view.asked(1, { standing: true, since: 5 });
  event(8, 7);
  event(6, 5);
  const { entries } = view.showing('cat on a phone', 'cat');
  const replayed = entries.flatMap((entry) => (entry.kind === 'event' && entry.replay !== undefined ? [entry.s] : []));
  t.strictSame(replayed, [6]);
});

t.test('who sees his own time only is shown all of it and nothing else, live, replayed and on pages', async (t) => {
  const all = shownAll(whileOut);
  const entered = { ...(all[6] as ShownEvent), p: 7.5 };
  t.strictSame(shown([...all.slice(0, 4), entered, ...all.slice(7)], 0, 'joined', whileOut), []);
  t.strictSame(shown([...all.slice(0, 3), entered, ...all.slice(7)], 0, 'joined', whileOut).at(0), 'broken chain');
  const own = (paged: readonly number[]): Shown[] => [
    ...all.slice(0, 2),
    { kind: 'asked', since: 4, standing: false },
    { kind: 'lag', from: 5, to: 9, paged },
    { ...(all[6] as ShownEvent), p: 9 },
    ...again([...all.slice(2, 4), entered], 4),
    ...all.slice(7),
  ];
  t.strictSame(shown(own([7]), 0, 'joined', whileOut), []);
  t.strictSame(shown(own([]), 0, 'joined', whileOut), ['lost']);
  t.strictSame(shown(own([7, 8]), 0, 'joined', whileOut), ['leaked']);
  const replayed = [...all.slice(0, 4), ...again(all.slice(4, 7), 7.5, false), ...all.slice(7)];
  t.strictSame(shown(replayed, 0, 'joined', whileOut), ['leaked']);
});

t.test('history tells who sees his own time only nothing of the rest', async (t) => {
  const events = [...log.slice(0, 2), left(5), ...log.slice(2, 5), back(10), ...log.slice(5)];
  const joined = { room: 'room', sees: 'joined', log: events } as const;
  const whole = readingOf('cat', events);
  const own = whole.history.filter(({ s }) => s !== 7);
  t.strictSame(kinds(compareHistory(joined, { ...whole, history: own })), []);
  t.strictSame(kinds(compareHistory(joined, whole)), ['leaked']);
  t.strictSame(kinds(compareHistory(joined, { ...whole, history: own.slice(1) })), ['lost']);
});
