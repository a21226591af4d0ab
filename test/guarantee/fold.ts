import type { EventContent, FoldedMessage, LoggedEvent, Roster } from './evidence.ts';
import { departures, entries } from './stays.ts';

interface Folding {
  readonly s: number;
  readonly event: EventContent;
  text: string;
  deleted: boolean;
  /** Whether each user's each emoji stands. */
  readonly reactions: Map<string, boolean>;
}

type Numbered = EventContent & { readonly s: number };

/** What a room is when its events are folded in their order. */
export interface RoomState {
  readonly messages: readonly FoldedMessage[];
  readonly members: Roster;
}

/** As `docs/protocol.md` has a client fold events. */
export function foldRoom(events: readonly Numbered[]): RoomState {
  const messages = new Map<number, Folding>();
  const members: Record<string, string> = {};
  for (const event of events) {
    if (event.t === 'mem') changeMembers(members, event);
    else if (event.t === 'msg') {
      messages.set(event.s, { s: event.s, event, text: event.text ?? '', deleted: false, reactions: new Map() });
    } else if (event.dupOf !== undefined) messages.delete(event.m ?? 0);
    else {
      const target = messages.get(event.m ?? 0);
      if (target !== undefined && !target.deleted) change(target, event);
    }
  }
  return { messages: toldOf([...messages.values()]), members };
}

/** Who makes a room, or comes when nobody is left, owns it. */
function changeMembers(members: Record<string, string>, { op = '', us = [], role, heir }: EventContent): void {
  for (const user of us) {
    if (entries.has(op)) members[user] = role ?? (Object.keys(members).length === 0 ? 'owner' : 'member');
    else if (departures.has(op)) delete members[user];
    else if (role !== undefined && user in members) members[user] = role;
  }
  if (heir !== undefined && heir in members) members[heir] = 'owner';
}

function change(target: Folding, { t, u, text = '', e, on }: EventContent): void {
  if (t === 'edit') target.text = text;
  else if (t === 'react') target.reactions.set(`${u} ${e}`, on === 1);
  else if (t === 'del') {
    target.deleted = true;
    target.text = '';
    target.reactions.clear();
  }
}

function toldOf(messages: readonly Folding[]): FoldedMessage[] {
  const replies = new Map<number, number>();
  for (const { event, deleted } of messages) {
    if (event.re !== undefined && !deleted) replies.set(event.re, (replies.get(event.re) ?? 0) + 1);
  }
  return messages.map(({ s, event: { u, c = '', re }, text, deleted, reactions }) => ({
    ...{ s, u, c, text, deleted, replies: replies.get(s) ?? 0 },
    ...(re !== undefined && { re }),
    reactions: standing([...reactions].filter(([, on]) => on).map(([key]) => key)),
  }));
}

/** Of `<user> <emoji>`: the users of each emoji. */
function standing(keys: readonly string[]): Record<string, string[]> {
  const users: Record<string, string[]> = {};
  for (const key of keys.toSorted()) {
    const [user, emoji] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
    users[emoji] = [...(users[emoji] ?? []), user];
  }
  return users;
}

/** Sequence of the deletion of each deleted message. */
export function deletions(log: readonly LoggedEvent[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { t, m, s } of log) if (t === 'del' && m !== undefined && !found.has(m)) found.set(m, s);
  return found;
}
