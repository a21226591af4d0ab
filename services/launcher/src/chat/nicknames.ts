import type { Rest } from '../rest.ts';
import { requireSuccess } from '../rest.ts';
import type { DemoUser } from './demo-user.ts';

/** Who the members of a room are, as the REST API tells. */
export interface Nicknames {
  of(user: string): Promise<string>;
}

interface Page {
  readonly items: readonly { readonly user: string; readonly nickname?: string }[];
  readonly next?: string | number;
}

const mostPages = 20;

export function createNicknames(rest: Rest, me: Pick<DemoUser, 'token'>, room: string): Nicknames {
  const known = new Map<string, string>();
  const learn = async (): Promise<void> => {
    let query = '?limit=100';
    for (let page = 0; page < mostPages; page++) {
      const answer = await rest.get<Page>(`/v1/rooms/${room}/members${query}`, me.token());
      const { items, next } = requireSuccess('reading members', answer);
      for (const { user, nickname } of items) known.set(user, nickname ?? user);
      if (next === undefined) return;
      query = `?limit=100&cursor=${encodeURIComponent(next)}`;
    }
  };
  return {
    async of(user) {
      if (!known.has(user)) await learn();
      const name = known.get(user) ?? user;
      known.set(user, name);
      return name;
    },
  };
}
