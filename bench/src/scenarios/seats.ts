import type { Seat } from '../load/load-socket.ts';
import type { Stack } from '../stack.ts';
import type { Population } from './population.ts';

const sources = 8;

export interface SeatCount {
  readonly clients: number;
  /** Whether each hears a room; otherwise they only send. */
  readonly hearing: boolean;
}

/** Clients over all rooms and servers: neighbours in a room are on different servers and have different accounts. */
export function seatsFor(urls: readonly string[], { tokens, rooms }: Population, count: SeatCount): Seat[] {
  return Array.from({ length: count.clients }, (_, n) => {
    const turn = Math.floor(n / rooms.length);
    const { hostname, port, pathname, search } = new URL(urls[turn % urls.length] as string);
    return {
      host: hostname,
      port: Number(port),
      path: pathname + search,
      localAddress: `127.0.0.${2 + (n % sources)}`,
      token: tokens[turn % tokens.length] as string,
      ...(count.hearing ? { room: rooms[n % rooms.length] as string } : {}),
    };
  });
}

/** Clients of a stack, in the dialect that it understands. */
export const seatsOn = (
  { urls, population, dialect }: Pick<Stack, 'urls' | 'population' | 'dialect'>,
  count: SeatCount,
): Seat[] => seatsFor(urls, population, count).map((seat) => ({ ...seat, dialect }));
