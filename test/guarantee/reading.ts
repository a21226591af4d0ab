import { until } from '@gapless/shared/testing';
import type { Person } from '../actors/person.ts';
import type { HistoryMessage, Reading, Roster } from './evidence.ts';

/** What REST tells a member of a room. */
export async function readingOf(reader: Person, room: string): Promise<Reading> {
  return { user: reader.id, history: await wholeHistory(reader, room), members: await rosterOf(reader, room) };
}

interface RestMessage {
  readonly sequence: number;
  readonly user: string;
  readonly clientId: string;
  readonly body: { readonly text: string };
  readonly thread?: number;
  readonly deleted?: true;
  readonly reactions: readonly { readonly emoji: string; readonly count: number; readonly mine: boolean }[];
}

/** Oldest first. */
async function wholeHistory(reader: Person, room: string): Promise<HistoryMessage[]> {
  const messages: HistoryMessage[] = [];
  for (let before = ''; ; ) {
    const { items } = await page<RestMessage>(reader, `/v1/rooms/${room}/messages?limit=100${before}`);
    const oldest = items.at(-1);
    if (oldest === undefined) return messages.reverse();
    before = `&before=${oldest.sequence}`;
    for (const { sequence: s, user: u, clientId: c, body, thread: re, deleted = false, reactions } of items) {
      const told = Object.fromEntries(reactions.map(({ emoji, count, mine }) => [emoji, [count, mine] as const]));
      messages.push({ s, u, c, text: body.text, deleted, reactions: told, ...(re !== undefined && { re }) });
    }
  }
}

async function rosterOf(reader: Person, room: string): Promise<Roster> {
  const roster: Record<string, string> = {};
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const path: string = `/v1/rooms/${room}/members?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { items, next }: Page<RestMember> = await page<RestMember>(reader, path);
    for (const { user, role } of items) roster[user] = role;
    cursor = next;
  }
  return roster;
}

interface RestMember {
  readonly user: string;
  readonly role: string;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

async function page<T>(reader: Person, path: string): Promise<Page<T>> {
  let found: Page<T> = { items: [] };
  await until(`an answer to ${path}`, async () => {
    const { status, body } = await reader.get<Page<T>>(path);
    if (status === 200) found = body;
    return status === 200;
  });
  return found;
}
