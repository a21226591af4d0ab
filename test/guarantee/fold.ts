import type { HistoryMessage, LoggedEvent } from './evidence.ts';

interface Folded {
  readonly event: LoggedEvent;
  text: string;
  deleted: boolean;
  readonly reactions: Map<string, boolean>;
}

/** Sequences of messages that landed twice and were taken back: whom history leaves out. */
function takenBack(log: readonly LoggedEvent[]): ReadonlySet<number> {
  const hidden = log.filter(({ t, raw }) => t === 'del' && JSON.parse(raw).dupOf !== undefined);
  return new Set(hidden.map(({ m }) => m as number));
}

/** What history must say at the end of a log: as `docs/protocol.md` has a client fold events, message by message. */
export function foldHistory(log: readonly LoggedEvent[]): HistoryMessage[] {
  const hidden = takenBack(log);
  const messages = new Map<number, Folded>();
  for (const event of log) {
    if (event.t === 'msg') {
      const { s, text = '' } = event;
      if (!hidden.has(s)) messages.set(s, { event, text, deleted: false, reactions: new Map() });
      continue;
    }
    const target = messages.get(event.m ?? 0);
    if (target !== undefined && !target.deleted) change(target, event);
  }
  return [...messages.values()].map(({ event: { s, u, c = '' }, text, deleted, reactions }) => ({
    ...{ s, u, c, text, deleted },
    reactions: counted(reactions),
  }));
}

function change(target: Folded, { t, u, text = '', e, on }: LoggedEvent): void {
  if (t === 'edit') target.text = text;
  else if (t === 'react') target.reactions.set(`${u} ${e}`, on === 1);
  else if (t === 'del') {
    target.deleted = true;
    target.text = '';
    target.reactions.clear();
  }
}

function counted(reactions: ReadonlyMap<string, boolean>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [key, on] of reactions) {
    const emoji = key.slice(key.indexOf(' ') + 1);
    if (on) counts[emoji] = (counts[emoji] ?? 0) + 1;
  }
  return counts;
}

/** Sequence of the deletion of each deleted message. */
export function deletions(log: readonly LoggedEvent[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { t, m, s } of log) if (t === 'del' && m !== undefined && !found.has(m)) found.set(m, s);
  return found;
}
