import type { WrittenNote } from '@gapless/shared/bus';
import type { EventRow, RoomId } from '@gapless/shared/schema';
import { newId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createLiveNotes } from '../src/live-notes.ts';
import { readEvent } from '../src/row.ts';
import { clientId, logged, room, user } from './events.ts';

const nowMs = 1_700_000_100_000;

function rowOf(seq: number, fields: object): EventRow {
  const event = { v: 1, t: 'msg', r: room, u: user, at: nowMs, c: clientId(seq), b: { text: 'x' }, ...fields };
  const read = readEvent(logged(seq, event, { room: event.r as RoomId }));
  if (!('row' in read)) throw new Error(read.reason);
  return read.row;
}

/** What one tick tells of those rows. */
async function told(rows: readonly EventRow[], duplicates = new Map<number, number>()): Promise<WrittenNote[][]> {
  const said: WrittenNote[][] = [];
  const stop = new AbortController();
  const notes = createLiveNotes({
    channel: { publish: (all) => void said.push([...all]) },
    clock: { now: () => nowMs },
  });
  const end = rowOf(1, { r: newId() });
  notes.note([...rows, end], duplicates);
  const running = notes.run(stop.signal);
  await until('it is told', () => said.flat().some(({ room: of }) => of === end.r));
  stop.abort();
  await running;
  return said.map((all) => all.filter(({ room: of }) => of !== end.r));
}

t.test('messages of a room and author come as one word, the same message once', async (t) => {
  const other = newId();
  const [first, second] = [rowOf(5, {}), rowOf(6, {})];
  const [notes] = await told([first, second, second, rowOf(7, { u: other })]);
  t.same(notes, [
    { room, seq: 6, author: user, count: 2, isWhisper: false },
    { room, seq: 7, author: other, count: 1, isWhisper: false },
  ]);
});

t.test('of what is deleted, old, landed twice, or shown in its thread only nobody is told', async (t) => {
  const rows = [
    ...[rowOf(5, {}), rowOf(6, { t: 'del', m: 5 }), rowOf(7, { at: nowMs - 61_000 }), rowOf(8, {})],
    ...[rowOf(9, { re: 8 }), rowOf(10, { re: 8, also: 1 }), rowOf(11, { t: 'edit', m: 8 }), rowOf(12, {})],
  ];
  const [notes] = await told(rows, new Map([[12, 8]]));
  t.same(notes, [{ room, seq: 10, author: user, count: 2, isWhisper: false }]);
});

t.test('a whisper is told as one', async (t) => {
  const [notes] = await told([rowOf(5, { in: newId() }), rowOf(6, { b: { text: 'x', custom: { in: 'the house' } } })]);
  t.same(
    notes?.map(({ seq, isWhisper }) => [seq, isWhisper]),
    [
      [5, true],
      [6, false],
    ],
  );
});

t.test('of a flood a part is told, in words that a message can carry', async (t) => {
  const said = await told(Array.from({ length: 1_200 }, (_, n) => rowOf(n + 5, { r: newId() })));
  t.ok(said.every((all) => all.length <= 500));
  t.equal(said.flat().length, 1_200);
  const flood = Array.from({ length: 25_000 }, (_, n) => rowOf(n + 5, { r: room }));
  const row = rowOf(4, { r: room, u: newId() });
  const stop = new AbortController();
  const heard: WrittenNote[] = [];
  const notes = createLiveNotes({
    channel: { publish: (all) => void heard.push(...all) },
    clock: { now: () => nowMs },
  });
  notes.note([row, ...flood], new Map());
  const running = notes.run(stop.signal);
  await until('it is told', () => heard.length === 2);
  stop.abort();
  await running;
  t.equal(
    heard.reduce((sum, { count }) => sum + count, 0),
    20_000,
  );
});
