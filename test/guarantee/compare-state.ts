import type { FoldedMessage, Harm, LoggedEvent, RoomEvidence, Roster, Showing, ShownEvent } from './evidence.ts';
import { foldRoom, type RoomState } from './fold.ts';

/** What a room is at the end: the log folded, MongoDB's rows, REST, and the fold of what each client was shown. */
export function compareState(evidence: RoomEvidence): Harm[] {
  const { room, log, sees, showings, readings, state } = evidence;
  const expected = foldRoom(log);
  const told = (who: string) => (what: string) => ({ kind: 'altered', what: `room ${room}, ${who}: ${what}` }) as const;
  const count = Object.keys(expected.members).length;
  return [
    ...messageDifferences(expected.messages, storedMessages(evidence)).map(told('MongoDB')),
    ...rosterDifferences(expected.members, state.members).map(told('MongoDB')),
    ...(state.memberCount === count ? [] : [told('MongoDB')(`counts ${state.memberCount} members, not ${count}`)]),
    ...readings.flatMap(({ user, members }) =>
      rosterDifferences(expected.members, members).map(told(`REST to ${user}`)),
    ),
    // Who sees his own stays only was not shown what changed while he was out: no fold of his is the whole.
    ...(sees === 'joined' ? [] : showings.flatMap((showing) => clientHarms(expected, log, showing, told))),
  ];
}

type Told = (who: string) => (what: string) => Harm;

function clientHarms(expected: RoomState, log: readonly LoggedEvent[], showing: Showing, told: Told): Harm[] {
  const { messages, members } = foldRoom(eventsOf(log, showing));
  const differences = [
    ...messageDifferences(expected.messages, messages),
    ...rosterDifferences(expected.members, members),
  ];
  return differences.map(told(showing.client));
}

/** What was there when it came, as history tells it, and what it was shown since: once each, in their order. */
function eventsOf(log: readonly LoggedEvent[], { start, entries }: Showing) {
  const events = new Map<number, ShownEvent['content'] & { s: number }>();
  for (const event of log) if (event.s <= start) events.set(event.s, event);
  for (const entry of entries) {
    if (entry.kind === 'event' && !events.has(entry.s)) events.set(entry.s, { ...entry.content, s: entry.s });
  }
  return [...events.values()].sort((a, b) => a.s - b.s);
}

/** Messages of MongoDB, put together from its collections. */
function storedMessages({ rows, state: { reactions } }: RoomEvidence): FoldedMessage[] {
  const messages = rows.filter(({ k, duplicate }) => k === 'msg' && !duplicate);
  const standing = new Map<number, Record<string, string[]>>();
  for (const { m, u, e } of reactions) {
    const of = standing.get(m) ?? {};
    standing.set(m, of);
    of[e] = [...(of[e] ?? []), u].sort();
  }
  const answers = (s: number): number => messages.filter(({ re, deleted }) => re === s && !deleted).length;
  return messages.map(({ s, u, c = '', text = '', deleted = false, re }) => ({
    ...{ s, u, c, text: deleted ? '' : text, deleted, replies: answers(s) },
    ...(re !== undefined && { re }),
    // What was put to a message before it was deleted is kept, and told to nobody.
    reactions: deleted ? {} : (standing.get(s) ?? {}),
  }));
}

function messageDifferences(expected: readonly FoldedMessage[], found: readonly FoldedMessage[]): string[] {
  const left = new Map(found.map((message) => [message.s, signature(message)]));
  const differences = expected.flatMap((message) => {
    const now = left.get(message.s);
    left.delete(message.s);
    if (now === undefined) return [`has no message ${message.s}`];
    const due = signature(message);
    return now === due ? [] : [`message ${message.s} is ${now}, not ${due}`];
  });
  return [...differences, ...[...left.keys()].map((s) => `has a message ${s} that is none`)];
}

const signature = ({ u, c, text, re, deleted, reactions, replies }: FoldedMessage): string =>
  JSON.stringify([u, c, text, re, deleted, replies, Object.entries(reactions).sort()]);

function rosterDifferences(expected: Roster, found: Roster): string[] {
  const users = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...users].flatMap((user) => {
    const [due, now] = [expected[user] ?? 'out', found[user] ?? 'out'];
    return due === now ? [] : [`${user} is ${now}, not ${due}`];
  });
}
