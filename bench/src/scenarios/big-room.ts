import { nowUs } from '../load/clock.ts';
import { Latencies, type LatencySummary } from '../load/latency.ts';
import { createClientIds } from '../load/message.ts';
import { Talker } from '../load/talker.ts';
import type { Gapless } from './gapless.ts';

export const deeds = ['join', 'its event to everybody', 'send', 'a page of members', 'leave'] as const;
export type Deed = (typeof deeds)[number];
export type DeedLatencies = Readonly<Record<Deed, LatencySummary>>;

/** A room with sockets that listen, and somebody who comes and goes. */
export interface Place {
  /** One round of everything. */
  round(): Promise<void>;
  latencies(): DeedLatencies;
  close(): void;
}

const newClientId = createClientIds();

export async function openPlace({ urls, population, system }: Gapless, room: string, sockets: number): Promise<Place> {
  const [, listener, mover] = population.tokens as [string, string, string];
  const talkers = await Promise.all(Array.from({ length: sockets }, () => new Talker(urls[0] as string).opened()));
  const hello = { t: 'hello', i: 0, tok: listener, rooms: [room] };
  for (const talker of talkers) await talker.timed(hello, 'live', ({ t, r }) => t === 'live' && r === room);
  const speaker = talkers[0] as Talker;
  const kept = Object.fromEntries(deeds.map((deed) => [deed, new Latencies()])) as Record<Deed, Latencies>;
  const url = `${system.api.url}/v1/rooms/${room}`;
  const rest = async (deed: Deed, method: string, path: string): Promise<void> => {
    const began = nowUs();
    const answer = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${mover}` } });
    await answer.text();
    if (!answer.ok) throw new Error(`${deed} answered ${answer.status}`);
    kept[deed].record(nowUs() - began);
  };
  const sayOnce = (i: number): Promise<number> => {
    const frame = { t: 'send', i, r: room, c: newClientId(), b: { text: 'to whoever is here' } };
    return speaker.timed(frame, 'ok', (reply) => reply.i === i && reply.t === 'ok');
  };
  let requests = 0;

  await rest('leave', 'POST', '/leave');
  kept.leave = new Latencies();
  return {
    async round() {
      const began = nowUs();
      const isJoin = ({ t, r }: { t: string; r?: string }) => t === 'mem' && r === room;
      const heard = Promise.all(talkers.map((talker) => talker.until('the join', isJoin)));
      await rest('join', 'POST', '/join');
      kept['its event to everybody'].record(Math.max(...(await heard)) - began);
      kept.send.record(1e3 * (await sayOnce(++requests)));
      await rest('a page of members', 'GET', '/members?limit=50');
      await rest('leave', 'POST', '/leave');
    },
    latencies: () =>
      Object.fromEntries(deeds.map((deed) => [deed, kept[deed].summary()])) as Record<Deed, LatencySummary>,
    close: () => {
      for (const talker of talkers) talker.close();
    },
  };
}
