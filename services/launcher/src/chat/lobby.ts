import type { Rest } from '../rest.ts';
import { requireSuccess } from '../rest.ts';
import type { DemoUser } from './demo-user.ts';

export interface Line {
  readonly seq: number;
  readonly user: string;
  readonly at: number;
  readonly text: string;
}

/** What the REST API knows of the room: who is in it, and what was said. */
export interface Lobby {
  nickname(user: string): Promise<string>;
  /** The last messages, oldest first. */
  last(count: number): Promise<Line[]>;
  /** Messages above `after` and up to `upTo`, oldest first. */
  between(after: number, upTo: number): Promise<Line[]>;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | number;
}

interface RestMessage {
  readonly sequence: number;
  readonly user: string;
  readonly at: string;
  readonly body: { readonly text: string };
}

const mostMissed = 100;
const mostPages = 20;

export function createLobby(rest: Rest, user: Pick<DemoUser, 'token'>, room: string): Lobby {
  const nicknames = new Map<string, string>();
  const get = async <T>(what: string, path: string): Promise<T> =>
    requireSuccess(what, await rest.get<T>(`/v1/rooms/${room}/${path}`, user.token()));

  const learnNicknames = async (): Promise<void> => {
    let query = '?limit=100';
    for (let page = 0; page < mostPages; page++) {
      const { items, next } = await get<Page<{ user: string; nickname?: string }>>(
        'reading members',
        `members${query}`,
      );
      for (const { user, nickname } of items) nicknames.set(user, nickname ?? user);
      if (next === undefined) return;
      query = `?limit=100&cursor=${encodeURIComponent(next)}`;
    }
  };
  const messages = async (query: string): Promise<Line[]> => {
    const { items } = await get<Page<RestMessage>>('reading history', `messages?${query}`);
    const lines = items.map(({ sequence, user, at, body }) => ({
      seq: sequence,
      user,
      at: Date.parse(at),
      text: body.text,
    }));
    return lines.sort((a, b) => a.seq - b.seq);
  };

  return {
    async nickname(user) {
      if (!nicknames.has(user)) await learnNicknames();
      const name = nicknames.get(user) ?? user;
      nicknames.set(user, name);
      return name;
    },
    last: (count) => messages(`limit=${count}`),
    between: (after, upTo) => messages(`after=${after}&before=${upTo + 1}&limit=${mostMissed}`),
  };
}
