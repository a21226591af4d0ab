import type { ChangeEvent, UserId } from '@gapless/shared/schema';
import type { Message, Reaction, ReactionKey, ReactionState } from './event-store.ts';
import type { LoggedEvent } from './log-tail.ts';

type LoggedChange = LoggedEvent<ChangeEvent>;

/** The messages as changes that are not written yet leave them, given in ascending order; written ones change nothing. */
export function foldChanges(messages: readonly Message[], changes: readonly LoggedChange[]): Message[] {
  const folded = new Map(messages.map((message) => [message.seq, message]));
  for (const change of changes) {
    const message = folded.get(change.event.m);
    if (message !== undefined) folded.set(message.seq, foldOne(message, change));
  }
  return [...folded.values()];
}

/** An edit counts only from the author; a deletion stands for good. */
function foldOne(message: Message, { event, seq }: LoggedChange): Message {
  if (message.deleted || seq <= message.version || event.t === 'react') return message;
  if (event.t === 'edit') {
    if (event.u !== message.user) return message;
    const { link, ...kept } = message;
    return { ...kept, body: event.b, version: seq, edited: new Date(event.at) };
  }
  const { edited, link, mentions, ...rest } = message;
  return { ...rest, body: { text: '' }, version: seq, deleted: true };
}

/** Last word on each reaction among these changes. */
export function lastReactions(changes: readonly LoggedChange[], seqs: ReadonlySet<number>): ReactionState[] {
  const last = new Map<string, ReactionState>();
  for (const { event, seq } of changes) {
    if (event.t !== 'react' || !seqs.has(event.m)) continue;
    const state = { seq: event.m, user: event.u, emoji: event.e, on: event.on === 1, version: seq };
    last.set(keyText(state), state);
  }
  return [...last.values()];
}

/** Adds to counts without those keys what each key says now: written or not, the higher sequence counts. */
export function withReactions(
  counted: readonly Reaction[],
  unwritten: readonly ReactionState[],
  written: readonly ReactionState[],
  reader: UserId,
): Reaction[] {
  const known = new Map(written.map((state) => [keyText(state), state]));
  const sums = new Map(counted.map((reaction) => [reaction.emoji, reaction]));
  for (const state of unwritten) {
    const stored = known.get(keyText(state));
    const { on, emoji, user } = stored !== undefined && stored.version > state.version ? stored : state;
    if (!on) continue;
    const { count, mine } = sums.get(emoji) ?? { count: 0, mine: false };
    sums.set(emoji, { emoji, count: count + 1, mine: mine || user === reader });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count || (a.emoji < b.emoji ? -1 : 1));
}

const keyText = ({ seq, user, emoji }: ReactionKey): string => `${seq}:${user}:${emoji}`;
