import type { Person } from '../actors/person.ts';
import { newClientId } from '../actors/socket.ts';
import type { Random } from '../guarantee/random.ts';
import type { Known } from './from-schema.ts';

/** Values that mean something to the system: its people and rooms, and one of them a room of others. */
export function knownOf(people: readonly Person[], rooms: readonly string[], foreign: string): Known {
  const room = (random: Random) => (random.chance(0.02) ? foreign : random.pick(rooms));
  const of: Readonly<Record<string, (random: Random) => unknown>> = {
    r: room,
    room,
    to: room,
    u: (random) => random.pick(people).id,
    user: (random) => random.pick(people).id,
    tok: (random) => random.pick([...people.map(({ token }) => token), 'none', 'a.b.c']),
    c: () => newClientId(),
    clientId: () => newClientId(),
    e: (random) => random.pick(['👍', '🙂', 'x', '👩‍👩‍👧‍👦']),
    emoji: () => '👍',
    text: (random) =>
      random.pick(['hello', '안녕 @nobody', '`code`', '@all', 'https://example.invalid/x', '👋'.repeat(50)]),
    ...{ sequence: (random: Random) => random.between(1, 500), limit: (random: Random) => random.between(1, 20) },
  };
  // A room's or user's list is asked for item by item under its name without its `s`.
  return (name, random) => (Object.hasOwn(of, name) ? of[name]?.(random) : undefined);
}
