import type { FoldedMessage, Harm, HistoryMessage, LoggedEvent, Reading, RoomEvidence, StoredRow } from './evidence.ts';
import { deletions, foldRoom } from './fold.ts';
import { isWithin, staysOf } from './stays.ts';

/** MongoDB against the log: every event is a row under its number, and there is no other row. */
export function compareRows({ room, log, rows }: Pick<RoomEvidence, 'room' | 'log' | 'rows'>): Harm[] {
  const deleted = deletions(log);
  const stored = new Map(rows.map((row) => [row.s, row]));
  const logged = new Set(log.map(({ s }) => s));
  const harms = log.flatMap((event) => {
    const row = stored.get(event.s);
    const what = `room ${room}, ${event.s} (${event.c ?? event.t})`;
    if (row === undefined) return [{ kind: 'lost', what: `${what} is not in MongoDB` } as const];
    return compareRow(event, row, deleted.has(event.t === 'edit' ? (event.m ?? 0) : event.s)).map(
      ({ kind, what: how }) => ({ kind, what: `${what} ${how} in MongoDB` }),
    );
  });
  const strangers = rows.filter(({ s }) => !logged.has(s));
  return [
    ...harms,
    ...strangers.map(({ s, c }) => ({ kind: 'invented', what: `room ${room}: MongoDB has ${s} (${c})` }) as const),
  ];
}

function compareRow(event: LoggedEvent, row: StoredRow, deleted: boolean): Harm[] {
  const keys = [
    ['u', 'u'],
    ['t', 'k'],
    ['c', 'c'],
    ['opId', 'op'],
  ] as const;
  const wrong = keys.find(([own, theirs]) => event[own] !== row[theirs]);
  if (wrong !== undefined) return [{ kind: 'altered', what: `has another ${wrong[1]}` }];
  if (!deleted) return event.raw === row.raw ? [] : [{ kind: 'altered', what: 'says something else' }];
  const text = event.text ?? '';
  return text !== '' && row.raw.includes(JSON.stringify(text))
    ? [{ kind: 'shown again', what: 'is deleted, and its text is still' }]
    : [];
}

/** History, as one member reads it, against the log folded: what he may see, in the same order, saying the same. */
export function compareHistory(
  { room, log, sees }: Pick<RoomEvidence, 'room' | 'log' | 'sees'>,
  { user, history }: Reading,
): Harm[] {
  const stays = staysOf(log, user);
  const { messages } = foldRoom(log);
  const expected = messages.filter(({ s }) => sees === 'all' || isWithin(stays, s)).map(toldTo(user));
  const known = new Set(messages.map(({ s }) => s));
  const told = new Map<number, HistoryMessage>();
  const harms: Harm[] = [];
  const say = (kind: Harm['kind'], what: string) =>
    harms.push({ kind, what: `room ${room}, history to ${user}: ${what}` });
  let last = 0;
  for (const message of history) {
    if (told.has(message.s)) say('doubled', `${message.s} is on the pages twice`);
    else if (message.s < last) say('reordered', `${message.s} stands behind ${last}`);
    told.set(message.s, message);
    last = message.s;
  }
  for (const message of expected) {
    const shown = told.get(message.s);
    told.delete(message.s);
    if (shown === undefined) say('lost', `${message.s} is missing (${message.c})`);
    else if (message.deleted && shown.text !== '') say('shown again', `${message.s} is deleted (${message.c})`);
    else if (signature(shown) !== signature(message)) {
      say('altered', `${message.s} says ${signature(shown)}, not ${signature(message)}`);
    }
  }
  for (const { s, c } of told.values()) {
    if (known.has(s)) say('leaked', `${s} (${c}) was stored while he was out`);
    else say('invented', `${s} (${c}) is not for history`);
  }
  return harms;
}

const signature = ({ u, c, text, re, deleted, reactions }: HistoryMessage): string =>
  JSON.stringify([u, c, text, re, deleted, Object.entries(reactions).sort()]);

/** What history must say of a message to that reader. */
export const toldTo =
  (reader: string) =>
  ({ replies, reactions, ...message }: FoldedMessage): HistoryMessage => ({
    ...message,
    reactions: Object.fromEntries(
      Object.entries(reactions).map(([emoji, users]) => [emoji, [users.length, users.includes(reader)] as const]),
    ),
  });
