import { toldTo } from './compare-store.ts';
import type { Deed, EventContent, LoggedEvent, Reading, RoomEvidence, Showing, Shown, ShownEvent } from './evidence.ts';
import { foldRoom } from './fold.ts';

/** A room of which everybody tells the same, for tests that plant harm in it. */

const room = 'room';
export const rawOf = (event: EventContent): string => JSON.stringify({ v: 1, ...event });
export const logged = (s: number, event: EventContent, more: Partial<LoggedEvent> = {}): LoggedEvent => ({
  ...{ room, s, at: s * 10, raw: rawOf(event) },
  ...event,
  ...more,
});

export const log: readonly LoggedEvent[] = [
  logged(3, { t: 'mem', u: 'ann', op: 'join', us: ['ann', 'bob', 'cat'] }, { opId: 'op-1' }),
  logged(4, { t: 'msg', u: 'ann', c: 'c1', text: 'one' }),
  logged(7, { t: 'msg', u: 'bob', c: 'c2', text: 'two', re: 4 }),
  logged(8, { t: 'edit', u: 'ann', c: 'c3', m: 4, text: 'one!' }),
  logged(9, { t: 'react', u: 'bob', c: 'c4', m: 4, e: '👍', on: 1 }),
  logged(12, { t: 'msg', u: 'ann', c: 'c5', text: 'secret' }),
  logged(13, { t: 'del', u: 'ann', c: 'c6', m: 12 }),
  logged(15, { t: 'msg', u: 'ann', c: 'c7', text: 'last' }),
];

export const contentOf = ({ room: _, s: __, at: ___, raw: ____, opId: _____, ...content }: LoggedEvent): EventContent =>
  content;

export const deedOf = (event: LoggedEvent, place: number): Deed => ({
  ...{ client: event.u, room, kind: event.t as Deed['kind'], socket: event.u, place, attempts: 1, uncertain: false },
  content: contentOf(event) as Deed['content'],
  firstAskedAt: event.s * 10,
  acks: [{ s: event.s, at: event.s * 10 + 5 }],
});

export const shownAll = (events: readonly LoggedEvent[] = log): ShownEvent[] =>
  events.map((event, n) => ({
    kind: 'event',
    s: event.s,
    p: events[n - 1]?.s ?? 0,
    content: contentOf(event),
    at: event.s * 10 + 1,
  }));

export const showing = (entries: readonly Shown[], start = 0): Showing => ({
  ...{ client: 'cat on a phone', user: 'cat', room, start, entries },
});

export const readingOf = (user: string, events: readonly LoggedEvent[] = log): Reading => {
  const { messages, members } = foldRoom(events);
  return { user, history: messages.map(toldTo(user)), members };
};

export const evidence = (over: Partial<RoomEvidence> = {}): RoomEvidence => ({
  ...{ room, sees: 'all', log },
  rows: log.map((event) => rowOf(event)),
  state: {
    members: { ann: 'owner', bob: 'member', cat: 'member' },
    memberCount: 3,
    reactions: [{ m: 4, u: 'bob', e: '👍' }],
  },
  readings: [readingOf('cat'), readingOf('bob')],
  deeds: log.filter(({ c }) => c !== undefined).map(deedOf),
  showings: [showing(shownAll())],
  ...over,
});

/** As the log worker leaves it, with the changes folded in. */
function rowOf({ s, u, t: k, c, opId, text, re, raw }: LoggedEvent): RoomEvidence['rows'][number] {
  const deleted = text === 'secret';
  return {
    ...{ room, s, u, k, raw: deleted ? '{"masked":1}' : raw },
    ...(c !== undefined && { c }),
    ...(opId !== undefined && { op: opId }),
    ...(re !== undefined && { re }),
    ...(text !== undefined && { text: deleted ? '' : s === 4 ? 'one!' : text }),
    ...(deleted && { deleted }),
  };
}
