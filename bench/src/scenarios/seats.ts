import type { Seat } from '../load/load-socket.ts';
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
    const { hostname, port, pathname } = new URL(urls[turn % urls.length] as string);
    return {
      host: hostname,
      port: Number(port),
      path: pathname,
      localAddress: `127.0.0.${2 + (n % sources)}`,
      token: tokens[turn % tokens.length] as string,
      ...(count.hearing ? { room: rooms[n % rooms.length] as string } : {}),
    };
  });
}
